"""What stands between a person and a repository: terms to accept, and the access token."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.hub_account import HubAccount
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.text import TextRole, label

_NO_TOKEN = (
    "No access token is known. Gated and private repositories need one: make one that may read on "
    "your settings page, and paste it here. It is kept in the system's keyring; where there is "
    "none, in a file that only you can read."
)
_GATED = (
    "{repository} is open to who has accepted its terms. Log in on its page, read and accept them "
    "there, then try again; some owners look at each request first. LoLLMa shows who you are by "
    "your access token."
)
_PRIVATE = (
    "{repository} is not shown without knowing who you are: it is private, or there is none of "
    "that name. Check the name, and the access token below."
)


class HubAccess(Card):
    """The token, and for a closed repository the way to it.

    Args:
        account: Keeps the token.

    Signals:
        page_wanted: Open the page of the repository in the browser.
        settings_wanted: Open the page where tokens are made.
        again_wanted: Look into the repository once more.
        closed: The person has seen enough.
    """

    page_wanted = Signal()
    settings_wanted = Signal()
    again_wanted = Signal()
    closed = Signal()

    def __init__(self, account: HubAccount) -> None:
        super().__init__("Access token")
        self._account = account
        self.what = label("", wrap=True, selectable=True)
        self.page_button = button("Open its page", primary=True)
        self.again_button = button("Try again")
        self.state = label("", TextRole.MUTED, wrap=True, selectable=True)
        self.line = QLineEdit()
        self.save_button = button("Check and keep", tooltip="Ask the Hub whose token it is")
        self.check_button = button("Whose is it?", tooltip="Ask the Hub whose token is in use")
        self.forget_button = button("Forget", tooltip="Remove it from this PC")
        self.settings_button = button("Make one…", quiet=True, tooltip="Your tokens, on the Hub")
        self.close_button = button("Close", quiet=True, tooltip="Close this (Esc)")
        self._build()
        self._connect()
        self.show_for("")

    def _build(self) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setPlaceholderText("Paste a token: hf_…")
        self.line.setAccessibleName("Access token")
        self.header.addWidget(self.close_button)
        way = QHBoxLayout()
        for part in (self.page_button, self.again_button):
            way.addWidget(part)
        way.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        for tool in (self.save_button, self.check_button, self.forget_button, self.settings_button):
            row.addWidget(tool)
        self.body.addWidget(self.what)
        self.body.addLayout(way)
        self.body.addWidget(self.state)
        self.body.addLayout(row)

    def _connect(self) -> None:
        self.page_button.clicked.connect(self.page_wanted)
        self.again_button.clicked.connect(self.again_wanted)
        self.settings_button.clicked.connect(self.settings_wanted)
        self.close_button.clicked.connect(self.closed)
        self.line.returnPressed.connect(self._save)
        self.line.textChanged.connect(lambda _text: self._show())
        self.save_button.clicked.connect(self._save)
        self.check_button.clicked.connect(self._account.check)
        self.forget_button.clicked.connect(self._account.forget)
        self._account.changed.connect(self._show)
        self._account.failed.connect(self._show_trouble)

    # ---- wishes ----------------------------------------------------------------------------

    def show_for(self, repository: str, *, is_gated: bool = False) -> None:
        """Show the way to a closed repository; an empty name shows the token alone."""
        words = _GATED if is_gated else _PRIVATE
        self.what.setText(words.format(repository=repository))
        title = "Terms to accept first" if is_gated else "Not open to everybody"
        self.set_title(title if repository else "Access token")
        for part in (self.what, self.page_button, self.again_button):
            part.setVisible(bool(repository))
        self._show()

    def _save(self) -> None:
        token = self.line.text()
        self.line.clear()
        if token.strip():
            self._account.save(token)

    # ---- what is shown ---------------------------------------------------------------------

    def _show(self) -> None:
        account, is_working = self._account.account, self._account.is_working
        self.state.setText("Asking…" if is_working else self._words())
        self.save_button.setEnabled(bool(self.line.text().strip()) and not is_working)
        self.check_button.setVisible(bool(account.where))
        self.check_button.setEnabled(not is_working)
        self.forget_button.setVisible(account.is_ours)
        self.forget_button.setEnabled(not is_working)

    def _words(self) -> str:
        account = self._account.account
        if not account.where:
            return _NO_TOKEN
        whose = f"The token of {account.name}" if account.name else "A token"
        rest = "" if account.is_ours else " LoLLMa uses it as it is and does not copy it."
        return f"{whose} lies {account.where}.{rest}"

    def _show_trouble(self, error: LollmaError) -> None:
        self.state.setText(str(error))
