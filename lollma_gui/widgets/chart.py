"""How a value went: a line over a filled area, drawn from the left (old) to the right (now)."""

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lollma_gui.core.units import UNKNOWN, seconds
from lollma_gui.widgets.theme import Role, Theme

_FILL = 0.22
_LINE = 1.6
#: A chart that finds its own scale leaves this much above the highest value.
_HEADROOM = 1.15


def _plain(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:g}"


class HistoryChart(QWidget):
    """A line through what was measured; where nothing was measured there is a gap.

    Args:
        theme: The colours.
        role: The colour of the line.
        maximum: Value at the upper edge; None to follow the highest value. The lower edge is 0.
        name: What is shown, for screen readers.
        in_words: Writes a value with its unit, for screen readers and tooltips.
    """

    def __init__(
        self,
        theme: Theme,
        role: Role,
        *,
        maximum: float | None,
        name: str = "",
        in_words: Callable[[float | None], str] = _plain,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._role = role
        self._maximum = maximum
        self._in_words = in_words
        self._values: tuple[float | None, ...] = ()
        self._step_seconds = 1.0
        self.setAccessibleName(name or "History")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_values(self, values: Sequence[float | None], step_seconds: float = 1.0) -> None:
        """Show these values, the newest last, so many seconds apart; None leaves a gap."""
        self._values = tuple(values)
        self._step_seconds = step_seconds
        last = self._values[-1] if self._values else None
        self.setAccessibleDescription(f"now {self._in_words(last)}")
        self.update()

    def words_at(self, x: float) -> str:
        """What was measured at a place of the chart, and how long ago."""
        if not self._values:
            return ""
        last = len(self._values) - 1
        index = min(last, max(0, round(x / max(1, self.width()) * last)))
        ago = (last - index) * self._step_seconds
        when = f"{seconds(ago)} ago" if ago else "now"
        value = self._values[index]
        words = "not measured" if value is None else self._in_words(value)
        return f"{self.accessibleName()}: {words}, {when}"

    def event(self, event: QEvent) -> bool:
        """Say what is pointed at."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def set_maximum(self, maximum: float | None) -> None:
        """Another value at the upper edge."""
        self._maximum = maximum
        self.update()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(240, 64)

    def minimumSizeHint(self) -> QSize:
        """Still a line."""
        return QSize(60, 24)

    def _top(self) -> float:
        if self._maximum:
            return self._maximum
        highest = max((v for v in self._values if v is not None), default=0.0)
        return highest * _HEADROOM or 1.0

    def _runs(self) -> Iterator[list[QPointF]]:
        """Points of each stretch without a gap."""
        top, height = self._top(), self.height() - _LINE - 1
        step = self.width() / max(1, len(self._values) - 1)
        run: list[QPointF] = []
        for index, value in enumerate(self._values):
            if value is None:
                if run:
                    yield run
                run = []
                continue
            share = min(1.0, max(0.0, value / top))
            run.append(QPointF(index * step, _LINE / 2 + height * (1 - share)))
        if run:
            yield run

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Base line, then each stretch as area and line."""
        painter, palette = QPainter(self), self._theme.palette
        base = self.height() - 1
        painter.fillRect(0, base, self.width(), 1, palette.colour(Role.LINE))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = palette.blend(self._role, Role.PANEL, _FILL)
        colour = palette.colour(self._role)
        pen = QPen(colour, _LINE)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        for run in self._runs():
            if len(run) == 1:
                # One value between two gaps is a dot, or nobody would see it.
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawEllipse(run[0], 2.0, 2.0)
                continue
            ends = [QPointF(run[-1].x(), base), QPointF(run[0].x(), base)]
            area = QPainterPath()
            area.addPolygon(QPolygonF(run + ends))
            painter.fillPath(area, fill)
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(run))
        painter.end()
