"""What all our item tables have alike: titled columns, numbers to the right, rows only."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class Titled(Protocol):
    """A column as far as every table needs it."""

    @property
    def title(self) -> str:
        """What stands above it."""
        ...

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        ...


class TitledTable(QAbstractTableModel):
    """A table of rows below titles. Heirs say how many rows there are and what is in them.

    Args:
        columns: From the left.
        parent: The Qt parent.
    """

    def __init__(self, columns: Sequence[Titled], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = columns

    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """Rows; cells have no children."""
        return 0 if parent.isValid() else self.count()

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        """One for each column."""
        return 0 if parent.isValid() else len(self._columns)

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
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(section)
        return None

    def alignment(self, column: int) -> Qt.AlignmentFlag:
        """Numbers stand on the right, texts on the left."""
        is_number = self._columns[column].is_number
        side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter
