"""The models on this PC: choose folders, look a model over, load it; those on the Hub beside."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from lollma_gui.core.engine_status import EngineStatus
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.kind_words import KIND_WORDS
from lollma_gui.qt.duplicate_links import DuplicateLinks
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.library import Library, PlaceState
from lollma_gui.qt.model_actions import Done, ModelActions
from lollma_gui.qt.starter import StarterModel
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.tabs.downloads_page import DownloadsPage
from lollma_gui.tabs.hub_page import HubPage
from lollma_gui.tabs.library_list import LibraryList
from lollma_gui.tabs.model_side import ModelSide
from lollma_gui.tabs.models_parts import StarterProgress
from lollma_gui.tabs.planner_page import PlannerPage
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.duplicates_dialog import DuplicatesDialog
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.text import ElidedLabel, TextRole
from lollma_gui.widgets.theme import Role, Theme

_LIBRARY, _HUB, _DOWNLOADS = "library", "hub", "downloads"
_PAGES = (
    (_LIBRARY, "On this PC"),
    (_HUB, "Hugging Face"),
    (_DOWNLOADS, "Downloads"),
    ("planner", "Planner"),
)
#: Keys that work on the chosen model while the list has the focus.
_RENAME, _BIN, _FAVOURITE = "F2", "Delete", "Ctrl+D"


class ModelsTab(QWidget):
    """The library.

    Args:
        library: The models and the folders they are in.
        starter: The starter model.
        engine: Whose problems are told here too.
        actions: What is done with files.
        links: Models that are here more than once.
        models: The list.
        side: What stands beside it.
        hub: The models on the Hub.
        planner: Sizes by parameters.
        theme: The colours.

    Signals:
        load_wanted: Path of the model to load.
        folders_chosen: The folders to search from now on, as the person set them.
        open_wanted: A file from anywhere is to be opened.
    """

    load_wanted = Signal(str)
    folders_chosen = Signal(list)
    open_wanted = Signal()

    def __init__(
        self,
        library: Library,
        starter: StarterModel,
        engine: Engine,
        actions: ModelActions,
        links: DuplicateLinks,
        models: LibraryList,
        side: ModelSide,
        hub: HubPage,
        downloads: DownloadsPage,
        planner: PlannerPage,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._library, self._starter, self._engine = library, starter, engine
        self._actions, self._links = actions, links
        self.models = models
        self.side, self.hub, self.downloads, self.planner = side, hub, downloads, planner
        self.search, self.table = models.search, models.table
        self.pages = SegmentedControl(_PAGES, "What to show")
        self.notices = NoticeBar(theme)
        self.count = ElidedLabel("", TextRole.MUTED, in_parts=True)
        self.add_button = button("Add folder…", tooltip="Search one more folder for models")
        self.open_button = button("Open…", tooltip="Look at a model from anywhere (Ctrl+O)")
        self.folders_button = button("Folders", tooltip="The folders that are searched")
        self.load_button = button("Load", primary=True, tooltip="Load the selected model (Enter)")
        self.starter_card = StarterProgress()
        self.copies = DuplicatesDialog(self)
        self.setFocusProxy(self.table)
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        if loaded := engine.status.model_path:
            self.select(loaded)
        self._show_entries()
        self._show_selected(models.entry())
        self._show_starter()
        self._show_downloads()
        self._show_copies()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(8)
        # Where it is, also beside nothing.
        tools.addWidget(self.pages, 0, Qt.AlignmentFlag.AlignLeft)
        tools.addWidget(self.count, 1)
        self._tools = (self.open_button, self.folders_button, self.add_button, self.load_button)
        for tool in self._tools:
            tools.addWidget(tool)
        library = QWidget()
        row = QHBoxLayout(library)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.models, 1)
        row.addWidget(self.side, 1)
        for page in (library, self.hub, self.downloads, self.planner):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(tools)
        column.addWidget(self.notices)
        column.addWidget(self.starter_card)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.open_button.clicked.connect(self.open_wanted)
        self.add_button.clicked.connect(self.choose_folder)
        self.folders_button.clicked.connect(self._open_folders_menu)
        self.load_button.clicked.connect(self._load_selected)
        self.starter_card.cancel_button.clicked.connect(self._starter.cancel)
        self.models.first_step.connect(self._take_first_step)
        self.models.selected.connect(self._show_selected)
        self.models.count_changed.connect(self._show_count)
        self.table.activated.connect(self._load_selected)
        self.table.menu_wanted.connect(self._open_model_menu)
        self.pages.chosen.connect(self.show_part)
        self.side.model_chosen.connect(self.select)
        self._library.changed.connect(self._show_entries)
        self._library.scanning.connect(self._show_count)
        self._library.problems.connect(self._show_problems)
        self.downloads.downloads.changed.connect(self._show_downloads)
        self.downloads.hub_wanted.connect(self.look_at_hub)
        self.downloads.load_wanted.connect(self.load_wanted)
        self._starter.changed.connect(self._show_starter)
        self._starter.failed.connect(self._show_error)
        self._engine.status_changed.connect(self._show_status)
        self._connect_files()
        self._add_shortcuts()

    def _connect_files(self) -> None:
        """What is done with files, and what comes of it."""
        self._actions.done.connect(self._on_done)
        self._actions.failed.connect(self._on_refused)
        self.models.copies_wanted.connect(self._open_copies)
        self.copies.link_wanted.connect(self._links.link)
        self.copies.cancelled.connect(self._links.cancel)
        self._links.progress.connect(self.copies.show_progress)
        self._links.ended.connect(self.copies.show_idle)
        self._links.changed.connect(self._show_copies)
        self._links.done.connect(self._on_done)
        self._links.failed.connect(self._on_refused)

    def _add_shortcuts(self) -> None:
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Refresh), self, self._library.rescan)
        QShortcut(QKeySequence("Ctrl+L"), self, self.look_at_hub)
        details = self.side.details
        for keys, then in (
            (_RENAME, self._rename_selected),
            (_BIN, lambda: self._with_details(details.move_to_bin)),
            (_FAVOURITE, lambda: self._with_details(details.toggle_favourite)),
        ):
            place = Qt.ShortcutContext.WidgetWithChildrenShortcut
            QShortcut(QKeySequence(keys), self.table, then, context=place)  # type: ignore[call-overload]

    # ---- parts -----------------------------------------------------------------------------

    def show_part(self, key: str) -> None:
        """Show the library, the Hub or the planner."""
        self.pages.choose(key)
        self.notices.clear("refused")
        is_library = key == _LIBRARY
        self._stack.setCurrentIndex([k for k, _ in _PAGES].index(key))
        for tool in (self.count, *self._tools):
            tool.setVisible(is_library)
        if key == _HUB:
            self.hub.focus_line()

    def look_at_hub(self) -> None:
        """Show where a model on the Hub is looked into, ready to write its name."""
        self.show_part(_HUB)

    def show_fit(self, path: str, guest: LibraryEntry | None = None) -> None:
        """Show whether a model fits and what would make it; a guest need not be in the library."""
        self.show_part(_LIBRARY)
        self.models.show_all()
        self.models.select(path, guest)
        self.side.show_page("fit")

    # ---- wishes ----------------------------------------------------------------------------

    def choose_folder(self) -> None:
        """Ask for a folder and search it too."""
        chosen = QFileDialog.getExistingDirectory(self, "Choose a folder with models (GGUF files)")
        if chosen:
            self.add_folder(Path(chosen))

    def add_folder(self, folder: Path) -> None:
        """Search this folder too, from now on."""
        self._library.add_folder(folder)
        self.folders_chosen.emit(self._library.folders)

    def remove_folder(self, folder: Path) -> None:
        """Search this folder no more; its files stay. Can be undone."""
        before = self._library.folders
        self._set_folders([f for f in before if f != folder])
        notice = Notice(f"{folder} is not searched any more.", action="Undo", key="folder")
        self.notices.show_notice(notice, lambda: self._set_folders(before))

    def _set_folders(self, folders: list[Path]) -> None:
        self._library.set_folders(folders)
        self.folders_chosen.emit(self._library.folders)

    def _take_first_step(self, key: str) -> None:
        if key == "starter":
            self._starter.fetch()
        else:
            self.choose_folder()

    def _load_selected(self) -> None:
        entry = self.models.entry()
        if entry is None:
            return
        if entry.problem:
            self.notices.show_notice(Notice(entry.problem, entry.advice, Role.BAD, key="damaged"))
        elif entry.info is not None and not entry.info.can_chat:
            words = f"{entry.name} writes no text: {KIND_WORDS[entry.info.kind]}."
            self.notices.show_notice(Notice(words, "Choose a text model.", key="refused"))
        else:
            self.load_wanted.emit(str(entry.path))

    # ---- the chosen model ------------------------------------------------------------------

    def _with_details(self, then: Callable[[], None]) -> None:
        """Do something that the details can, for the chosen model."""
        entry = self.models.entry()
        if entry is not None:
            self.side.details.show_entry(entry, self._library.entries)
            then()

    def _rename_selected(self) -> None:
        self.side.show_page("details")
        self._with_details(self.side.details.ask_name)

    def _open_model_menu(self, at: QPoint) -> None:
        menu, details = QMenu(self), self.side.details
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, then in (
            ("Load\tEnter", self._load_selected),
            ("", None),
            (f"Favourite\t{_FAVOURITE}", lambda: self._with_details(details.toggle_favourite)),
            (f"Rename…\t{_RENAME}", self._rename_selected),
            (f"Move to bin\t{_BIN}", lambda: self._with_details(details.move_to_bin)),
            ("", None),
            ("Open folder", lambda: self._with_details(details.open_folder)),
            ("Copy path", lambda: self._with_details(details.copy_path)),
            ("Details", lambda: self.side.show_page("details")),
        ):
            if then is None:
                menu.addSeparator()
            else:
                menu.addAction(words).triggered.connect(then)
        menu.popup(at)

    def _on_done(self, done: Done) -> None:
        if done.path:
            self.select(done.path)
        action = "Undo" if done.undo else ""
        self.notices.clear("refused")
        self.notices.show_notice(Notice(done.words, action=action, key="file"), done.undo)

    def _on_refused(self, error: LollmaError) -> None:
        notice = Notice(error.title, error.advice, Role.WARNING, key="refused")
        self.notices.show_notice(notice)

    def _show_copies(self) -> None:
        self.models.show_copies(self._links.words())
        if self.copies.isVisible():  # else its many rows are made when it is opened
            self.copies.show_groups(self._links.found)
        if not self._links.found:
            self.copies.close()

    def _open_copies(self) -> None:
        self.copies.show_groups(self._links.found)
        self.copies.open()

    # ---- folders ---------------------------------------------------------------------------

    def _open_folders_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        places = self._library.places
        for place in places:
            if not place.is_found:
                part = menu.addMenu(_place_words(place))
                remove = part.addAction("Search it no more")
                remove.triggered.connect(lambda _=False, p=place.path: self.remove_folder(p))
        if any(place.is_found for place in places):
            menu.addSeparator()
            # A section's title is not drawn where a style sheet is in force.
            menu.addAction("Found by itself").setEnabled(False)
        for place in places:
            if place.is_found:
                action = menu.addAction(f"{place.source}: {_place_words(place)}")
                action.setCheckable(True)
                action.setChecked(place.is_on)
                action.toggled.connect(lambda on, p=place.path: self._library.set_place_on(p, on))
        menu.addSeparator()
        menu.addAction("Add folder…").triggered.connect(self.choose_folder)
        menu.addAction("Search again\tF5").triggered.connect(self._library.rescan)
        if not self._starter.is_there and not self._starter.is_fetching:
            menu.addAction("Get the starter model (98 MB)").triggered.connect(self._starter.fetch)
        below = self.folders_button.rect().bottomLeft()
        menu.popup(self.folders_button.mapToGlobal(below))

    # ---- what is shown ---------------------------------------------------------------------

    def select(self, path: str) -> None:
        """Select a model's row."""
        self.models.select(path)

    def _show_entries(self) -> None:
        self.side.setVisible(bool(self._library.entries) or self.models.entry() is not None)
        self._show_count()

    def _show_count(self) -> None:
        shown, known = self.models.rows.shown, self.models.rows.known
        folders = self._library.searched
        words = f"{shown} of {known}" if shown != known else f"{known}"
        words += " models" if known != 1 else " model"
        words += f" · {folders} folder{'s' if folders != 1 else ''}"
        self.count.setText("Searching…" if self._library.is_scanning else words)

    def _show_selected(self, entry: LibraryEntry | None) -> None:
        self.side.setVisible(bool(self._library.entries) or entry is not None)
        self.side.show_entry(entry, self._library.entries)
        info = entry.info if entry is not None and not entry.problem else None
        self.load_button.setEnabled(info is not None and info.can_chat)

    def _show_status(self, status: EngineStatus) -> None:
        if status.problem:
            self.notices.show_notice(
                Notice(status.problem, status.advice, role=Role.BAD, key="engine")
            )
        elif status.is_loaded or status.is_busy:
            self.notices.clear("engine")

    def _show_problems(self, problems: Sequence[str]) -> None:
        if problems:
            self.notices.show_notice(
                Notice("Some folders could not be read.", " ".join(problems), key="folders")
            )
        else:
            self.notices.clear("folders")

    def _show_error(self, error: LollmaError) -> None:
        self.notices.show_notice(Notice(error.title, error.advice, role=Role.BAD, key="starter"))

    def _show_downloads(self) -> None:
        count = self.downloads.downloads.under_way
        self.pages.set_text(_DOWNLOADS, f"Downloads {count}" if count else "Downloads")

    def _show_starter(self) -> None:
        fetching = self._starter.is_fetching
        self.starter_card.setVisible(fetching)
        self.starter_card.show_progress(self._starter.progress)
        if fetching:
            self.notices.clear("starter")


def _place_words(place: PlaceState) -> str:
    """A folder as a menu says it, with how many models were found there."""
    count = f"  ({place.models})" if place.is_on else ""
    return f"{place.path}{count}".replace("&", "&&")
