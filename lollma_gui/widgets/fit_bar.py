"""What a device's memory is made of after a load: a bar, and what its parts are."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from lollma_gui.core.fit_parts import (
    DeviceParts,
    Part,
    PartKind,
    device_parts,
    margin_of,
    shown_devices,
)
from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import device_words, parts_words, room_words
from lollma_gui.core.memory_plan import DeviceShare
from lollma_gui.widgets.fit_piece import FitPiece
from lollma_gui.widgets.meter import Fill, Segment, StackedBar, draw_hatched
from lollma_gui.widgets.text import ElidedLabel, TextRole, label, scaled_font
from lollma_gui.widgets.theme import Role, Theme

_ROLES = {
    PartKind.WEIGHTS: Role.WEIGHTS,
    PartKind.CACHE: Role.CACHE,
    PartKind.COMPUTE: Role.COMPUTE,
    PartKind.ENGINE: Role.WARNING,
    PartKind.OTHERS: Role.OTHERS,
    PartKind.MARGIN: Role.MUTED,
    PartKind.FREE: Role.MUTED,
}
_FILLS = {PartKind.MARGIN: Fill.HATCHED, PartKind.FREE: Fill.EMPTY}
_SWATCH, _COLUMNS = 9, 2
_COLUMN_GAP, _ROW_GAP = 18, 3


class PartsLegend(QWidget):
    """The parts in two columns: a swatch, a name, and the bytes on the right of each.

    Every part keeps its place, whatever its size.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: tuple[Part, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show these parts."""
        rows_before, self._parts = self._rows(), tuple(parts)
        self.setAccessibleName(parts_words(self._parts))
        if self._rows() != rows_before:
            self.updateGeometry()
        self.update()

    def _rows(self) -> int:
        return -(-len(self._parts) // _COLUMNS)

    def _font(self) -> QFont:
        return scaled_font(self.font(), TextRole.CAPTION)

    def _row_height(self) -> int:
        return QFontMetrics(self._font()).height() + _ROW_GAP

    def sizeHint(self) -> QSize:
        """Room for all rows."""
        return QSize(240, max(self._rows() * self._row_height() - _ROW_GAP, 0))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Every part in its place."""
        painter, height = QPainter(self), self._row_height()
        painter.setFont(self._font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = (self.width() - _COLUMN_GAP * (_COLUMNS - 1)) // _COLUMNS
        for number, part in enumerate(self._parts):
            row, column = divmod(number, _COLUMNS)
            left = column * (width + _COLUMN_GAP)
            self._draw_part(painter, QRect(left, row * height, width, height - _ROW_GAP), part)
        painter.end()

    def _draw_part(self, painter: QPainter, place: QRect, part: Part) -> None:
        palette, metrics = self._theme.palette, QFontMetrics(self._font())
        flags = Qt.AlignmentFlag
        self._draw_swatch(painter, place, part.kind)
        painter.setPen(palette.colour(Role.TEXT))
        painter.drawText(place, flags.AlignRight | flags.AlignVCenter, part.text)
        room = place.width() - _SWATCH - 6 - metrics.horizontalAdvance(part.text) - 6
        name = metrics.elidedText(part.kind, Qt.TextElideMode.ElideRight, room)
        painter.setPen(palette.colour(Role.MUTED))
        words = place.adjusted(_SWATCH + 6, 0, 0, 0)
        painter.drawText(words, flags.AlignLeft | flags.AlignVCenter, name)

    def _draw_swatch(self, painter: QPainter, place: QRect, kind: PartKind) -> None:
        top = place.top() + (place.height() - _SWATCH) / 2
        box = QRectF(place.left(), top, _SWATCH, _SWATCH)
        if kind in _FILLS:
            draw_hatched(painter, box, _ROLES[kind], self._theme)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.palette.colour(_ROLES[kind]))
        painter.drawRoundedRect(box, 2.5, 2.5)


class DeviceBar(QWidget):
    """One device: its name and what is left there, the bar, the parts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.name = ElidedLabel("", TextRole.STRONG)
        self.room = label("", TextRole.CAPTION, selectable=True)
        self.bar = StackedBar(theme, legend=False)
        self.legend = PartsLegend(theme)
        self._shown: tuple[DeviceShare, int] | None = None
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.name, 1)
        top.addWidget(self.room)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.bar)
        column.addSpacing(1)
        column.addWidget(self.legend)

    def show_share(self, share: DeviceShare, margin: int) -> None:
        """Show what a load takes on a device of which ``margin`` bytes are to stay free."""
        if self._shown == (share, margin):
            return
        self._shown = (share, margin)
        found = device_parts(share, margin)
        self.name.setText(device_words(share))
        self.room.setText(room_words(share, margin))
        self.bar.setAccessibleName(f"Memory of {share.name}")
        self.bar.show_segments(_segments(found), found.whole)
        self.legend.show_parts([p for p in found.parts if p.kind is not PartKind.FREE])


def _segments(found: DeviceParts) -> list[Segment]:
    return [
        Segment(p.kind, p.n_bytes, _ROLES[p.kind], p.text, _FILLS.get(p.kind, Fill.SOLID))
        for p in found.parts
    ]


class DeviceBars(FitPiece):
    """All devices that a load takes something of, below each other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.bars: list[DeviceBar] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)

    def show_view(self, view: FitView) -> None:
        """Show the devices of a view; bars stay, only what they show changes."""
        shares = shown_devices(view)
        while len(self.bars) < len(shares):
            bar = DeviceBar(self._theme)
            self.bars.append(bar)
            self._column.addWidget(bar)
        for number, bar in enumerate(self.bars):
            if number < len(shares):
                bar.show_share(shares[number], margin_of(view, shares[number]))
            bar.setVisible(number < len(shares))
