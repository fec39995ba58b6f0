"""How full something is: a thin meter, and a bar of several parts with its legend."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lollma_gui.core.units import UNKNOWN
from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme

_METER_HEIGHT, _METER_GAP = 6, 4
_BAR_HEIGHT, _BAR_RADIUS = 20, 5.0
_SWATCH = 9
_LEGEND_GAP = 10


class Meter(QWidget):
    """Name on the left, value on the right, a thin bar below.

    Args:
        theme: The colours.
        name: What is measured.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self._text = UNKNOWN
        self._fractions: tuple[tuple[Role, float], ...] = ()
        self._widest = self._text_width()
        self.setAccessibleName(name)
        self.setAccessibleDescription(UNKNOWN)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_value(self, text: str, fractions: Sequence[tuple[Role, float]]) -> None:
        """Show a value.

        Args:
            text: The value with its unit.
            fractions: Parts of the bar from the left, each 0 to 1 of its whole length.
        """
        if (text, tuple(fractions)) == (self._text, self._fractions):
            return
        self._text = text
        self._fractions = tuple(fractions)
        self.setAccessibleDescription(text)
        self.setToolTip(f"{self._name}: {text}")
        # Asks for more room when it must, and never gives it back: nothing jumps.
        width = self._text_width()
        if width > self._widest:
            self._widest = width
            self.updateGeometry()
        self.update()

    def _fonts(self) -> tuple[QFont, QFont]:
        caption = scaled_font(self.font(), TextRole.CAPTION)
        return caption, scaled_font(self.font(), TextRole.CAPTION, strong=True)

    def _text_width(self) -> int:
        caption, strong = (QFontMetrics(font) for font in self._fonts())
        return caption.horizontalAdvance(self._name) + strong.horizontalAdvance(self._text) + 9

    def sizeHint(self) -> QSize:
        """Room for name and widest value so far."""
        height = QFontMetrics(self._fonts()[1]).height() + _METER_GAP + _METER_HEIGHT
        return QSize(max(96, self._widest), height)

    def minimumSizeHint(self) -> QSize:
        """The texts are never cut."""
        return QSize(self._widest, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Texts and bar."""
        painter, palette = QPainter(self), self._theme.palette
        caption, strong = self._fonts()
        line = QRect(0, 0, self.width(), QFontMetrics(strong).height())
        value = QFontMetrics(strong).elidedText(
            self._text, Qt.TextElideMode.ElideRight, self.width()
        )
        taken = QFontMetrics(strong).horizontalAdvance(value) + 6
        painter.setFont(strong)
        painter.setPen(palette.colour(Role.TEXT))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
        name = QFontMetrics(caption).elidedText(
            self._name, Qt.TextElideMode.ElideRight, max(0, self.width() - taken)
        )
        painter.setFont(caption)
        painter.setPen(palette.colour(Role.MUTED))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        bar = QRectF(0, line.bottom() + 1 + _METER_GAP, self.width(), _METER_HEIGHT)
        _draw_parts(painter, bar, self._fractions, self._theme, 3.0)
        painter.end()


def _draw_parts(
    painter: QPainter,
    bar: QRectF,
    fractions: Sequence[tuple[Role | None, float]],
    theme: Theme,
    radius: float,
) -> None:
    """Parts side by side in a rounded groove; what goes beyond it is cut.

    Of a part without a role the groove is seen.
    """
    palette = theme.palette
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = QPainterPath()
    shape.addRoundedRect(bar, radius, radius)
    painter.fillPath(shape, palette.blend(Role.LINE, Role.FIELD, 0.5))
    painter.setClipPath(shape)
    left = bar.left()
    for role, fraction in fractions:
        width = max(0.0, fraction) * bar.width()
        if role is not None:
            painter.fillRect(QRectF(left, bar.top(), width, bar.height()), palette.colour(role))
        left += width
    painter.restore()


class Fill(Enum):
    """How a part of a bar is drawn."""

    SOLID = auto()
    HATCHED = auto()
    EMPTY = auto()


class Segment(NamedTuple):
    """One part of a bar: what it is, how much (in the bar's own unit), and that in words."""

    name: str
    value: float
    role: Role
    text: str
    fill: Fill = Fill.SOLID


class StackedBar(QWidget):
    """Parts of a whole side by side, each named in the legend below.

    Where the parts are more than the whole, the bar is the parts, and a mark shows where the
    whole ends.

    Args:
        theme: The colours.
        legend: Whether names and values stand below.
        name: What the bar shows, for screen readers.
    """

    def __init__(self, theme: Theme, *, legend: bool = True, name: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._legend = legend
        self._segments: tuple[Segment, ...] = ()
        self._total = 0.0
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(legend)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    def show_segments(self, segments: Sequence[Segment], total: float) -> None:
        """Show these parts of a whole of ``total``."""
        if (tuple(segments), total) == (self._segments, self._total):
            return
        wanted = self.minimumSizeHint(), self.heightForWidth(self.width())
        self._segments = tuple(segments)
        self._total = total
        words = ", ".join(f"{s.name} {s.text}" for s in self._segments) or UNKNOWN
        if self.is_over:
            words += "; more than there is"
        self.setAccessibleDescription(words)
        # Laying out the page anew is the dearest part of showing a value: only when it must be.
        if wanted != (self.minimumSizeHint(), self.heightForWidth(self.width())):
            self.updateGeometry()
        self.update()

    @property
    def is_over(self) -> bool:
        """Whether the parts are more than the whole."""
        return self._sum() > self._total > 0

    def _sum(self) -> float:
        return sum(max(0.0, s.value) for s in self._segments)

    def _bar(self) -> QRectF:
        return QRectF(0, 0, self.width(), _BAR_HEIGHT)

    def _areas(self) -> list[QRectF]:
        """Where each segment lies."""
        bar, whole = self._bar(), max(self._total, self._sum())
        areas, left = [], bar.left()
        for segment in self._segments:
            width = max(0.0, segment.value) / whole * bar.width() if whole else 0.0
            areas.append(QRectF(left, bar.top(), width, bar.height()))
            left += width
        return areas

    # ---- legend ----------------------------------------------------------------------------

    def _font(self) -> QFont:
        return scaled_font(self.font(), TextRole.CAPTION)

    def _legend_rects(self, width: int) -> list[QRect]:
        """Where each name stands; goes on in a new line where there is no room."""
        metrics = QFontMetrics(self._font())
        left, top, rects = 0, _BAR_HEIGHT + 8, []
        for segment in self._segments:
            wanted = _SWATCH + 6 + metrics.horizontalAdvance(_words(segment)) + 1
            if left and left + wanted > width:
                left, top = 0, top + metrics.height() + 6
            rects.append(QRect(left, top, min(wanted, max(width, 1)), metrics.height()))
            left += wanted + _LEGEND_GAP + 4
        return rects

    def hasHeightForWidth(self) -> bool:
        """The legend may need several lines."""
        return self._legend

    def heightForWidth(self, width: int) -> int:
        """Height of the bar and of the legend at this width."""
        rects = self._legend_rects(width) if self._legend else []
        return rects[-1].bottom() + 2 if rects else _BAR_HEIGHT

    def sizeHint(self) -> QSize:
        """Wide enough for a bar that can be read."""
        width = max(240, self.minimumSizeHint().width())
        return QSize(width, self.heightForWidth(max(width, self.width())))

    def minimumSizeHint(self) -> QSize:
        """Room for the longest name."""
        names = [rect.width() for rect in self._legend_rects(16_000_000)] if self._legend else []
        return QSize(max([80, *names]), _BAR_HEIGHT)

    # ---- drawing ---------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bar, mark of the limit, legend."""
        painter = QPainter(self)
        bar, whole = self._bar(), max(self._total, self._sum()) or 1.0
        parts = [
            (s.role if s.fill is Fill.SOLID else None, s.value / whole) for s in self._segments
        ]
        _draw_parts(painter, bar, parts, self._theme, _BAR_RADIUS)
        self._draw_hatched(painter)
        self._draw_joints(painter)
        if self.is_over:
            self._draw_limit(painter, self._total / whole)
        if self._legend:
            self._draw_legend(painter)
        painter.end()

    def _draw_hatched(self, painter: QPainter) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(self._bar(), _BAR_RADIUS, _BAR_RADIUS)
        painter.save()
        painter.setClipPath(shape)
        for segment, area in zip(self._segments, self._areas(), strict=True):
            if segment.fill is Fill.HATCHED:
                draw_hatched(painter, area, segment.role, self._theme)
        painter.restore()

    def _draw_joints(self, painter: QPainter) -> None:
        # A hair of ground between parts: they stay apart where colours look alike.
        for area in self._areas()[:-1]:
            if area.width() >= 3:
                hair = QRectF(area.right() - 1, area.top(), 1, area.height())
                painter.fillRect(hair, self._theme.palette.colour(Role.PANEL))

    def _draw_limit(self, painter: QPainter, fraction: float) -> None:
        at = round(self._bar().width() * fraction)
        palette = self._theme.palette
        painter.fillRect(QRectF(at - 2, 0, 4, _BAR_HEIGHT), palette.colour(Role.PANEL))
        painter.fillRect(QRectF(at - 1, 0, 2, _BAR_HEIGHT), palette.colour(Role.TEXT))

    def _draw_legend(self, painter: QPainter) -> None:
        palette, metrics = self._theme.palette, QFontMetrics(self._font())
        painter.setFont(self._font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for segment, rect in zip(self._segments, self._legend_rects(self.width()), strict=True):
            top = rect.top() + (rect.height() - _SWATCH) / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.colour(segment.role))
            painter.drawRoundedRect(QRectF(rect.left(), top, _SWATCH, _SWATCH), 2.5, 2.5)
            painter.setPen(palette.colour(Role.MUTED))
            words = rect.adjusted(_SWATCH + 6, 0, 1, 0)
            shown = metrics.elidedText(_words(segment), Qt.TextElideMode.ElideRight, words.width())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, shown)

    # ---- pointing --------------------------------------------------------------------------

    def segment_at(self, point: QPointF) -> Segment | None:
        """The part of the bar at a point."""
        for segment, area in zip(self._segments, self._areas(), strict=True):
            if area.contains(point):
                return segment
        return None

    def event(self, event: QEvent) -> bool:
        """Say what is pointed at."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            segment = self.segment_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), _words(segment) if segment else "", self)
            return True
        return super().event(event)


def _words(segment: Segment) -> str:
    return f"{segment.name} {segment.text}".strip()


def draw_hatched(painter: QPainter, area: QRectF, role: Role, theme: Theme) -> None:
    """Fill an area with oblique lines: there, but not in use."""
    painter.fillRect(area, QBrush(theme.palette.colour(role), Qt.BrushStyle.BDiagPattern))
