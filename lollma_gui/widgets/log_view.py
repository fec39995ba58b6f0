"""Lines of a log as they come: bounded, copyable, following the end while one is at the end."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit

#: Lines kept; older ones fall off the top.
_MOST_LINES = 5000


class LogView(QPlainTextEdit):
    """A read-only log."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setProperty("role", "mono")
        self.setAccessibleName(name)
        self.setMaximumBlockCount(_MOST_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._waiting: list[str] = []
        # A load of llama.cpp logs hundreds of lines at once: draw them together.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self._draw)

    def add_line(self, line: str) -> None:
        """Add a line at the end, within a tenth of a second."""
        self._waiting.append(line)
        if not self._timer.isActive():
            self._timer.start()

    def _draw(self) -> None:
        lines, self._waiting = self._waiting[-_MOST_LINES:], []
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        self.appendPlainText("\n".join(lines))
        if at_end:
            bar.setValue(bar.maximum())
