"""The models on this PC, searched for off the window's thread."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.background import Background, Job
from lollma_gui.services.model_library import LibraryEntry, ScanResult, scan


class Library(QObject):
    """Knows the folders and what was found in them.

    Signals:
        changed: The entries (or the folders) changed.
        scanning: Whether a search is going on.
        problems: Sentences about folders that could not be read.
    """

    changed = Signal()
    scanning = Signal(bool)
    problems = Signal(list)

    def __init__(
        self, background: Background, folders: Sequence[Path], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._folders = list(folders)
        self._entries: list[LibraryEntry] = []
        self._job: Job | None = None

    @property
    def folders(self) -> list[Path]:
        """Where models are searched for, in the person's order."""
        return list(self._folders)

    @property
    def entries(self) -> list[LibraryEntry]:
        """What was found, damaged files included."""
        return list(self._entries)

    @property
    def is_scanning(self) -> bool:
        """Whether a search is going on."""
        return self._job is not None

    def entry(self, path: str) -> LibraryEntry | None:
        """The entry of a model file."""
        return next((e for e in self._entries if str(e.path) == path), None)

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

    def rescan(self) -> None:
        """Search all folders again; a search under way is given up."""
        if self._job is not None:
            self._job.cancel()
        folders = list(self._folders)
        self._job = self._background.run(
            lambda job: scan(folders, job.cancelled),
            on_result=self._take,
            on_error=self._fail,
        )
        self.scanning.emit(True)

    def _take(self, result: ScanResult) -> None:
        self._job = None
        self._entries = list(result.entries)
        self.scanning.emit(False)
        self.changed.emit()
        self.problems.emit(list(result.problems))

    def _fail(self, error: LollmaError) -> None:
        self._job = None
        self.scanning.emit(False)
        self.problems.emit([str(error)])
