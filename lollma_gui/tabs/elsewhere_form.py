"""Name, address and key of a server on another PC, typed in by a person."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_address import api_address, host_of, reading_aloud
from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_WHAT = (
    "Any server of OpenAI's protocol: another LoLLMa's, TextGen, llama-server, KoboldCpp. LoLLMa "
    "asks it every few seconds how it is; nothing is installed there."
)


class ElsewhereForm(Card):
    """A form for a new server, or for one that is there.

    Args:
        title: What it is for.
        verb: What the button does.
        theme: The colours.

    Signals:
        taken: Name, address and key, the address checked and whole; an empty key is "as it was".
        closed: The person wants none of it.
    """

    taken = Signal(str, str, str)
    closed = Signal()

    def __init__(self, title: str, verb: str, theme: Theme) -> None:
        super().__init__(title)
        self._dot = StatusDot(theme)
        self._words = QWidget()
        self._kept = ""
        self.name = QLineEdit()
        self.url = QLineEdit()
        self.key = QLineEdit()
        self.said = label("", TextRole.MUTED, wrap=True, selectable=True)
        self.take = button(verb, primary=True)
        self.close_button = button("Cancel")
        self._build()
        for line in (self.name, self.url, self.key):
            line.textChanged.connect(self._show)
            line.returnPressed.connect(self._take)
        self.take.clicked.connect(self._take)
        self.close_button.clicked.connect(self.closed)
        self.fill("", "")

    def _build(self) -> None:
        self.url.setProperty("role", "mono")
        self.url.setPlaceholderText("http://192.168.1.20:5000/v1")
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        for words, line in (("Address", self.url), ("Key", self.key), ("Name", self.name)):
            line.setAccessibleName(words)
            form.addRow(label(words, TextRole.MUTED), line)
        row = QHBoxLayout()
        row.addWidget(self.take)
        row.addWidget(self.close_button)
        row.addStretch(1)
        told = QHBoxLayout(self._words)
        told.setContentsMargins(0, 0, 0, 0)
        told.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.said, 1)
        self.body.addLayout(form)
        self.body.addWidget(self._words)
        self.body.addLayout(row)

    def fill(self, name: str, url: str, key: str = "") -> None:
        """Show what is set; a key that is kept is never shown again."""
        self._kept = key
        self.name.setText(name)
        self.url.setText(url)
        self.key.clear()
        self.key.setPlaceholderText("as it is" if key else "none")
        self._show()

    def _show(self) -> None:
        typed = self.url.text().strip()
        self.take.setEnabled(bool(typed))
        self.name.setPlaceholderText(_host(typed) if "://" in typed else "")
        if not typed:
            self._say(_WHAT)
            return
        try:
            self._say(
                reading_aloud(api_address(typed), self.key.text() or self._kept), Role.WARNING
            )
        except LollmaError as error:
            self._say(str(error))

    def _say(self, words: str, role: Role = Role.MUTED) -> None:
        self.said.setText(words)
        self._dot.show_role(role)
        self._words.setVisible(bool(words))

    def _take(self) -> None:
        try:
            url = api_address(self.url.text())
        except LollmaError as error:
            self._say(str(error), Role.BAD)
            self.url.setFocus()
            return
        key = self.key.text().strip()
        self.key.clear()
        self.taken.emit(self.name.text().strip() or host_of(url), url, key)


def _host(typed: str) -> str:
    try:
        return host_of(api_address(typed))
    except LollmaError:
        return ""
