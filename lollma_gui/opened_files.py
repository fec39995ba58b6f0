"""Files that a person opens, whichever way: shows whether they fit and offers to load them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from lollma_gui.core.engine_status import EngineState
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.open_request import MOST
from lollma_gui.core.opened_words import drop_words, together
from lollma_gui.main_window import MainWindow
from lollma_gui.parts import Parts
from lollma_gui.qt.background import Job
from lollma_gui.qt.file_drops import Dragged, FileDrops
from lollma_gui.services.library_entry import LibraryEntry
from lollma_gui.services.opened_file import OpenedFolder, OpenedModel, look_at
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.widgets.drop_overlay import DropOverlay
from lollma_gui.widgets.notice import Notice
from lollma_gui.widgets.offer_card import OfferCard
from lollma_gui.widgets.theme import Role, Theme

_FILES = "Models (*.gguf *.GGUF);;All files (*)"


class OpenedFiles(QObject):
    """Nothing loads by itself: what is opened is looked at, shown, and offered.

    Args:
        parts: The parts behind the window.
        window: Where it is shown, and over which files are dragged.
        theme: The colours.
        folder: Where the file dialog begins; empty leaves that to the system.
        parent: The Qt parent.

    Signals:
        load_wanted: Path of the model to load.
        folder_used: Where a person chose files: the file dialog begins there from now on.
    """

    load_wanted = Signal(str)
    folder_used = Signal(str)

    def __init__(
        self, parts: Parts, window: MainWindow, theme: Theme, folder: str, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._parts, self._window = parts, window
        self._folder = folder
        self._models: list[OpenedModel] = []
        self._index = 0
        self._is_connected = False
        self.card = OfferCard(theme)
        window.show_below_notices(self.card)
        self.overlay = DropOverlay(theme, window)
        handle = window.windowHandle()
        assert handle is not None, "the window was shown"
        self.drops = FileDrops(handle, self)
        self._connect()

    def _connect(self) -> None:
        card, parts, drops = self.card, self._parts, self.drops
        card.load_wanted.connect(self._load)
        card.next_wanted.connect(lambda: self._show((self._index + 1) % len(self._models)))
        card.folder_wanted.connect(self._add_its_folder)
        card.closed.connect(self._close)
        drops.hovering.connect(self._show_overlay)
        drops.left.connect(self.overlay.hide)
        drops.dropped.connect(self.open)
        for changed in (parts.fit.changed, parts.library.changed, parts.engine.status_changed):
            changed.connect(lambda *_: self._refresh())
        parts.fit.unreadable.connect(self._on_unreadable)
        parts.open_wanted.connect(self.choose)
        self._window.open_wanted.connect(self.choose)

    # ---- ways in ---------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for files, and open them."""
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window, "Open models (GGUF files)", self._folder, _FILES
        )
        if chosen:
            self._folder = str(Path(chosen[0]).parent)
            self.folder_used.emit(self._folder)
            self.open(chosen)

    def open(self, paths: Sequence[str]) -> None:
        """Look at files and folders, by whole paths, and offer what can be done with them."""
        if not paths:
            return
        if len(paths) > MOST:
            words = f"Only the first {MOST} of these files are looked at."
            notice = Notice(words, "Add their folder to see all of them.", key="opened-many")
            self._window.notices.show_notice(notice)
        self._parts.background.run(
            lambda job: _look_at_all(paths[:MOST], job),
            on_result=self._take,
            on_error=self._show_problem,
            owner=self,
        )

    def _show_overlay(self, dragged: Dragged) -> None:
        self.overlay.show_words(drop_words(len(dragged.models), len(dragged.folders)))

    # ---- what they are ---------------------------------------------------------------------

    def _take(self, found: list[OpenedModel | OpenedFolder | LollmaError]) -> None:
        problems = [one for one in found if isinstance(one, LollmaError)]
        self._window.notices.clear("opened")
        if problems:
            self._show_problem(together(problems))
        for one in found:
            if isinstance(one, OpenedFolder):
                self._offer_folder(one.path)
        models = {str(m.entry.path): m for m in found if isinstance(m, OpenedModel)}
        if models:
            self._models = list(models.values())
            # Whatever was known of these files: they are read anew.
            self._parts.knowledge.forget_models(models)
            self._show(0)

    def _show_problem(self, error: LollmaError) -> None:
        notice = Notice(error.title, error.advice, Role.BAD, key="opened")
        self._window.notices.show_notice(notice)

    def _offer_folder(self, folder: Path) -> None:
        page, key = self._models_page(), f"folder {folder}"
        if any(place.path == folder and place.is_on for place in self._parts.library.places):
            notice = Notice(f"{folder} is searched for models already.", key=key)
            self._window.notices.show_notice(notice)
            return
        notice = Notice(f"{folder} is a folder.", "It can be searched for models.", key=key)
        notice = notice._replace(action="Add folder")
        self._window.notices.show_notice(notice, lambda: page.add_folder(folder))

    # ---- the offer -------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The model that is offered; empty where none is."""
        return str(self._models[self._index].entry.path) if self._models else ""

    def _models_page(self) -> ModelsTab:
        page = self._window.show_page("Models")
        assert isinstance(page, ModelsTab)
        if not self._is_connected:
            self._is_connected = True
            page.models.selected.connect(self._on_selected)
        return page

    def _show(self, index: int) -> None:
        self._index = index
        model, path = self._models[index], self.path
        entry = self._parts.library.entry(path) or model.entry
        self._models_page().show_fit(path, entry)
        where = "  ·  ".join(filter(None, (model.told, path)))
        self.card.show_model(entry.name, where, index + 1, len(self._models))
        self._refresh()

    def _refresh(self) -> None:
        """What is said and offered, as things are now."""
        path, status = self.path, self._parts.engine.status
        if not path:
            return
        is_ours = status.model_path == path
        if is_ours and status.state in (EngineState.STARTING, EngineState.LOADING):
            self._close()  # the bar at the top says how it goes on
            return
        is_loaded = is_ours and status.is_loaded
        library = self._parts.library
        is_known = library.is_scanning or library.entry(path) is not None
        self.card.show_choices(can_load=not is_loaded, can_add=not is_known)
        fit = self._parts.fit
        if is_loaded:
            self.card.show_loaded()
        elif fit.path == path and fit.view is not None:
            self.card.show_view(fit.view)

    def _on_unreadable(self, error: LollmaError) -> None:
        if self.path and self._parts.fit.path == self.path:
            self.card.show_error(error)

    def _on_selected(self, entry: LibraryEntry | None) -> None:
        """Another model was chosen: the offer is past."""
        if entry is not None and self.path and str(entry.path) != self.path:
            self._close()

    # ---- what becomes of it ----------------------------------------------------------------

    def _load(self) -> None:
        path = self.path
        self._close()
        self.load_wanted.emit(path)

    def _add_its_folder(self) -> None:
        self._models_page().add_folder(Path(self.path).parent)

    def _close(self) -> None:
        self._models = []
        had_focus = self.card.isAncestorOf(self._window.focusWidget() or self._window)
        self.card.hide()
        if had_focus:
            self._window.focus_page()


def _look_at_all(paths: Sequence[str], job: Job) -> list[OpenedModel | OpenedFolder | LollmaError]:
    found: list[OpenedModel | OpenedFolder | LollmaError] = []
    for path in paths:
        if job.cancelled():
            raise Cancelled
        try:
            found.append(look_at(path))
        except LollmaError as error:
            found.append(error)
    return found
