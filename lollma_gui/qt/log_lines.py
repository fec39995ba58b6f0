"""The last lines of a log, kept for views that are made later."""

from collections import deque

from PySide6.QtCore import QObject, Signal

_MOST_LINES = 2000


class LogLines(QObject):
    """A bounded log.

    Signals:
        added: A line, just added.
    """

    added = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)

    @property
    def lines(self) -> list[str]:
        """What is kept, oldest first."""
        return list(self._lines)

    def add(self, line: str) -> None:
        """Add a line."""
        self._lines.append(line)
        self.added.emit(line)
