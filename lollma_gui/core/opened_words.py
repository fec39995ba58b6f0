"""What is said of files that a person opened and that are no model to talk to."""

from collections.abc import Sequence

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_info import DRAFTERS, ModelInfo, ModelKind

_ANOTHER = "Open a model that writes text."
#: What each kind is, and what to do with it.
_WORDS = {
    ModelKind.EMBEDDING: ("is an embedding model: it compares texts and writes none.", _ANOTHER),
    ModelKind.PROJECTOR: (
        "is a vision projector (mmproj): it goes beside a model and lets that see pictures.",
        "Open the model that it belongs to.",
    ),
    ModelKind.ADAPTER: (
        "is a LoRA adapter: it changes the manner of another model.",
        "Load that model, with this file under LoRA adapters in Settings.",
    ),
    ModelKind.VOCABULARY: ("holds a vocabulary and no model.", "Open the model itself."),
    ModelKind.OTHER: ("is no model that writes text.", _ANOTHER),
}
_DRAFTER = (
    "is a draft model: it guesses ahead for another model and cannot be talked to alone.",
    "Load that model, with this file as Draft model in Settings.",
)


def not_for_chat(name: str, info: ModelInfo) -> LollmaError | None:
    """Why a file cannot be loaded to talk to; None if it can.

    Args:
        name: The file's name.
        info: What it is.
    """
    if info.can_chat:
        return None
    is_drafter = info.architecture in DRAFTERS
    what, advice = _DRAFTER if is_drafter else _WORDS[info.kind]
    return LollmaError(f"{name} {what}", advice)


def together(errors: Sequence[LollmaError]) -> LollmaError:
    """Several errors as one; there is at least one."""
    if len(errors) == 1:
        return errors[0]
    return LollmaError(
        f"{len(errors)} files cannot be opened.", " ".join(error.title for error in errors)
    )


def drop_words(models: int, folders: int) -> str:
    """What a drop would do, in large letters."""
    if models:
        return f"Drop to see whether {'it fits' if models == 1 else 'they fit'}"
    return f"Drop to search {'this folder' if folders == 1 else 'these folders'} for models"
