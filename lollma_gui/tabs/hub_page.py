"""Hugging Face: one line to search or to name a repository, and what comes of it."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.hub_files import HubFile
from lollma_gui.core.hub_source import parse_hub
from lollma_gui.qt.hub import Hub
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.library import Library
from lollma_gui.services.http_stream import HubClosed, TransferError
from lollma_gui.tabs.hub_access import HubAccess
from lollma_gui.tabs.hub_repository_page import HubRepositoryPage
from lollma_gui.tabs.hub_search_page import EXAMPLE, HubSearchPage
from lollma_gui.tabs.web_links import offer_address, open_address
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.theme import Role, Theme

_GAP = 12
#: Who still writes is not searched for.
_PAUSE_MS = 400


class HubPage(QWidget):
    """Search, and the repository one has chosen.

    Args:
        hub: What speaks with the Hub.
        knowledge: Facts of the PC; takes what is to stay free.
        library: What is on this PC already.
        theme: The colours.

    Signals:
        margins_chosen: Bytes to stay free on each GPU (None = automatic), and for games.
        download_wanted: A ``HubDownload`` to be fetched.
    """

    margins_chosen = Signal(object, object)
    download_wanted = Signal(object)

    def __init__(self, hub: Hub, knowledge: Knowledge, library: Library, theme: Theme) -> None:
        super().__init__()
        self._hub = hub
        self._library = library
        self._here: set[tuple[str, int]] = set()
        self.line = QLineEdit()
        self.go_button = button("Search", primary=True)
        self.cancel_button = button("Cancel", tooltip="Ask for no more (Esc)")
        self.token_button = button("Access token", quiet=True, tooltip="For gated and private ones")
        self.notices = NoticeBar(theme)
        self.access = HubAccess(hub.account)
        self.search = HubSearchPage(hub.finder, theme)
        self.repository = HubRepositoryPage(hub, knowledge, self._is_here, theme)
        self.pages = QStackedWidget()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._build()
        self._connect()
        self._take_library()
        self._show_working()
        self._show_way()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.line.setPlaceholderText("Search Hugging Face, or paste owner/repository or an address")
        self.line.setAccessibleName("Search Hugging Face, or name a repository")
        self.line.setToolTip("Words to search for, a repository, or a file on the Hub (Ctrl+L)")
        self.line.setClearButtonEnabled(True)
        asking = QHBoxLayout()
        asking.setSpacing(8)
        asking.addWidget(self.line, 1)
        for tool in (self.go_button, self.cancel_button, self.token_button):
            asking.addWidget(tool)
        self.access.hide()
        self.pages.addWidget(self.search)
        self.pages.addWidget(self.repository)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addLayout(asking)
        column.addWidget(self.notices)
        column.addWidget(self.access)
        column.addWidget(self.pages, 1)

    def _connect(self) -> None:
        hub, search, repository = self._hub, self.search, self.repository
        self.line.returnPressed.connect(self.go)
        self.line.textEdited.connect(self._on_typed)
        self.line.textChanged.connect(lambda _text: self._show_way())
        self.go_button.clicked.connect(self.go)
        self.cancel_button.clicked.connect(self.cancel)
        self.token_button.clicked.connect(self._show_token)
        self._pause.timeout.connect(self._search)
        search.opened.connect(self.open)
        search.filters_changed.connect(self._search)
        search.step_chosen.connect(self._take_step)
        repository.margins_chosen.connect(self.margins_chosen)
        repository.download_wanted.connect(self.download_wanted)
        repository.back_wanted.connect(self.back)
        repository.page_wanted.connect(self._open_page)
        repository.link_clicked.connect(lambda address: offer_address(self.notices, address))
        self.access.page_wanted.connect(self._open_page)
        self.access.settings_wanted.connect(lambda: self._open("settings/tokens"))
        self.access.again_wanted.connect(self._look_again)
        self.access.closed.connect(self.access.hide)
        self._library.changed.connect(self._take_library)
        for part in (hub.finder, hub.check):
            part.changed.connect(self._show_working)
        hub.finder.failed.connect(self._show_search_trouble)
        hub.check.failed.connect(self._show_error)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what is under way, else goes back."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._is_working:
            self.cancel()
        elif self.access.isVisible():
            self.access.hide()
            self.line.setFocus()
        elif self.is_in_repository:
            self.back()
        else:
            super().keyPressEvent(event)

    # ---- wishes ----------------------------------------------------------------------------

    @property
    def is_in_repository(self) -> bool:
        """Whether a repository is shown, and not what was found."""
        return self.pages.currentWidget() is self.repository

    def focus_line(self) -> None:
        """Write into the line; what stands there is marked, to be replaced."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def go(self) -> None:
        """Open the repository that stands in the line, or search for the words there."""
        self._pause.stop()
        text = self.line.text().strip()
        if not text:
            self.focus_line()
        elif self._names_repository(text):
            self.look(text)
        elif "://" in text:
            self._hub.check.look(text)  # it says why it cannot be opened
        else:
            self._search()
            self.search.focus_rows()

    def open(self, repository: str) -> None:
        """Open a repository that was found."""
        self.look(repository)

    def look(self, text: str) -> None:
        """Look into what is named here."""
        self._pause.stop()
        self.notices.clear("hub")
        self.access.hide()
        self.pages.setCurrentWidget(self.repository)
        self.repository.show_part("files")
        self.repository.adviser.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._hub.check.look(text)

    def back(self) -> None:
        """Back to what was found, on the row one came from."""
        self._hub.check.cancel()
        self.access.hide()
        self.notices.clear("hub")
        self.pages.setCurrentWidget(self.search)
        row = self.search.results.row_of(self._hub.check.repository)
        if row >= 0:
            self.search.rows.setCurrentIndex(self.search.results.index(row))
            self.search.focus_rows()
        else:
            self.line.setFocus()

    def cancel(self) -> None:
        """Ask for no more; what is there stays."""
        self._pause.stop()
        if self._hub.check.is_working:
            self._hub.check.cancel()
            if not self._hub.check.files:
                self.back()
        if self._hub.finder.is_working:
            self._hub.finder.cancel()

    def _look_again(self) -> None:
        self.look(self._asked_for())

    def _asked_for(self) -> str:
        check = self._hub.check
        at = "" if check.revision == "main" else f"/tree/{check.revision}"
        base = f"{self._endpoint()}/" if at else ""
        return f"{base}{check.repository}{at}"

    def _on_typed(self, text: str) -> None:
        """Words are searched for after a pause; what names a repository waits for Enter."""
        if text.strip() and not self._names_repository(text) and "://" not in text:
            self._pause.start()
        else:
            self._pause.stop()

    def _search(self) -> None:
        text = self.line.text().strip()
        self.notices.clear("hub")
        self.access.hide()
        self.pages.setCurrentWidget(self.search)
        self.search.search("" if self._names_repository(text) else text)

    def _take_step(self, key: str) -> None:
        if key == "trending":
            self.line.clear()
            self._search()
        else:
            self.line.setText(EXAMPLE)
            self.focus_line()

    def _names_repository(self, text: str) -> bool:
        if not text.strip():
            return False  # without asking huggingface_hub, which takes its time to come in
        try:
            parse_hub(text, self._endpoint())
        except LollmaError:
            return False
        return True

    # ---- elsewhere -------------------------------------------------------------------------

    def _endpoint(self) -> str:
        return self._hub.check.endpoint

    def _open(self, path: str) -> None:
        open_address(f"{self._endpoint()}/{path}")

    def _open_page(self) -> None:
        self._open(self._hub.check.repository)

    def _show_token(self) -> None:
        self.access.show_for("")
        self.access.show()
        self.access.line.setFocus()
        self._hub.account.look()

    def _take_library(self) -> None:
        infos = (entry.info for entry in self._library.entries if not entry.problem)
        self._here = {(_name(i.files[0]), i.size_bytes) for i in infos if i is not None}
        self.repository.refresh()

    def _is_here(self, file: HubFile) -> bool:
        return (file.name, file.size) in self._here

    # ---- what is shown ---------------------------------------------------------------------

    @property
    def _is_working(self) -> bool:
        return self._hub.check.is_working or self._hub.finder.is_working

    def _show_working(self) -> None:
        if self.cancel_button.hasFocus() and not self._is_working:
            self.line.setFocus()
        self.cancel_button.setVisible(self._is_working)

    def _show_way(self) -> None:
        """The button says what Enter does."""
        opens = self._names_repository(self.line.text())
        self.go_button.setText("Open" if opens else "Search")
        self.go_button.setToolTip("Look into it (Enter)" if opens else "Search (Enter)")

    def _show_search_trouble(self, error: LollmaError) -> None:
        """Where something is shown all the same; else the page itself says it."""
        if self._hub.finder.hits and not self.is_in_repository:
            notice = Notice(error.title, error.advice, Role.WARNING, "Try again", key="hub")
            self.notices.show_notice(notice, self._hub.finder.again)

    def _show_error(self, error: LollmaError) -> None:
        if isinstance(error, HubClosed):
            self.access.show_for(self._hub.check.repository, is_gated=error.is_gated)
            self.access.show()
            self._hub.account.look()
            return
        role = Role.WARNING if self._hub.check.rows else Role.BAD
        action = "Try again" if isinstance(error, TransferError) else ""
        notice = Notice(error.title, error.advice, role, action, key="hub")
        self.notices.show_notice(notice, self._look_again)


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
