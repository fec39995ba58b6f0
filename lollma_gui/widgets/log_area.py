"""The lines of a log: of a hundred thousand only those that are seen are drawn.

Qt's own text widgets lay out every line they are given: they cannot follow a program that writes
50 MB a second. This one can.
"""

import time

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea

from lollma_gui.core.log_line import Level, LogLine
from lollma_gui.core.log_matches import LogMatches
from lollma_gui.core.log_rows import LogRows
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.widgets.log_paint import LinePainter
from lollma_gui.widgets.log_selection import LogSelection, Place
from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme

#: Drawn anew at most this often while lines come in.
_PAUSE_MS = 50
#: Looking for lines takes at most so long at a time, and then lets others have their turn.
_SEARCH_SECONDS = 0.003
_SEARCH_PAUSE_MS = 8


class LogArea(QAbstractScrollArea):
    """Shows a stream of lines, all or some, and follows its end.

    Args:
        theme: The colours.
        name: What log it is, for screen readers.

    Attributes:
        rows: What stands in which row.
        found: The lines that a search wants.
        selection: What is marked.

    Signals:
        follow_changed: Whether the newest line is kept in view.
        counted: The number of lines, or of those found, may be another now.
    """

    follow_changed = Signal(bool)
    counted = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._stream: LogStream | None = None
        self.rows = LogRows(LogMatches())
        self.found = LogMatches()
        self.selection = LogSelection()
        self._follows = True
        #: Number of the line on top: it stays there while older ones are dropped.
        self._top = 0
        self._widest = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._painter = LinePainter(theme, _mono(self.font()))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "log")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.horizontalScrollBar().valueChanged.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)

    # ---- what is shown ---------------------------------------------------------------------

    @property
    def stream(self) -> LogStream | None:
        """The log that is shown."""
        return self._stream

    def show_stream(self, stream: LogStream | None) -> None:
        """Show this log, from its end."""
        if self._stream is not None:
            self._stream.news.disconnect(self._on_news)
        self._stream = stream
        self.selection = LogSelection()
        self._widest = 0.0
        self._follows = True
        self.show_only(self.rows.wanted.words, self.rows.wanted.level)
        self.search(self.found.words)
        if stream is not None:
            stream.news.connect(self._on_news)
        self.follow_changed.emit(True)

    def show_only(self, words: str, level: Level) -> None:
        """Show only lines with these words that are bad enough."""
        self.rows = LogRows(LogMatches(words, level))
        self.refresh()

    def search(self, words: str) -> None:
        """Look for all lines with these words, and mark them."""
        self.found = LogMatches(words)
        self.refresh()

    def _on_news(self) -> None:
        if not self._timer.isActive() and self.isVisible():
            self._timer.start(_PAUSE_MS)

    def showEvent(self, event: QShowEvent) -> None:
        """What came meanwhile."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Take note of what is new; look for more lines a little later if it takes long."""
        if self._stream is None:
            self.rows.first = self.rows.end = 0
        else:
            self.rows.first, self.rows.end = self._stream.hear()
            if self._look() and self.isVisible():
                self._timer.start(_SEARCH_PAUSE_MS)
        self._place_bars()
        self.viewport().update()
        self.counted.emit()

    def _look(self) -> bool:
        """Look for wanted and searched lines for a short while; whether there are more."""
        assert self._stream is not None
        until = time.perf_counter() + _SEARCH_SECONDS
        waiting = [self.rows.wanted, self.found]
        while waiting and time.perf_counter() < until:
            waiting = [matches for matches in waiting if self._stream.advance(matches)]
        return bool(waiting)

    # ---- place -----------------------------------------------------------------------------

    @property
    def follows(self) -> bool:
        """Whether the newest line is kept in view."""
        return self._follows

    def follow(self, on: bool) -> None:
        """Keep the newest line in view, or stay where one is."""
        if on != self._follows:
            self._follows = on
            self.follow_changed.emit(on)
        if on:
            self._place_bars()

    def page_rows(self) -> int:
        """How many whole rows are seen."""
        return max(1, self.viewport().height() // self._painter.height)

    def show_line(self, number: int) -> None:
        """Bring a line into view, if it is not."""
        row, top = self.rows.row(number), self.verticalScrollBar().value()
        if not top <= row < top + self.page_rows():
            self.follow(False)
            self.verticalScrollBar().setValue(max(0, row - self.page_rows() // 3))

    def _place_bars(self) -> None:
        bar, page = self.verticalScrollBar(), self.page_rows()
        most = max(0, len(self.rows) - page)
        value = most if self._follows else min(self.rows.row(self._top), most)
        bar.blockSignals(True)
        bar.setRange(0, most)
        bar.setPageStep(page)
        bar.setValue(value)
        bar.blockSignals(False)
        self._remember_top(value)
        across = self.horizontalScrollBar()
        across.setRange(0, max(0, round(self._widest) - self.viewport().width()))
        across.setPageStep(self.viewport().width())
        across.setSingleStep(40)

    def _remember_top(self, row: int) -> None:
        self._top = self.rows.number(row) if len(self.rows) else 0

    def _on_scrolled(self, value: int) -> None:
        self._remember_top(value)
        # Who scrolls up wants to read; who comes back to the end wants to follow.
        self.follow(value >= self.verticalScrollBar().maximum())
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer rows are seen."""
        super().resizeEvent(event)
        self._place_bars()

    def changeEvent(self, event: QEvent) -> None:
        """The letters may be others."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._painter = LinePainter(self._theme, _mono(self.font()))
            self._place_bars()

    # ---- drawing ---------------------------------------------------------------------------

    def _seen(self) -> list[LogLine]:
        top = self.verticalScrollBar().value()
        return self.fetch(top, top + self.page_rows() + 1)

    def fetch(self, start: int, stop: int) -> list[LogLine]:
        """The lines in these rows."""
        if self._stream is None:
            return []
        return list(self._stream.some(self.rows.numbers(start, stop)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Only the lines that are seen."""
        painter = QPainter(self.viewport())
        height, width = self._painter.height, self.viewport().width()
        left = -float(self.horizontalScrollBar().value())
        widest = self._widest
        for row, line in enumerate(self._seen()):
            area = QRectF(left, row * height, width - left, height)
            marked = self.selection.columns(line.number, len(line.text))
            self._painter.draw(painter, line, area, marked, self.found.words)
            if self.hasFocus() and line.number == self.selection.cursor.number:
                self._draw_cursor(painter, line, area)
            widest = max(widest, self._painter.width(line))
        painter.end()
        if widest > self._widest:
            self._widest = widest
            QTimer.singleShot(0, self, self._place_bars)

    def _draw_cursor(self, painter: QPainter, line: LogLine, area: QRectF) -> None:
        x = round(self._painter.place(line, area, self.selection.cursor.column))
        accent = self._theme.palette.colour(Role.ACCENT)
        painter.fillRect(QRectF(x, area.top(), 2, area.height()), accent)

    def place_at(self, x: float, y: float) -> Place | None:
        """The gap between letters at a point of the viewport; None where there are no lines."""
        if not len(self.rows):
            return None
        row = self.verticalScrollBar().value() + int(y // self._painter.height)
        nearest = min(max(row, 0), len(self.rows) - 1)
        lines = self.fetch(nearest, nearest + 1)
        if not lines:
            return None
        column = self._painter.column(lines[0], x + self.horizontalScrollBar().value())
        if row >= len(self.rows):
            column = len(lines[0].text)
        return Place(lines[0].number, column if row >= 0 else 0)


def _mono(font: QFont) -> QFont:
    made = scaled_font(font, TextRole.MONO)
    family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    made.setFamily(family)
    made.setFixedPitch(True)
    return made
