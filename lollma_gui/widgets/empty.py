"""What a place says while nothing is there yet, and the first step out of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.text import TextRole, label

_TEXT_WIDTH = 420


class EmptyState(QWidget):
    """A title, a sentence or two, and what one can do.

    Args:
        title: What is missing.
        text: How to get it.
        actions: Key and words of each button; the first is the primary one.

    Signals:
        chosen: Key of the button that was pressed.
    """

    chosen = Signal(str)

    def __init__(self, title: str, text: str, actions: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self._text = label("", TextRole.MUTED, wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setMinimumWidth(220)
        self._text.setMaximumWidth(_TEXT_WIDTH)
        self.buttons: dict[str, QPushButton] = {}
        heading = label(title, TextRole.TITLE, wrap=True)
        heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._text, 8)
        middle.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 24, 8, 24)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(heading)
        column.addLayout(middle)
        column.addSpacing(8)
        column.addLayout(self._row(actions))
        column.addStretch(3)
        self.set_text(text)

    def _row(self, actions: Sequence[tuple[str, str]]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for key, words in actions:
            made = button(words, primary=not self.buttons)
            made.clicked.connect(lambda _=False, k=key: self.chosen.emit(k))
            self.buttons[key] = made
            row.addWidget(made)
        row.addStretch(1)
        return row

    def set_text(self, text: str) -> None:
        """Other words below the title."""
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleDescription(text)
