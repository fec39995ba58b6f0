"""The verdict on a model in a cell of a table: a badge, and a few words beside it."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from lollma_gui.core.fit_summary import FitSummary
from lollma_gui.core.verdict import Fit
from lollma_gui.widgets.shapes import draw_shape
from lollma_gui.widgets.text import TextRole, scaled_font
from lollma_gui.widgets.theme import Role, Theme

Index = QModelIndex | QPersistentModelIndex

#: The colour and shape of each verdict.
FIT_ROLES = {
    Fit.FITS: Role.GOOD,
    Fit.PARTLY: Role.WARNING,
    Fit.MOSTLY_RAM: Role.WARNING,
    Fit.MAY_FIT: Role.WARNING,
    Fit.ONLY_JUST: Role.WARNING,
    Fit.DOES_NOT_FIT: Role.BAD,
    Fit.UNKNOWN: Role.MUTED,
}

_LEFT, _PAD_X, _PAD_Y, _GAP, _RADIUS = 5, 7, 2, 5, 6.0


class FitDelegate(QStyledItemDelegate):
    """Draws what a role of the model gives as a ``FitSummary``.

    Args:
        theme: The colours.
        role: The item role under which cells give their summary.
        table: The table that is drawn.
    """

    def __init__(self, theme: Theme, role: int, table: QTableView) -> None:
        super().__init__(table)
        self._theme = theme
        self._role = role
        theme.changed.connect(table.viewport().update)

    def _fonts(self, option: QStyleOptionViewItem) -> tuple[QFont, QFont]:
        font: QFont = option.font  # type: ignore[attr-defined]
        return scaled_font(font, TextRole.CAPTION, strong=True), font

    def _summary(self, index: Index) -> FitSummary | None:
        found = index.data(self._role)
        return found if isinstance(found, FitSummary) else None

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for badge and words."""
        hint, summary = super().sizeHint(option, index), self._summary(index)
        if summary is None:
            return hint
        strong, plain = self._fonts(option)
        width = _LEFT + self._badge_width(strong, summary) + _GAP + 8
        return QSize(width + QFontMetrics(plain).horizontalAdvance(summary.detail), hint.height())

    def _badge_width(self, font: QFont, summary: FitSummary) -> int:
        metrics = QFontMetrics(font)
        return metrics.horizontalAdvance(_word(summary)) + _shape(font) + _GAP + 2 * _PAD_X

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell's ground, the badge, the words."""
        summary = self._summary(index)
        if summary is None:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]
        table = self.parent()
        assert isinstance(table, QTableView)
        style, element = table.style(), QStyle.ControlElement.CE_ItemViewItem
        style.drawControl(element, option, painter, table)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, option, summary)
        painter.restore()

    def _draw(self, painter: QPainter, option: QStyleOptionViewItem, summary: FitSummary) -> None:
        strong, plain = self._fonts(option)
        palette, role = self._theme.palette, FIT_ROLES[summary.fit]
        cell: QRect = option.rect  # type: ignore[attr-defined]
        size, height = _shape(strong), QFontMetrics(strong).height() + 2 * _PAD_Y
        badge = QRectF(
            cell.left() + _LEFT,
            cell.center().y() - height / 2,
            self._badge_width(strong, summary),
            height,
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.tint(role))
        painter.drawRoundedRect(badge, _RADIUS, _RADIUS)
        left = badge.left() + _PAD_X
        shape = QRectF(left, badge.center().y() - size / 2, size, size)
        draw_shape(painter, shape, role, palette.colour(role))
        painter.setFont(strong)
        painter.setPen(palette.ink(role))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(badge.adjusted(_PAD_X + size + _GAP, 0, 0, 0), middle, _word(summary))
        words = cell.adjusted(round(badge.width()) + _LEFT + _GAP + 2, 0, -4, 0)
        shown = QFontMetrics(plain).elidedText(
            summary.detail, Qt.TextElideMode.ElideRight, words.width()
        )
        painter.setFont(plain)
        painter.setPen(palette.colour(Role.MUTED))
        painter.drawText(words, middle, shown)


def _word(summary: FitSummary) -> str:
    return summary.fit[0].upper() + summary.fit[1:]


def _shape(font: QFont) -> int:
    return round(QFontMetrics(font).ascent() * 0.72)
