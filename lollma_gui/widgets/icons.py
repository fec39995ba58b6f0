"""Icons: small drawings in one colour, given the colour of a role when they are asked for."""

from pathlib import Path

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

#: Side of the pixmaps in pixels: 16, 20, 24 and what high-resolution screens make of them.
_SIDES = (16, 20, 24, 32, 48, 64)


def icon(drawing: Path, colour: QColor) -> QIcon:
    """An SVG file as an icon in this colour.

    Args:
        drawing: The file, from ``resources/icons``; it draws with ``currentColor``.
        colour: The colour of a role.

    Raises:
        OSError: If the file cannot be read.
    """
    # Here and not at the top: the module costs time, and the window starts without icons.
    from PySide6.QtSvg import QSvgRenderer

    text = drawing.read_text(encoding="utf-8").replace("currentColor", colour.name())
    renderer = QSvgRenderer(QByteArray(text.encode("utf-8")))
    made = QIcon()
    for side in _SIDES:
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        made.addPixmap(pixmap)
    return made
