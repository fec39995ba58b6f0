"""Name, address and key of a server on another PC, typed in by a person."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_address import api_address, host_of, reading_aloud
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.text import TextRole, label


class ElsewhereForm(Card):
    """A form for a new server, or for one that is there.

    Args:
        title: What it is for.
        verb: What the button does.

    Signals:
        taken: Name, address and key, the address checked and whole; an empty key is "as it was".
        closed: The person wants none of it.
    """

    taken = Signal(str, str, str)
    closed = Signal()

    def __init__(self, title: str, verb: str) -> None:
        super().__init__(title)
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
        self.body.addLayout(form)
        self.body.addWidget(self.said)
        self.body.addLayout(row)

    def fill(self, name: str, url: str, *, has_key: bool = False) -> None:
        """Show what is set; a key is never shown again."""
        self.name.setText(name)
        self.url.setText(url)
        self.key.clear()
        self.key.setPlaceholderText("as it is" if has_key else "none")
        self._show()

    def _show(self) -> None:
        typed = self.url.text().strip()
        words = (
            "Any server of OpenAI's protocol: another LoLLMa's, TextGen, llama-server, KoboldCpp. "
            "LoLLMa asks it every few seconds how it is; nothing is installed there."
        )
        if typed:
            try:
                words = reading_aloud(api_address(typed), self.key.text())
            except LollmaError as error:
                words = str(error)
        self.said.setText(words)
        self.take.setEnabled(bool(typed))
        if typed and "://" in typed:
            self.name.setPlaceholderText(_host(typed))

    def _take(self) -> None:
        try:
            url = api_address(self.url.text())
        except LollmaError as error:
            self.said.setText(str(error))
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
