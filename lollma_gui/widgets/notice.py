"""Notices: what a person should know, said in the window instead of in a dialog."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_MOST = 3


class Notice(NamedTuple):
    """One thing to know.

    Attributes:
        title: What happened, one clear sentence.
        advice: What to do about it; may be empty.
        role: How bad it is: ``MUTED``, ``GOOD``, ``WARNING`` or ``BAD``.
        action: Words of the button; empty for none.
        key: Notices of one key replace each other; without one, those of one title do.
        other: Words of a second button, where there are two ways to go on.
    """

    title: str
    advice: str = ""
    role: Role = Role.MUTED
    action: str = ""
    key: str = ""
    other: str = ""


class _Row(QFrame):
    """One notice.

    Signals:
        acted: The person pressed its button; with True, the second one.
        closed: The person wants it gone.
    """

    acted = Signal(bool)
    closed = Signal()

    def __init__(self, theme: Theme, notice: Notice) -> None:
        super().__init__()
        self.setProperty("notice", notice.role.value)
        self.setAccessibleName(notice.title)
        self.setAccessibleDescription(notice.advice)
        self.action_button: QPushButton | None = None
        self.close_button = button("×", quiet=True, tooltip="Close this notice (Esc)")
        self.close_button.setProperty("kind", "close")
        self.close_button.setAccessibleName(f"Close: {notice.title}")
        self.close_button.clicked.connect(self.closed)
        dot = StatusDot(theme)
        dot.show_role(notice.role)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(dot)
        row.addLayout(self._texts(notice), 1)
        if notice.action:
            self.action_button = button(notice.action)
            self.action_button.clicked.connect(lambda: self.acted.emit(False))
            row.addWidget(self.action_button)
        if notice.other:
            other = button(notice.other)
            other.clicked.connect(lambda: self.acted.emit(True))
            row.addWidget(other)
        row.addWidget(self.close_button)

    def _texts(self, notice: Notice) -> QVBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(label(notice.title, TextRole.STRONG, selectable=True, wrap=True))
        if notice.advice:
            texts.addWidget(label(notice.advice, TextRole.MUTED, selectable=True, wrap=True))
        return texts

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the notice one is in."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class NoticeBar(QWidget):
    """At most three notices, the newest on top; takes no room while there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: dict[str, _Row] = {}
        self.setAccessibleName("Notices")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.hide()

    @property
    def titles(self) -> list[str]:
        """What is said now, the newest first."""
        return [row.accessibleName() for row in reversed(self._rows.values())]

    def show_notice(
        self,
        notice: Notice,
        on_action: Callable[[], None] | None = None,
        on_other: Callable[[], None] | None = None,
    ) -> None:
        """Show a notice on top, instead of one of the same key.

        Args:
            notice: What to say.
            on_action: Called when its button is pressed; the notice goes first.
            on_other: The same for its second button.
        """
        key = notice.key or notice.title
        self.clear(key)
        while len(self._rows) >= _MOST:
            self.clear(next(iter(self._rows)))
        self._rows[key] = row = _Row(self._theme, notice)
        row.closed.connect(lambda: self.clear(key))
        row.acted.connect(lambda other: self._act(key, on_other if other else on_action))
        self._column.insertWidget(0, row)
        self.show()
        announce(row)

    def clear(self, key: str) -> None:
        """Take away the notice of this key, if there is one."""
        row = self._rows.pop(key, None)
        if row is None:
            return
        if row.isAncestorOf(self.focusWidget() or self):
            self.focusNextChild()
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.setVisible(bool(self._rows))

    def _act(self, key: str, on_action: Callable[[], None] | None) -> None:
        self.clear(key)
        if on_action is not None:
            on_action()


def announce(row: QWidget) -> None:
    """Have a screen reader read a notice out though the focus is elsewhere."""
    # Not at the top: these names take two milliseconds of the start.
    from PySide6.QtGui import QAccessible, QAccessibleEvent

    QAccessible.updateAccessibility(QAccessibleEvent(row, QAccessible.Event.Alert))
