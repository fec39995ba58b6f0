"""Which files belong to a model: its projector for pictures and sound, and models that can draft.

Repositories put a projector beside the models it was made for and call it ``mmproj``; the file
itself does not say whose it is. A draft model must cut text into the same tokens.
"""

import re
from collections.abc import Iterable
from pathlib import PurePath

from lollma_gui.core.model_family import family_name, quantisation_label
from lollma_gui.core.model_info import ModelInfo, ModelKind

#: A draft model with more than this part of the model's parameters saves no time.
_DRAFT_SHARE = 0.3
#: llama.cpp lets vocabularies differ by so many tokens at their end
#: (SPEC_VOCAB_MAX_SIZE_DIFFERENCE in common/speculative.cpp).
_VOCABULARY_SLACK = 128

#: Words in a projector's name that do not say which model it is for.
_NOT_A_NAME = re.compile(r"(?:^|-)(?:mmproj|projector|model|gguf)(?=-|$)")
#: Blobs of a store that names files by their content: all models lie in one folder.
_BLOB = re.compile(r"sha256-[0-9a-f]{64}")


def projectors_for(model: ModelInfo, others: Iterable[ModelInfo]) -> list[ModelInfo]:
    """The projectors that belong to a model, in the order given.

    What the program that keeps the model says counts alone. Else they lie in the model's folder or
    repository; where one names another model, it is not meant.

    Args:
        model: The model.
        others: All files there are.
    """
    projectors = [info for info in others if info.kind is ModelKind.PROJECTOR]
    if model.companions:
        return [info for info in projectors if info.files[0] in model.companions]
    homes = _homes(model)
    near = [info for info in projectors if _homes(info) & homes]
    family = family_name(model.files[0])
    ranked = [(_likeness(_base(info), family), info) for info in near]
    best = max((rank for rank, _ in ranked), default=0)
    return [info for rank, info in ranked if rank == best and rank]


def _homes(info: ModelInfo) -> set[PurePath]:
    """Folders whose files belong together with this one.

    That is its own; the one above where its own is named after a quantisation; and for the Hub's
    cache the repository, whichever of its versions the file is of.
    """
    path = PurePath(info.files[0])
    if _BLOB.fullmatch(path.name):
        return set()
    homes = {path.parent}
    if quantisation_label(path.parent.name):
        homes.add(path.parent.parent)
    homes.update(p for p in path.parents if p.name.startswith("models--"))
    return homes


def _base(projector: ModelInfo) -> str:
    """The model's name in a projector's; empty where there is none."""
    return _NOT_A_NAME.sub("", family_name(projector.files[0])).strip("-")


def _likeness(base: str, family: str) -> int:
    """3 the same model, 2 one name begins with the other, 1 no name, 0 another model."""
    if not base:
        return 1
    if base == family:
        return 3
    return 2 if base.startswith(family) or family.startswith(base) else 0


def drafts_for(model: ModelInfo, others: Iterable[ModelInfo]) -> list[ModelInfo]:
    """Models that can draft for a model, those it is kept with first, then the smallest.

    Args:
        model: The model.
        others: All files there are.
    """
    return sorted(
        (info for info in others if _can_draft(info, model)),
        key=lambda info: (info.files[0] not in model.companions, info.size_bytes),
    )


def _can_draft(info: ModelInfo, model: ModelInfo) -> bool:
    """Whether it is small enough, and cuts text as the model does as far as a header can tell.

    llama.cpp compares the kind of vocabulary, its size and its tokens
    (``common_speculative_are_compatible`` in common/speculative.cpp).
    """
    return (
        info.can_chat
        and info.parameters <= model.parameters * _DRAFT_SHARE
        and _cuts_alike(info, model)
    )


def _cuts_alike(one: ModelInfo, other: ModelInfo) -> bool:
    sizes = one.vocabulary_size, other.vocabulary_size
    if one.tokenizer and other.tokenizer:
        if one.tokenizer != other.tokenizer or sizes[0] is None or sizes[1] is None:
            return False
        return abs(sizes[0] - sizes[1]) <= _VOCABULARY_SLACK
    return one.architecture == other.architecture and sizes[0] == sizes[1]
