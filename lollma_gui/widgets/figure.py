"""A large number that never moves its neighbours."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel

from lollma_gui.core.units import UNKNOWN
from lollma_gui.widgets.text import TextRole


class Figure(QLabel):
    """A value with its unit.

    Args:
        name: What is counted, for screen readers.
        widest: The longest text it will show; room for it is kept.
        on_right: Whether it stands at the right end of its place.
    """

    def __init__(self, name: str, widest: str, *, on_right: bool = True) -> None:
        super().__init__(UNKNOWN)
        self._name = name
        self._widest = widest
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", TextRole.FIGURE.value)
        side = Qt.AlignmentFlag.AlignRight if on_right else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(f"{name}: {UNKNOWN}")

    def show_text(self, text: str) -> None:
        """Show this value with its unit."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(f"{self._name}: {text}")

    def sizeHint(self) -> QSize:
        """Room for the widest text."""
        self.ensurePolished()
        hint, wanted = super().sizeHint(), self.fontMetrics().horizontalAdvance(self._widest)
        return QSize(max(hint.width(), wanted + 2), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Numbers are never cut."""
        return self.sizeHint()
