"""A QR code, to open an address on a phone without typing it."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from lollma_gui.widgets.theme import Role, Theme

#: Cameras need so many empty modules around the code (ISO/IEC 18004).
_QUIET = 4
#: Side of a module in pixels that is easily read from an arm's length.
_MODULE = 4


class QrCode(QWidget):
    """Draws a text as a QR code: dark on light in both themes, as cameras want it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self._modules: tuple[tuple[bool, ...], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_text(self, text: str) -> None:
        """Show this text; nothing for an empty one."""
        if text == self._text:
            return
        self._text = text
        self._modules = _modules(text) if text else ()
        self.setAccessibleName(f"QR code of {text}" if text else "")
        self.setToolTip(text)
        self.updateGeometry()
        self.update()

    @property
    def side(self) -> int:
        """Modules along a side, with the empty ones around."""
        return len(self._modules) + 2 * _QUIET if self._modules else 0

    def sizeHint(self) -> QSize:
        """Whole pixels for each module."""
        return QSize(self.side * _MODULE, self.side * _MODULE)

    def minimumSizeHint(self) -> QSize:
        """Never squeezed: it could not be read."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The code on its light ground."""
        if not self._modules:
            return
        palette = self._theme.palette
        light, dark = (Role.TEXT, Role.WINDOW) if palette.is_dark else (Role.PANEL, Role.TEXT)
        painter = QPainter(self)
        painter.fillRect(self.rect(), palette.colour(light))
        painter.setPen(Qt.PenStyle.NoPen)
        ink = palette.colour(dark)
        for row, modules in enumerate(self._modules):
            for column, is_dark in enumerate(modules):
                if is_dark:
                    x, y = (column + _QUIET) * _MODULE, (row + _QUIET) * _MODULE
                    painter.fillRect(QRectF(x, y, _MODULE, _MODULE), ink)
        painter.end()


def _modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Row by row, whether a module is dark."""
    import segno

    code = segno.make(text, error="m", micro=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)
