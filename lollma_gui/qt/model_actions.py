"""What can be done with a model's files: rename, move to the bin, show in the file manager."""

import contextlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QFile, QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_file_names import refuse_kept, renamed, stem_of
from lollma_gui.qt.background import Background
from lollma_gui.qt.downloads import Downloads
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.library import Library
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.qt.settings import Settings
from lollma_gui.services.model_files import model_parts
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.services.model_renaming import rename_files
from lollma_gui.services.reveal import reveal


class Done(NamedTuple):
    """Something was done.

    Attributes:
        words: What, as one sentence.
        path: The model's file now; empty where it is gone.
        undo: Takes it back; None where that cannot be.
    """

    words: str
    path: str = ""
    undo: Callable[[], None] | None = None


class ModelActions(QObject):
    """Works on files in the background.

    Args:
        background: Where.
        library: Searched again after a change.
        book: Its pages go along with their models.
        settings: What was set for a model goes along with it.
        engine: Its model is left alone.
        downloads: Files of those that are not done are left alone; the others go along.
        parent: The Qt parent.

    Signals:
        done: A ``Done``.
        failed: A ``LollmaError``.
        folder_wanted: A file that the system could not show selected: its folder can be opened.
    """

    done = Signal(object)
    failed = Signal(object)
    folder_wanted = Signal(str)

    def __init__(
        self,
        background: Background,
        library: Library,
        book: ModelBook,
        settings: Settings,
        engine: Engine,
        downloads: Downloads,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._library = library
        self._book = book
        self._settings = settings
        self._engine = engine
        self._downloads = downloads

    # ---- rename ----------------------------------------------------------------------------

    def may_change(self, entry: LibraryEntry) -> bool:
        """Whether a model's files may be changed; says why where they may not."""
        try:
            self._refuse(entry)
        except LollmaError as error:
            self.failed.emit(error)
            return False
        return True

    def rename(self, entry: LibraryEntry, name: str) -> None:
        """Give a model's file, or all its parts, another name."""
        try:
            self._refuse(entry)
            files = _files(entry)
            names = renamed([str(file) for file in files], name)
        except LollmaError as error:
            self.failed.emit(error)
            return
        if [file.name for file in files] != names:
            self._rename(files, names)

    def _rename(
        self, files: Sequence[Path], names: Sequence[str], *, is_undo: bool = False
    ) -> None:
        self._background.run(
            lambda _job: rename_files(files, names),
            on_result=lambda targets: self._on_renamed(files, targets, is_undo=is_undo),
            on_error=self.failed.emit,
            owner=self,
        )

    def _on_renamed(self, files: Sequence[Path], targets: Sequence[Path], *, is_undo: bool) -> None:
        old, new = str(files[0]), str(targets[0])
        self._book.move(old, new)
        self._settings.move_model(old, new)
        moved = zip(map(str, files), map(str, targets), strict=True)
        self._downloads.move_files(dict(moved))
        words = f"{stem_of(old)} is called {stem_of(new)} now."

        def undo() -> None:
            self._rename(targets, [file.name for file in files], is_undo=True)

        self.done.emit(Done(words, new, None if is_undo else undo))
        self._library.rescan()

    # ---- bin -------------------------------------------------------------------------------

    def move_to_bin(self, entry: LibraryEntry) -> None:
        """Move a model's file, or all its parts, to the system's bin; nothing is ever deleted."""
        try:
            self._refuse(entry)
            files = _files(entry)
        except LollmaError as error:
            self.failed.emit(error)
            return
        self._background.run(
            lambda _job: _to_bin(files),
            on_result=lambda places: self._on_binned(entry.name, files, places),
            on_error=self.failed.emit,
            owner=self,
        )

    def _on_binned(self, name: str, files: Sequence[Path], places: Sequence[str]) -> None:
        undo = (lambda: self._take_back(name, files, places)) if all(places) else None
        self.done.emit(Done(f"{name} is in the bin.", "", undo))
        self._library.rescan()

    def _take_back(self, name: str, files: Sequence[Path], places: Sequence[str]) -> None:
        def tell(_none: None) -> None:
            self.done.emit(Done(f"{name} is back.", str(files[0])))
            self._library.rescan()

        self._background.run(
            lambda _job: _from_bin(files, places),
            on_result=tell,
            on_error=self.failed.emit,
            owner=self,
        )

    # ---- show ------------------------------------------------------------------------------

    def show_in_folder(self, entry: LibraryEntry) -> None:
        """Show a model's file in the system's file manager."""

        def take(could: bool) -> None:
            if not could:
                self.folder_wanted.emit(str(entry.path))

        self._background.run(
            lambda _job: reveal(entry.path),
            on_result=take,
            on_error=self.failed.emit,
            owner=self,
        )

    def _refuse(self, entry: LibraryEntry) -> None:
        """Do nothing for a model whose files may be changed.

        Raises:
            LollmaError: It is loaded, on its way, or another program keeps it.
        """
        status = self._engine.status
        if str(entry.path) in (status.model_path, status.next_model_path):
            raise LollmaError(f"{entry.name} is loaded.", "Unload it first (Ctrl+U).")
        if self._downloads.has_begun(str(entry.path)):
            raise LollmaError(f"{entry.name} is being downloaded.", "Cancel it under Downloads.")
        refuse_kept(entry.source)


def _files(entry: LibraryEntry) -> list[Path]:
    """All files of a model; of a damaged one those that are there.

    Raises:
        LollmaError: Parts of it are missing.
    """
    if entry.info is not None:
        return [Path(file) for file in entry.info.files]
    try:
        return model_parts(entry.path)
    except LollmaError:
        return [entry.path]


def _to_bin(files: Sequence[Path]) -> list[str]:
    """Move files to the bin; returns where each is now, as far as the system tells.

    Raises:
        LollmaError: There is no bin, or it did not take a file; then all are where they were.
    """
    places: list[str] = []
    for file in files:
        handle = QFile(str(file))
        if not handle.moveToTrash():
            _from_bin(files[: len(places)], places)
            raise LollmaError(
                f"There is no bin that takes {file.name}.",
                "Nothing was deleted. Open its folder to remove it yourself.",
            )
        places.append(handle.fileName())
    return places


def _from_bin(files: Sequence[Path], places: Sequence[str]) -> None:
    """Put files back where they were.

    Raises:
        LollmaError: One cannot be put back.
    """
    for file, place in zip(files, places, strict=True):
        if file.exists():
            raise LollmaError(
                f"There is another file {file.name} by now.", f"The old one is still here: {place}"
            )
        try:
            shutil.move(place, file)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise LollmaError(
                f"{file.name} could not be put back: {reason}.", f"Look into the bin: {place}"
            ) from error
        # Its entry in the bin of freedesktop.org's specification.
        record = Path(place).parent.parent / "info" / f"{Path(place).name}.trashinfo"
        with contextlib.suppress(OSError):
            record.unlink()
