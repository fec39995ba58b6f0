"""What would make a model fit, each with one press."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from lollma_gui.core.fit_changes import MOST_CHANGES, Change
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.text import TextRole, label

#: Frame and padding of a button on both sides, in pixels.
_BUTTON_FRAME = 32
_MARGINS = (10, 8, 8, 8)


class ChangesList(QFrame):
    """Up to three buttons.

    Signals:
        chosen: Values by their names in the settings table.
    """

    chosen = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("notice", "warning")
        self._changes: tuple[Change, ...] = ()
        self.buttons: list[QPushButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(*_MARGINS)
        column.setSpacing(5)
        column.addWidget(label("This would fit:", TextRole.STRONG))
        for number in range(MOST_CHANGES):
            made = button("")
            made.clicked.connect(lambda _=False, n=number: self._choose(n))
            self.buttons.append(made)
            column.addWidget(made)

    def show_changes(self, changes: Sequence[Change]) -> None:
        """Show these changes; hidden where there are none."""
        self._changes = tuple(changes)
        self._show_words()
        self.setVisible(bool(changes))

    def _show_words(self) -> None:
        for number, shown in enumerate(self.buttons):
            is_used = number < len(self._changes)
            shown.setVisible(is_used)
            if is_used:
                words = self._changes[number].words
                shown.setText(self._wrapped(words).replace("&", "&&"))
                shown.setAccessibleName(words)

    def _wrapped(self, words: str) -> str:
        """Words in as many lines as they need: a button by itself would cut them off."""
        room = self.width() - _MARGINS[0] - _MARGINS[2] - _BUTTON_FRAME
        lines: list[str] = []
        for word in words.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.fontMetrics().horizontalAdvance(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(word)
        return "\n".join(lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be room for more words in a line."""
        super().resizeEvent(event)
        self._show_words()

    def _choose(self, number: int) -> None:
        if number < len(self._changes):
            self.chosen.emit(dict(self._changes[number].values))
