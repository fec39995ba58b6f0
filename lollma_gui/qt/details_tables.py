"""Keys and tensors of a model as tables for a view."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSortFilterProxyModel, Qt

from lollma_gui.core import units
from lollma_gui.core.model_details import KeyRow, TensorRow
from lollma_gui.core.plain_tip import plain_tip
from lollma_gui.qt.titled_table import Index, TitledTable

_ROLE = Qt.ItemDataRole


@dataclass(frozen=True)
class _TensorColumn:
    title: str
    text: Callable[[TensorRow], str]
    sort_key: Callable[[TensorRow], object]
    is_number: bool = False


def _numbers(row: TensorRow) -> int:
    product = 1
    for n in row.shape:
        product *= n
    return product


_TENSOR_COLUMNS = (
    _TensorColumn("Tensor", lambda t: t.name, lambda t: _natural(t.name)),
    _TensorColumn("Type", lambda t: t.type, lambda t: t.type),
    _TensorColumn("Shape", lambda t: " × ".join(map(str, t.shape)), _numbers, True),
    _TensorColumn("Size", lambda t: units.file_size(t.n_bytes), lambda t: t.n_bytes, True),
)


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Layer 10 after layer 9."""
    return tuple((int(p), "") if p.isdigit() else (-1, p) for p in name.split("."))


class TensorsTable(TitledTable):
    """One row a tensor."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_TENSOR_COLUMNS, parent)
        self._tensors: Sequence[TensorRow] = ()

    def show_tensors(self, tensors: Sequence[TensorRow]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self._tensors = tensors
        self.endResetModel()

    def count(self) -> int:
        """How many tensors there are."""
        return len(self._tensors)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by value; called by the view."""
        self.beginResetModel()
        self._tensors = sorted(
            self._tensors,
            key=_TENSOR_COLUMNS[column].sort_key,  # type: ignore[arg-type]
            reverse=order is Qt.SortOrder.DescendingOrder,
        )
        self.endResetModel()

    def data(self, index: Index, role: int = int(_ROLE.DisplayRole)) -> object:
        """Texts and alignment."""
        if not index.isValid():
            return None
        tensor, column = self._tensors[index.row()], index.column()
        if role == _ROLE.TextAlignmentRole:
            return self.alignment(column)
        if role == _ROLE.ToolTipRole:
            words = f"{tensor.name}: {_numbers(tensor):,} numbers, {tensor.n_bytes:,} bytes"
            return plain_tip(words)
        return _TENSOR_COLUMNS[column].text(tensor) if role == _ROLE.DisplayRole else None


@dataclass(frozen=True)
class _KeyColumn:
    title: str
    is_number: bool = False


#: Longer values would be more than a tooltip holds.
_LONGEST_TIP = 2000


class KeysTable(TitledTable):
    """One row a key of the header."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__((_KeyColumn("Key"), _KeyColumn("Value")), parent)
        self._keys: Sequence[KeyRow] = ()

    def show_keys(self, keys: Sequence[KeyRow]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self._keys = keys
        self.endResetModel()

    def count(self) -> int:
        """How many keys there are."""
        return len(self._keys)

    def row(self, number: int) -> KeyRow:
        """A key with its value."""
        return self._keys[number]

    def data(self, index: Index, role: int = int(_ROLE.DisplayRole)) -> object:
        """Texts; the tooltip has more of a long value."""
        if not index.isValid():
            return None
        row = self._keys[index.row()]
        if role == _ROLE.DisplayRole:
            return row.value if index.column() else row.key
        if role == _ROLE.ToolTipRole:
            return plain_tip(f"{row.key} ({row.kind})\n{row.whole[:_LONGEST_TIP]}")
        return self.alignment(index.column()) if role == _ROLE.TextAlignmentRole else None


class KeysFilter(QSortFilterProxyModel):
    """Only keys in whose name or value a text occurs."""

    def __init__(self, source: KeysTable) -> None:
        super().__init__(source)
        self.setSourceModel(source)
        self.setFilterKeyColumn(-1)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
