"""Notifications of the system, where it has a place for them."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

_SHOWN_MS = 10_000


class SystemNotifier(QObject):
    """Tells through an icon in the system's tray, which is there once there was something to tell.

    Args:
        make_icon: Gives the program's icon when it is needed.
        parent: The Qt parent.

    Signals:
        clicked: The person wants to see more.
    """

    clicked = Signal()

    def __init__(self, make_icon: Callable[[], QIcon], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_icon = make_icon
        self._tray: QSystemTrayIcon | None = None

    def is_available(self) -> bool:
        """Whether this desktop shows such notifications."""
        return QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()

    def tell(self, title: str, words: str) -> None:
        """Show a notification; nothing happens where the desktop has no place for it."""
        if not self.is_available():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._make_icon(), self)
            self._tray.setToolTip("LoLLMa")
            self._tray.messageClicked.connect(self.clicked)
            self._tray.activated.connect(lambda _reason: self.clicked.emit())
        self._tray.show()
        self._tray.showMessage(title, words, self._tray.icon(), _SHOWN_MS)

    def hide(self) -> None:
        """Take the icon out of the tray."""
        if self._tray is not None:
            self._tray.hide()
