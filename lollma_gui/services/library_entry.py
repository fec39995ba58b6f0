"""One model of the library, whole or not."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.model_source import ModelSource

#: Where an entry has what makes its ``path`` and ``info``, see ``library_index``.
LATER = "_later"


@dataclass(frozen=True)
class LibraryEntry:
    """One model that was found, whole or not.

    Attributes:
        path: The file to load; the first part of a split model.
        info: What it is; None if that could not be read.
        problem: One sentence why it cannot be used; empty if it can.
        advice: What to do about the problem; may be empty.
        modified: When the file was last changed, in seconds since 1970.
        source: Whose folder it was found in.
        size_bytes: Bytes of all its files that are there, also of a damaged one.
        title: The name by which the program that keeps it knows it (Ollama's ``llama3.2:3b``);
            empty where that is no other than the file's.
        is_partial: Whether it is a download that was not finished.
        fingerprint: The same for files that may well have the same content, as far as their sizes
            and headers tell; empty where that is unknown.
    """

    path: Path
    info: ModelInfo | None
    problem: str = ""
    advice: str = ""
    modified: float = 0.0
    source: ModelSource = ModelSource.FOLDER
    size_bytes: int = 0
    title: str = ""
    is_partial: bool = False
    fingerprint: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or (self.info.name if self.info else self.path.name)

    def __getattr__(self, name: str) -> Any:
        """The ``path`` and ``info`` of an entry that the index kept, made when looked at first."""
        later = self.__dict__.get(LATER)
        if name not in ("path", "info") or later is None:
            raise AttributeError(name)
        value = self.__dict__[name] = later(name)
        return value
