"""The shapes beside colours, so that nobody has to tell red from green."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from lollma_gui.widgets.theme import Role

#: What a role says where it stands alone, for screen readers.
ROLE_WORDS = {
    Role.GOOD: "good",
    Role.WARNING: "attention",
    Role.BAD: "problem",
    Role.ACCENT: "busy",
}


def draw_shape(painter: QPainter, rect: QRectF, role: Role, colour: QColor) -> None:
    """Draw the shape of a role: disc good, triangle warning, square bad, ring for the rest."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if role in (Role.GOOD, Role.ACCENT):
        painter.drawEllipse(rect)
    elif role is Role.WARNING:
        painter.drawPolygon(_triangle(rect))
    elif role is Role.BAD:
        inset = rect.width() * 0.06
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), 1.5, 1.5)
    else:
        stroke = max(1.5, rect.width() * 0.18)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, stroke))
        half = stroke / 2
        painter.drawEllipse(rect.adjusted(half, half, -half, -half))
    painter.restore()


def _triangle(rect: QRectF) -> QPolygonF:
    top = QPointF(rect.center().x(), rect.top() - rect.height() * 0.04)
    left = QPointF(rect.left() - rect.width() * 0.06, rect.bottom())
    right = QPointF(rect.right() + rect.width() * 0.06, rect.bottom())
    return QPolygonF([top, right, left])
