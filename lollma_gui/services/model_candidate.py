"""A file that may be a model, before anything of it was read."""

from typing import NamedTuple

from lollma_gui.core.model_source import ModelSource


class Candidate(NamedTuple):
    """A file that is a model by its name.

    Attributes:
        path: The file to load.
        size: Bytes of all its parts that are there.
        mtime_ns: When the newest of them was changed, in nanoseconds since 1970.
        source: Whose folder it is in.
        title: How the program that keeps it calls it; may be empty.
        companions: Files that this program loads beside it.
        problem: Why it cannot be used, where that is known already.
        advice: What to do about it.
        is_partial: Whether it is an unfinished download.
    """

    path: str
    size: int = 0
    mtime_ns: int = 0
    source: ModelSource = ModelSource.FOLDER
    title: str = ""
    companions: tuple[str, ...] = ()
    problem: str = ""
    advice: str = ""
    is_partial: bool = False


def reason(error: OSError) -> str:
    """Why something could not be read, within a sentence."""
    return (error.strerror or "unknown reason").lower()
