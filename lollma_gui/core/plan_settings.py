"""The settings that decide how much memory a load takes."""

from dataclasses import dataclass

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import padded
from lollma_gui.core.tensor_types import BY_NAME, TensorType

#: llama.cpp rounds contexts up to this many tokens.
CONTEXT_STEP = 256


@dataclass(frozen=True)
class PlanSettings:
    """What a memory plan is made for; names and meanings as in llama.cpp.

    Attributes:
        n_ctx: Context in tokens, over all sequences; 0 = what the model was trained on.
        n_gpu_layers: Layers on GPUs, counted from the end, the output included; negative = all.
        tensor_split: Share of each GPU; empty = by free memory.
        n_batch: Most tokens one decode takes.
        n_ubatch: Tokens computed at once.
        n_seq_max: Conversations at the same time.
        kv_unified: Whether they share one cache.
        swa_full: Whether sliding-window layers keep the whole context.
        flash_attn: Whether flash attention is used.
        offload_kqv: Whether a layer's cache lies where the layer lies; else all is in RAM.
        type_k: Format of the keys, for example ``f16`` or ``q8_0``.
        type_v: Format of the values.
        n_outputs_max: Rows of logits that room is made for; 0 = as many as ``n_batch``.
        n_cpu_moe: Blocks, from the first on, whose experts stay in RAM.
        op_offload: Whether a GPU computes with weights in RAM where that is faster.
    """

    n_ctx: int = 4096
    n_gpu_layers: int = -1
    tensor_split: tuple[float, ...] = ()
    n_batch: int = 2048
    n_ubatch: int = 512
    n_seq_max: int = 1
    kv_unified: bool = False
    swa_full: bool = False
    flash_attn: bool = True
    offload_kqv: bool = True
    type_k: str = "f16"
    type_v: str = "f16"
    n_outputs_max: int = 1
    n_cpu_moe: int = 0
    op_offload: bool = True


@dataclass(frozen=True)
class CacheSpace:
    """How many tokens the cache has room for.

    Attributes:
        cells: Tokens of one stream.
        streams: How many such caches lie side by side.
        n_ubatch: Tokens computed at once, as llama.cpp limits them.
    """

    cells: int
    streams: int
    n_ubatch: int


def cache_space(settings: PlanSettings, n_ctx_train: int) -> CacheSpace:
    """Room in the cache. Source: src/llama-context.cpp:246-305 of llama.cpp.

    Args:
        settings: The settings.
        n_ctx_train: Context that the model was trained on, in tokens.
    """
    n_ctx = settings.n_ctx or n_ctx_train
    n_batch = min(n_ctx, settings.n_batch)
    n_ubatch = min(n_batch, settings.n_ubatch or settings.n_batch)
    n_ctx = padded(n_ctx, CONTEXT_STEP)
    if settings.kv_unified:
        return CacheSpace(n_ctx, 1, n_ubatch)
    sequences = max(1, settings.n_seq_max)
    return CacheSpace(padded(n_ctx // sequences, CONTEXT_STEP), sequences, n_ubatch)


def cache_type(name: str) -> TensorType:
    """The number format of a cache.

    Raises:
        LollmaError: If there is none of this name.
    """
    found = BY_NAME.get(name.upper())
    if found is None:
        raise LollmaError(
            f"There is no cache type {name}.", "Choose f16, bf16, f32, q8_0, q5_1, q5_0 or q4_0."
        )
    return found
