"""A new name for a model's file, typed in the window instead of in a dialog."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_file_names import renamed, stem_of
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.text import TextRole, label


class RenameForm(QWidget):
    """Asks for a name; says at once which cannot be.

    Signals:
        accepted: The new name.
    """

    accepted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._path = ""
        self.name = QLineEdit()
        self.name.setAccessibleName("New name of the file")
        self.ok_button = button("Rename", primary=True)
        self.cancel_button = button("Cancel")
        self.problem = label("", TextRole.CAPTION, wrap=True)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.name, 1)
        row.addWidget(self.ok_button)
        row.addWidget(self.cancel_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.problem)
        self.name.textChanged.connect(self._check)
        self.name.returnPressed.connect(self._accept)
        self.ok_button.clicked.connect(self._accept)
        self.cancel_button.clicked.connect(self.hide)

    def ask(self, path: str) -> None:
        """Ask for another name of this file."""
        self._path = path
        self.name.setText(stem_of(path))
        self.show()
        self.name.selectAll()
        self.name.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _check(self) -> None:
        problem = ""
        try:
            renamed([self._path], self.name.text())
        except LollmaError as error:
            problem = str(error)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.ok_button.setEnabled(not problem)
        self.name.setAccessibleDescription(problem)

    def _accept(self) -> None:
        if self.ok_button.isEnabled():
            self.hide()
            self.accepted.emit(self.name.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape is Cancel."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
