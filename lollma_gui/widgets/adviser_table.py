"""Other quantisations of a model: what each needs and costs here, and the one for this PC."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import (
    QObject,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core import units
from lollma_gui.core.quality import SOURCE
from lollma_gui.core.quantisation_adviser import Advice, Candidate, Place
from lollma_gui.qt.titled_table import Index, TitledTable
from lollma_gui.widgets.shapes import draw_shape
from lollma_gui.widgets.tables import dress_table
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_ROLE = Qt.ItemDataRole
#: Role under which the layers' cell gives its ``Place``.
PLACE_ROLE = int(_ROLE.UserRole)
#: More rows than this scroll; where the table takes what room there is, not fewer than these show.
_MOST_ROWS, _FEWEST_ROWS = 8, 3

#: Colour of each place; the shape goes with it, and the cell says it in words.
PLACE_ROLES = {
    Place.GPU: Role.GOOD,
    Place.PARTLY: Role.WARNING,
    Place.RAM: Role.COMPUTE,
    Place.NONE: Role.BAD,
    Place.UNKNOWN: Role.MUTED,
}


class _Column(NamedTuple):
    """A column; of little room those with the highest ``gives_way`` go first, 0 never."""

    title: str
    text: Callable[[Candidate], str]
    tip: Callable[[Candidate], str]
    is_number: bool = True
    gives_way: int = 0


def _quality_tip(candidate: Candidate) -> str:
    if candidate.quality is None:
        return "llama.cpp has no figure for this mix."
    return candidate.quality.sentence


def _context_tip(candidate: Candidate) -> str:
    return f"Largest context there is room for: {units.whole(candidate.max_context, 'tokens')}"


def _speed_tip(candidate: Candidate) -> str:
    return candidate.speed.sentence if candidate.speed else "The memory's bandwidth is not known."


def _no_tip(_candidate: Candidate) -> str:
    return ""


#: Words of what can be done with a candidate.
Action = Callable[[Candidate], str]
COLUMNS = (
    _Column("Quant", lambda c: c.label, _no_tip, is_number=False),
    _Column("Size", lambda c: units.file_size(c.size_bytes), _no_tip),
    _Column("Layers", lambda c: c.layers_text, lambda c: c.place.value.capitalize(), False),
    _Column("Context", lambda c: units.whole(c.max_context), _context_tip, gives_way=2),
    _Column("Loss", lambda c: c.quality.short if c.quality else units.UNKNOWN, _quality_tip),
    _Column(
        "Tokens/s", lambda c: c.speed.text if c.speed else units.UNKNOWN, _speed_tip, gives_way=1
    ),
)
LAYERS_COLUMN = 2
_TIPS = {
    "Layers": "How many of its layers lie on the GPU",
    "Loss": f"How much more perplexity than unquantised. {SOURCE}.",
    "Tokens/s": "Predicted speed of writing",
}


class AdviceRows(TitledTable):
    """One row a candidate; the recommended one has a star."""

    def __init__(self, parent: QObject, action: Action | None = None) -> None:
        own = (_Column("", action, _no_tip, is_number=False),) if action else ()
        self._own_columns = COLUMNS + own
        super().__init__(self._own_columns, parent)
        self._advice = Advice((), "", "")

    def show_advice(self, advice: Advice) -> None:
        """Show these instead."""
        self.beginResetModel()
        self._advice = advice
        self.endResetModel()

    def row_of(self, key: str) -> int:
        """The row of a candidate; -1 if it is not there."""
        keys = [candidate.key for candidate in self._advice.rows]
        return keys.index(key) if key in keys else -1

    def key_at(self, row: int) -> str:
        """The key of a row's candidate."""
        return self._advice.rows[row].key

    def count(self) -> int:
        """How many candidates there are."""
        return len(self._advice.rows)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_ROLE.DisplayRole)
    ) -> object:
        """Titles, and what they mean."""
        if role == _ROLE.ToolTipRole and orientation is Qt.Orientation.Horizontal:
            return _TIPS.get(self._own_columns[section].title)
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = int(_ROLE.DisplayRole)) -> object:
        """Texts, tooltips, and what screen readers say of a row."""
        if not index.isValid():
            return None
        candidate = self._advice.rows[index.row()]
        column = self._own_columns[index.column()]
        is_first, is_taken = index.column() == 0, candidate.key == self._advice.recommended
        if role == _ROLE.DisplayRole:
            return (
                f"★ {column.text(candidate)}" if is_first and is_taken else column.text(candidate)
            )
        if role == _ROLE.ToolTipRole:
            return self._advice.reason if is_first and is_taken else column.tip(candidate)
        if role == _ROLE.AccessibleTextRole and is_first:
            return f"{candidate.label}, recommended for this PC" if is_taken else candidate.label
        if role == _ROLE.TextAlignmentRole:
            return self.alignment(index.column())
        if role == _ROLE.FontRole and is_taken:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return candidate.place if role == PLACE_ROLE else None

    @property
    def columns(self) -> tuple[_Column, ...]:
        """From the left."""
        return self._own_columns


class _DotPainter(QStyledItemDelegate):
    """The shape of a verdict before its words."""

    _LEFT, _GAP = 6, 6

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._table = parent

    def _size(self) -> int:
        return round(self._table.fontMetrics().ascent() * 0.72)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for the shape as well."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + self._size() + self._GAP, hint.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground of any cell, the shape, the words."""
        bare = QStyleOptionViewItem(option)
        self.initStyleOption(bare, index)
        words: str = bare.text  # type: ignore[attr-defined]
        font: QFont = bare.font  # type: ignore[attr-defined]
        bare.text = ""  # type: ignore[attr-defined]
        style = self._table.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, bare, painter, self._table)
        rect: QRect = option.rect  # type: ignore[attr-defined]
        palette, size = self._theme.palette, self._size()
        role = PLACE_ROLES[Place(index.data(PLACE_ROLE))]
        shape = QRectF(rect.left() + self._LEFT, rect.center().y() - size / 2, size, size)
        draw_shape(painter, shape, role, palette.colour(role))
        room = rect.adjusted(self._LEFT + size + self._GAP, 0, -2, -2)
        painter.setFont(font)
        painter.setPen(palette.colour(Role.TEXT))
        shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


class _LinkPainter(QStyledItemDelegate):
    """Words that can be clicked, in the colour of links."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """As any cell, but for the colour."""
        super().initStyleOption(option, index)
        colour = self._theme.palette.colour(Role.ACCENT)
        for part in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(part, colour)  # type: ignore[attr-defined]


class AdviserTable(QWidget):
    """The table, and below it the reason for the one that is marked.

    Args:
        theme: The colours.
        name: What is listed, for screen readers.
        gives_way: Whether the table takes what height there is, instead of that of its rows.
        action: What can be done with a candidate, in a column of its own; empty for nothing.

    Signals:
        chosen: Key of the candidate the person wants to look at.
        acted: Key of the candidate whose action was clicked.
    """

    chosen = Signal(str)
    acted = Signal(str)

    def __init__(
        self,
        theme: Theme,
        name: str = "Other quantisations of this model",
        *,
        gives_way: bool = False,
        action: Action | None = None,
    ) -> None:
        super().__init__()
        self._current = ""
        self.rows = AdviceRows(self, action)
        self.table = _Rows(self.rows, theme, name, gives_way=gives_way)
        self.reason = label("", TextRole.CAPTION, wrap=True, selectable=True)
        self.reason.setAccessibleName("Reason for the recommendation")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.table, 1)
        column.addWidget(self.reason)
        if gives_way:
            column.addStretch(0)
        self.table.chosen.connect(self.chosen)
        self.table.acted.connect(self.acted)

    def show_advice(self, advice: Advice, current: str = "") -> None:
        """Show these rows.

        Args:
            advice: Candidates and the one for this PC.
            current: Key of the one that is looked at now; its row is marked.
        """
        # Who walks over the rows with keys stays where they are.
        at = self.table.currentIndex().row() if self.table.hasFocus() else -1
        stood_on = self.rows.key_at(at) if at >= 0 and current == self._current else ""
        self._current = current
        self.rows.show_advice(advice)
        self.table.setVisible(bool(advice.rows))
        self.table.fit()
        rows = (self.rows.row_of(key) for key in (stood_on, current))
        row = next((row for row in rows if row >= 0), -1)
        if row >= 0:
            self.table.selectRow(row)
        marked = "★ " if advice.recommended else ""
        self.reason.setText(f"{marked}{advice.reason}")


class _Rows(QTableView):
    """The rows: a click, Enter or Space chooses."""

    chosen = Signal(str)
    acted = Signal(str)

    def __init__(self, rows: AdviceRows, theme: Theme, name: str, *, gives_way: bool) -> None:
        super().__init__()
        self._rows = rows
        self._gives_way = gives_way
        self.setModel(rows)
        dress_table(self, name)
        self.setItemDelegateForColumn(LAYERS_COLUMN, _DotPainter(theme, self))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(LAYERS_COLUMN, QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(False)
        self.clicked.connect(self._on_click)
        if len(rows.columns) > len(COLUMNS):
            self.setItemDelegateForColumn(len(COLUMNS), _LinkPainter(theme, self))
        theme.changed.connect(self.viewport().update)

    def _on_click(self, index: Index) -> None:
        is_action = index.column() >= len(COLUMNS) and bool(index.data())
        (self.acted if is_action else self.chosen).emit(self._rows.key_at(index.row()))

    def fit(self) -> None:
        """Columns as wide as their texts; where there is no room for all, some go."""
        columns = self._rows.columns
        for column in range(len(columns)):
            self.setColumnHidden(column, False)
            # All at once, the one that takes the rest would get no more than its text needs.
            if column != LAYERS_COLUMN:
                self.resizeColumnToContents(column)
        widths = [
            max(self.sizeHintForColumn(i), self.horizontalHeader().sectionSizeHint(i))
            for i in range(len(columns))
        ]
        too_much = sum(widths) - self.viewport().width()
        order = sorted(range(len(columns)), key=lambda i: -columns[i].gives_way)
        for column in order:
            if too_much <= 0 or not columns[column].gives_way:
                break
            self.setColumnHidden(column, True)
            too_much -= widths[column]
        # Qt stretches anew only when it is told so.
        self.horizontalHeader().setSectionResizeMode(LAYERS_COLUMN, QHeaderView.ResizeMode.Stretch)
        if self._gives_way:
            self.setMinimumHeight(self._height_of(min(self._rows.rowCount(), _FEWEST_ROWS)))
            self.setMaximumHeight(self._height_of(self._rows.rowCount()))
        else:
            self.setFixedHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """As high as its rows, eight at most."""
        rows = min(self._rows.rowCount(), _MOST_ROWS)
        return QSize(super().sizeHint().width(), self._height_of(rows))

    def _height_of(self, rows: int) -> int:
        height = self.horizontalHeader().sizeHint().height()
        return height + rows * self.verticalHeader().defaultSectionSize() + 2

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room for columns."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space choose the row that the keys stand on."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self.chosen.emit(self._rows.key_at(self.currentIndex().row()))
        else:
            super().keyPressEvent(event)
