"""A name and a note for a profile, typed in the window instead of in a dialog."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit

from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.text import label


class ProfileForm(Card):
    """Asks for a name.

    Signals:
        accepted: Name, note, and whether it is for the one model only.
        cancelled: The person thought better of it.
    """

    accepted = Signal(str, str, bool)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__("Profile")
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name")
        self.name.setAccessibleName("Name of the profile")
        self.note = QLineEdit()
        self.note.setPlaceholderText("Note (optional)")
        self.note.setAccessibleName("Note")
        self.only_model = QCheckBox("Only for this model")
        self.ok_button = button("Save", primary=True)
        self.cancel_button = button("Cancel")
        self.problem = label("", wrap=True, selectable=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.name, 2)
        row.addWidget(self.note, 3)
        row.addWidget(self.only_model)
        row.addWidget(self.ok_button)
        row.addWidget(self.cancel_button)
        self.body.addLayout(row)
        self.body.addWidget(self.problem)
        self.ok_button.clicked.connect(self._accept)
        self.name.returnPressed.connect(self._accept)
        self.note.returnPressed.connect(self._accept)
        self.cancel_button.clicked.connect(self._cancel)

    def ask(self, title: str, verb: str, name: str, *, full: bool, may_be_for_one: bool) -> None:
        """Ask for a name.

        Args:
            title: What is to be named.
            verb: Words of the button.
            name: What to start from.
            full: Whether a note belongs to it.
            may_be_for_one: Whether it can be for one model only.
        """
        self.set_title(title)
        self.ok_button.setText(verb)
        self.ok_button.setAccessibleName(verb)
        self.name.setText(name)
        self.note.clear()
        self.note.setVisible(full)
        self.only_model.setChecked(False)
        self.only_model.setVisible(may_be_for_one)
        self.show_problem("")
        self.show()
        self.name.selectAll()
        self.name.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_problem(self, sentence: str) -> None:
        """Why the name cannot be taken."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.name.setAccessibleDescription(sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape is Cancel."""
        if event.key() == Qt.Key.Key_Escape:
            self._cancel()
        else:
            super().keyPressEvent(event)

    def _accept(self) -> None:
        # Not isVisible: the form may be asked while the window is hidden.
        only_model = self.only_model.isChecked() and not self.only_model.isHidden()
        self.accepted.emit(self.name.text(), self.note.text(), only_model)

    def _cancel(self) -> None:
        self.hide()
        self.cancelled.emit()
