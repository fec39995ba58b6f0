"""The models on this PC as a table for a view; sorting and search are the proxy's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from lollma_gui.core import units
from lollma_gui.services.model_library import LibraryEntry

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()

#: Role under which a row gives its ``LibraryEntry``.
ENTRY_ROLE = int(Qt.ItemDataRole.UserRole)
#: Role under which a cell gives the value to sort by.
SORT_ROLE = ENTRY_ROLE + 1


@dataclass(frozen=True)
class _Column:
    title: str
    text: Callable[[LibraryEntry], str]
    sort_key: Callable[[LibraryEntry], object]
    is_number: bool = False


def _name(entry: LibraryEntry) -> str:
    return entry.info.name if entry.info else entry.path.name


def _of_info(attribute: str, words: Callable[..., str]) -> Callable[[LibraryEntry], str]:
    return lambda e: words(getattr(e.info, attribute)) if e.info else units.UNKNOWN


def _number(attribute: str) -> Callable[[LibraryEntry], object]:
    return lambda e: (getattr(e.info, attribute) or 0) if e.info else -1


COLUMNS = (
    _Column("Model", _name, lambda e: _name(e).casefold()),
    _Column("Params", _of_info("parameters", units.parameter_count), _number("parameters"), True),
    _Column(
        "Quant", _of_info("quantisation", str), lambda e: e.info.quantisation if e.info else ""
    ),
    _Column("On disk", _of_info("size_bytes", units.file_size), _number("size_bytes"), True),
    _Column("Context", _of_info("context_length", units.whole), _number("context_length"), True),
    _Column(
        "Architecture",
        _of_info("architecture", str),
        lambda e: e.info.architecture if e.info else "",
    ),
)


class ModelsTable(QAbstractTableModel):
    """One row a model file."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[LibraryEntry] = []

    def set_entries(self, entries: Sequence[LibraryEntry]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def row_of(self, path: str) -> int:
        """The row of a model file, -1 when it is not there."""
        return next((i for i, e in enumerate(self._entries) if str(e.path) == path), -1)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Models; cells have no children."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """One for each of ``COLUMNS``."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        """Titles, numbers to the right as in their cells."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(COLUMNS[section])
        return None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Texts, alignment, what to sort by, and the reason why a file cannot be used."""
        if not index.isValid():
            return None
        entry, column = self._entries[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            if entry.problem and index.column() == 0:
                return f"⚠ {_name(entry)}"
            return column.text(entry)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{entry.problem} {entry.advice}".strip() or str(entry.path)
        if role == SORT_ROLE:
            return column.sort_key(entry)
        return entry if role == ENTRY_ROLE else None


def _alignment(column: _Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class ModelsFilter(QSortFilterProxyModel):
    """Sorts by value rather than by text, and searches name, quantisation, architecture, path."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setSortRole(SORT_ROLE)
        self._words: list[str] = []

    def search(self, text: str) -> None:
        """Show only models in which every word occurs."""
        self._words = text.casefold().split()
        self.invalidate()

    def lessThan(self, left: Index, right: Index) -> bool:
        """Numbers by size, texts by alphabet."""
        a, b = left.data(SORT_ROLE), right.data(SORT_ROLE)
        return bool(a < b)

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        """Whether every word searched for occurs."""
        source = self.sourceModel()
        entry: LibraryEntry = source.index(row, 0, parent).data(ENTRY_ROLE)
        info = entry.info
        text = f"{_name(entry)} {entry.path}".casefold()
        if info is not None:
            text += f" {info.quantisation} {info.architecture}".casefold()
        return all(word in text for word in self._words)
