"""A model's header turned into sums, once, so that a memory plan is a handful of additions.

The rules are those of ``placement`` (which layer a tensor belongs to) and ``cache_size`` (what a
layer keeps); nothing is decided here.
"""

import contextlib
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lollma_gui.core.cache_size import CacheSize, Stored
from lollma_gui.core.compute_size import Backend, Buffers, ComputeSize, Layout
from lollma_gui.core.engine_settings import EXPERT_WEIGHTS
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import GgufHeader, TensorInfo, padded
from lollma_gui.core.model_keys import ModelKeys
from lollma_gui.core.placement import HOST, Placement
from lollma_gui.core.plan_settings import PlanSettings

_EXPERTS = re.compile(rf"blk\.\d+{EXPERT_WEIGHTS}")


class Laying(NamedTuple):
    """How a kind of memory lays bytes out.

    Attributes:
        alignment: Every tensor begins at a multiple of this many bytes.
        quantised_row: Quantised tensors whose rows are no multiple of this many numbers get room
            for the rest of one row; 0 = they do not.
    """

    alignment: int = 32
    quantised_row: int = 0

    def allocated(self, stored: Stored) -> int:
        """Bytes that something takes, padding included."""
        n_bytes = stored.n_bytes
        beyond = stored.row % self.quantised_row if self.quantised_row else 0
        if beyond and stored.type.block_size > 1:
            n_bytes += stored.type.row_bytes(self.quantised_row - beyond)
        return padded(n_bytes, self.alignment)


#: ggml's CPU buffers: TENSOR_ALIGNMENT in ggml-backend.cpp.
CPU_LAYING = Laying()
#: Source: ``ggml_backend_cuda_buffer_type_get_alloc_size`` in ggml-cuda.cu of llama.cpp.
CUDA_LAYING = Laying(128, 512)


class WeightSums(NamedTuple):
    """Bytes of weights in one kind of memory; sums run over blocks before an index.

    Attributes:
        blocks: Sum of all tensors of the blocks before each index.
        experts: The same of the experts alone.
        output: What belongs to the output layer.
        tied: A second copy of the embedding, made where the output lies elsewhere, and in RAM if
            its format is reordered there.
        inputs: What is always in RAM.
        shared: What every device has that holds a block using it, see ``PreparedModel.shares``.
    """

    blocks: tuple[int, ...]
    experts: tuple[int, ...]
    output: int
    tied: int
    inputs: int
    shared: int


class _CacheKind(NamedTuple):
    """Layers that keep alike: one that stands for all, and how many there are before each."""

    layer: int
    before: tuple[int, ...]


#: Settings under which layers that keep differently show it.
_PROBES = (
    PlanSettings(n_ctx=8192, n_ubatch=64),
    PlanSettings(n_ctx=131_072, n_seq_max=3, flash_attn=False),
)


class PreparedModel:
    """What plans are made from.

    Args:
        header: The header of the whole model (see ``gguf_header.joined``).

    Attributes:
        header: As given.
        n_blocks: Blocks, those for predicting further tokens included; the output comes after.
        n_ctx_train: Context the model was trained on, in tokens; 0 if the file does not say.
        expert_blocks: Blocks that have experts.
        doubles_in_ram: Whether a tied embedding is there twice where all is in RAM.
    """

    def __init__(self, header: GgufHeader) -> None:
        self.header = header
        keys = ModelKeys(header)
        self.n_ctx_train = keys.whole("context_length") or 0
        self._cache = CacheSize(header, _PROBES[0])
        self._placed = _placed(header)
        self.doubles_in_ram = bool(self._placed.tied) and _is_doubled(header)
        named = max((layer for layer in self._placed.by_layer), default=-1) + 1
        self.n_blocks = keys.block_count or max(named, self._cache.n_blocks)
        self._kinds = self._cache_kinds()
        uses = dict.fromkeys(self._placed.shared_by, 1)
        self._shared_before = _running(uses.get(i, 0) for i in range(self.n_blocks))
        self._sums: dict[Laying, WeightSums] = {}
        self._compute = ComputeSize(header)
        self.expert_blocks = sum(
            any(_EXPERTS.match(t.name) for t in tensors)
            for tensors in self._placed.by_layer.values()
        )

    @property
    def n_layers(self) -> int:
        """Layers as llama.cpp counts them: the blocks and the output."""
        return self.n_blocks + 1

    @property
    def loaded_blocks(self) -> int:
        """Blocks without those for predicting further tokens, which are not loaded."""
        return self._cache.n_blocks or self.n_blocks

    @property
    def is_exact(self) -> bool:
        """Whether weights and cache are known to the byte."""
        return self._cache.is_exact

    # ---- weights ---------------------------------------------------------------------------

    def sums(self, laying: Laying) -> WeightSums:
        """Bytes of weights where bytes are laid out like this."""
        found = self._sums.get(laying)
        if found is None:
            found = self._sums[laying] = self._summed(laying)
        return found

    def shares(self, first: int, last: int) -> bool:
        """Whether any block of ``[first, last)`` uses what devices have a copy of each."""
        return self._shared_before[last] > self._shared_before[min(first, last)]

    def _summed(self, laying: Laying) -> WeightSums:
        def size(tensors: Sequence[TensorInfo]) -> int:
            return sum(laying.allocated(_stored(tensor)) for tensor in tensors)

        placed = self._placed
        blocks = [placed.by_layer.get(i, []) for i in range(self.n_blocks)]
        experts = [[t for t in tensors if _EXPERTS.match(t.name)] for tensors in blocks]
        return WeightSums(
            blocks=_running(map(size, blocks)),
            experts=_running(map(size, experts)),
            output=size(placed.output),
            tied=size(placed.tied),
            inputs=size(placed.inputs),
            shared=size(placed.shared),
        )

    # ---- cache -----------------------------------------------------------------------------

    def _cache_kinds(self) -> tuple[_CacheKind, ...]:
        """Layers that keep the same under every probe are of one kind."""
        probes = [self._cache]
        with contextlib.suppress(LollmaError):  # then what the first probe shows must do
            probes += [self._cache.with_settings(probe) for probe in _PROBES[1:]]
        kinds: dict[object, list[int]] = defaultdict(list)
        for layer in range(self._cache.n_blocks):
            kept = tuple(probe.layer(layer) for probe in probes)
            if any(kept):
                kinds[kept].append(layer)
        return tuple(self._kind_of(layers) for layers in kinds.values())

    def _kind_of(self, layers: Sequence[int]) -> _CacheKind:
        is_one = dict.fromkeys(layers, 1)
        return _CacheKind(layers[0], _running(is_one.get(i, 0) for i in range(self.n_blocks)))

    def cache_kinds(
        self, settings: PlanSettings
    ) -> list[tuple[tuple[Stored, ...], tuple[int, ...]]]:
        """For each kind of layer what one of them keeps, and how many there are before each block.

        Raises:
            LollmaError: If llama.cpp would refuse these settings for this model.
        """
        cache = self._cache.with_settings(settings)
        return [(cache.layer(kind.layer), kind.before) for kind in self._kinds]

    # ---- working memory --------------------------------------------------------------------

    def buffers(self, settings: PlanSettings, layout: Layout, backend: Backend) -> Buffers:
        """Compute and output buffers."""
        return self._compute.buffers(settings, layout, backend)


class _Placed(NamedTuple):
    by_layer: dict[int, list[TensorInfo]]
    output: list[TensorInfo]
    tied: list[TensorInfo]
    inputs: list[TensorInfo]
    shared: list[TensorInfo]
    shared_by: set[int]


def _placed(header: GgufHeader) -> _Placed:
    """Sort the tensors by where they go, asking ``Placement`` with a device for each layer."""
    n_blocks = Placement(header, 0, ()).n_blocks
    where: dict[str, list[int]] = defaultdict(list)
    for device, tensor in Placement(header, -1, (1.0,) * (n_blocks + 1)).weights():
        where[tensor.name].append(device)
    placed = _Placed(defaultdict(list), [], [], [], [], set())
    for tensor in header.tensors:
        devices = where[tensor.name]
        if devices == [HOST]:
            placed.inputs.append(tensor)
        elif devices == [HOST, n_blocks]:
            placed.inputs.append(tensor)
            placed.tied.append(tensor)
        elif devices == [n_blocks]:
            placed.output.append(tensor)
        elif len(devices) == 1:
            placed.by_layer[devices[0]].append(tensor)
        elif devices:
            placed.shared.append(tensor)
            placed.shared_by.update(devices)
    return placed


def _is_doubled(header: GgufHeader) -> bool:
    """Whether any tensor is made twice where all is in RAM."""
    made = [tensor.name for _, tensor in Placement(header, 0, ()).weights()]
    return len(set(made)) < len(made)


def _stored(tensor: TensorInfo) -> Stored:
    return Stored(tensor.n_bytes, tensor.shape[0] if tensor.shape else 1, tensor.type)


def _running(numbers: Iterable[int]) -> tuple[int, ...]:
    """Sums of all numbers before each index, the whole sum last."""
    return (0, *itertools.accumulate(numbers))
