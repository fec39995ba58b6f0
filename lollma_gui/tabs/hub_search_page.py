"""Search on Hugging Face: filters in a row, repositories below, and what to say without any."""

import time
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStackedLayout, QVBoxLayout, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.leaderboards import LEADERBOARDS
from lollma_gui.qt.hub_finder import HubFinder
from lollma_gui.qt.hub_results import HubResults
from lollma_gui.tabs.web_links import open_address
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.hub_filters import HubFilters
from lollma_gui.widgets.hub_result_rows import HubResultRows
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

EXAMPLE = "Qwen/Qwen3-8B-GGUF"
_WHAT_FOR = (
    "Write words to search for, or paste the name or address of a repository. Nothing is asked of "
    "the Hub before that."
)
_FIRST_STEPS = (("trending", "Show trending"), ("example", f"For example {EXAMPLE}"))
_NOTHING = "No repository with GGUF files matches. Try fewer words, or take the filters off."


class HubSearchPage(QWidget):
    """Results of a search.

    Args:
        finder: Searches.
        theme: The colours.

    Signals:
        opened: The repository that a person wants to look into.
        filters_changed: Search again: a filter is another now.
        step_chosen: Key of a first step: ``trending`` or ``example``.
    """

    opened = Signal(str)
    filters_changed = Signal()
    step_chosen = Signal(str)

    def __init__(self, finder: HubFinder, theme: Theme) -> None:
        super().__init__()
        self._finder = finder
        self._trouble: LollmaError | None = None
        self.filters = HubFilters()
        self.results = HubResults(finder, time.time(), self)
        self.rows = HubResultRows(self.results, theme)
        self.count = label("", TextRole.CAPTION, wrap=True)
        self.start = EmptyState("Find a model on Hugging Face", _WHAT_FOR, _FIRST_STEPS)
        self.nothing = EmptyState("Nothing found", _NOTHING, [("clear", "Clear the filters")])
        self.failure = EmptyState("The Hub could not be asked", "", [("again", "Try again")])
        self.waiting = _Waiting()
        self.card = Card()
        self._stack = QStackedLayout()
        self._build()
        self._connect()
        self._show()

    def _build(self) -> None:
        for page in (self.start, self.rows, self.waiting, self.nothing, self.failure):
            self._stack.addWidget(page)
        self.card.body.addLayout(self._stack, 1)
        self.card.body.addWidget(self.count)
        self.card.body.addLayout(_leaderboards())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.filters)
        column.addWidget(self.card, 1)

    def _connect(self) -> None:
        self.filters.changed.connect(self.filters_changed)
        self.rows.opened.connect(self.opened)
        self.start.chosen.connect(self.step_chosen)
        self.nothing.chosen.connect(self._clear_filters)
        self.failure.chosen.connect(self._finder.again)
        self._finder.changed.connect(self._show)
        self._finder.failed.connect(self._take_trouble)

    # ---- wishes ----------------------------------------------------------------------------

    def search(self, text: str) -> None:
        """Search for these words, with the filters as they are set."""
        self._trouble = None
        self._finder.search(self.filters.query(text))

    def focus_rows(self) -> None:
        """Keys go to the results, to the first where none was chosen."""
        if self.results.rowCount():
            if not self.rows.currentIndex().isValid():
                self.rows.setCurrentIndex(self.results.index(0))
            self.rows.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear_filters(self) -> None:
        self.filters.clear()
        self.filters_changed.emit()

    # ---- what is shown ---------------------------------------------------------------------

    def _take_trouble(self, error: LollmaError) -> None:
        self._trouble = error
        self._show()

    def _show(self) -> None:
        finder = self._finder
        self.results.now = time.time()
        self.results.show_hits(finder.hits)
        if finder.hits:
            page: QWidget = self.rows
        elif finder.is_working:
            page = self.waiting
        elif finder.query is None:
            page = self.start
        elif self._trouble is not None:
            page = self.failure
            self.failure.set_text(str(self._trouble))
        else:
            page = self.nothing
        self._stack.setCurrentWidget(page)
        self.count.setText(self._words())
        self.count.setVisible(bool(self.count.text()))

    def _words(self) -> str:
        finder = self._finder
        found = len(finder.hits)
        if not found:
            return ""
        words = [f"{found} {'repository' if found == 1 else 'repositories'}"]
        if finder.has_more:
            words[0] += ", more as you scroll"
        if finder.left_out:
            words.append(f"{finder.left_out} left out by your filters")
        if finder.is_working:
            words.append("asking for more…")
        if finder.kept_at is not None:
            words.append(as_of(finder.kept_at))
        return " · ".join(words)


class _Waiting(QWidget):
    """Something is on its way."""

    def __init__(self) -> None:
        super().__init__()
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setMaximumWidth(260)
        bar.setAccessibleName("Asking the Hub")
        words = label("Asking the Hub…", TextRole.MUTED)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addWidget(bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(words)
        column.addStretch(3)


def as_of(then: float) -> str:
    """When the Hub said what is shown, in the person's own time."""
    return f"as of {datetime.fromtimestamp(then):%d %B %Y, %H:%M}"


def _leaderboards() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(2)
    row.addWidget(label("Compare models:", TextRole.CAPTION))
    for board in LEADERBOARDS:
        made = button(board.name, tooltip=f"{board.note}\n{board.address}")
        made.setProperty("kind", "link")
        made.setAccessibleDescription(board.note)
        made.clicked.connect(lambda _=False, address=board.address: open_address(address))
        row.addWidget(made)
    row.addStretch(1)
    return row
