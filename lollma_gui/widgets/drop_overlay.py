"""Shown over the whole window while something is dragged over it that can be dropped."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme

_INSET, _RADIUS = 16.0, 10.0
_VEIL = 225
_PAD_X, _PAD_Y = 28, 16


class DropOverlay(QWidget):
    """A veil with a frame and words. It takes no clicks and no focus.

    Args:
        theme: The colours.
        window: What it lies over.
    """

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    def show_words(self, words: str) -> None:
        """Lie over the window and say this."""
        self._words = words
        self.setAccessibleName(words)
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Veil, frame, words on a plate of their own."""
        palette = self._theme.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = palette.colour(Role.WINDOW)
        veil.setAlpha(_VEIL)
        painter.fillRect(self.rect(), veil)
        frame = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        painter.setPen(QPen(palette.colour(Role.ACCENT), 2.0, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
        self._paint_words(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        palette = self._theme.palette
        painter.setFont(scaled_font(self.font(), TextRole.TITLE, strong=True))
        text = painter.fontMetrics().size(0, self._words)
        plate = QRectF(0, 0, text.width() + 2 * _PAD_X, text.height() + 2 * _PAD_Y)
        plate.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QPen(palette.colour(Role.LINE), 1.0))
        painter.setBrush(palette.colour(Role.PANEL))
        painter.drawRoundedRect(plate, _RADIUS, _RADIUS)
        painter.setPen(palette.colour(Role.TEXT))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, self._words)
