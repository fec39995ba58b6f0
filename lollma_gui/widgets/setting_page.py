"""The table of settings: essentials first, the rest folded, rows made when they are needed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core.setting import Setting
from lollma_gui.widgets.setting_name import LABEL_INDENT
from lollma_gui.widgets.setting_row import GAP, RESET_WIDTH, Columns, RowState, SettingRow
from lollma_gui.widgets.text import TextRole, label, scaled_font
from lollma_gui.widgets.theme import Theme

#: Rows are made in slices this long, so that the window answers in between.
_SLICE_MS = 8
#: Letters a line of the reasons shall have.
_WHY_LETTERS = 46
#: Letters of the current and of the recommended value, as long as a line of the reasons keeps so
#: many letters; where none is possible, reasons go below their rows.
_WIDTHS = ((26, 22, 46), (22, 18, 34), (20, 16, 25))
_MARGIN = 6
#: Width of a scroll bar in pixels, kept free so that columns stay when it comes.
_SCROLL_BAR = 10


class SettingPage(QWidget):
    """One section of the settings table.

    Args:
        theme: For shapes that are drawn.
        settings: The section's settings in order.
        has_prices: Whether any of them costs memory.

    Signals:
        committed: Name of a setting and the value wanted for it.
        reset_wanted: Name of a setting.
        take_wanted: Name of a setting whose recommended value is wanted.
        completed: All rows that are to be seen are there.
    """

    committed = Signal(str, object)
    reset_wanted = Signal(str)
    take_wanted = Signal(str)
    completed = Signal()

    def __init__(self, theme: Theme, settings: Sequence[Setting], *, has_prices: bool) -> None:
        super().__init__()
        self._theme = theme
        self._has_prices = has_prices
        essential = [s for s in settings if s.essential]
        rest = [s for s in settings if not s.essential]
        groups = list(dict.fromkeys(s.group for s in rest))
        self._order = essential + [s for group in groups for s in rest if s.group == group]
        self._states: Mapping[str, RowState] = {}
        self._only: frozenset[str] | None = None
        self._columns: Columns | None = None
        self.rows: dict[str, SettingRow] = {}
        self.headings: dict[str, QLabel] = {}
        self.fold = _fold_button(len(rest))
        self.nothing = label("", TextRole.MUTED, wrap=True)
        self._header = _Header()
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.setSingleShot(True)
        self._slices.timeout.connect(self._build_slice)
        self.fold.toggled.connect(self._unfold)
        self._build()

    def _build(self) -> None:
        content = QWidget()
        self._list = QVBoxLayout(content)
        self._list.setContentsMargins(0, 0, _MARGIN, 0)
        self._list.setSpacing(0)
        self._list.addWidget(self.nothing)
        self._list.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        self._list.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self.area, 1)
        self.nothing.hide()
        self.nothing.setContentsMargins(4, 12, 4, 12)

    # ---- what is shown ---------------------------------------------------------------------

    def show_states(self, states: Mapping[str, RowState]) -> None:
        """Show these values; rows stay, only what is different changes."""
        self._states = states
        for name, row in self.rows.items():
            if name in states:
                row.show_state(states[name])

    def show_only(self, names: frozenset[str] | None, nothing: str = "") -> None:
        """Show these rows alone, folded or not; None shows all, as folded.

        Args:
            names: Names of settings.
            nothing: What to say when there are none.
        """
        self._only = names
        self.nothing.setText(nothing)
        self._show_wanted()

    @property
    def is_complete(self) -> bool:
        """Whether all rows that are to be seen are there."""
        return not self._missing()

    def shown(self) -> list[str]:
        """Names of the rows that are to be seen, in order."""
        return [setting.name for setting in self._order if self._is_wanted(setting)]

    def _is_wanted(self, setting: Setting) -> bool:
        if self._only is not None:
            return setting.name in self._only
        return setting.essential or self.fold.isChecked()

    def _missing(self) -> list[Setting]:
        return [s for s in self._order if self._is_wanted(s) and s.name not in self.rows]

    def _unfold(self, unfolded: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self._show_wanted()

    def _show_wanted(self) -> None:
        for setting in self._order:
            if setting.name in self.rows:
                self.rows[setting.name].setVisible(self._is_wanted(setting))
        self._show_headings()
        self.fold.setVisible(self._only is None)
        self.nothing.setVisible(self._only is not None and not self._only)
        if self._missing():
            self._slices.start()

    def _show_headings(self) -> None:
        groups = {s.group for s in self._order if not s.essential and self._is_wanted(s)}
        for group, heading in self.headings.items():
            heading.setVisible(group in groups)

    # ---- making rows -----------------------------------------------------------------------

    def build_now(self) -> None:
        """Make as many rows as one slice of time holds, and the rest soon."""
        self._show_wanted()
        self._build_slice()

    def _build_slice(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        missing = self._missing()
        while missing and clock.elapsed() < _SLICE_MS:
            self._add(missing.pop(0))
        self._show_headings()
        if missing:
            self._slices.start()
        else:
            self.completed.emit()

    def _add(self, setting: Setting) -> None:
        name = setting.name
        row = SettingRow(self._theme, setting)
        row.committed.connect(lambda value: self.committed.emit(name, value))
        row.reset_wanted.connect(lambda: self.reset_wanted.emit(name))
        row.take_wanted.connect(lambda: self.take_wanted.emit(name))
        if self._columns is not None:
            row.set_columns(self._columns)
        if name in self._states:
            row.show_state(self._states[name])
        if not setting.essential and setting.group not in self.headings:
            self.headings[setting.group] = heading = label(setting.group, TextRole.HEADING)
            heading.setContentsMargins(4, 16, 0, 6)
            self._put_in(heading)
        self.rows[name] = row
        self._put_in(row)
        self._chain(setting)

    def _put_in(self, widget: QWidget) -> None:
        """Insert a widget where it belongs; what stands in the list is in order already."""
        self._list.insertWidget(self._sequence().index(widget), widget)

    def _sequence(self) -> list[QWidget]:
        """Everything in the list, in order."""
        places: list[QWidget | None] = [self.nothing]
        places += [self.rows.get(s.name) for s in self._order if s.essential]
        places.append(self.fold)
        group = ""
        for setting in (s for s in self._order if not s.essential):
            if setting.group != group:
                group = setting.group
                places.append(self.headings.get(group))
            places.append(self.rows.get(setting.name))
        return [place for place in places if place is not None]

    def _before(self, setting: Setting) -> Setting | None:
        place = self._order.index(setting)
        there = (s for s in reversed(self._order[:place]) if s.name in self.rows)
        return next(there, None)

    def _chain(self, setting: Setting) -> None:
        """The Tab key goes from row to row as they are seen, whenever they were made."""
        row, before = self.rows[setting.name], self._before(setting)
        if before is None:
            return
        last = self.rows[before.name].stops[-1]
        for stop in row.stops:
            QWidget.setTabOrder(last, stop)
            last = stop

    # ---- room ------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns for the width there is."""
        super().resizeEvent(event)
        columns = self._fitting(self.width() - _SCROLL_BAR - _MARGIN)
        if columns != self._columns:
            self._columns = columns
            self._header.set_columns(columns)
            for row in self.rows.values():
                row.set_columns(columns)

    def _fitting(self, width: int) -> Columns:
        letter = self.fontMetrics().averageCharWidth()
        price = 11 * letter if self._has_prices else 0
        narrowest = self._widest_label()
        room = width - 5 * GAP - RESET_WIDTH - price
        for current, recommended, fewest in _WIDTHS:
            left = room - (current + recommended) * letter
            setting = max(narrowest, min(left - _WHY_LETTERS * letter, 46 * letter))
            columns = Columns(setting, current * letter, recommended * letter, price, False)
            if left - setting >= fewest * letter:
                return columns
        return replace(columns, why_below=True)

    def _widest_label(self) -> int:
        """Room that the longest label takes, in pixels."""
        metrics = QFontMetrics(scaled_font(self.font(), TextRole.STRONG))
        return LABEL_INDENT + max(metrics.horizontalAdvance(s.label) for s in self._order) + 2


class _Header(QWidget):
    """The titles of the columns."""

    def __init__(self) -> None:
        super().__init__()
        names = ("Setting", "Current", "Recommended", "Memory", "Why")
        self.titles = [label(name, TextRole.CAPTION) for name in names]
        self.titles[3].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.titles[3].setToolTip("What the value takes on the GPU, or in RAM without one.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 6)
        row.setSpacing(GAP)
        for title in self.titles:
            row.addWidget(title, 1 if title is self.titles[-1] else 0)
        row.addStretch(0)
        self._row = row

    def set_columns(self, columns: Columns) -> None:
        """Stand above them."""
        slot = RESET_WIDTH + GAP
        setting, current, recommended, price, why = self.titles
        setting.setFixedWidth(columns.setting)
        current.setFixedWidth(columns.current + slot)
        recommended.setFixedWidth(columns.recommended)
        price.setFixedWidth(max(columns.price, 1))
        price.setVisible(columns.price > 0)
        why.setText("" if columns.why_below else "Why")


def _fold_button(count: int) -> QToolButton:
    made = QToolButton()
    made.setText(f"More settings ({count})")
    made.setAccessibleName(f"More settings, {count}")
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    made.setArrowType(Qt.ArrowType.RightArrow)
    made.setCheckable(True)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return made
