"""How far a download is and what state it is in, drawn in cells of a table."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from lollma_gui.core.download_state import DownloadState
from lollma_gui.qt.downloads_table import FRACTION_ROLE, STATE_ROLE, StateCell
from lollma_gui.widgets.shapes import draw_shape
from lollma_gui.widgets.theme import Role, Theme

Index = QModelIndex | QPersistentModelIndex

#: The colour and shape of each state.
STATE_ROLES = {
    DownloadState.WAITING: Role.MUTED,
    DownloadState.DOWNLOADING: Role.ACCENT,
    DownloadState.CHECKING: Role.ACCENT,
    DownloadState.PAUSED: Role.MUTED,
    DownloadState.CHANGED: Role.WARNING,
    DownloadState.FAILED: Role.BAD,
    DownloadState.DONE: Role.GOOD,
}
_BAR_HEIGHT, _PAD, _GAP = 6, 8, 7
_WIDEST_PERCENT = "100 %"


class _Cell(QStyledItemDelegate):
    """Draws a cell's ground as the table does, and heirs what lies on it."""

    def __init__(self, theme: Theme, table: QTableView) -> None:
        super().__init__(table)
        self._theme = theme
        theme.changed.connect(table.viewport().update)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground and content."""
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]
        table = self.parent()
        assert isinstance(table, QTableView)
        element = QStyle.ControlElement.CE_ItemViewItem
        table.style().drawControl(element, option, painter, table)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)  # type: ignore[attr-defined]
        cell: QRect = option.rect  # type: ignore[attr-defined]
        # The line below the row is no part of it.
        self.draw(painter, cell.adjusted(_PAD, 0, -_PAD, -2), index)
        painter.restore()

    def draw(self, painter: QPainter, cell: QRect, index: Index) -> None:
        """Draw the content of a cell."""
        raise NotImplementedError


class BarDelegate(_Cell):
    """A bar, and the percent beside it."""

    def draw(self, painter: QPainter, cell: QRect, index: Index) -> None:
        """The groove, how much of it is full, and the number."""
        fraction, palette = index.data(FRACTION_ROLE), self._theme.palette
        words = painter.fontMetrics().horizontalAdvance(_WIDEST_PERCENT) + _GAP
        top = cell.center().y() - _BAR_HEIGHT / 2 + 1
        groove = QRectF(cell.left(), top, max(cell.width() - words, 0), _BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.colour(Role.LINE))
        painter.drawRoundedRect(groove, 3, 3)
        state = index.data(STATE_ROLE)
        role = STATE_ROLES.get(state.state, Role.MUTED) if state else Role.MUTED
        groove.setWidth(groove.width() * (fraction or 0.0))
        painter.setBrush(palette.colour(role))
        painter.drawRoundedRect(groove, 3, 3)
        painter.setPen(palette.colour(Role.TEXT))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(cell, right, str(index.data()))


class StateDelegate(_Cell):
    """A shape and the words."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for both."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + _GAP + hint.height() // 2, hint.height())

    def draw(self, painter: QPainter, cell: QRect, index: Index) -> None:
        """The shape of the state before its words."""
        found = index.data(STATE_ROLE)
        if not isinstance(found, StateCell):
            return
        role = Role.WARNING if found.is_stuck else STATE_ROLES.get(found.state, Role.MUTED)
        metrics: QFontMetrics = painter.fontMetrics()
        size = round(metrics.ascent() * 0.8)
        shape = QRectF(cell.left(), cell.center().y() - size / 2 + 1, size, size)
        draw_shape(painter, shape, role, self._theme.palette.colour(role))
        words = cell.adjusted(size + _GAP, 0, 0, 0)
        shown = metrics.elidedText(found.words, Qt.TextElideMode.ElideRight, words.width())
        painter.setPen(self._theme.palette.ink(role))
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(words, left, shown)
