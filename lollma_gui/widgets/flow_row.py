"""Widgets side by side that go on in a new line where there is no room."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_GAP = 8


class FlowRow(QWidget):
    """Places its widgets as words are placed in a text."""

    def __init__(self) -> None:
        super().__init__()
        self._widgets: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Show these in place of those before, which are deleted."""
        for old in self._widgets:
            old.hide()
            old.deleteLater()
        self._widgets = list(widgets)
        for new in self._widgets:
            new.setParent(self)
            new.show()
        self.place()
        self.updateGeometry()

    def _rects(self, width: int) -> list[QRect]:
        left, top, rects = 0, 0, []
        for widget in self._widgets:
            if widget.isHidden():
                rects.append(QRect())
                continue
            hint = widget.sizeHint()
            if left and left + hint.width() > width:
                left, top = 0, top + hint.height() + _GAP
            rects.append(QRect(left, top, min(hint.width(), max(width, 1)), hint.height()))
            left += hint.width() + _GAP
        return rects

    def place(self) -> None:
        """Place them anew: some are hidden or shown by now."""
        for widget, rect in zip(self._widgets, self._rects(self.width()), strict=True):
            widget.setGeometry(rect)

    def hasHeightForWidth(self) -> bool:
        """It may need several lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all lines at this width."""
        rects = self._rects(width)
        return max((rect.bottom() + 1 for rect in rects), default=0)

    def sizeHint(self) -> QSize:
        """All in one line."""
        width = sum(widget.sizeHint().width() + _GAP for widget in self._widgets)
        return QSize(width, self.heightForWidth(max(width, self.width())))

    def minimumSizeHint(self) -> QSize:
        """Room for the widest."""
        widest = max((widget.sizeHint().width() for widget in self._widgets), default=0)
        return QSize(widest, self.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place them anew."""
        super().resizeEvent(event)
        self.place()
