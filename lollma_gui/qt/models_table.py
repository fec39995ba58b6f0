"""The models on this PC as a table for a view; sorting and search are the proxy's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QObject, QSortFilterProxyModel, Qt

from lollma_gui.core import units
from lollma_gui.core.fit_summary import FitSummary
from lollma_gui.core.verdict import Fit
from lollma_gui.qt.titled_table import Index, TitledTable
from lollma_gui.services.model_library import LibraryEntry

#: Role under which a row gives its ``LibraryEntry``.
ENTRY_ROLE = int(Qt.ItemDataRole.UserRole)
#: Role under which a cell gives the value to sort by.
SORT_ROLE = ENTRY_ROLE + 1


#: Role under which a cell gives its ``FitSummary``, where it has one.
FIT_ROLE = ENTRY_ROLE + 2


class _Row(NamedTuple):
    """A model, and what is known of its fit."""

    entry: LibraryEntry
    fit: FitSummary | None


@dataclass(frozen=True)
class _Column:
    title: str
    text: Callable[[_Row], str]
    sort_key: Callable[[_Row], object]
    is_number: bool = False


def _name(entry: LibraryEntry) -> str:
    return entry.info.name if entry.info else entry.path.name


def _of_info(attribute: str, words: Callable[..., str]) -> Callable[[_Row], str]:
    def text(row: _Row) -> str:
        info = row.entry.info
        return words(getattr(info, attribute)) if info else units.UNKNOWN

    return text


def _number(attribute: str) -> Callable[[_Row], object]:
    return lambda row: (getattr(row.entry.info, attribute) or 0) if row.entry.info else -1


def _letters(attribute: str) -> Callable[[_Row], object]:
    return lambda row: getattr(row.entry.info, attribute) if row.entry.info else ""


#: Best first.
_ORDER = (
    *(Fit.FITS, Fit.PARTLY, Fit.MOSTLY_RAM, Fit.MAY_FIT, Fit.ONLY_JUST, Fit.DOES_NOT_FIT),
    Fit.UNKNOWN,
)


def _fit_words(row: _Row) -> str:
    """For screen readers and copying; the window draws a badge."""
    return f"{row.fit.fit}, {row.fit.detail}" if row.fit else units.UNKNOWN


def _fit_key(row: _Row) -> object:
    if row.fit is None:
        return len(_ORDER), 0
    return _ORDER.index(row.fit.fit), -(row.fit.spare or 0)


def _speed_words(row: _Row) -> str:
    return row.fit.speed.text if row.fit and row.fit.speed else units.UNKNOWN


def _speed_key(row: _Row) -> object:
    return row.fit.speed.expected if row.fit and row.fit.speed else 0.0


COLUMNS = (
    _Column("Model", lambda row: _name(row.entry), lambda row: _name(row.entry).casefold()),
    _Column("Params", _of_info("parameters", units.parameter_count), _number("parameters"), True),
    _Column("Quant", _of_info("quantisation", str), _letters("quantisation")),
    _Column("On disk", _of_info("size_bytes", units.file_size), _number("size_bytes"), True),
    _Column("Fit on this PC", _fit_words, _fit_key),
    _Column("Tokens/s", _speed_words, _speed_key, True),
    _Column("Context", _of_info("context_length", units.whole), _number("context_length"), True),
    _Column("Architecture", _of_info("architecture", str), _letters("architecture")),
)
#: The column with the badge.
FIT_COLUMN = 4


class ModelsTable(TitledTable):
    """One row a model file.

    Args:
        fit_of: What is known of a model's fit, by its path.
        parent: The Qt parent.
    """

    def __init__(
        self, fit_of: Callable[[str], FitSummary | None], parent: QObject | None = None
    ) -> None:
        super().__init__(COLUMNS, parent)
        self._fit_of = fit_of
        self._entries: list[LibraryEntry] = []

    def set_entries(self, entries: Sequence[LibraryEntry]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def fit_changed(self, path: str) -> None:
        """What is known of this model's fit is new."""
        row = self.row_of(path)
        if row >= 0:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def row_of(self, path: str) -> int:
        """The row of a model file, -1 when it is not there."""
        return next((i for i, e in enumerate(self._entries) if str(e.path) == path), -1)

    def count(self) -> int:
        """How many models there are."""
        return len(self._entries)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Texts, alignment, what to sort by, and the reason why a file cannot be used."""
        if not index.isValid():
            return None
        entry, column = self._entries[index.row()], COLUMNS[index.column()]
        row = _Row(entry, self._fit_of(str(entry.path)))
        if role == Qt.ItemDataRole.DisplayRole:
            warned = entry.problem and index.column() == 0
            return f"⚠ {_name(entry)}" if warned else column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row, index.column())
        if role == FIT_ROLE:
            return row.fit
        if role == SORT_ROLE:
            return column.sort_key(row)
        return entry if role == ENTRY_ROLE else None


def _tip(row: _Row, column: int) -> str:
    if row.fit is not None and column == FIT_COLUMN:
        return row.fit.headline
    if row.fit is not None and row.fit.speed and column == FIT_COLUMN + 1:
        return row.fit.speed.sentence
    return f"{row.entry.problem} {row.entry.advice}".strip() or str(row.entry.path)


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
