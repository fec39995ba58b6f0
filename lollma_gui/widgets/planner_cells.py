"""The cells of the planner's grid: what they say, how they are coloured, what is copied."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
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
from lollma_gui.widgets.theme import Role

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
