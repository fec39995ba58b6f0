"""Which device each tensor of a model is loaded to.

Source: src/llama-model.cpp (``load_tensors``) and the layer column of ``LLM_TENSOR_INFOS`` in
src/llama-arch.cpp of llama.cpp.
"""

import itertools
import re
import struct
from collections.abc import Iterator, Sequence

from lollma_gui.core.architectures import cache_rule
from lollma_gui.core.gguf_header import GgufHeader, TensorInfo
from lollma_gui.core.model_keys import ModelKeys
from lollma_gui.core.sliding_layers import sliding_layers

#: The device that is always there: RAM. GPUs are numbered from 0.
HOST = -1

_BLOCK = re.compile(r"(?:enc\.|dec\.)?blk\.(\d+)\.")
_INPUTS = ("token_embd.", "position_embd.", "token_types.", "per_layer_token_embd.")
#: Loaded with the first block, though their names do not say so.
_WITH_FIRST_BLOCK = ("token_embd_norm.", "per_layer_model_proj.", "per_layer_proj_norm.")
#: One copy on each device that holds a block.
_SHARED = ("rope_freqs.", "rope_factors_long.", "rope_factors_short.")
#: Tensors that no graph uses (GGML_OP_NONE): they are not loaded.
_UNUSED = ("masked_embd_",)
_EMBEDDING, _OUTPUT = "token_embd.weight", "output.weight"
#: Other models that make no text have none.
_ENCODERS_WITH_OUTPUT = ("gemma-embedding", "t5encoder")
#: These make the output before the embedding that it should share, and so do not find it: there
#: are two, even in one memory (src/models/gemma3n.cpp and gemma4.cpp, ``load_arch_tensors``).
_OUTPUT_FIRST = ("gemma3n", "gemma4")
#: Formats whose matrices the CPU reorders for faster products (x86 with AVX2; ARM reorders Q5_K,
#: Q6_K and Q8_0 too). Rows are looked up in the embedding as it was, so a shared output of such a
#: format is a second copy. Source: ``ggml_repack_get_optimal_repack_type`` in ggml-cpu/repack.cpp.
_REORDERED = ("Q4_0", "Q4_K", "IQ4_NL", "MXFP4")
_ROWS_AT_ONCE = 8


class Placement:
    """Where a model's layers lie for a number of GPU layers.

    Args:
        header: The header of the whole model.
        n_gpu_layers: Layers on GPUs, counted from the end, the output included; negative = all.
        shares: Share of each GPU, in any unit; empty = there is no GPU.
    """

    def __init__(self, header: GgufHeader, n_gpu_layers: int, shares: Sequence[float]) -> None:
        self._keys = keys = ModelKeys(header)
        self._header = header
        self._rule = cache_rule(header.architecture)
        self._n_blocks = keys.block_count or _blocks_in(header)
        self._n_loaded = self._n_blocks - keys.extra_blocks
        layers = self._n_blocks + 1
        wanted = layers if n_gpu_layers < 0 else min(n_gpu_layers, layers)
        self._on_gpu = wanted if shares else 0
        self._bounds = _cumulative(shares)

    def device_of(self, layer: int) -> int:
        """The device of a block; the output is the layer after the last block."""
        start = self._n_blocks + 1 - self._on_gpu
        if layer < start or not self._on_gpu:
            return HOST
        part = _float32((layer - start) / self._on_gpu)
        return next((d for d, bound in enumerate(self._bounds) if bound > part), HOST)

    def weights(self) -> Iterator[tuple[int, TensorInfo]]:
        """Every copy of a tensor that is made, with its device."""
        names = {tensor.name for tensor in self._header.tensors}
        is_tied = _OUTPUT not in names and (
            not self._rule.is_encoder or self._header.architecture in _ENCODERS_WITH_OUTPUT
        )
        for tensor in self._header.tensors:
            for device in self._devices_of(tensor.name):
                yield device, tensor
            if tensor.name == _EMBEDDING and is_tied and not self._shares_output(tensor):
                yield self._output_device, tensor

    def _shares_output(self, embedding: TensorInfo) -> bool:
        """Whether the embedding is the output as well, in one copy."""
        if self._output_device != HOST or self._header.architecture in _OUTPUT_FIRST:
            return False
        return embedding.type.name not in _REORDERED or bool(embedding.shape[-1] % _ROWS_AT_ONCE)

    @property
    def _output_device(self) -> int:
        return self.device_of(self._n_blocks)

    def _devices_of(self, name: str) -> Sequence[int]:
        block = _BLOCK.match(name)
        if block:
            index = int(block[1])
            is_loaded = index < self._n_loaded or any(p in name for p in self._rule.extra or ())
            return (self.device_of(index),) if is_loaded else ()
        if name.startswith(_INPUTS):
            return (HOST,)
        if name.startswith(_UNUSED):
            return ()
        if name.startswith(_WITH_FIRST_BLOCK) and not self._is_output_norm(name):
            return (self.device_of(0),)
        if name.startswith(_SHARED):
            return sorted({self.device_of(i) for i in self._turning_blocks()}) or (HOST,)
        return (self._output_device,)

    def _is_output_norm(self, name: str) -> bool:
        # LFM2 calls its output's norm by this name.
        return name.startswith("token_embd_norm.") and self._header.architecture.startswith("lfm2")

    def _turning_blocks(self) -> Sequence[int]:
        """Blocks that use the factors of rotary positions; in Gemma 4 those without a window."""
        slides = None
        if self._header.architecture == "gemma4":
            slides = sliding_layers(self._keys, self._rule, self._n_loaded)
        return [i for i in range(self._n_loaded) if slides is None or not slides[i]]


def _blocks_in(header: GgufHeader) -> int:
    """Blocks by the tensors' names, for files that do not say how many there are."""
    matches = (_BLOCK.match(tensor.name) for tensor in header.tensors)
    return max((int(m[1]) + 1 for m in matches if m), default=0)


def _cumulative(shares: Sequence[float]) -> list[float]:
    """Upper bound of each GPU's part of the layers, rounded as llama.cpp's floats are."""
    sums = [_float32(s) for s in itertools.accumulate(shares)]
    return [_float32(s / sums[-1]) for s in sums] if sums else []


def _float32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])
