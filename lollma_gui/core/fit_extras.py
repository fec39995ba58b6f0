"""What is loaded beside a model: a draft model, or a projector for pictures and sound."""

from collections.abc import Sequence

from lollma_gui.core.fit_view import Extra
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.model_pairs import drafts_for, projectors_for

#: A projector's working memory as a part of its weights. It depends on the size of pictures and no
#: formula exists; this is a guess of ours on the safe side, so what is shown is "about".
_PROJECTOR_WORK = 0.4
#: A draft model's working memory, also on the safe side: its batches are short.
_DRAFT_WORK_BYTES = 64 * 1024**2
_MOST_DRAFTS = 3


def extras_for(model: ModelInfo, others: Sequence[ModelInfo], n_ctx: int) -> tuple[Extra, ...]:
    """What could be loaded beside a model, of all that is on this PC.

    Args:
        model: The model.
        others: All files there are.
        n_ctx: Context in tokens that a draft model follows.
    """
    return (
        *(
            _extra(info, "projector", projector_bytes(info.size_bytes))
            for info in projectors_for(model, others)
        ),
        *(
            _extra(info, "draft", draft_bytes(info, n_ctx))
            for info in drafts_for(model, others)[:_MOST_DRAFTS]
        ),
    )


def _extra(info: ModelInfo, kind: str, n_bytes: int) -> Extra:
    return Extra(info.files[0], info.name, kind, n_bytes)


def projector_bytes(file_bytes: int) -> int:
    """About what a projector takes: its weights, and working memory for one picture."""
    return round(file_bytes * (1 + _PROJECTOR_WORK))


def draft_bytes(info: ModelInfo, n_ctx: int) -> int:
    """About what a draft model takes: its weights, keys and values at 16 bits, working memory."""
    heads, kv_heads = _most(info.heads), _most(info.kv_heads)
    head = (info.embedding_length or 0) // heads if heads else 0
    cache = (info.layers or 0) * kv_heads * head * 2 * 2 * n_ctx
    return info.size_bytes + cache + _DRAFT_WORK_BYTES


def _most(heads: int | tuple[int, ...] | None) -> int:
    return max(heads, default=0) if isinstance(heads, tuple) else heads or 0


def chosen_bytes(extras: Sequence[Extra]) -> int:
    """What is chosen beside the model, all together."""
    return sum(extra.n_bytes for extra in extras if extra.is_chosen)
