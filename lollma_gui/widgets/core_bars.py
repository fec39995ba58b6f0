"""How busy each core of the processor is: a bar a core."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lollma_gui.core.units import UNKNOWN, percent
from lollma_gui.widgets.theme import Role, Theme

_WIDEST_GAP = 5.0


class CoreBars(QWidget):
    """One bar a core, from the left; as many as there are share the width.

    Args:
        theme: The colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shares: tuple[float, ...] = ()
        self.setAccessibleName("Cores")
        self.setAccessibleDescription(UNKNOWN)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_cores(self, shares: Sequence[float]) -> None:
        """Show these busy shares, 0 to 1."""
        self._shares = tuple(shares)
        busiest = f"busiest {percent(max(shares))} of {len(shares)}" if shares else UNKNOWN
        self.setAccessibleDescription(busiest)
        self.update()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(240, 52)

    def minimumSizeHint(self) -> QSize:
        """Still bars."""
        return QSize(60, 24)

    def _bars(self) -> list[QRectF]:
        count = len(self._shares)
        each = self.width() / max(1, count)
        gap = min(_WIDEST_GAP, each * 0.25)
        return [QRectF(n * each, 0, each - gap, self.height()) for n in range(count)]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grooves with their bars."""
        painter, palette = QPainter(self), self._theme.palette
        groove = palette.blend(Role.LINE, Role.FIELD, 0.5)
        for bar, share in zip(self._bars(), self._shares, strict=True):
            painter.fillRect(bar, groove)
            filled = bar.adjusted(0, bar.height() * (1 - min(1.0, max(0.0, share))), 0, 0)
            painter.fillRect(filled, palette.colour(Role.COMPUTE))
        painter.end()

    def words_at(self, x: float) -> str:
        """Which core lies at a place, and how busy it is; empty beside all of them."""
        for number, bar in enumerate(self._bars()):
            if bar.left() <= x < bar.right() + _WIDEST_GAP:
                return f"Core {number}: {percent(self._shares[number])}"
        return ""

    def event(self, event: QEvent) -> bool:
        """Say what is pointed at."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)
