"""How one line of a log is drawn, and which of its letters is where."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from lollma_gui.core.log_line import Ink, Level, LogLine
from lollma_gui.qt.log_stream import time_of
from lollma_gui.widgets.shapes import draw_shape
from lollma_gui.widgets.theme import Role, Theme

#: Left of everything: room for the shape that says how bad a line is.
_GUTTER = 18.0
_GAP = 8.0
_LEVEL_ROLES = {Level.WARNING: Role.WARNING, Level.ERROR: Role.BAD}
#: No more of a line with letters of several widths is drawn: measuring them takes time.
_MOST_WIDE = 2000


class LinePainter:
    """Draws lines in a font of equal widths.

    Args:
        theme: The colours.
        font: The font.
    """

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._theme = theme
        self._font = font
        self._strong = QFont(font)
        self._strong.setWeight(QFont.Weight.Bold)
        self._metrics = QFontMetricsF(font)
        self._letter = self._metrics.horizontalAdvance("0" * 100) / 100
        self.left = _GUTTER + self._letter * len("00:00:00") + _GAP

    @property
    def height(self) -> int:
        """Height of a line in pixels."""
        return round(self._metrics.height()) + 3

    def width(self, line: LogLine) -> float:
        """Width of a line in pixels, from the left of its time."""
        return self.left + self._x(line.text, len(line.text)) + _GAP

    def _x(self, text: str, column: int) -> float:
        if text.isascii():
            return self._letter * column
        return self._metrics.horizontalAdvance(text[: min(column, _MOST_WIDE)])

    def column(self, line: LogLine, x: float) -> int:
        """The gap between letters nearest to a place, counted from the left of the time."""
        x -= self.left
        if line.text.isascii():
            return max(0, min(len(line.text), round(x / self._letter)))
        low, high = 0, min(len(line.text), _MOST_WIDE)
        while low < high:
            middle = (low + high) // 2
            centre = (self._x(line.text, middle) + self._x(line.text, middle + 1)) / 2
            low, high = (middle + 1, high) if centre < x else (low, middle)
        return low

    def place(self, line: LogLine, area: QRectF, column: int) -> float:
        """Where a gap between letters is, in the area of the line."""
        return area.left() + self.left + self._x(line.text, column)

    def draw(
        self,
        painter: QPainter,
        line: LogLine,
        area: QRectF,
        marked: tuple[int, int],
        searched: str,
    ) -> None:
        """Draw a line.

        Args:
            painter: Where to.
            line: What.
            area: Where; its left edge is that of the line.
            marked: Which letters are marked, from and up to.
            searched: Words to be shown wherever they stand in it.
        """
        self._ground(painter, line, area, marked, Role.SELECTED)
        for at in _places(line.text.lower(), searched.lower()):
            self._ground(painter, line, area, (at, at + len(searched)), Role.WARNING)
        role = _LEVEL_ROLES.get(line.level)
        if role:
            side = self._metrics.ascent() * 0.62
            box = QRectF(area.left() + 4, area.center().y() - side / 2, side, side)
            draw_shape(painter, box, role, self._theme.palette.colour(role))
        above = (area.height() - self._metrics.height()) / 2 + self._metrics.ascent()
        base = QPointF(area.left(), area.top() + above)
        painter.setFont(self._font)
        painter.setPen(self._theme.palette.colour(Role.MUTED))
        painter.drawText(base + QPointF(_GUTTER, 0), time_of(line.at))
        self._draw_text(painter, line, base, role or Role.TEXT)

    def _draw_text(self, painter: QPainter, line: LogLine, base: QPointF, role: Role) -> None:
        at = 0
        for span in line.spans:
            self._letters(painter, line.text, (at, span.start), base, role)
            # A bad line stays bad where the program only wrote in bold.
            own = role if span.ink is Ink.TEXT else Role(span.ink.value)
            painter.setFont(self._strong if span.strong else self._font)
            self._letters(painter, line.text, (span.start, span.end), base, own)
            painter.setFont(self._font)
            at = span.end
        self._letters(painter, line.text, (at, len(line.text)), base, role)

    def _letters(
        self, painter: QPainter, text: str, part: tuple[int, int], base: QPointF, role: Role
    ) -> None:
        """A part of a line, as far as it can be seen."""
        start, end = part
        if text.isascii():
            first = int((-base.x() - self.left) / self._letter)
            start = max(start, first)
            end = min(end, first + int(painter.window().width() / self._letter) + 2)
        else:
            end = min(end, _MOST_WIDE)
        if start < end:
            painter.setPen(self._theme.palette.ink(role))
            place = base + QPointF(self.left + self._x(text, start), 0)
            painter.drawText(place, text[start:end])

    def _ground(
        self, painter: QPainter, line: LogLine, area: QRectF, part: tuple[int, int], role: Role
    ) -> None:
        if part[0] == part[1]:
            return
        first, last = (self.place(line, area, column) for column in part)
        palette = self._theme.palette
        ground = palette.colour(role) if role is Role.SELECTED else palette.tint(role)
        painter.fillRect(QRectF(first, area.top(), last - first, area.height()), ground)


def _places(text: str, words: str) -> list[int]:
    """Where words stand in a text."""
    places: list[int] = []
    at = text.find(words) if words else -1
    while at >= 0:
        places.append(at)
        at = text.find(words, at + len(words))
    return places
