"""A state in one glance: a word, a shape and a colour."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from lollma_gui.widgets.shapes import ROLE_WORDS, draw_shape
from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme

_PAD_X, _PAD_Y, _GAP = 8, 3, 6
_RADIUS = 6.0


class Badge(QLabel):
    """A word on a tinted ground, with the shape of its role before it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._role = Role.MUTED
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_state(self, text: str, role: Role) -> None:
        """Show this word in this colour; nothing is shown for an empty word."""
        self._role = role
        self.setText(text)
        self.setToolTip("")
        self.setAccessibleName(text)
        self.setAccessibleDescription(ROLE_WORDS.get(role, ""))
        self.updateGeometry()
        self.update()

    @property
    def role(self) -> Role:
        """The role it is shown in."""
        return self._role

    def _font(self) -> QFont:
        return scaled_font(self.font(), TextRole.CAPTION, strong=True)

    def _shape_size(self) -> int:
        return round(QFontMetrics(self._font()).ascent() * 0.72)

    def sizeHint(self) -> QSize:
        """Room for shape and word."""
        metrics = QFontMetrics(self._font())
        if not self.text():
            return QSize(0, metrics.height() + 2 * _PAD_Y)
        width = metrics.horizontalAdvance(self.text()) + self._shape_size() + _GAP + 2 * _PAD_X
        return QSize(width + 1, metrics.height() + 2 * _PAD_Y)

    def minimumSizeHint(self) -> QSize:
        """Room for the shape and a few letters; the rest is elided."""
        letters = QFontMetrics(self._font()).averageCharWidth() * 4
        full = self.sizeHint()
        few = self._shape_size() + _GAP + 2 * _PAD_X + letters
        return QSize(min(few, full.width()), full.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, shape, word."""
        if not self.text():
            return
        palette, font = self._theme.palette, self._font()
        metrics, size = QFontMetrics(font), self._shape_size()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.tint(self._role))
        painter.drawRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
        shape = QRectF(_PAD_X, (self.height() - size) / 2, size, size)
        draw_shape(painter, shape, self._role, palette.colour(self._role))
        words = self.rect().adjusted(_PAD_X + size + _GAP, 0, -_PAD_X + 1, 0)
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width())
        painter.setFont(font)
        painter.setPen(palette.ink(self._role))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()


class StatusDot(QWidget):
    """The shape of a role, for places where the word stands beside it already."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._role = Role.MUTED
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("State")
        theme.changed.connect(self.update)

    def show_role(self, role: Role) -> None:
        """Show the shape and colour of this role."""
        self._role = role
        self.setAccessibleDescription(ROLE_WORDS.get(role, "off"))
        self.update()

    @property
    def role(self) -> Role:
        """The role it is shown in."""
        return self._role

    def sizeHint(self) -> QSize:
        """As high as a small letter x and a half, whatever the font."""
        side = max(10, round(self.fontMetrics().ascent() * 0.85)) + 2
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The shape alone."""
        painter = QPainter(self)
        side = min(self.width(), self.height()) - 2
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        draw_shape(painter, box, self._role, self._theme.palette.colour(self._role))
        painter.end()
