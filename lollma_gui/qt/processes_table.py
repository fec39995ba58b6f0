"""Who uses the GPU, as a table for a view."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt

from lollma_gui.core import units
from lollma_gui.core.readings import ProcessReading
from lollma_gui.qt.titled_table import Index, TitledTable


@dataclass(frozen=True)
class _Column:
    title: str
    text: Callable[[ProcessReading], str]
    is_number: bool = True


COLUMNS = (
    _Column("Program", lambda p: p.name, False),
    _Column("Whose", lambda p: str(p.whose), False),
    _Column("PID", lambda p: str(p.pid)),
    _Column("VRAM", lambda p: units.memory_size(p.vram_bytes)),
    _Column("RAM", lambda p: units.memory_size(p.ram_bytes)),
    _Column("CPU", lambda p: units.percent(p.cpu)),
)


class ProcessesTable(TitledTable):
    """One row a process."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self._rows: list[ProcessReading] = []

    @property
    def processes(self) -> list[ProcessReading]:
        """What is shown, from the top."""
        return list(self._rows)

    def set_processes(self, processes: Sequence[ProcessReading]) -> None:
        """Show these instead; rows that stay in their place stay selected."""
        before, self._rows = self._rows, list(processes)
        if [_who(p) for p in before] == [_who(p) for p in self._rows]:
            if self._rows and before != self._rows:
                last = self.index(len(self._rows) - 1, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.DisplayRole])
            return
        self._rows = before
        self.beginResetModel()
        self._rows = list(processes)
        self.endResetModel()

    def process(self, row: int) -> ProcessReading | None:
        """The process in a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, process: ProcessReading) -> int:
        """The row of a process, -1 when it is not there."""
        return next((n for n, other in enumerate(self._rows) if _who(other) == _who(process)), -1)

    def count(self) -> int:
        """How many processes there are."""
        return len(self._rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Texts and their alignment."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[index.column()].text(self._rows[index.row()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(index.column())
        return None


def _who(process: ProcessReading) -> tuple[int, float]:
    return process.pid, process.started_at
