"""The name of the program as it is written: the middle letters in the accent."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme

_PARTS = (("Lo", Role.TEXT), ("LLM", Role.ACCENT), ("a", Role.TEXT))


class Wordmark(QWidget):
    """``LoLLMa``, in the window's own letters: as sharp as text and free at start."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName("LoLLMa")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def _font(self) -> QFont:
        font = scaled_font(self.font(), TextRole.TITLE)
        font.setWeight(QFont.Weight.Bold)
        return font

    def sizeHint(self) -> QSize:
        """Room for the letters."""
        metrics = QFontMetrics(self._font())
        width = sum(metrics.horizontalAdvance(part) for part, _ in _PARTS)
        return QSize(width + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The letters, part by part."""
        painter, font = QPainter(self), self._font()
        metrics, rest = QFontMetrics(font), self.rect()
        painter.setFont(font)
        for part, role in _PARTS:
            painter.setPen(self._theme.palette.colour(role))
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, part)
            rest = rest.adjusted(metrics.horizontalAdvance(part), 0, 0, 0)
        painter.end()
