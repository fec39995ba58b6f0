"""A text to be copied: an address, a key, a command line."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from lollma_gui.widgets.buttons import button


class CopyLine(QWidget):
    """A text that can be marked, with a button that copies it.

    Args:
        name: What it is, for screen readers.
        hidden: Whether its letters are dots until somebody asks to see them.
    """

    def __init__(self, name: str, *, hidden: bool = False) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.line = QLineEdit()
        self.line.setReadOnly(True)
        self.line.setAccessibleName(name)
        self.line.setProperty("role", "mono")
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.copy: QPushButton = button("Copy", tooltip=f"Copy: {name}")
        self.copy.setAccessibleName(f"Copy: {name}")
        self.copy.clicked.connect(self._copy)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self.line, 1)
        if hidden:
            self._add_show()
        self._row.addWidget(self.copy)

    def _add_show(self) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        shows = button("Show", tooltip="Show its letters")
        shows.setCheckable(True)
        modes = QLineEdit.EchoMode
        shows.toggled.connect(
            lambda on: self.line.setEchoMode(modes.Normal if on else modes.Password)
        )
        self._row.addWidget(shows)

    def add_button(self, made: QPushButton) -> None:
        """One more button at the end."""
        self._row.addWidget(made)

    def show_text(self, text: str) -> None:
        """Show this text from its beginning."""
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)
        self.copy.setEnabled(bool(text))

    @property
    def text(self) -> str:
        """What is shown."""
        return self.line.text()

    def _copy(self) -> None:
        # Not through the line: one with dots copies nothing.
        QGuiApplication.clipboard().setText(self.line.text())
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
