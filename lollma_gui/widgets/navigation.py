"""The rail on the left: which tab is shown, and what waits in the others."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeySequence, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
)

from lollma_gui.widgets.buttons import came_by_keyboard, draw_ring
from lollma_gui.widgets.text import TextRole, scaled_font

_PAD = 12


class RailItem(QPushButton):
    """One tab: its name, and on the right its keys or what waits there."""

    def __init__(self, name: str, keys: str) -> None:
        super().__init__()
        self._name = name
        self._keys = keys
        self._badge = ""
        self._ringed = False
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(f"{name} ({keys})")
        self.set_badge("")

    def set_badge(self, text: str) -> None:
        """What waits there, in a few letters."""
        self._badge = text
        self.setAccessibleName(f"{self._name}, {text}" if text else self._name)
        self.setAccessibleDescription(self._keys)
        self.update()

    def sizeHint(self) -> QSize:
        """Room for name and keys."""
        name = QFontMetrics(scaled_font(self.font(), TextRole.STRONG))
        keys = QFontMetrics(scaled_font(self.font(), TextRole.CAPTION))
        width = name.horizontalAdvance(self._name) + keys.horizontalAdvance(self._keys)
        return QSize(width + 2 * _PAD + 12, name.height() + 20)

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember how the focus came."""
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._ringed = came_by_keyboard(event)
        super().focusInEvent(event)

    def _palette(self) -> QPalette:
        # The rail's: the style sheet gives buttons letters of their own.
        return (self.parentWidget() or self).palette()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground by style sheet, then the texts."""
        super().paintEvent(event)
        painter = QPainter(self)
        inner = self.rect().adjusted(_PAD, 0, -_PAD, 0)
        role = TextRole.STRONG if self.isChecked() else TextRole.BODY
        palette, part = self._palette(), QPalette.ColorRole
        painter.setFont(scaled_font(self.font(), role))
        painter.setPen(palette.color(part.Text if self.isChecked() else part.PlaceholderText))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, self._name)
        if self._badge:
            self._draw_badge(painter, inner)
        else:
            painter.setFont(scaled_font(self.font(), TextRole.CAPTION))
            painter.setPen(palette.color(part.PlaceholderText))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(inner, right, self._keys)
        painter.end()
        if self._ringed and self.hasFocus():
            draw_ring(self, QPalette.ColorRole.Accent)

    def _draw_badge(self, painter: QPainter, inner: QRect) -> None:
        font = scaled_font(self.font(), TextRole.CAPTION, strong=True)
        metrics = QFontMetrics(font)
        height = metrics.height() + 1.0
        width = max(height + 4, metrics.horizontalAdvance(self._badge) + 12.0)
        pill = QRectF(inner.right() + 1 - width, (self.height() - height) / 2, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._palette().color(QPalette.ColorRole.Accent))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setFont(font)
        painter.setPen(self._palette().color(QPalette.ColorRole.HighlightedText))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self._badge)


class NavigationRail(QFrame):
    """The tabs by name; arrow keys go up and down.

    Args:
        names: The tabs from the top. The window gives each its key: Ctrl+1, Ctrl+2 and so on.

    Signals:
        chosen: Number of the tab to show, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.setAccessibleName("Tabs")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._items: list[RailItem] = []
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 10, 8, 10)
        column.setSpacing(2)
        for number, name in enumerate(names):
            keys = QKeySequence(f"Ctrl+{number + 1}")
            item = RailItem(name, keys.toString(QKeySequence.SequenceFormat.NativeText))
            self._items.append(item)
            self._group.addButton(item, number)
            column.addWidget(item)
        column.addStretch(1)
        if self._items:
            self._items[0].setChecked(True)
        self._group.idClicked.connect(self.chosen)

    @property
    def current(self) -> int:
        """Number of the tab that is marked."""
        return self._group.checkedId()

    def choose(self, index: int) -> None:
        """Mark a tab and go there: ``chosen`` is emitted, as if it were clicked."""
        self._items[index].setChecked(True)
        self.chosen.emit(index)

    def set_badge(self, index: int, text: str) -> None:
        """Show a few letters (a count) beside a tab, instead of its keys; empty for none."""
        self._items[index].set_badge(text)

    def sizeHint(self) -> QSize:
        """At least as wide as in the sketches."""
        wanted = super().sizeHint()
        return QSize(max(168, wanted.width()), wanted.height())
