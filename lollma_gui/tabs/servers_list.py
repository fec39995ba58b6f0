"""The list of what runs models: our own engine first, then every server."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.buttons import came_by_keyboard, draw_ring
from lollma_gui.widgets.text import ElidedLabel, TextRole
from lollma_gui.widgets.theme import Role, Theme


class Entry(NamedTuple):
    """One line of the list: its key, the name, the state in words and as a role."""

    key: str
    name: str
    words: str
    role: Role


class _Item(QPushButton):
    """One server: dot, name, state."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._ringed = False
        self.setProperty("kind", "entry")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._dot = StatusDot(theme)
        self._name = ElidedLabel("", TextRole.STRONG)
        self._words = ElidedLabel("", TextRole.CAPTION)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._name)
        texts.addWidget(self._words)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 10, 8)
        row.setSpacing(10)
        row.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        for child in (self._dot, self._name, self._words):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_entry(self, entry: Entry) -> None:
        self._dot.show_role(entry.role)
        self._name.setText(entry.name)
        self._words.setText(entry.words)
        self.setAccessibleName(f"{entry.name}, {entry.words}")

    def sizeHint(self) -> QSize:
        height = self._name.sizeHint().height() + self._words.sizeHint().height() + 18
        return QSize(180, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._ringed = came_by_keyboard(event)
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ringed and self.hasFocus():
            draw_ring(self, QPalette.ColorRole.Accent)


class ServersList(QWidget):
    """Entries of which one is chosen; arrow keys go from one to the next.

    Signals:
        chosen: Key of the entry that the person wants to see.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._items: dict[str, _Item] = {}
        self._current = ""
        self._group = QButtonGroup(self)
        self.setAccessibleName("Servers")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(4)
        self._column.addStretch(1)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these; those that stay keep their place and the focus."""
        for key in self._items.keys() - {entry.key for entry in entries}:
            item = self._items.pop(key)
            self._group.removeButton(item)
            item.deleteLater()
        for number, entry in enumerate(entries):
            if entry.key not in self._items:
                self._add(entry.key, number)
            self._items[entry.key].show_entry(entry)

    def _add(self, key: str, number: int) -> None:
        self._items[key] = item = _Item(self._theme)
        self._group.addButton(item)
        self._column.insertWidget(number, item)
        item.toggled.connect(lambda on: self._take(key) if on else None)

    @property
    def current(self) -> str:
        """Key of the chosen entry; empty before the first."""
        return self._current

    def words_of(self, key: str) -> str:
        """What is said of an entry."""
        return self._items[key].accessibleName()

    def choose(self, key: str) -> None:
        """Choose an entry."""
        self._items[key].setChecked(True)

    def _take(self, key: str) -> None:
        if key != self._current:
            self._current = key
            self.chosen.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End; arrows are the buttons' own."""
        order = [self._items[key] for key in self._items]
        if order and event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            wanted = order[0] if event.key() == Qt.Key.Key_Home else order[-1]
            wanted.setChecked(True)
            wanted.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)
