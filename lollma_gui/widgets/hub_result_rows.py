"""Repositories on the Hub, a card each, drawn: thousands cost no more than those in sight."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lollma_gui.core.hub_result import result_facts
from lollma_gui.qt.hub_finder import Hit
from lollma_gui.qt.hub_results import HIT_ROLE, HubResults
from lollma_gui.widgets.fit_badge import FIT_ROLES
from lollma_gui.widgets.shapes import draw_shape
from lollma_gui.widgets.tables import dress_list
from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme

Index = QModelIndex | QPersistentModelIndex
_PAD_X, _PAD_Y, _GAP, _BETWEEN, _RADIUS = 12, 9, 6, 5, 6.0


class HubResultRows(QListView):
    """The list: a click, Enter or Space opens.

    Args:
        rows: What is listed.
        theme: The colours.

    Signals:
        opened: The repository that a person wants to look into.
    """

    opened = Signal(str)

    def __init__(self, rows: HubResults, theme: Theme) -> None:
        super().__init__()
        dress_list(self, "Repositories found on Hugging Face")
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setItemDelegate(_CardPainter(rows, theme, self))
        self.setModel(rows)
        self.clicked.connect(self._open)
        theme.changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open the row that the keys stand on."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(HIT_ROLE).result.repository)


class _CardPainter(QStyledItemDelegate):
    """Name and badge above, facts below."""

    def __init__(self, rows: HubResults, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._rows = rows
        self._theme = theme
        self._view = view

    def _fonts(self) -> tuple[QFont, QFont]:
        font = self._view.font()
        return scaled_font(font, TextRole.STRONG), scaled_font(font, TextRole.CAPTION)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Two lines."""
        heights = [QFontMetrics(font).height() for font in self._fonts()]
        return QSize(200, sum(heights) + _BETWEEN + 2 * _PAD_Y)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground of any row, then the card."""
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]
        style, element = self._view.style(), QStyle.ControlElement.CE_ItemViewItem
        style.drawControl(element, option, painter, self._view)
        rect: QRect = option.rect  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, rect.adjusted(_PAD_X, _PAD_Y, -_PAD_X, -_PAD_Y), index.data(HIT_ROLE))
        painter.restore()

    def _draw(self, painter: QPainter, room: QRect, hit: Hit) -> None:
        strong, small = self._fonts()
        palette, result = self._theme.palette, hit.result
        first = QRect(room.left(), room.top(), room.width(), QFontMetrics(strong).height())
        left = self._badge(painter, first, hit.guess.words, FIT_ROLES[hit.guess.fit])
        if result.is_gated:
            first.setRight(left - _GAP)
            left = self._badge(painter, first, "Gated", Role.WARNING)
        words = QRect(first.left(), first.top(), left - _GAP - first.left(), first.height())
        used = self._text(painter, words, result.name, strong, Role.TEXT)
        words.setLeft(words.left() + used + _GAP)
        self._text(painter, words, result.owner, self._view.font(), Role.MUTED)
        second = room.adjusted(0, first.height() + _BETWEEN, 0, 0)
        facts = " · ".join(result_facts(result, self._rows.now))
        self._text(painter, second, facts, small, Role.MUTED)
        painter.setPen(palette.colour(Role.LINE))
        y = room.bottom() + _PAD_Y
        painter.drawLine(room.left(), y, room.right(), y)

    def _text(self, painter: QPainter, room: QRect, text: str, font: QFont, role: Role) -> int:
        """Draw one line from the left; returns its width."""
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(room.width(), 0))
        painter.setFont(font)
        painter.setPen(self._theme.palette.colour(role))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)

    def _badge(self, painter: QPainter, room: QRect, words: str, role: Role) -> int:
        """Draw a badge at the right of a line; returns where it begins."""
        font = scaled_font(self._view.font(), TextRole.CAPTION, strong=True)
        metrics, palette = QFontMetrics(font), self._theme.palette
        size = round(metrics.ascent() * 0.72)
        width = metrics.horizontalAdvance(words) + size + 3 * _GAP
        height = metrics.height() + 4
        badge = QRectF(room.right() - width, room.center().y() - height / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.tint(role))
        painter.drawRoundedRect(badge, _RADIUS, _RADIUS)
        shape = QRectF(badge.left() + _GAP, badge.center().y() - size / 2, size, size)
        draw_shape(painter, shape, role, palette.colour(role))
        painter.setFont(font)
        painter.setPen(palette.ink(role))
        inside = badge.adjusted(size + 2 * _GAP, 0, 0, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        return round(badge.left())
