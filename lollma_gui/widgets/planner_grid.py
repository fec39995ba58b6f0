"""The planner's grid: quantisations by parameter counts, coloured by what fits."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from lollma_gui.core import units
from lollma_gui.core.planner import (
    ROWS,
    Cell,
    PlannerFit,
    PlannerRow,
    explanation,
    gigabytes,
    parameters_text,
)
from lollma_gui.core.planner_pc import PlannerPc
from lollma_gui.widgets.shapes import draw_shape
from lollma_gui.widgets.tables import dress_table
from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_ROLE = Qt.ItemDataRole

#: Role under which a cell gives its ``Cell``.
CELL_ROLE = int(_ROLE.UserRole)
#: Columns before the first parameter count: what a parameter takes.
LEADING = 1
_LEADING_TITLE = "Weight"
_LEADING_TIP = (
    "What one weight (parameter) takes. Above: true bits of whole files, measured by llama.cpp "
    "on Llama-3.1-8B. Below: bytes by the guide's rule."
)

#: Colour of each verdict; the shape goes with it.
FIT_ROLES = {
    PlannerFit.GPU: Role.GOOD,
    PlannerFit.PARTLY: Role.WARNING,
    PlannerFit.RAM: Role.COMPUTE,
    PlannerFit.NONE: Role.BAD,
    PlannerFit.UNKNOWN: Role.MUTED,
}
#: The word on a cell. The legend and tooltips say it at length.
FIT_WORDS = {
    PlannerFit.GPU: "GPU",
    PlannerFit.PARTLY: "partly",
    PlannerFit.RAM: "RAM",
    PlannerFit.NONE: "no",
    PlannerFit.UNKNOWN: units.UNKNOWN,
}


class GridTable(QAbstractTableModel):
    """The grid's cells: what they say, how they are coloured, what screen readers say."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._cells: tuple[tuple[Cell, ...], ...] = ()
        self._pc = PlannerPc("")

    def show_grid(self, cells: Sequence[Sequence[Cell]], pc: PlannerPc) -> bool:
        """Show these cells, a tuple for each of ``ROWS``; returns whether they are others."""
        shown = tuple(tuple(row) for row in cells)
        self._pc = pc
        if shown == self._cells:
            return False
        if _columns(shown) == _columns(self._cells):
            # Only verdicts and sizes changed: the current cell stays.
            self._cells = shown
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return True
        self.beginResetModel()
        self._cells = shown
        self.endResetModel()
        return True

    def column_of(self, parameters: int) -> int:
        """The column of a parameter count; -1 if there is none."""
        counts = _columns(self._cells)
        return counts.index(parameters) + LEADING if parameters in counts else -1

    def cell_at(self, index: Index) -> Cell | None:
        """The cell there; None in the leading columns."""
        if not index.isValid() or index.column() < LEADING:
            return None
        return self._cells[index.row()][index.column() - LEADING]

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Quantisations; cells have no children."""
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """The leading columns and one for each parameter count."""
        return 0 if parent.isValid() or not self._cells else LEADING + len(self._cells[0])

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(_ROLE.DisplayRole)
    ) -> object:
        """Parameter counts above; quantisations, as the guide calls them too, on the left."""
        if orientation is Qt.Orientation.Horizontal:
            return self._title(section, role)
        row = ROWS[section]
        if role == _ROLE.DisplayRole:
            return row.mix
        if role == _ROLE.ToolTipRole and row.guide_name:
            return f"{row.mix}, in the guide: {row.guide_name}"
        return None

    def _title(self, column: int, role: int) -> object:
        if role == _ROLE.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if column < LEADING:
            texts = {int(_ROLE.DisplayRole): _LEADING_TITLE, int(_ROLE.ToolTipRole): _LEADING_TIP}
            return texts.get(role)
        if role == _ROLE.DisplayRole:
            return parameters_text(self._cells[0][column - LEADING].parameters)
        return None

    def data(self, index: Index, role: int = int(_ROLE.DisplayRole)) -> object:
        """Sizes, explanations, and the whole of it in words for screen readers."""
        if not index.isValid():
            return None
        found = self.cell_at(index)
        if found is None:
            return self._leading(index, role)
        if role == _ROLE.DisplayRole:
            return short_size(found.weights)
        if role == CELL_ROLE:
            return found
        if role == _ROLE.ToolTipRole or role == _ROLE.AccessibleDescriptionRole:
            return explanation(found, self._pc)
        if role == _ROLE.AccessibleTextRole:
            return f"{found.title}: {gigabytes(found.weights)}, {found.fit.value}"
        return None

    @staticmethod
    def _leading(index: Index, role: int) -> object:
        row = ROWS[index.row()]
        if role == _ROLE.DisplayRole:
            return f"{row.bits:.2f} bits"
        if role == _ROLE.AccessibleTextRole:
            return f"{row.mix}: {row.bits:g} bits a parameter. {guide_text(row)}".strip()
        if role == _ROLE.ToolTipRole:
            return _LEADING_TIP
        return None


def _columns(cells: Sequence[Sequence[Cell]]) -> list[int]:
    return [cell.parameters for cell in cells[0]] if cells else []


def guide_text(row: PlannerRow) -> str:
    """The guide's rule, with its name for the mix if that is another: ``Q4: 0.5 B``, or empty."""
    if row.guide_bytes is None:
        return ""
    name = "" if row.guide_name == row.mix else f"{row.guide_name}: "
    return f"{name}{row.guide_bytes:g} B"


def short_size(n_bytes: float) -> str:
    """Decimal gigabytes in few letters: ``23.5 GB``, ``940 GB``."""
    amount = n_bytes / 1e9
    return f"{amount:,.0f} GB" if amount >= 99.95 else f"{amount:.1f} GB"


def table_text(cells: Sequence[Cell]) -> str:
    """Cells as lines with tabs between, to be pasted into a spreadsheet; sizes in GB."""
    lines = ["Parameters\tQuantisation\tGuide (GB)\tTrue (GB)\tWith context (GB)\tVerdict"]
    for each in cells:
        rule = "" if each.rule is None else f"{each.rule / 1e9:.6g}"
        sizes = f"{rule}\t{each.weights / 1e9:.6g}\t{each.need / 1e9:.6g}"
        count = parameters_text(each.parameters)
        lines.append(f"{count}\t{each.row.mix}\t{sizes}\t{each.fit.value}")
    return "\n".join(lines) + "\n"


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
