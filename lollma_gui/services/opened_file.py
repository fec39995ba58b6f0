"""A file that a person opens: what model it is, or why it is none."""

from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.open_request import not_on_this_pc
from lollma_gui.core.opened_words import not_for_chat
from lollma_gui.core.split_names import parse_split_name, part_name
from lollma_gui.services.library_entry import LibraryEntry
from lollma_gui.services.model_files import model_parts, read_model


class OpenedModel(NamedTuple):
    """A model that can be loaded.

    Attributes:
        entry: The model, as the library has its own.
        told: What a person should know about the file that was opened; may be empty.
    """

    entry: LibraryEntry
    told: str = ""


class OpenedFolder(NamedTuple):
    """A folder, which may be searched for models."""

    path: Path


def look_at(path: str) -> OpenedModel | OpenedFolder:
    """Look at what a person opened. Reads headers only.

    Args:
        path: A whole path.

    Raises:
        LollmaError: It is no model that can be loaded; says why, and names the file.
    """
    if "://" in path:
        raise not_on_this_pc(path)
    given = Path(path)
    try:
        if given.is_dir():
            return OpenedFolder(given)
        return _look_at_file(given)
    except (OSError, ValueError) as error:  # a name the system cannot have
        raise LollmaError(f"{path} could not be opened: {error}.", "Check the path.") from error
    except LollmaError as error:
        if given.name in error.title:
            raise
        raise LollmaError(f"{given.name}: {error.title}", error.advice) from error


def _look_at_file(given: Path) -> OpenedModel:
    first = _first_part(given)
    info = read_model(first)
    if reason := not_for_chat(first.name, info):
        raise reason
    status = first.stat()
    entry = LibraryEntry(first, info, modified=status.st_mtime_ns / 1e9, size_bytes=info.size_bytes)
    told = "" if first == given else f"{given.name} is a later part: its first part is opened."
    return OpenedModel(entry, told)


def _first_part(path: Path) -> Path:
    """The file of a split model that is loaded; the path itself where it is not split.

    Raises:
        LollmaError: A part is missing.
    """
    split = parse_split_name(path.name)
    if split is None or split.part == 1 or not path.exists():
        return path
    model_parts(path)  # names what is missing
    return path.with_name(part_name(split.stem, 1, split.count))
