"""The downloads: how far each is, and what can be done with it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QSpinBox,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core.download_state import DownloadState, Queued, Wish
from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.downloads import MOST_AT_ONCE, Downloads
from lollma_gui.qt.downloads_table import BAR_COLUMN, STATE_COLUMN, DownloadsTable
from lollma_gui.qt.newer_uploads import NewerUploads
from lollma_gui.tabs.newer_card import NewerCard
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.download_cells import BarDelegate, StateDelegate
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.tables import dress_table
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

#: What columns may hold at the widest.
_WIDEST = ("", "Progress bar 100 %", "999.9 MB of 999.9 MB", "999.9 MB/s", "59 min 59 s", "")
_WIDEST_STATE = "● Waiting for the network"
#: What can be done with the selected download.
_ACTIONS = (
    ("Pause", "Stop and keep what has arrived (Space)"),
    ("Cancel", "Give up and remove what has arrived (Delete)"),
    ("Up", "Earlier in the queue (Alt+Up)"),
    ("Down", "Later in the queue (Alt+Down)"),
    ("First", "The next one to begin (Alt+Home)"),
    ("Open folder", "Show where the files are"),
    ("Fetch the new version", "What has arrived of the old one is thrown away"),
    ("Keep the listed one", "Go on with the version that you chose"),
)
#: Those that stand beside what happened.
_CHOICES = {"Fetch the new version": Wish.FETCH_NEW, "Keep the listed one": Wish.KEEP_LISTED}
_KEYS = (
    *(("Space", "Pause"), ("Delete", "Cancel"), ("Alt+Up", "Up"), ("Alt+Down", "Down")),
    ("Alt+Home", "First"),
)
_NO_LIMIT, _MOST_KB, _STEP_KB = "no limit", 999_999, 500


class DownloadsView(QTableView):
    """The queue; the name takes what the other columns leave.

    Signals:
        entered: The person pressed Enter, or clicked twice.
    """

    entered = Signal()

    def __init__(self, rows: DownloadsTable, theme: Theme) -> None:
        super().__init__()
        self.setModel(rows)
        dress_table(self, "Downloads")
        # The quantisation stands at the end of a name.
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setItemDelegateForColumn(BAR_COLUMN, BarDelegate(theme, self))
        self.setItemDelegateForColumn(STATE_COLUMN, StateDelegate(theme, self))
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, text in enumerate((*_WIDEST[:-1], _WIDEST_STATE)):
            if text:
                self.setColumnWidth(column, self.fontMetrics().horizontalAdvance(text) + 20)
        self.doubleClicked.connect(lambda _index: self.entered.emit())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is one key on every system."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class DownloadsPage(QWidget):
    """The queue as a table, and buttons for the selected download and for all.

    Args:
        downloads: The queue.
        newer: Looks for newer uploads.
        theme: The colours.

    Signals:
        hub_wanted: The person wants to look for models on the Hub.
        load_wanted: Path of a model to load.
    """

    hub_wanted = Signal()
    load_wanted = Signal(str)

    def __init__(self, downloads: Downloads, newer: NewerUploads, theme: Theme) -> None:
        super().__init__()
        self.downloads = downloads
        self._newer = newer
        self._rows = DownloadsTable(downloads, self)
        self._chosen = ""
        self.notices = NoticeBar(theme)
        self.table = DownloadsView(self._rows, theme)
        self.empty = EmptyState(
            "No downloads",
            "Look for a model on Hugging Face; what you download there is shown here.",
            [("hub", "Look on Hugging Face")],
        )
        self.newer_card = NewerCard(newer)
        self.problem = label("", wrap=True, selectable=True)
        self.pause_all = button("Pause all")
        self.resume_all = button("Resume all")
        self.clear = button("Clear finished", tooltip="Show those no more that are done")
        self.check = button("Check for newer uploads", tooltip="Ask the Hub about your models")
        self.at_once = _spin_box("Downloads at the same time", 1, MOST_AT_ONCE, 1)
        self.speed = _spin_box("Speed limit of all downloads together", 0, _MOST_KB, _STEP_KB)
        self.speed.setSpecialValueText(_NO_LIMIT)
        self.speed.setSuffix(" kB/s")
        self.buttons = {name: button(name, tooltip=tip) for name, tip in _ACTIONS}
        self.load = button("Load", primary=True, tooltip="Load the selected model (Enter)")
        self._middle = QStackedLayout()
        self._build()
        self._connect()
        self._show()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._tools())
        column.addWidget(self.notices)
        column.addWidget(self.newer_card)
        self._list = QWidget()
        inner = QVBoxLayout(self._list)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.table, 1)
        inner.addLayout(self._problem_row())
        inner.addLayout(self._actions_row())
        card = Card()
        card.body.addLayout(self._middle)
        self._middle.addWidget(self.empty)
        self._middle.addWidget(self._list)
        column.addWidget(card, 1)

    def _tools(self) -> QHBoxLayout:
        tools = QHBoxLayout()
        tools.setSpacing(8)
        for tool in (self.pause_all, self.resume_all, self.clear, self.check):
            tools.addWidget(tool)
        tools.addStretch(1)
        for words, box in (("At once", self.at_once), ("Speed", self.speed)):
            name = label(words, TextRole.MUTED)
            name.setBuddy(box)
            tools.addWidget(name)
            tools.addWidget(box)
        return tools

    def _actions_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for name, made in self.buttons.items():
            if name not in _CHOICES:
                row.addWidget(made)
        row.addStretch(1)
        row.addWidget(self.load)
        return row

    def _problem_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.problem, 1)
        for name in _CHOICES:
            row.addWidget(self.buttons[name])
        return row

    def _connect(self) -> None:
        downloads = self.downloads
        self.pause_all.clicked.connect(downloads.pause_all)
        self.resume_all.clicked.connect(downloads.resume_all)
        self.clear.clicked.connect(downloads.clear_finished)
        self.check.clicked.connect(self._newer.check)
        self.at_once.valueChanged.connect(downloads.set_at_once)
        self.speed.valueChanged.connect(downloads.set_speed)
        self.load.clicked.connect(self._load)
        self.empty.chosen.connect(lambda _key: self.hub_wanted.emit())
        self.table.entered.connect(self._on_enter)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self._rows.modelReset.connect(self._select_again)
        downloads.changed.connect(self._show)
        downloads.failed.connect(self._show_error)
        self._newer.changed.connect(self._show_checking)
        self._newer.failed.connect(self._show_error)
        self._connect_buttons()

    def _connect_buttons(self) -> None:
        downloads = self.downloads
        wishes: dict[str, Callable[[], None]] = {
            "Pause": self.pause_or_resume,
            "Cancel": self.cancel,
            "Up": lambda: downloads.move(self._chosen, -1),
            "Down": lambda: downloads.move(self._chosen, 1),
            "First": lambda: downloads.move_first(self._chosen),
            "Open folder": self._open_folder,
            "Fetch the new version": lambda: downloads.fetch_new(self._chosen),
            "Keep the listed one": lambda: downloads.keep_listed(self._chosen),
        }
        for name, wish in wishes.items():
            self.buttons[name].clicked.connect(lambda _=False, w=wish: w())
        for combination, name in _KEYS:
            shortcut = QShortcut(QKeySequence(combination), self.table, self.buttons[name].click)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)

    # ---- wishes ----------------------------------------------------------------------------

    def pause_or_resume(self) -> None:
        """Stop the selected download, or let it go on."""
        queued = self._selected()
        if queued is not None and Wish.PAUSE in queued.allowed:
            self.downloads.pause(queued.key)
        elif queued is not None:
            self.downloads.resume(queued.key)

    def cancel(self) -> None:
        """Give the selected download up; for some seconds it can be had back."""
        queued = self._selected()
        if queued is not None and Wish.CANCEL in queued.allowed:
            self.downloads.cancel(queued.key)
            notice = Notice(f"{queued.what.title} is cancelled.", action="Undo", key="cancelled")
            self.notices.show_notice(notice, lambda: self._undo_cancel(queued.key))

    def _undo_cancel(self, key: str) -> None:
        self.downloads.undo_cancel(key)
        self.select(key)

    def _on_enter(self) -> None:
        queued = self._selected()
        if queued is not None and Wish.LOAD in queued.allowed:
            self._load()
        else:
            self.pause_or_resume()

    def _load(self) -> None:
        queued = self._selected()
        if queued is not None and Wish.LOAD in queued.allowed:
            self.load_wanted.emit(queued.targets[0])

    def _open_folder(self) -> None:
        queued = self._selected()
        if queued is not None:
            place = Path(queued.targets[0]).parent if queued.targets else Path(queued.folder)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(place)))

    # ---- what is shown ---------------------------------------------------------------------

    def select(self, key: str) -> None:
        """Select a download."""
        row = self._rows.row_of(key)
        if row >= 0:
            flags = QItemSelectionModel.SelectionFlag
            self.table.selectionModel().setCurrentIndex(
                self._rows.index(row, 0), flags.ClearAndSelect | flags.Rows
            )

    def _selected(self) -> Queued | None:
        return self.downloads.entry(self._chosen) if self._chosen else None

    def _on_selection(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows:
            self._chosen = self._rows.key(rows[0].row())
        self._show_selected()

    def _select_again(self) -> None:
        """The rows are others: the same download stays selected, else the first is."""
        if self._rows.row_of(self._chosen) < 0:
            self._chosen = self._rows.key(0)
        self.select(self._chosen)

    def _show(self) -> None:
        entries = self.downloads.entries
        self._middle.setCurrentWidget(self._list if entries else self.empty)
        self.pause_all.setEnabled(any(Wish.PAUSE in q.allowed for q in entries))
        self.resume_all.setEnabled(any(Wish.RESUME in q.allowed for q in entries))
        self.clear.setEnabled(any(q.state is DownloadState.DONE for q in entries))
        for box, value in (
            (self.at_once, self.downloads.at_once),
            (self.speed, self.downloads.speed_kb),
        ):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        if not self._chosen:
            self._select_again()
        self._show_selected()

    def _show_selected(self) -> None:
        queued = self._selected()
        allowed = queued.allowed if queued else frozenset()
        self._show_pause(queued)
        self._allow("Pause", bool(allowed & {Wish.PAUSE, Wish.RESUME}))
        self._allow("Cancel", Wish.CANCEL in allowed)
        for name in ("Up", "Down", "First"):
            self._allow(name, Wish.MOVE in allowed)
        self._allow("Open folder", queued is not None)
        is_changed = queued is not None and queued.state is DownloadState.CHANGED
        for name, wish in _CHOICES.items():
            self.buttons[name].setVisible(is_changed)
            self._allow(name, wish in allowed)
        self.load.setEnabled(Wish.LOAD in allowed)
        problem = f"{queued.problem} {queued.advice}".strip() if queued else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _show_pause(self, queued: Queued | None) -> None:
        words = "Pause"
        if queued is not None and Wish.RESUME in queued.allowed:
            words = "Try again" if queued.state is DownloadState.FAILED else "Resume"
        self.buttons["Pause"].setText(words)
        self.buttons["Pause"].setAccessibleName(words)

    def _allow(self, name: str, allowed: bool) -> None:
        self.buttons[name].setEnabled(allowed)

    def _show_checking(self) -> None:
        self.check.setEnabled(not self._newer.is_checking)
        self.check.setText("Checking…" if self._newer.is_checking else "Check for newer uploads")

    def _show_error(self, error: LollmaError) -> None:
        self.notices.show_notice(Notice(error.title, error.advice, Role.BAD, key="download"))


def _spin_box(name: str, least: int, most: int, step: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, most)
    box.setSingleStep(step)
    box.setGroupSeparatorShown(True)
    # A number half typed is nobody's wish.
    box.setKeyboardTracking(False)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setAccessibleName(name)
    box.setToolTip(name)
    return box
