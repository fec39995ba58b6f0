"""What is loaded beside a model: a draft model, or a projector for pictures and sound."""

from collections.abc import Sequence
from pathlib import PurePath

from lollma_gui.core.fit_view import Extra
from lollma_gui.core.model_info import ModelInfo, ModelKind

#: A projector's working memory as a part of its weights. It depends on the size of pictures and no
#: formula exists; this is a guess of ours on the safe side, so what is shown is "about".
_PROJECTOR_WORK = 0.4
#: A draft model's working memory, also on the safe side: its batches are short.
_DRAFT_WORK_BYTES = 64 * 1024**2
#: A draft model with more than this part of the model's parameters saves no time.
_DRAFT_SHARE = 0.3
_MOST_DRAFTS = 3


def extras_for(model: ModelInfo, others: Sequence[ModelInfo], n_ctx: int) -> tuple[Extra, ...]:
    """What could be loaded beside a model, of all that is on this PC.

    Args:
        model: The model.
        others: All files there are.
        n_ctx: Context in tokens that a draft model follows.
    """
    folder = PurePath(model.files[0]).parent
    projectors = [
        _extra(info, "projector", projector_bytes(info.size_bytes))
        for info in others
        if info.kind is ModelKind.PROJECTOR and PurePath(info.files[0]).parent == folder
    ]
    drafts = sorted((i for i in others if _can_draft(i, model)), key=lambda i: i.size_bytes)
    return (
        *projectors,
        *(_extra(info, "draft", draft_bytes(info, n_ctx)) for info in drafts[:_MOST_DRAFTS]),
    )


def _extra(info: ModelInfo, kind: str, n_bytes: int) -> Extra:
    return Extra(info.files[0], info.name, kind, n_bytes)


def _can_draft(info: ModelInfo, model: ModelInfo) -> bool:
    """Whether it cuts text into the same tokens, as far as a header can tell, and is small."""
    return (
        info.can_chat
        and info.architecture == model.architecture
        and info.vocabulary_size == model.vocabulary_size
        and info.parameters <= model.parameters * _DRAFT_SHARE
    )


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
