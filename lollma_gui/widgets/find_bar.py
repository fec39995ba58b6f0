"""The bar that searches a text: words, how many were found, next and previous."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.text import TextRole, label


class FindBar(QWidget):
    """Searches as one types; Enter goes on, Shift+Enter back, Escape closes.

    Args:
        name: What is searched, for screen readers.

    Signals:
        words_changed: What is searched for now; empty for nothing.
        next_wanted: The next place, or with False the one before.
        closed: The person is done.
    """

    words_changed = Signal(str)
    next_wanted = Signal(bool)
    closed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.words = QLineEdit()
        self.words.setPlaceholderText("Search…")
        self.words.setAccessibleName(f"Search {name}")
        self.words.textChanged.connect(self.words_changed)
        self._count = label("", TextRole.MUTED)
        before = button("▲", tooltip="The one before (Shift+F3)")
        before.setAccessibleName("Previous")
        before.clicked.connect(lambda: self.next_wanted.emit(False))
        after = button("▼", tooltip="The next one (F3)")
        after.setAccessibleName("Next")
        after.clicked.connect(lambda: self.next_wanted.emit(True))
        close = button("×", quiet=True, tooltip="Close the search (Esc)")
        close.setProperty("kind", "close")
        close.setAccessibleName("Close the search")
        close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self._count)
        for made in (before, after, close):
            row.addWidget(made)

    def open(self) -> None:
        """Show it, ready to type."""
        self.show()
        self.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.words.selectAll()

    def show_count(self, place: int, count: int) -> None:
        """Say how many were found, and which of them is shown: 1 for the first, 0 for none."""
        words = f"{place:,} of {count:,}" if place else f"{count:,} found"
        self._count.setText(words if self.words.text() else "")

    @property
    def count_words(self) -> str:
        """What is said of the number found."""
        return self._count.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, Shift+Enter and Escape."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.next_wanted.emit(not event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
