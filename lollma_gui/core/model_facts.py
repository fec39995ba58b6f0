"""What settings need to know of a model, gathered from its header."""

from lollma_gui.core.cache_size import CacheSize
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.model_keys import ModelKeys
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.prepared_model import PreparedModel
from lollma_gui.core.settings_facts import ModelFacts

_SAMPLING = "general.sampling."
#: Two contexts whose caches are compared: what does not grow with the context drops out.
_SHORT, _LONG = 4096, 8192


def model_facts(header: GgufHeader, name: str) -> ModelFacts:
    """Gather them.

    Args:
        header: The header of the whole model.
        name: As the window shows it.
    """
    keys = ModelKeys(header)
    template = header.metadata.get("tokenizer.chat_template")
    base = header.metadata.get(f"{header.architecture}.rope.freq_base")
    return ModelFacts(
        name=name,
        prepared=PreparedModel(header),
        blocks=keys.block_count,
        n_ctx_train=keys.whole("context_length"),
        weights_bytes=sum(tensor.n_bytes for tensor in header.tensors),
        kv_bytes_per_token=_kv_bytes_per_token(header),
        expert_bytes=sum(t.n_bytes for t in header.tensors if "_exps" in t.name),
        is_mla=keys.whole("attention.key_length_mla") is not None,
        sliding_window=keys.whole("attention.sliding_window") or 0,
        rope_freq_base=float(base) if isinstance(base, int | float) else None,
        has_chat_template=template is not None,
        sampling={
            key.removeprefix(_SAMPLING): value
            for key, value in header.metadata.items()
            if key.startswith(_SAMPLING)
        },
    )


def _kv_bytes_per_token(header: GgufHeader) -> float | None:
    try:
        short, long = (_cache_bytes(header, n_ctx) for n_ctx in (_SHORT, _LONG))
    except LollmaError:
        return None
    return (long - short) / (_LONG - _SHORT)


def _cache_bytes(header: GgufHeader, n_ctx: int) -> int:
    cache = CacheSize(header, PlanSettings(n_ctx=n_ctx))
    layers = range(cache.n_blocks)
    return sum(stored.n_bytes for index in layers for stored in cache.layer(index))
