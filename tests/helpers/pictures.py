"""Pictures of widgets, the same on every screen, to look at their pixels."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget


def picture(widget: QWidget) -> QImage:
    """The widget as an image of 32 bits; a grab would have the depth of the screen."""
    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    image.fill(widget.palette().window().color())
    widget.render(image, QPoint())
    return image


def colours_in(image: QImage) -> set[str]:
    """All colours of an image, as ``#rrggbb``."""
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {QColor(image.pixel(x, y)).name() for x, y in places}
