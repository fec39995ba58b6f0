"""The queue of downloads as a table for a view."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt

from lollma_gui.core import units
from lollma_gui.core.download_state import (
    DownloadState,
    Moment,
    Queued,
    size_words,
    state_words,
)
from lollma_gui.core.plain_tip import plain_tip
from lollma_gui.qt.downloads import Downloads
from lollma_gui.qt.titled_table import Index, TitledTable

BAR_COLUMN, STATE_COLUMN = 1, 5
#: How far it is, 0 to 1; None where nobody knows.
FRACTION_ROLE = int(Qt.ItemDataRole.UserRole)
#: A ``StateCell``.
STATE_ROLE = FRACTION_ROLE + 1


class StateCell(NamedTuple):
    """A state to be drawn.

    Attributes:
        words: What it says.
        state: The state.
        is_stuck: Whether it runs, but nothing can arrive.
    """

    words: str
    state: DownloadState
    is_stuck: bool


class _Row(NamedTuple):
    queued: Queued
    moment: Moment | None

    @property
    def speed(self) -> float | None:
        progress = self.moment.progress if self.moment and not self.moment.waits_for else None
        return progress.bytes_per_second if progress else None

    @property
    def seconds_left(self) -> float | None:
        left = self.queued.left_bytes
        return left / self.speed if self.speed and left is not None else None

    @property
    def fraction(self) -> float | None:
        size = self.queued.what.size
        return min(self.queued.done_bytes / size, 1.0) if size else None

    @property
    def state(self) -> StateCell:
        is_stuck = self.moment is not None and bool(self.moment.waits_for)
        return StateCell(state_words(self.queued, self.moment), self.queued.state, is_stuck)


@dataclass(frozen=True)
class _Column:
    title: str
    text: Callable[[_Row], str]
    is_number: bool = True


def _speed_words(row: _Row) -> str:
    return units.UNKNOWN if row.speed is None else f"{units.file_size(row.speed)}/s"


COLUMNS = (
    _Column("Model", lambda row: row.queued.what.title, False),
    _Column("Progress", lambda row: units.percent(row.fraction), False),
    _Column("Size", lambda row: size_words(row.queued.done_bytes, row.queued.what.size)),
    _Column("Speed", _speed_words),
    _Column("Time left", lambda row: units.seconds(row.seconds_left)),
    _Column("State", lambda row: row.state.words, False),
)


class DownloadsTable(TitledTable):
    """One row a download, in the order of the queue.

    Args:
        downloads: The queue.
        parent: The Qt parent.
    """

    def __init__(self, downloads: Downloads, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self._downloads = downloads
        self._rows: list[_Row] = []
        downloads.changed.connect(self._show)
        downloads.moved_on.connect(self._show_one)
        self._show()

    def count(self) -> int:
        """How many downloads there are."""
        return len(self._rows)

    def key(self, row: int) -> str:
        """Key of the download in a row; empty where there is none."""
        return self._rows[row].queued.key if 0 <= row < len(self._rows) else ""

    def row_of(self, key: str) -> int:
        """The row of a download, -1 where it is not there."""
        return next((n for n, row in enumerate(self._rows) if row.queued.key == key), -1)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Texts, what delegates draw, and alignment."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return COLUMNS[column].text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_tip(row.queued))
        if role == FRACTION_ROLE:
            return row.fraction
        return row.state if role == STATE_ROLE else None

    def _row(self, queued: Queued) -> _Row:
        return _Row(queued, self._downloads.moment(queued.key))

    def _show(self) -> None:
        rows = [self._row(queued) for queued in self._downloads.entries]
        if [row.queued.key for row in rows] != [row.queued.key for row in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows != self._rows:
            self._rows = rows
            self._tell(0, len(rows) - 1)

    def _show_one(self, key: str) -> None:
        at, queued = self.row_of(key), self._downloads.entry(key)
        if at >= 0 and queued is not None:
            self._rows[at] = self._row(queued)
            self._tell(at, at)

    def _tell(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))


def _tip(queued: Queued) -> str:
    if queued.problem:
        return f"{queued.problem} {queued.advice}".strip()
    return f"{queued.what.title}\n{queued.what.repository} → {queued.folder}"
