"""Walks through folders and says which files are models, or on the way to become one.

Nothing is opened here but small notes beside unfinished downloads: a folder costs one ``scandir``,
a file one ``stat``.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

from lollma_gui.core.errors import Cancelled
from lollma_gui.core.model_info import says_nothing
from lollma_gui.core.model_source import ModelSource
from lollma_gui.core.split_names import parse_split_name
from lollma_gui.services import jan_models, partial_files
from lollma_gui.services.model_candidate import Candidate, reason
from lollma_gui.services.model_places import Place

#: Folders of the Hub's cache that hold no model; and where deleted files wait.
_NOT_SEARCHED = {".no_exist", ".locks", "refs", "trees", ".Trash", ".Trashes", "$RECYCLE.BIN"}
_TRASH = ".Trash-"
#: Both keep files as the Hub's cache does: ``models--OWNER--NAME/snapshots/VERSION/FILE``.
_OF_REPOSITORIES = (ModelSource.HUGGING_FACE, ModelSource.LLAMA_CPP)
_REPOSITORY = "models--"
_CONTROL = partial_files.CONTROL_ENDING


#: What a file or folder is on disk, whatever its path.
_Identity = tuple[int, int] | str


@dataclass
class Walk:
    """One search: what was seen already, and what went wrong.

    Attributes:
        cancelled: Asked often.
        problems: A sentence for each folder that could not be read.
        missing: Folders that do not exist.
        folders: Every folder that was looked into.
    """

    cancelled: Callable[[], bool]
    problems: list[str] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    _seen: set[_Identity] = field(default_factory=set)

    def place(self, place: Place) -> Iterator[Candidate]:
        """The models of one place.

        Raises:
            Cancelled: If ``cancelled`` said so.
        """
        try:
            status = place.path.stat()
        except FileNotFoundError:
            self.missing.append(place.path)
        except OSError as error:
            self._report(str(place.path), error)
        else:
            yield from self._walk(place, status)

    def is_new(self, path: str, status: os.stat_result) -> bool:
        """Whether a file was not met before, under this path or another."""
        return self._is_new(_identity(path, status.st_dev, status.st_ino))

    def _is_new(self, identity: _Identity) -> bool:
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True

    def _walk(self, place: Place, status: os.stat_result) -> Iterator[Candidate]:
        # A list of its own rather than recursion: folders may be nested deeper than Python's stack.
        top = str(place.path)
        waiting = [(top, status.st_dev, _identity(top, status.st_dev, status.st_ino))]
        is_jans = place.source is ModelSource.JAN
        while waiting:
            if self.cancelled():
                raise Cancelled
            folder, device, identity = waiting.pop()
            if not self._is_new(identity):
                continue  # a link that leads back up, or a folder within another one
            self.folders.append(folder)
            folders, files = self._list(folder)
            models = self._models(place.source, files)
            yield from jan_models.described(folder, models, self.is_new) if is_jans else models
            if place.is_deep:
                waiting += [f for f in map(_folder, reversed(folders), repeat(device)) if f]

    def _list(self, folder: str) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
        """The folders in a folder, and the files in it that may be models; both in order."""
        # By their names, whatever the case; no two of a folder are the same.
        found: list[tuple[str, str, os.DirEntry[str]]] = []
        folders: list[tuple[str, str, os.DirEntry[str]]] = []
        try:
            with os.scandir(folder) as listing:
                for entry in listing:
                    name = entry.name
                    folded = name.casefold()
                    if _is_folder(entry):
                        if name not in _NOT_SEARCHED and not name.startswith(_TRASH):
                            folders.append((folded, name, entry))
                    elif folded.endswith(partial_files.MODEL_ENDING) or _may_be_model(folded):
                        found.append((folded, name, entry))
        except OSError as error:
            self._report(folder, error)
        found.sort()
        folders.sort()
        return [entry for *_, entry in folders], [entry for *_, entry in found]

    def _models(
        self, source: ModelSource, entries: Sequence[os.DirEntry[str]]
    ) -> Iterator[Candidate]:
        """Candidates of one folder; all parts of a split model are one."""
        splits = _parts(entries)
        controls = {e.name for e in entries if e.name.lower().endswith(_CONTROL)}
        for entry in entries:
            name = entry.name
            parts = splits.get(name) or (entry,)
            if parts[0] is not entry or name in controls:
                continue
            is_partial = partial_files.is_partial_name(name) or name + _CONTROL in controls
            if found := self._candidate(source, parts, is_partial):
                yield found

    def _candidate(
        self, source: ModelSource, parts: Sequence[os.DirEntry[str]], is_partial: bool
    ) -> Candidate | None:
        """The candidate for a file; None if it was listed already or is no file at all."""
        path = parts[0].path
        title = _repository(path) if source in _OF_REPOSITORIES else ""
        try:
            status = _full_status(parts[0])
        except FileNotFoundError:
            if not parts[0].is_symlink():
                return None  # it was there a moment ago
            problem = "The file that this link points to is not there."
            return Candidate(path, 0, 0, source, "", (), problem, "Download the model again.")
        except OSError as error:
            problem = f"The file could not be read: {reason(error)}."
            return Candidate(path, 0, 0, source, "", (), problem, "Check its permissions.")
        if not stat.S_ISREG(status.st_mode) or not self.is_new(path, status):
            return None
        if is_partial:
            return partial_candidate(path, status, source)
        if len(parts) == 1:
            return Candidate(path, status.st_size, status.st_mtime_ns, source, title)
        every = [status, *(s for part in parts[1:] if (s := _status(part)))]
        size, changed = sum(s.st_size for s in every), max(s.st_mtime_ns for s in every)
        return Candidate(path, size, changed, source, title)

    def _report(self, folder: str, error: OSError) -> None:
        self.problems.append(f"The folder {folder} could not be read: {reason(error)}.")


def _parts(entries: Sequence[os.DirEntry[str]]) -> dict[str, list[os.DirEntry[str]]]:
    """For every part of a split model, by its name, all parts that are there."""
    groups: dict[tuple[str, int], list[os.DirEntry[str]]] = {}
    found = {}
    for entry in entries:
        split = parse_split_name(entry.name) if "-of-" in entry.name.lower() else None
        if split is not None and split.count > 1:
            found[entry.name] = groups.setdefault((split.stem, split.count), [])
            found[entry.name].append(entry)
    return found


def partial_candidate(path: str, status: os.stat_result, source: ModelSource) -> Candidate | None:
    """The candidate for an unfinished download; None if it is something else's."""
    file = Path(path)
    title = partial_files.whole_name(file.name)
    if not title and not partial_files.is_model(file):
        return None
    keeper = "" if source is ModelSource.FOLDER else source.value
    need = partial_files.expected_bytes(file)
    problem, advice = partial_files.unfinished(status.st_size, need, keeper)
    if source is ModelSource.OWN:
        advice = "Go on with it under Downloads, or throw it away."
    return Candidate(
        *(path, status.st_size, status.st_mtime_ns, source, title or _unnamed(file)),
        problem=problem,
        advice=advice,
        is_partial=True,
    )


def _unnamed(file: Path) -> str:
    """What to call a download that only bears the number of its content."""
    repository = _repository_of(file)
    return f"Download of {repository}" if repository else file.name


def _repository(path: str) -> str:
    """The repository's name for a file of the Hub's cache whose own name says nothing."""
    return _repository_of(Path(path)) if says_nothing(path) else ""


def _repository_of(file: Path) -> str:
    home = next((p.name for p in file.parents if p.name.startswith(_REPOSITORY)), "")
    return home.removeprefix(_REPOSITORY).replace("--", "/")


def _identity(path: str, device: int, number: int) -> _Identity:
    # Some file systems number nothing.
    return (device, number) if number else os.path.realpath(path)


def _folder(entry: os.DirEntry[str], device: int) -> tuple[str, int, _Identity] | None:
    """A folder to be walked through; None if it is gone.

    Args:
        entry: The folder, or a link to one.
        device: Of the folder it is in. Where another device is mounted here this is the wrong one,
            which only means that the folder is not known again under another path.
    """
    if not entry.is_symlink():
        return entry.path, device, _identity(entry.path, device, entry.inode())
    if status := _status(entry):
        identity = _identity(entry.path, status.st_dev, status.st_ino)
        return entry.path, status.st_dev, identity
    return None


def _may_be_model(lower: str) -> bool:
    """Whether a name without a model's ending is that of one on its way, or of what controls it."""
    return lower.endswith(_CONTROL) or partial_files.is_partial_name(lower)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that goes round in circles


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return _full_status(entry)
    except OSError:
        return None  # it was there a moment ago


def _full_status(entry: os.DirEntry[str]) -> os.stat_result:
    status = entry.stat()
    # What Windows tells while listing a folder lacks the file's number.
    return status if status.st_ino else Path(entry.path).stat()
