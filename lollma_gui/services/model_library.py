"""The models on this PC: finds GGUF files in folders and reads what they are."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lollma_gui.core import units
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.gguf_cursor import CutOffError
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.model_source import ModelSource
from lollma_gui.services import ollama_store
from lollma_gui.services.library_entry import LibraryEntry
from lollma_gui.services.library_index import Known, LibraryIndex
from lollma_gui.services.model_candidate import Candidate
from lollma_gui.services.model_files import read_model
from lollma_gui.services.model_places import Place
from lollma_gui.services.model_walk import Walk

__all__ = ["LibraryEntry", "ScanResult", "scan"]

#: A file that changed so recently and is not whole is still being written, in seconds.
GROWING_SECONDS = 5.0
#: So often the list is shown while headers are read, in seconds.
_SHOWN_EVERY = 0.25
#: So many bytes at both ends of a file tell whether it may be the same as another.
_SAMPLE_BYTES = 1 << 16
#: Programs that say which files belong to a model.
_WITH_COMPANIONS = (ModelSource.OLLAMA, ModelSource.JAN)


@dataclass(frozen=True)
class ScanResult:
    """What a search found.

    Attributes:
        entries: In the order of the folders; in each folder by name.
        problems: A sentence for each folder that could not be read.
        missing: Folders to search that do not exist (a drive not plugged in, nothing fetched yet).
        folders: Every folder that was looked into.
        is_growing: Whether a file is being written just now: soon there will be more to see.
    """

    entries: tuple[LibraryEntry, ...]
    problems: tuple[str, ...] = ()
    missing: tuple[Path, ...] = ()
    folders: tuple[str, ...] = ()
    is_growing: bool = False


def scan(
    places: Iterable[Place | Path],
    cancelled: Callable[[], bool] = lambda: False,
    shown: Callable[[tuple[LibraryEntry, ...]], None] = lambda _entries: None,
    index: LibraryIndex | None = None,
    clock: Callable[[], float] = time.time,
) -> ScanResult:
    """Find all models in folders and the folders in them.

    A file that can be reached in several ways (links, folders within folders) is listed once,
    under the first of its paths.

    Args:
        places: Where to search, in order.
        cancelled: Asked often; a search that is cancelled ends at once.
        shown: Told, on this thread, of all entries known so far: as soon as the folders were
            searched of those that the index knows, and now and then while headers are read.
        index: What earlier searches read; brought up to date.
        clock: Seconds since 1970.

    Raises:
        Cancelled: If ``cancelled`` said so.
    """
    walk = Walk(cancelled)
    known: Mapping[str, Known] = index.known() if index else {}
    found = [c for place in _as_places(places) for c in _candidates(place, walk)]
    reading = _Reading(found, known, clock)
    reading.read_all(cancelled, shown)
    if index is not None:
        seen = {candidate.path for candidate in found}
        gone = [p for p in known if p not in seen and not _below(p, walk)]
        index.update(reading.new, gone)
    return ScanResult(
        reading.entries,
        tuple(walk.problems),
        tuple(walk.missing),
        tuple(walk.folders),
        reading.is_growing,
    )


def _as_places(places: Iterable[Place | Path]) -> list[Place]:
    return [p if isinstance(p, Place) else Place(ModelSource.FOLDER, p) for p in places]


def _candidates(place: Place, walk: Walk) -> Iterable[Candidate]:
    if place.source is ModelSource.OLLAMA and place.path.is_dir():
        return ollama_store.candidates(place.path, walk)
    return walk.place(place)


def _below(path: str, walk: Walk) -> bool:
    """Whether a file lies in a folder that is not there now, and may be back tomorrow."""
    return any(missing in Path(path).parents for missing in walk.missing)


class _Reading:
    """Turns candidates into entries: from the index where it knows them, else from the files.

    Attributes:
        new: What was read of files, to be kept.
        is_growing: Whether a file is being written just now.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        known: Mapping[str, Known],
        clock: Callable[[], float],
    ) -> None:
        self._clock = clock
        self.new: list[Known] = []
        self.is_growing = False
        self._entries = [self._at_hand(candidate, known) for candidate in candidates]
        self._to_read = [(i, c) for i, c in enumerate(candidates) if self._entries[i] is None]

    @property
    def entries(self) -> tuple[LibraryEntry, ...]:
        """All that are known so far, in the candidates' order."""
        return tuple(entry for entry in self._entries if entry is not None)

    def read_all(
        self,
        cancelled: Callable[[], bool],
        shown: Callable[[tuple[LibraryEntry, ...]], None],
    ) -> None:
        """Read what is not known yet."""
        next_time = 0.0
        for index, candidate in self._to_read:
            if cancelled():
                raise Cancelled
            if time.monotonic() >= next_time:
                shown(self.entries)
                next_time = time.monotonic() + _SHOWN_EVERY
            self._entries[index] = self._read(candidate)

    def _at_hand(self, candidate: Candidate, known: Mapping[str, Known]) -> LibraryEntry | None:
        """The entry of a file that need not be opened."""
        if candidate.problem:
            self.is_growing |= candidate.is_partial and self._is_young(candidate)
            return _unusable(candidate, candidate.problem, candidate.advice, candidate.is_partial)
        row = known.get(candidate.path)
        if row is None or row.size != candidate.size or row.mtime_ns != candidate.mtime_ns:
            return None
        return _told(row.entry, candidate)

    def _read(self, candidate: Candidate) -> LibraryEntry:
        path = Path(candidate.path)
        try:
            info = read_model(path)
        except LollmaError as error:
            return self._damaged(candidate, error)
        entry = LibraryEntry(
            path,
            info,
            modified=candidate.mtime_ns / 1e9,
            size_bytes=candidate.size,
            fingerprint=_fingerprint(info),
        )
        return self._keep(candidate, _told(entry, candidate))

    def _damaged(self, candidate: Candidate, error: LollmaError) -> LibraryEntry:
        is_partial = isinstance(error, CutOffError)
        if is_partial and self._is_young(candidate):
            self.is_growing = True
            problem = f"It is still being written: {units.file_size(candidate.size)} are there."
            return _unusable(candidate, problem, "Wait until it is whole.", is_partial=True)
        entry = _unusable(candidate, error.title, error.advice, is_partial)
        if isinstance(error.__cause__, OSError):
            return entry  # whether a file may be read changes without a trace in size and time
        return self._keep(candidate, entry)

    def _keep(self, candidate: Candidate, entry: LibraryEntry) -> LibraryEntry:
        self.new.append(Known(candidate.size, candidate.mtime_ns, entry))
        return entry

    def _is_young(self, candidate: Candidate) -> bool:
        # Clocks of other PCs on the network may go a little before ours.
        return abs(self._clock() - candidate.mtime_ns / 1e9) < GROWING_SECONDS


def _unusable(candidate: Candidate, problem: str, advice: str, is_partial: bool) -> LibraryEntry:
    return LibraryEntry(
        *(Path(candidate.path), None, problem, advice, candidate.mtime_ns / 1e9),
        *(candidate.source, candidate.size, candidate.title, is_partial),
    )


def _told(entry: LibraryEntry, candidate: Candidate) -> LibraryEntry:
    """An entry with what the program that keeps the file says of it today."""
    if candidate.source in _WITH_COMPANIONS:
        info = entry.info
        if info is not None and info.companions != candidate.companions:
            entry = replace(entry, info=replace(info, companions=candidate.companions))
    if entry.source is candidate.source and entry.title == candidate.title:
        return entry
    return replace(entry, source=candidate.source, title=candidate.title)


def _fingerprint(info: ModelInfo) -> str:
    """The same for models with the same sizes, headers' beginnings and ends; empty if unread."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        for file in map(Path, info.files):
            with file.open("rb", buffering=0) as opened:
                size = opened.seek(0, 2)
                opened.seek(0)
                digest.update(size.to_bytes(8, "little") + opened.read(_SAMPLE_BYTES))
                opened.seek(max(0, size - _SAMPLE_BYTES))
                digest.update(opened.read(_SAMPLE_BYTES))
    except OSError:
        return ""
    return digest.hexdigest()
