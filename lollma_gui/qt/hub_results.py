"""What a search on the Hub found, as a list for a view that asks for more as one scrolls."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from lollma_gui.core.hub_result import result_facts
from lollma_gui.qt.hub_finder import Hit, HubFinder

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
#: Role under which a row gives its ``Hit``.
HIT_ROLE = int(Qt.ItemDataRole.UserRole)


class HubResults(QAbstractListModel):
    """One row a repository; follows a finder.

    Args:
        finder: What is searched with.
        now: The time of the last answer, for ages; in seconds since 1970.
        parent: The Qt parent.
    """

    def __init__(self, finder: HubFinder, now: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finder = finder
        self._hits: list[Hit] = []
        self.now = now

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Show these; where they go on from what is shown, what is shown stays."""
        known = len(self._hits)
        if known and list(hits[:known]) == self._hits:
            if len(hits) > known:
                self.beginInsertRows(_NO_PARENT, known, len(hits) - 1)
                self._hits = list(hits)
                self.endInsertRows()
        else:
            self.beginResetModel()
            self._hits = list(hits)
            self.endResetModel()

    def hit(self, row: int) -> Hit:
        """The hit of a row."""
        return self._hits[row]

    def row_of(self, repository: str) -> int:
        """The row of a repository; -1 if it is not there."""
        names = (row for row, hit in enumerate(self._hits) if hit.result.repository == repository)
        return next(names, -1)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Rows; none has children."""
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """The hit, its name, and what screen readers say of it."""
        if not index.isValid():
            return None
        hit = self._hits[index.row()]
        if role == HIT_ROLE:
            return hit
        if role == Qt.ItemDataRole.DisplayRole:
            return hit.result.repository
        if role == Qt.ItemDataRole.ToolTipRole:
            return hit.guess.reason
        if role == Qt.ItemDataRole.AccessibleTextRole:
            gated = ["gated: terms have to be accepted"] if hit.result.is_gated else []
            facts = result_facts(hit.result, self.now)
            return ", ".join([hit.result.repository, hit.guess.words, *gated, *facts])
        return None

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802
        """Whether the Hub's list goes on."""
        return not parent.isValid() and bool(self._hits) and self._finder.has_more

    def fetchMore(self, _parent: Index) -> None:  # noqa: N802
        """Ask for the next page."""
        self._finder.more()
