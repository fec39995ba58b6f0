"""Is this PC ready? The guide's checks, and the first two steps for newcomers."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core.checks import Check, CheckState
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.pc_checks import STATE_WORDS, WHATS, as_text, summary
from lollma_gui.core.units import UNKNOWN
from lollma_gui.qt.background import Background, Job
from lollma_gui.services.software_checks import versions
from lollma_gui.widgets.badge import Badge, StatusDot
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_ROLES = {
    CheckState.GOOD: Role.GOOD,
    CheckState.WARNING: Role.WARNING,
    CheckState.BAD: Role.BAD,
    CheckState.UNKNOWN: Role.MUTED,
}
#: Stands in each row until something was found.
_NOTHING_YET = [Check(what, UNKNOWN, UNKNOWN, CheckState.UNKNOWN) for what in WHATS]

_Found = tuple[Sequence[Check], Sequence[tuple[str, str]]]


class SetupTab(QWidget):
    """Shows what was found on this PC. Looks when it is first shown, and when asked to.

    Args:
        background: Where the looking is done.
        theme: The colours.
        checks: Looks at everything; called off the window's thread.

    Signals:
        starter_wanted: Fetch the starter model.
        folders_wanted: Choose folders with models.
    """

    starter_wanted = Signal()
    folders_wanted = Signal()

    def __init__(
        self, background: Background, theme: Theme, checks: Callable[[], Sequence[Check]]
    ) -> None:
        super().__init__()
        self._background = background
        self._look = checks
        self._job: Job | None = None
        self._found: _Found | None = None
        self.notices = NoticeBar(theme)
        self.badge = Badge(theme)
        self.copy_button = button("Copy report", tooltip="Copy all of it as text")
        self.check_button = button("Check again", primary=True, tooltip="Look again (F5)")
        self.progress = QProgressBar()
        self.table = _CheckTable(theme)
        self.starter_card = _StepCard(
            "New here?",
            "Get a small model (98 MB) and talk to it in a minute, no GPU needed.",
            button("Get the starter model", primary=True),
        )
        self.folders_card = _StepCard(
            "Already have models?",
            "Choose the folders they are in. Only the folders you choose are searched.",
            button("Choose folders…"),
        )
        self._build()
        self._connect()
        self.table.show_checks(_NOTHING_YET)
        self._show_state()

    def _build(self) -> None:
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Looking at this PC")
        self.progress.setFixedWidth(120)
        title = QHBoxLayout()
        title.setSpacing(12)
        title.addWidget(label("Is this PC ready?", TextRole.TITLE))
        title.addWidget(self.badge)
        title.addWidget(self.progress)
        title.addStretch(1)
        title.addWidget(self.copy_button)
        title.addWidget(self.check_button)
        card = Card()
        card.setAccessibleName("Checks of this PC")
        card.body.addWidget(self.table)
        steps = QHBoxLayout()
        steps.setSpacing(12)
        steps.addWidget(self.starter_card, 1)
        steps.addWidget(self.folders_card, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(title)
        column.addWidget(self.notices)
        column.addWidget(card)
        column.addLayout(steps)
        column.addStretch(1)
        fill_with_scrolled(self, content)

    def _connect(self) -> None:
        self.check_button.clicked.connect(self.check)
        self.copy_button.clicked.connect(self.copy_report)
        self.starter_card.button.clicked.connect(self.starter_wanted)
        self.folders_card.button.clicked.connect(self.folders_wanted)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Refresh), self, self.check)

    @property
    def is_checking(self) -> bool:
        """Whether somebody is looking just now."""
        return self._job is not None

    def check(self) -> None:
        """Look at everything again; once is enough at a time."""
        if self._job is not None:
            return
        look = self._look
        self._job = self._background.run(
            lambda _job: (look(), versions()),
            on_result=self._take,
            on_error=self._fail,
            on_finished=self._finish,
            owner=self,
        )
        self._show_state()

    def copy_report(self) -> None:
        """Put what was found on the clipboard, as text."""
        if self._found is not None:
            QGuiApplication.clipboard().setText(as_text(*self._found))
            self.notices.show_notice(Notice("The report was copied.", role=Role.GOOD, key="copy"))

    def _take(self, found: _Found) -> None:
        self._found = found
        self.notices.clear("check")
        self.table.show_checks(found[0])

    def _fail(self, error: LollmaError) -> None:
        notice = Notice(error.title, error.advice, Role.BAD, "Check again", "check")
        self.notices.show_notice(notice, self.check)

    def _finish(self) -> None:
        self._job = None
        self._show_state()

    def _show_state(self) -> None:
        self.progress.setVisible(self.is_checking)
        self.check_button.setEnabled(not self.is_checking)
        self.copy_button.setEnabled(self._found is not None)
        if self.is_checking:
            self.badge.show_state("Checking…", Role.ACCENT)
        elif self._found is None:
            self.badge.show_state("Not checked yet", Role.MUTED)
        else:
            self.badge.show_state(summary(self._found[0]), _worst(self._found[0]))

    def showEvent(self, event: QShowEvent) -> None:
        """The first look costs a second or two: it waits until somebody wants to see it."""
        super().showEvent(event)
        if self._found is None:
            self.check()


def _worst(checks: Sequence[Check]) -> Role:
    states = {check.state for check in checks}
    worst = (s for s in (CheckState.BAD, CheckState.WARNING) if s in states)
    return _ROLES[next(worst, CheckState.GOOD)]


class _StepCard(Card):
    """One first step: what it is, and its button."""

    def __init__(self, title: str, text: str, step: QPushButton) -> None:
        super().__init__(title)
        self.button = step
        row = QHBoxLayout()
        row.addWidget(step)
        row.addStretch(1)
        self.body.addWidget(label(text, TextRole.MUTED, wrap=True))
        self.body.addStretch(1)
        self.body.addLayout(row)


class _Row:
    """The widgets of one check."""

    def __init__(self, theme: Theme) -> None:
        self.dot = StatusDot(theme)
        self.what = label("", TextRole.STRONG, wrap=True)
        self.found = label("", selectable=True, wrap=True)
        self.recommended = label("", TextRole.MUTED, wrap=True)
        self.advice = label("", TextRole.CAPTION, selectable=True, wrap=True)
        for text in (self.what, self.found, self.recommended):
            text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.line = QFrame()
        self.line.setFrameStyle(QFrame.Shape.HLine | QFrame.Shadow.Sunken)
        self.line.setFixedHeight(1)

    def show_check(self, check: Check) -> None:
        self.dot.show_role(_ROLES[check.state])
        self.dot.setToolTip(STATE_WORDS[check.state])
        self.dot.setAccessibleName(f"{check.what}: {STATE_WORDS[check.state]}")
        self.what.setText(check.what)
        self.found.setText(check.found)
        self.found.setAccessibleName(f"{check.what}, found: {check.found}")
        self.recommended.setText(check.recommended)
        self.recommended.setAccessibleName(f"{check.what}, recommended: {check.recommended}")
        self.advice.setText(check.advice)
        self.advice.setVisible(bool(check.advice))

    def all(self) -> list[QWidget]:
        return [self.dot, self.what, self.found, self.recommended, self.advice, self.line]


class _CheckTable(QWidget):
    """One row a check: shape, what, found, recommended; below it what to do."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: list[_Row] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(7)
        for column, share in ((1, 3), (2, 6), (3, 5)):
            self._grid.setColumnStretch(column, share)
        for column, words in ((1, "What"), (2, "Found"), (3, "Recommended")):
            self._grid.addWidget(label(words, TextRole.CAPTION), 0, column)

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show these; rows that are there already stay where they are."""
        while len(self.rows) < len(checks):
            self._add_row()
        for number, row in enumerate(self.rows):
            for widget in row.all():
                widget.setVisible(number < len(checks))
            if number < len(checks):
                row.show_check(checks[number])

    def _add_row(self) -> None:
        row, top = _Row(self._theme), 1 + 3 * len(self.rows)
        self.rows.append(row)
        self._grid.addWidget(row.line, top, 0, 1, 4)
        for column, widget in enumerate((row.dot, row.what, row.found, row.recommended)):
            self._grid.addWidget(widget, top + 1, column)
        self._grid.addWidget(row.advice, top + 2, 2, 1, 2)
