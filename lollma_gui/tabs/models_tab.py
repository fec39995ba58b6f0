"""The models on this PC: choose folders, look a model over, load it; those on the Hub beside."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core.engine_status import EngineStatus
from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.library import Library
from lollma_gui.qt.library_fits import LibraryFits
from lollma_gui.qt.models_table import ENTRY_ROLE, ModelsFilter, ModelsTable
from lollma_gui.qt.starter import StarterModel
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.tabs.downloads_page import DownloadsPage
from lollma_gui.tabs.hub_page import HubPage
from lollma_gui.tabs.model_side import ModelSide
from lollma_gui.tabs.models_parts import ModelsView, StarterProgress
from lollma_gui.tabs.planner_page import PlannerPage
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_FIRST_STEPS = (
    ("starter", "Get the starter model (98 MB)"),
    ("folder", "Choose a folder…"),
)
_LIBRARY, _HUB, _DOWNLOADS = "library", "hub", "downloads"
_PAGES = (
    (_LIBRARY, "On this PC"),
    (_HUB, "From the Hub"),
    (_DOWNLOADS, "Downloads"),
    ("planner", "Planner"),
)


class ModelsTab(QWidget):
    """The library.

    Signals:
        load_wanted: Path of the model to load.
        folders_chosen: The folders to search from now on, as the person set them.
    """

    load_wanted = Signal(str)
    folders_chosen = Signal(list)

    def __init__(
        self,
        library: Library,
        starter: StarterModel,
        engine: Engine,
        fits: LibraryFits,
        side: ModelSide,
        hub: HubPage,
        downloads: DownloadsPage,
        planner: PlannerPage,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._library = library
        self._starter = starter
        self._engine = engine
        self._fits = fits
        self.side, self.hub, self.downloads, self.planner = side, hub, downloads, planner
        self.pages = SegmentedControl(_PAGES, "What to show")
        self._rows = ModelsTable(fits.summary, self)
        self._filter = ModelsFilter(self)
        self._filter.setSourceModel(self._rows)
        self.notices = NoticeBar(theme)
        self.search = QLineEdit()
        self.count = label("", TextRole.MUTED)
        self.add_button = button("Add folder…", tooltip="Search one more folder for models")
        self.folders_button = button("Folders", tooltip="The folders that are searched")
        self.load_button = button("Load", primary=True, tooltip="Load the selected model (Enter)")
        self.table = ModelsView(self._filter, theme)
        self.starter_card = StarterProgress()
        self.empty = EmptyState("No models yet", "", _FIRST_STEPS)
        self._middle = QStackedLayout()
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self._show_entries()
        self._show_selected()
        self._show_starter()
        self._show_downloads()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.search.setPlaceholderText("Search models…")
        self.search.setAccessibleName("Search models")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(130)
        self.search.setMaximumWidth(260)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.pages)
        tools.addWidget(self.search, 1)
        tools.addWidget(self.count)
        tools.addStretch(1)
        for tool in (self.folders_button, self.add_button, self.load_button):
            tools.addWidget(tool)
        card = Card()
        card.body.addLayout(self._middle)
        self._middle.addWidget(self.empty)
        self._middle.addWidget(self.table)
        library = QWidget()
        row = QHBoxLayout(library)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(card, 1)
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
        self.search.textChanged.connect(self._search)
        self.add_button.clicked.connect(self.choose_folder)
        self.folders_button.clicked.connect(self._open_folders_menu)
        self.load_button.clicked.connect(self._load_selected)
        self.starter_card.cancel_button.clicked.connect(self._starter.cancel)
        self.empty.chosen.connect(self._take_first_step)
        self.table.activated.connect(self._load_selected)
        self.table.selectionModel().selectionChanged.connect(self._show_selected)
        self.pages.chosen.connect(self.show_part)
        self.side.details.open_folder_wanted.connect(self._open_folder)
        self.side.model_chosen.connect(self.select)
        self._fits.changed.connect(self._on_fit)
        self._library.changed.connect(self._show_entries)
        self._library.scanning.connect(self._show_count)
        self._library.problems.connect(self._show_problems)
        self.downloads.downloads.changed.connect(self._show_downloads)
        self.downloads.hub_wanted.connect(self.look_at_hub)
        self.downloads.load_wanted.connect(self.load_wanted)
        self._starter.changed.connect(self._show_starter)
        self._starter.failed.connect(self._show_error)
        self._engine.status_changed.connect(self._show_status)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Refresh), self, self._library.rescan)
        QShortcut(QKeySequence("Ctrl+L"), self, self.look_at_hub)

    # ---- parts -----------------------------------------------------------------------------

    def show_part(self, key: str) -> None:
        """Show the library, the Hub or the planner."""
        self.pages.choose(key)
        is_library = key == _LIBRARY
        self._stack.setCurrentIndex([k for k, _ in _PAGES].index(key))
        tools = (self.search, self.count, self.folders_button, self.add_button, self.load_button)
        for tool in tools:
            tool.setVisible(is_library)

    def look_at_hub(self) -> None:
        """Show where a model on the Hub is looked into, ready to write its name."""
        self.show_part(_HUB)
        self.hub.focus_line()

    def show_fit(self, path: str) -> None:
        """Show whether a model fits and what would make it."""
        self.show_part(_LIBRARY)
        self.search.clear()
        self.select(path)
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

    def _search(self, text: str) -> None:
        self._filter.search(text)
        self._show_count()

    def _load_selected(self) -> None:
        entry = self._selected()
        if entry is None:
            return
        if entry.problem:
            self.notices.show_notice(Notice(entry.problem, entry.advice, Role.BAD, key="damaged"))
        else:
            self.load_wanted.emit(str(entry.path))

    def _open_folder(self) -> None:
        entry = self._selected()
        if entry is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(entry.path.parent)))

    def _open_folders_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for folder in self._library.folders:
            part = menu.addMenu(str(folder).replace("&", "&&"))
            remove = part.addAction("Search it no more")
            remove.triggered.connect(lambda _=False, f=folder: self.remove_folder(f))
        menu.addSeparator()
        menu.addAction("Add folder…").triggered.connect(self.choose_folder)
        menu.addAction("Search again\tF5").triggered.connect(self._library.rescan)
        if not self._starter.is_there and not self._starter.is_fetching:
            menu.addAction("Get the starter model (98 MB)").triggered.connect(self._starter.fetch)
        below = self.folders_button.rect().bottomLeft()
        menu.popup(self.folders_button.mapToGlobal(below))

    # ---- what is shown ---------------------------------------------------------------------

    def _selected(self) -> LibraryEntry | None:
        rows = self.table.selectionModel().selectedRows()
        return rows[0].data(ENTRY_ROLE) if rows else None

    def select(self, path: str) -> None:
        """Select a model's row."""
        row = self._rows.row_of(path)
        if row >= 0:
            index = self._filter.mapFromSource(self._rows.index(row, 0))
            flags = QItemSelectionModel.SelectionFlag
            self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _show_entries(self) -> None:
        selected = self._selected()
        self._rows.set_entries(self._library.entries)
        has_any = bool(self._library.entries)
        self._middle.setCurrentWidget(self.table if has_any else self.empty)
        self.side.setVisible(has_any)
        self.table.fit_columns()
        loaded = self._engine.status.model_path
        self.select(str(selected.path) if selected else loaded)
        if has_any and not self.table.selectionModel().hasSelection():
            self.table.selectRow(0)
        self._show_count()
        self._show_empty()

    def _show_empty(self) -> None:
        folders = self._library.folders
        if len(folders) > 1:
            text = "No GGUF files were found in the folders that are searched."
        else:
            text = (
                "Get a small model and talk to it in a minute, or choose a folder with GGUF files."
            )
        self.empty.set_text(text)

    def _show_count(self) -> None:
        shown, known = self._filter.rowCount(), self._rows.rowCount()
        folders = len(self._library.folders)
        words = f"{shown} of {known}" if shown != known else f"{known}"
        words += " models" if known != 1 else " model"
        words += f" · {folders} folder{'s' if folders != 1 else ''}"
        self.count.setText("Searching…" if self._library.is_scanning else words)

    def _show_selected(self) -> None:
        entry = self._selected()
        self.side.show_entry(entry, self._library.entries)
        self.load_button.setEnabled(entry is not None and not entry.problem)

    def _on_fit(self, path: str) -> None:
        self._rows.fit_changed(path)
        self.table.fit_columns_soon()

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
