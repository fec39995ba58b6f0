"""Names that a person gives to model files."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_source import ModelSource
from lollma_gui.core.split_names import parse_split_name, part_name

_ENDING = ".gguf"
#: What Windows allows in no name; a name is to be good on every system, drives travel.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
#: Names of devices on Windows, whatever comes after the first dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
#: Most systems allow 255 bytes; the number of a part and what programs add need some of them.
_MOST_BYTES = 200
#: Programs that find files by what they called them, and how to change something there.
_KEPT_BY_NAME = {
    ModelSource.OLLAMA: "Use Ollama for that: ollama cp, ollama rm.",
    ModelSource.HUGGING_FACE: "Use its own tool for that: hf cache.",
    ModelSource.LLAMA_CPP: "Move the model to a folder of your own first.",
    ModelSource.JAN: "Use Jan for that.",
}


def stem_of(path: str) -> str:
    """The part of a model file's name that a person may choose."""
    name = PurePath(path).name
    split = parse_split_name(name)
    if split is not None:
        return split.stem
    return name[: -len(_ENDING)] if name.lower().endswith(_ENDING) else name


def renamed(files: Sequence[str], wanted: str) -> list[str]:
    """The names of all files of a model after it was renamed.

    Args:
        files: Paths of its files; each part of a split one keeps its number.
        wanted: The new name, with or without ``.gguf``.

    Raises:
        LollmaError: The name cannot be used.
    """
    stem = _checked(wanted)
    return [_with_stem(PurePath(file).name, stem) for file in files]


def _with_stem(name: str, stem: str) -> str:
    split = parse_split_name(name)
    return part_name(stem, split.part, split.count) if split else f"{stem}{_ENDING}"


def _checked(wanted: str) -> str:
    stem = wanted.strip()
    if stem.lower().endswith(_ENDING):
        stem = stem[: -len(_ENDING)].rstrip()
    if not stem.strip("."):
        raise LollmaError("A model needs a name.", "Type one.")
    if wrong := _FORBIDDEN.search(stem):
        shown = wrong[0] if wrong[0].isprintable() else "a control character"
        raise LollmaError(f"A file name cannot have {shown} in it.", "Choose another name.")
    if stem.startswith(".") or stem.endswith((".", " ")) or _DEVICES.fullmatch(stem):
        raise LollmaError(f"“{stem}” is no name for a file on every system.", "Choose another.")
    if len(stem.encode()) > _MOST_BYTES:
        raise LollmaError("This name is too long for a file.", "Choose a shorter one.")
    if parse_split_name(f"{stem}{_ENDING}"):
        raise LollmaError(
            "This name ends as that of one part of several.", "Leave the numbers at its end out."
        )
    return stem


def refuse_kept(source: ModelSource) -> None:
    """Do nothing for files that are the person's own.

    Raises:
        LollmaError: The program that keeps the file would miss it.
    """
    advice = _KEPT_BY_NAME.get(source)
    if advice is not None:
        raise LollmaError(f"{source} keeps this file and finds it by its name.", advice)
