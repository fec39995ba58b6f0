"""The planner's grid: quantisations by parameter counts, coloured by what fits."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from lollma_gui.core.planner import ROWS, Cell, gigabytes
from lollma_gui.core.planner_pc import PlannerPc
from lollma_gui.widgets.planner_cells import (
    CELL_ROLE,
    FIT_ROLES,
    FIT_WORDS,
    LEADING,
    GridTable,
    Index,
    guide_text,
    short_size,
    table_text,
)
from lollma_gui.widgets.shapes import draw_shape
from lollma_gui.widgets.tables import dress_table
from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme


class _Words(NamedTuple):
    """What is written on a cell: one line above, a word and a figure below."""

    upper: str
    word: str
    lower: str
    role: Role | None


def _words(index: Index) -> _Words:
    found = index.data(CELL_ROLE)
    if isinstance(found, Cell):
        word, role = FIT_WORDS[found.fit], FIT_ROLES[found.fit]
        return _Words(short_size(found.weights), word, _rule(found), role)
    return _Words(str(index.data()), "", guide_text(ROWS[index.row()]), None)


def _rule(found: Cell) -> str:
    """The guide's figure: to the digit while it is short."""
    if found.rule is None:
        return ""
    if found.rule >= 1e11:
        return f"{found.rule / 1e9:.0f}"
    return gigabytes(found.rule).removesuffix(" GB")


class _CellPainter(QStyledItemDelegate):
    """Draws a cell: verdict as ground, shape and word, true size, and the guide's below."""

    _PAD, _GAP = 5, 5

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._table = parent

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for both lines."""
        words, captions = _words(index), self._captions()
        upper = self._table.fontMetrics().horizontalAdvance(words.upper)
        lower = captions.horizontalAdvance(words.lower)
        if words.role is not None:
            upper += self._shape_size() + self._GAP
            lower += captions.horizontalAdvance(words.word) + self._GAP
        return QSize(max(upper, lower) + 2 * self._PAD, self.height())

    def height(self) -> int:
        """Height of every row: two lines."""
        return self._table.fontMetrics().height() + self._captions().height() + 8

    def _captions(self) -> QFontMetrics:
        return QFontMetrics(scaled_font(self._table.font(), TextRole.CAPTION))

    def _shape_size(self) -> int:
        return round(self._captions().ascent() * 0.7)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, shape, words."""
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        words = _words(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, rect, words.role, state)
        self._paint_words(painter, rect.adjusted(self._PAD, 3, -self._PAD, -4), words)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, rect: QRect, role: Role | None, state: QStyle.StateFlag
    ) -> None:
        palette, flags = self._theme.palette, QStyle.StateFlag
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.colour(Role.PANEL) if role is None else palette.tint(role))
        if state & flags.State_Selected:
            # The cell that the keys move from has the thicker ring.
            width = 2.5 if state & flags.State_HasFocus else 1.5
            painter.setPen(QPen(palette.colour(Role.ACCENT), width))
        painter.drawRoundedRect(QRectF(rect).adjusted(1.5, 1.5, -1.5, -1.5), 5, 5)

    def _paint_words(self, painter: QPainter, rect: QRect, words: _Words) -> None:
        palette, align = self._theme.palette, Qt.AlignmentFlag
        middle = align.AlignVCenter
        upper = QRect(rect.left(), rect.top(), rect.width(), self._table.fontMetrics().height())
        lower = QRect(rect.left(), upper.bottom() + 1, rect.width(), self._captions().height())
        painter.setFont(self._table.font())
        painter.setPen(palette.colour(Role.TEXT))
        painter.drawText(upper, align.AlignRight | middle, words.upper)
        painter.setFont(scaled_font(self._table.font(), TextRole.CAPTION))
        painter.setPen(palette.colour(Role.MUTED if words.role is None else Role.TEXT))
        painter.drawText(lower, align.AlignRight | middle, words.lower)
        if words.role is None:
            return
        painter.setPen(palette.ink(words.role))
        painter.drawText(lower, align.AlignLeft | middle, words.word)
        size = self._shape_size()
        shape = QRectF(rect.left(), upper.center().y() - size / 2 + 1, size, size)
        draw_shape(painter, shape, words.role, palette.colour(words.role))


class PlannerGrid(QTableView):
    """The grid. Arrow keys go from cell to cell, Ctrl+C copies those that are marked.

    Signals:
        cell_chosen: The cell that is looked at, a ``Cell``.
    """

    cell_chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.rows = GridTable(self)
        self.setModel(self.rows)
        dress_table(self, "Memory by quantisation and number of parameters")
        self._painter = _CellPainter(theme, self)
        self.setItemDelegate(self._painter)
        behaviour = QAbstractItemView.SelectionBehavior.SelectItems
        self.setSelectionBehavior(behaviour)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setToolTipDuration(30_000)
        side = self.verticalHeader()
        side.show()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(False)
        self.horizontalHeader().setSectionsClickable(False)
        theme.changed.connect(self.viewport().update)
        self.selectionModel().currentChanged.connect(self._tell)

    def show_grid(self, cells: Sequence[Sequence[Cell]], pc: PlannerPc) -> None:
        """Show these cells, a sequence for each of ``ROWS``; the current cell stays if it can."""
        before = self.current_cell()
        if not self.rows.show_grid(cells, pc):
            return
        self._fit()
        if before is None:
            return
        if self.current_cell() is None:
            self.choose(before.parameters, before.row.mix)
        else:
            self._tell(self.currentIndex())

    def current_cell(self) -> Cell | None:
        """The cell that is looked at."""
        return self.rows.cell_at(self.currentIndex())

    def choose(self, parameters: int, mix: str) -> None:
        """Look at this cell, if there is such a one, and bring it into view."""
        row = next((i for i, row in enumerate(ROWS) if row.mix == mix), -1)
        index = self.rows.index(row, self.rows.column_of(parameters))
        if index.isValid():
            # Before it is laid out nobody knows what is in view.
            self.setAutoScroll(self.isVisible())
            self.setCurrentIndex(index)
            self.setAutoScroll(True)

    def selected_cells(self) -> list[Cell]:
        """Cells that are marked, row by row."""
        indexes = sorted(self.selectedIndexes(), key=lambda i: (i.row(), i.column()))
        return [cell for index in indexes if (cell := self.rows.cell_at(index)) is not None]

    def copy(self) -> None:
        """One cell's true size, or several as a table with tabs."""
        cells = self.selected_cells()
        if len(cells) == 1:
            QGuiApplication.clipboard().setText(gigabytes(cells[0].weights))
        elif cells:
            QGuiApplication.clipboard().setText(table_text(cells))

    def copy_all(self) -> None:
        """The whole grid as a table with tabs."""
        rows, columns = range(self.rows.rowCount()), range(LEADING, self.rows.columnCount())
        indexes = (self.rows.index(row, column) for row in rows for column in columns)
        cells = [cell for index in indexes if (cell := self.rows.cell_at(index)) is not None]
        QGuiApplication.clipboard().setText(table_text(cells))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy; everything else is the table's."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """All rows; as wide as there is room for."""
        scroll = self.horizontalScrollBar().sizeHint().height()
        height = self.horizontalHeader().sizeHint().height() + self.verticalHeader().length()
        return QSize(super().sizeHint().width(), height + scroll + 2)

    def minimumSizeHint(self) -> QSize:
        """All rows: the page scrolls, not the grid."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def _fit(self) -> None:
        """Rows and columns as large as what is in them."""
        self.verticalHeader().setDefaultSectionSize(self._painter.height())
        self.resizeColumnsToContents()
        self.updateGeometry()

    def _tell(self, index: QModelIndex) -> None:
        found = self.rows.cell_at(index)
        if found is not None:
            self.cell_chosen.emit(found)
