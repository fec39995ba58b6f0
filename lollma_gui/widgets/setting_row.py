"""One setting in the table: its editor, what suits this PC, what it costs, and why."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core import units
from lollma_gui.core.checks import CheckState
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.setting import Kind, Setting
from lollma_gui.core.settings_checks import Finding
from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.recommended_value import RecommendedValue
from lollma_gui.widgets.setting_editor import editor_for
from lollma_gui.widgets.setting_name import LABEL_INDENT, SettingName
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

#: Written by the person for the person: nothing on a PC speaks for one of these or another.
_MATTERS_OF_TASTE = frozenset({Kind.TEXT, Kind.LINES, Kind.TEXTS, Kind.PATH, Kind.PATHS})
GAP = 10
#: Width of the button that resets a value, in pixels.
RESET_WIDTH = 26
_FINDING_ROLES = {CheckState.BAD: Role.BAD, CheckState.WARNING: Role.WARNING}


def is_taste(setting: Setting) -> bool:
    """Whether a setting is a matter of taste, for which there is no recommendation."""
    return setting.kind in _MATTERS_OF_TASTE


@dataclass(frozen=True)
class RowState:
    """All that a row shows.

    Attributes:
        value: In force.
        is_own: Whether the person's own profile says it.
        source: Where the value comes from, a sentence.
        back_to: What a reset goes back to and where that comes from, a sentence.
        recommended: What suits this PC.
        reason: Why, one sentence.
        price: Bytes it takes, negative where it saves some; None where that is not known.
        findings: What is wrong with it.
    """

    value: SettingValue
    is_own: bool = False
    source: str = ""
    back_to: str = ""
    recommended: SettingValue = None
    reason: str = ""
    price: int | None = None
    findings: tuple[Finding, ...] = ()

    def differs(self, setting: Setting) -> bool:
        """Whether another value suits this PC better."""
        return not is_taste(setting) and self.value != self.recommended


@dataclass(frozen=True)
class Columns:
    """Widths in pixels; a price of 0 hides that column. The reason takes the rest, or a line."""

    setting: int
    current: int
    recommended: int
    price: int
    why_below: bool


class SettingRow(QWidget):
    """One row.

    Signals:
        committed: A value the person wants.
        reset_wanted: The person wants the value of the base profile back.
        take_wanted: The person wants the recommended value.
    """

    committed = Signal(object)
    reset_wanted = Signal()
    take_wanted = Signal()

    def __init__(self, theme: Theme, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self._theme = theme
        self._state: RowState | None = None
        self._refusal = ""
        self._columns: Columns | None = None
        self._why_top = 0
        self.setAccessibleName(setting.label)
        self.name = SettingName(setting)
        self.editor = editor_for(setting)
        self.reset_button = _reset_button(setting)
        self.recommended = RecommendedValue(setting)
        self.price = label("")
        self.why = label("", TextRole.MUTED, wrap=True)
        self.finding: _FindingLine | None = None
        self.details: QWidget | None = None
        self._build()
        self.editor.committed.connect(self.committed)
        self.editor.refused.connect(self._show_refusal)
        self.reset_button.clicked.connect(self.reset_wanted)
        self.recommended.button.clicked.connect(self.take_wanted)
        self.name.unfolded.connect(self._show_details)

    def _build(self) -> None:
        top = Qt.AlignmentFlag.AlignTop
        self._middle = QWidget()
        middle = QHBoxLayout(self._middle)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(GAP)
        middle.addWidget(self.editor)
        middle.addWidget(self.reset_button)
        middle.addWidget(self.recommended)
        middle.addWidget(self.price)
        self.recommended.setVisible(not is_taste(self.setting))
        self.price.setVisible(not is_taste(self.setting))
        self.price.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._line = QHBoxLayout()
        self._line.setSpacing(GAP)
        self._line.addWidget(self.name)
        self._line.addWidget(self._middle)
        self._line.addWidget(self.why, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 5, 0, 6)
        self._column.setSpacing(4)
        self._column.addLayout(self._line)
        if self.setting.kind in (Kind.LINES, Kind.TEXTS, Kind.PATHS):
            # Beside a field of several lines, all stands at the height of its first one.
            self._line.setAlignment(self.name, top)
            self._line.setAlignment(self.why, top)
            self.name.setContentsMargins(0, 4, 0, 0)
            self._why_top = 6

    # ---- what is shown ---------------------------------------------------------------------

    def show_state(self, state: RowState) -> None:
        """Show this; only what differs from before is touched."""
        before, self._state = self._state, state
        if state == before:
            return
        setting = self.setting
        self.editor.show_value(state.value)
        self.name.show_changed(state.is_own, state.source)
        self.reset_button.setVisible(state.is_own)
        self.reset_button.setToolTip(state.back_to)
        self.editor.describe(self._spoken(state))
        self.why.setText(setting.explanation if is_taste(setting) else state.reason)
        self.why.setToolTip(setting.explanation)
        self.price.setText(price_words(state.price))
        self.recommended.show_value(state.recommended, differs=state.differs(setting))
        self._show_finding()
        self._show_source()

    def _spoken(self, state: RowState) -> str:
        changed = "Changed." if state.is_own else ""
        troubles = " ".join(finding.sentence for finding in state.findings)
        words = (changed, troubles, self.setting.explanation, state.source)
        return " ".join(word for word in words if word)

    def revert(self, sentence: str) -> None:
        """A value was refused: show the one in force, and why."""
        self.editor.revert()
        self._show_refusal(sentence)

    def _show_refusal(self, sentence: str) -> None:
        if sentence and self._state is not None:
            in_force = self.setting.describe(self._state.value).replace("\n", " ")
            shown = in_force if len(in_force) <= 40 else f"{in_force[:40]}…"
            sentence = f"{sentence} It stays as it was: {shown}."
        self._refusal = sentence
        self._show_finding()

    def _show_finding(self) -> None:
        findings = self._state.findings if self._state else ()
        sentences = [self._refusal, *(finding.sentence for finding in findings)]
        words = " ".join(sentence for sentence in sentences if sentence)
        if self.finding is None and words:
            self.finding = _FindingLine(self._theme, self.setting)
            self._column.insertWidget(2 if self._why_is_below else 1, self.finding)
            self._indent()
        if self.finding is not None:
            is_bad = self._refusal or any(f.state is CheckState.BAD for f in findings)
            self.finding.show_words(words, Role.BAD if is_bad else Role.WARNING)

    def _show_details(self, unfolded: bool) -> None:
        if self.details is None:
            self.details = QWidget()
            self.details.setLayout(QVBoxLayout())
            self._column.addWidget(self.details)
            self._fill_details()
            self._indent()
        self.details.setVisible(unfolded)

    def _fill_details(self) -> None:
        box = self.details.layout() if self.details else None
        assert box is not None
        box.setContentsMargins(0, 2, 0, 6)
        box.setSpacing(3)
        self._source = label("", TextRole.CAPTION, wrap=True, selectable=True)
        box.addWidget(label(self.setting.explanation, wrap=True, selectable=True))
        box.addWidget(self._source)
        for program, name in self.setting.programs.items():
            words = name.sentence(program)
            box.addWidget(label(words, TextRole.CAPTION, wrap=True, selectable=True))
        self._show_source()

    def _show_source(self) -> None:
        if self.details is None or self._state is None:
            return
        acts = "after the model is loaded again" if self.setting.needs_reload else "at once"
        if not self.setting.needs_reload:
            acts = "at the next answer"
        back = f" {self._state.back_to}" if self._state.is_own else ""
        self._source.setText(f"{self._state.source}{back} A change counts {acts}.")

    @property
    def stops(self) -> list[QWidget]:
        """Where the Tab key stops, in order."""
        more = [self.reset_button, self.recommended.button]
        return [self.name.more_button, *self.editor.stops, *more]

    # ---- room ------------------------------------------------------------------------------

    @property
    def _why_is_below(self) -> bool:
        return self._columns is not None and self._columns.why_below

    def set_columns(self, columns: Columns) -> None:
        """Take these widths."""
        if columns == self._columns:
            return
        was_below, self._columns = self._why_is_below, columns
        self.name.set_width(columns.setting)
        width = columns.current + RESET_WIDTH + columns.recommended + 2 * GAP
        width += columns.price + GAP if columns.price else 0
        self._middle.setFixedWidth(width)
        if not is_taste(self.setting):
            self.editor.setFixedWidth(columns.current)
            self.recommended.setFixedWidth(columns.recommended)
            self.price.setFixedWidth(max(columns.price, 1))
            self.price.setVisible(columns.price > 0)
        if was_below != self._why_is_below:
            self._move_why()
        self._indent()

    def _move_why(self) -> None:
        self._line.removeWidget(self.why)
        self._column.removeWidget(self.why)
        if self._why_is_below:
            self._column.insertWidget(1, self.why)
            self._line.addStretch(1)
        else:
            last = self._line.takeAt(self._line.count() - 1)
            del last
            self._line.addWidget(self.why, 1)

    def _indent(self) -> None:
        """What stands below begins where the setting's words do."""
        left = LABEL_INDENT
        below = self._why_is_below
        self.why.setContentsMargins(left if below else 0, 0 if below else self._why_top, 0, 0)
        for widget in (self.finding, self.details):
            if widget is not None:
                widget.setContentsMargins(left, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line below."""
        super().paintEvent(event)
        painter = QPainter(self)
        line: QColor = self.palette().color(QPalette.ColorRole.Mid)
        painter.fillRect(0, self.height() - 1, self.width(), 1, line)
        painter.end()


class _FindingLine(QWidget):
    """What is wrong with a value: shape, colour and a sentence."""

    def __init__(self, theme: Theme, setting: Setting) -> None:
        super().__init__()
        self._setting = setting
        self.dot = StatusDot(theme)
        self.words = label("", wrap=True, selectable=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.dot, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)

    def show_words(self, words: str, role: Role) -> None:
        """Say this; nothing for no words."""
        self.setVisible(bool(words))
        if words:
            self.dot.show_role(role)
            self.words.setText(words)
            self.words.setAccessibleName(f"{self._setting.label}: {words}")


def _reset_button(setting: Setting) -> QToolButton:
    made = QToolButton()
    made.setText("↺")
    made.setAccessibleName(f"Reset {setting.label}")
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setFixedWidth(RESET_WIDTH)
    policy = made.sizePolicy()
    # Nothing moves when it comes or goes.
    policy.setRetainSizeWhenHidden(True)
    made.setSizePolicy(policy)
    made.hide()
    return made


def price_words(price: int | None) -> str:
    """What a value takes, in words: ``1.4 GiB``, ``−160.0 MiB``; empty for nothing."""
    if not price:
        return ""
    return units.memory_size(price).replace("-", "−")
