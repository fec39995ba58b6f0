"""The models on this PC, searched for off the window's thread, and again when folders change."""

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_source import ModelSource
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.folder_watch import FolderWatch
from lollma_gui.services.library_index import LibraryIndex
from lollma_gui.services.model_library import (
    GROWING_SECONDS,
    LibraryEntry,
    ScanResult,
    scan,
)
from lollma_gui.services.model_places import Place

#: A little after a growing file would count as finished.
_LOOK_AGAIN_MS = round(GROWING_SECONDS * 1000) + 500


class PlaceState(NamedTuple):
    """A folder that is searched, or could be.

    Attributes:
        source: Whose it is.
        path: The folder.
        is_on: Whether it is searched.
        is_found: Whether it was found by itself, as another program's; else it is the person's own.
        models: How many models were found in it.
    """

    source: ModelSource
    path: Path
    is_on: bool
    is_found: bool
    models: int


class _Search(NamedTuple):
    found: list[Place]
    result: ScanResult


class Library(QObject):
    """Knows the folders and what was found in them.

    Args:
        background: Where folders are searched.
        folders: The person's folders, in order.
        parent: The Qt parent.
        index: What earlier searches read; None reads all files anew.
        find_places: Finds other programs' folders, in any thread; None looks for none.
        off: Paths of other programs' folders that are not to be searched.
        own: Of ``folders``, the one that is LoLLMa's own.

    Signals:
        changed: The entries (or the folders) changed, or were searched again on request.
        scanning: Whether a search is going on that somebody asked for.
        problems: Sentences about folders that could not be read.
        off_changed: Paths of the folders that the person switched off.
    """

    changed = Signal()
    scanning = Signal(bool)
    problems = Signal(list)
    off_changed = Signal(list)

    def __init__(
        self,
        background: Background,
        folders: Sequence[Path],
        parent: QObject | None = None,
        *,
        index: LibraryIndex | None = None,
        find_places: Callable[[], list[Place]] | None = None,
        off: Collection[str] = (),
        own: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._folders = list(folders)
        self._index = index
        self._find_places = find_places
        self._off = set(off)
        self._own = own
        self._found: list[Place] = []
        self._entries: list[LibraryEntry] = []
        self._by_path: dict[str, LibraryEntry] = {}
        self._job: Job | None = None
        self._problems: list[str] = []
        self._is_asked = self._is_wanted_again = False
        self._watch = FolderWatch(self)
        self._watch.changed.connect(self._on_folder)
        self._growing = QTimer(self)
        self._growing.setSingleShot(True)
        self._growing.setInterval(_LOOK_AGAIN_MS)
        self._growing.timeout.connect(self._on_folder)

    # ---- what is known ---------------------------------------------------------------------

    @property
    def folders(self) -> list[Path]:
        """The person's folders, where models are searched for, in their order."""
        return list(self._folders)

    @property
    def places(self) -> list[PlaceState]:
        """The person's folders, and those of other programs that were found, on or off."""
        found = {place.path: place for place in self._found}
        states = [
            self._state(Place(self._source(folder), folder), is_found=False)
            for folder in self._folders
        ]
        rest = (place for path, place in found.items() if path not in self._folders)
        return [*states, *(self._state(place, is_found=True) for place in rest)]

    def _state(self, place: Place, *, is_found: bool) -> PlaceState:
        is_on = not is_found or str(place.path) not in self._off
        below = os.path.join(place.path, "")  # noqa: PTH118 - a Path has no separator at its end
        count = sum(path.startswith(below) for path in self._by_path) if is_on else 0
        return PlaceState(place.source, place.path, is_on, is_found, count)

    def _source(self, folder: Path) -> ModelSource:
        """Whose a folder of the person's is: another program's may be among them."""
        if folder == self._own:
            return ModelSource.OWN
        known = (place.source for place in self._found if place.path == folder)
        return next(known, ModelSource.FOLDER)

    @property
    def searched(self) -> int:
        """How many folders are searched: the person's, and those of other programs."""
        rest = (p.path for p in self._found if p.path not in self._folders)
        return len(self._folders) + sum(str(path) not in self._off for path in rest)

    @property
    def entries(self) -> list[LibraryEntry]:
        """What was found, damaged files included."""
        return list(self._entries)

    @property
    def is_scanning(self) -> bool:
        """Whether a search is going on that somebody asked for."""
        return self._job is not None and self._is_asked

    def entry(self, path: str) -> LibraryEntry | None:
        """The entry of a model file."""
        return self._by_path.get(path)

    # ---- wishes ----------------------------------------------------------------------------

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Search these folders from now on."""
        if list(folders) != self._folders:
            self._folders = list(folders)
            self.rescan()

    def add_folder(self, folder: Path) -> None:
        """Search this folder too."""
        if folder in self._folders:
            self.rescan()
        else:
            self.set_folders([*self._folders, folder])

    def set_place_on(self, path: Path, is_on: bool) -> None:
        """Search another program's folder, or search it no more; its files stay."""
        if is_on == (str(path) not in self._off):
            return
        if is_on:
            self._off.discard(str(path))
        else:
            self._off.add(str(path))
        self.off_changed.emit(sorted(self._off))
        self.rescan()

    def rescan(self) -> None:
        """Search all folders again; a search under way is given up."""
        if self._job is not None:
            self._job.cancel()
        self._is_asked = True
        self._search()
        self.scanning.emit(True)

    # ---- searches --------------------------------------------------------------------------

    def _on_folder(self) -> None:
        """Something came, went or grew: a search that is under way may have missed it."""
        if self._job is None:
            self._search()
        else:
            self._is_wanted_again = True

    def _search(self) -> None:
        self._growing.stop()
        self._is_wanted_again = False
        folders, off, own = list(self._folders), frozenset(self._off), self._own
        find, index = self._find_places, self._index

        def search(job: Job) -> _Search:
            found = find() if find else []
            places = places_to_search(folders, found, off, own)
            result = scan(places, job.cancelled, job.report, index)
            for entry in result.entries:
                _ = entry.info  # now, not when the window asks for a thousand at once
            return _Search(found, result)

        self._job = self._background.run(
            search, on_result=self._take, on_error=self._fail, on_progress=self._show
        )

    def _show(self, entries: tuple[LibraryEntry, ...]) -> None:
        """What is known while headers are read; never less than before."""
        if len(entries) > len(self._entries):
            self._set_entries(entries)
            self.changed.emit()

    def _take(self, search: _Search) -> None:
        result = search.result
        is_new = (search.found, list(result.entries)) != (self._found, self._entries)
        self._found = search.found
        self._set_entries(result.entries)
        self._watch.set_folders(result.folders)
        if result.is_growing:
            self._growing.start()
        self._end(list(result.problems), is_new)

    def _fail(self, error: LollmaError) -> None:
        self._end([str(error)], is_new=False)

    def _end(self, problems: list[str], is_new: bool) -> None:
        was_asked, self._is_asked, self._job = self._is_asked, False, None
        if was_asked:
            self.scanning.emit(False)
        if is_new or was_asked:
            self.changed.emit()
        if problems != self._problems or was_asked:
            self._problems = problems
            self.problems.emit(list(problems))
        if self._is_wanted_again and self._job is None:
            self._search()

    def _set_entries(self, entries: Sequence[LibraryEntry]) -> None:
        self._entries = list(entries)
        self._by_path = {str(entry.path): entry for entry in entries}


def places_to_search(
    folders: Sequence[Path], found: Sequence[Place], off: Collection[str], own: Path | None = None
) -> list[Place]:
    """The person's folders and other programs', in the order in which they are searched.

    Args:
        folders: The person's.
        found: Other programs'.
        off: Paths of those that are not to be searched.
        own: Of the person's folders, LoLLMa's own.
    """
    theirs = {place.path: place for place in found}
    persons = [
        Place(ModelSource.OWN, folder)
        if folder == own
        else theirs.get(folder) or Place(ModelSource.FOLDER, folder)
        for folder in folders
    ]
    rest = [p for p in found if p.path not in folders and str(p.path) not in off]
    return [*persons, *rest]
