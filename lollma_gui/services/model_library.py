"""The models on this PC: finds GGUF files in folders and reads what they are."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.model_source import ModelSource
from lollma_gui.core.split_names import parse_split_name
from lollma_gui.services.model_files import read_model

_ENDING = ".gguf"


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


@dataclass(frozen=True)
class ScanResult:
    """What a search found.

    Attributes:
        entries: In the order of the folders; in each folder by name.
        problems: A sentence for each folder that could not be read.
        missing: Folders to search that do not exist (a drive not plugged in, nothing fetched yet).
    """

    entries: tuple[LibraryEntry, ...]
    problems: tuple[str, ...] = ()
    missing: tuple[Path, ...] = ()


def scan(
    folders: Sequence[Path],
    cancelled: Callable[[], bool] = lambda: False,
    found: Callable[[LibraryEntry], None] | None = None,
) -> ScanResult:
    """Find all models in folders and the folders in them.

    A file that can be reached in several ways (links, folders within folders) is listed once,
    under the first of its paths. Downloads under way do not end with ``.gguf`` and are left alone.

    Args:
        folders: Where to search, in order.
        cancelled: Asked often; a search that is cancelled ends at once.
        found: Told of each entry as soon as it is known, on this thread.

    Raises:
        Cancelled: If ``cancelled`` said so.
    """
    search = _Search(cancelled)
    entries: list[LibraryEntry] = []
    for folder in folders:
        for entry in search.folder(folder):
            entries.append(entry)
            if found is not None:
                found(entry)
    return ScanResult(tuple(entries), tuple(search.problems), tuple(search.missing))


#: What a file or folder is on disk, whatever its path.
_Identity = tuple[int, int] | str


def _identity(path: Path, status: os.stat_result) -> _Identity:
    # Some file systems number nothing.
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


@dataclass
class _Search:
    """One search: what was seen already, and what went wrong."""

    cancelled: Callable[[], bool]
    problems: list[str] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    _seen: set[_Identity] = field(default_factory=set)

    def folder(self, folder: Path) -> Iterator[LibraryEntry]:
        """Entries of one of the folders to search."""
        try:
            status = folder.stat()
        except FileNotFoundError:
            self.missing.append(folder)
        except OSError as error:
            self._report(folder, error)
        else:
            yield from self._walk(folder, status)

    def _walk(self, top: Path, status: os.stat_result) -> Iterator[LibraryEntry]:
        # A list of its own rather than recursion: folders may be nested deeper than Python's stack.
        waiting = [(top, status)]
        while waiting:
            self._stop_if_cancelled()
            folder, status = waiting.pop()
            if not self._is_new(folder, status):
                continue  # a link that leads back up, or a folder within another one
            files, folders = self._list(folder)
            yield from self._models(folder, files)
            waiting.extend(reversed(folders))

    def _list(self, folder: Path) -> tuple[list[str], list[tuple[Path, os.stat_result]]]:
        """Names of GGUF files in a folder, and the folders in it, both in order."""
        files: list[str] = []
        folders: list[tuple[Path, os.stat_result]] = []
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda e: (e.name.casefold(), e.name))
        except OSError as error:
            self._report(folder, error)
            return files, folders
        for entry in entries:
            path = folder / entry.name
            if _is_folder(entry):
                if status := _status(path):
                    folders.append((path, status))
            elif entry.name.lower().endswith(_ENDING):
                files.append(entry.name)
        return files, folders

    def _models(self, folder: Path, names: Sequence[str]) -> Iterator[LibraryEntry]:
        """Entries for the GGUF files of one folder; all parts of a split model are one."""
        done: set[tuple[str, int]] = set()
        for name in names:
            self._stop_if_cancelled()
            split = parse_split_name(name)
            if split is not None and split.count > 1:
                key = (split.stem, split.count)
                if key in done:
                    continue
                done.add(key)
            entry = self._entry(folder / name)
            if entry is not None:
                yield entry

    def _entry(self, path: Path) -> LibraryEntry | None:
        """The entry for a file; None if it was listed already or is no file at all."""
        try:
            status = path.stat()
        except FileNotFoundError:
            if not path.is_symlink():
                return None  # it was there a moment ago
            problem = "The file that this link points to is not there."
            return LibraryEntry(path, None, problem, "Download the model again.")
        except OSError as error:
            problem = f"The file could not be read: {_reason(error)}."
            return LibraryEntry(path, None, problem, "Check its permissions.")
        if not stat.S_ISREG(status.st_mode) or not self._is_new(path, status):
            return None
        try:
            return LibraryEntry(path, read_model(path), modified=status.st_mtime)
        except LollmaError as error:
            return LibraryEntry(path, None, error.title, error.advice, status.st_mtime)

    def _is_new(self, path: Path, status: os.stat_result) -> bool:
        identity = _identity(path, status)
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True

    def _report(self, folder: Path, error: OSError) -> None:
        self.problems.append(f"The folder {folder} could not be read: {_reason(error)}.")

    def _stop_if_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that goes round in circles


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None  # it was there a moment ago


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
