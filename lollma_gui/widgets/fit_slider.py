"""A slider with its name, its value and what its ends mean; only a person's moves are told."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from lollma_gui.widgets.text import ElidedLabel, TextRole, label


class FitSlider(QSlider):
    """A slider that follows what it is shown, except while it is being dragged.

    Args:
        name: What it sets, for screen readers.

    Signals:
        moved: The position a person went to, each step of a drag.
    """

    moved = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)
        # Pointing at a panel that scrolls must not change values: the wheel does not bring focus.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self.moved)

    def show_position(self, position: int, last: int, words: str) -> None:
        """Show a position of 0 to ``last``, which means ``words``."""
        self.setAccessibleDescription(words)
        if self.isSliderDown():
            return
        with QSignalBlocker(self):
            self.setRange(0, last)
            self.setValue(position)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel moves it only where the keyboard is; elsewhere it scrolls the panel."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class SliderRow(QWidget):
    """Name and value above, the slider, captions below.

    Args:
        name: What is set here.
        value: What shows the value, at the end of the first line; a plain text by default.
    """

    def __init__(self, name: str, value: QWidget | None = None) -> None:
        super().__init__()
        self.slider = FitSlider(name)
        self.value = value or label("", TextRole.STRONG, selectable=True)
        name_label = ElidedLabel(name, TextRole.MUTED)
        name_label.setBuddy(self.slider)
        self.top = QHBoxLayout()
        self.top.setSpacing(10)
        self.top.addWidget(name_label, 1)
        self.top.addWidget(self.value)
        self.captions = QHBoxLayout()
        self.captions.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self.top)
        column.addWidget(self.slider)
        column.addLayout(self.captions)

    def show_words(self, words: str) -> None:
        """Show the value where it is a plain text."""
        if isinstance(self.value, QLabel):
            self.value.setText(words)

    def add_caption(self, text: str = "") -> QLabel:
        """Another small text below the slider; the texts are spread over the width."""
        if self.captions.count():
            self.captions.addStretch(1)
        made = label(text, TextRole.CAPTION)
        self.captions.addWidget(made)
        return made
