"""What runs models: our own engine and every server program, side by side."""

import secrets
from collections.abc import Callable

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.core.server_config import ELSEWHERE, AtClose, ServerConfig
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.servers import Removed, Servers
from lollma_gui.tabs import server_words
from lollma_gui.tabs.elsewhere_form import ElsewhereForm
from lollma_gui.tabs.elsewhere_page import ElsewherePage
from lollma_gui.tabs.engine_page import EnginePage
from lollma_gui.tabs.server_page import ServerPage
from lollma_gui.tabs.server_problem import ServerHelp
from lollma_gui.tabs.servers_list import Entry, ServersList
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.model_picker import ROLES
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.theme import Role, Theme

ENGINE = "engine"
_LIST_WIDTH = 220


class ServersTab(QWidget):
    """The list on the left, the page of the chosen one on the right.

    Args:
        engine: Our own engine.
        engine_log: What it says.
        servers: The servers.
        log_of: The log of a server, by its id.
        help_: The rest of the app.
        background: For what takes a moment.
        theme: The colours.

    Signals:
        failed: A ``LollmaError`` that belongs to no server's state.
        watched: Whether somebody looks at it: what servers take of the GPUs is to be read.
    """

    failed = Signal(object)
    watched = Signal(bool)

    def __init__(
        self,
        engine: Engine,
        engine_log: LogStream,
        servers: Servers,
        log_of: Callable[[str], LogStream],
        help_: ServerHelp,
        background: Background,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._engine = engine
        self._servers = servers
        self._log_of = log_of
        self._help = help_
        self._background = background
        self._theme = theme
        self._pages: dict[str, ServerPage] = {}
        self._elsewhere: dict[str, ElsewherePage] = {}
        self._watched: set[str] = set()
        self.list = ServersList(theme)
        self.engine_page = EnginePage(engine, engine_log, background, theme)
        self.notices = NoticeBar(theme)
        self.add_button = button("Add a server ▾", tooltip="Of a program, or on another PC")
        self.form = ElsewhereForm("A server on another PC", "Add", theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.engine_page)
        self._stack.addWidget(self._form_page())
        self._build()
        self._connect()
        self._take_servers()
        self.list.choose(ENGINE)

    def _connect(self) -> None:
        engine, servers = self._engine, self._servers
        self.list.chosen.connect(self._show)
        self.add_button.clicked.connect(self._open_programs)
        self.form.taken.connect(self._add_elsewhere)
        self.form.closed.connect(lambda: self._show(self.list.current))
        engine.status_changed.connect(self._show_entries)
        servers.changed.connect(self._take_servers)
        servers.left_over.connect(lambda session: self.show_server(session.config.id))

    def _build(self) -> None:
        card = Card()
        card.setFixedWidth(_LIST_WIDTH)
        card.body.setContentsMargins(0, 0, 0, 0)
        scrolled = QFrame()
        fill_with_scrolled(scrolled, self.list)
        self.list.setAutoFillBackground(False)  # the card shows through
        card.body.addWidget(scrolled)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 12)
        foot.addWidget(self.add_button)
        card.body.addLayout(foot)
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(self.notices)
        right.addWidget(self._stack)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(12)
        row.addWidget(card)
        row.addLayout(right, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self.watched.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks any more."""
        super().hideEvent(event)
        self.watched.emit(False)

    # ---- adding and removing ---------------------------------------------------------------

    def make_menu(self) -> QMenu:
        """The programs of which one more server can be set up, and servers elsewhere."""
        menu = QMenu(self)
        menu.setAccessibleName("Programs")
        for key, program in self._servers.programs.items():
            if key != ELSEWHERE:
                action = menu.addAction(program.name.replace("&", "&&"))
                action.triggered.connect(lambda _=False, k=key: self._add(k))
        menu.addSeparator()
        menu.addAction("On another PC…").triggered.connect(self.show_form)
        return menu

    def _open_programs(self) -> None:
        menu = self.make_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.add_button.mapToGlobal(QPoint(0, self.add_button.height() + 4)))

    def _add(self, program: str) -> None:
        self.show_server(self._servers.add_another(program).config.id)

    def _remove(self, session: ServerSession) -> None:
        removed = self._servers.remove(session)
        if removed is not None:
            name = removed.config.name
            notice = Notice(f"{name} is off the list.", action="Undo", key=removed.config.id)
            self.notices.show_notice(notice, lambda: self._bring_back(removed))

    def _say(self, title: str, advice: str) -> None:
        self.notices.show_notice(Notice(title, advice, Role.GOOD))

    def _bring_back(self, removed: Removed) -> None:
        session = self._servers.bring_back(removed)
        if removed.config.program == ELSEWHERE:
            session.start()  # it runs over there: asked again whether it answers
        self.show_server(session.config.id)

    # ---- servers ---------------------------------------------------------------------------

    def _take_servers(self) -> None:
        """Servers came or went; of each program there is at least one."""
        if self._servers.is_loaded:
            there = {session.config.program for session in self._servers.sessions} | {ELSEWHERE}
            missing = next((key for key in self._servers.programs if key not in there), None)
            if missing is not None:
                self._servers.add(missing)  # which brings us here again
                return
        known = {session.config.id: session for session in self._servers.sessions}
        for gone in (self._pages.keys() | self._elsewhere.keys()) - known.keys():
            page = self._pages.pop(gone, None) or self._elsewhere.pop(gone)
            self._stack.removeWidget(page)
            page.deleteLater()
        self._watched &= known.keys()
        for session in known.values():
            if session.config.id not in self._watched:
                self._watched.add(session.config.id)
                session.status_changed.connect(self._show_entries)
                session.found_changed.connect(self._show_entries)
                session.config_changed.connect(self._show_entries)
        self._show_entries()
        if self.list.current not in (ENGINE, "", *known):
            self.list.choose(ENGINE)

    def _show_entries(self) -> None:
        status = self._engine.status
        entries = [Entry(ENGINE, "Built-in llama.cpp", _engine_words(status), ROLES[status.state])]
        order = list(self._servers.programs)
        sessions = sorted(self._servers.sessions, key=lambda s: order.index(s.config.program))
        self.list.show_entries([*entries, *map(_entry, sessions)])

    def show_server(self, server_id: str) -> None:
        """Show the page of a server."""
        self._show_entries()
        self.list.choose(server_id)

    def page(self, server_id: str) -> ServerPage:
        """The page of a server; made when it is first looked at."""
        if server_id not in self._pages:
            session = self._servers.session(server_id)
            assert session is not None
            page = ServerPage(
                session,
                self._servers,
                self._log_of(server_id),
                self._help,
                self._background,
                self._theme,
            )
            page.failed.connect(self.failed)
            page.said.connect(self._say)
            page.removal_wanted.connect(lambda: self._remove(session))
            self._pages[server_id] = page
            self._stack.addWidget(page)
        return self._pages[server_id]

    def elsewhere_page(self, server_id: str) -> ElsewherePage:
        """The page of a server on another PC; made when it is first looked at."""
        if server_id not in self._elsewhere:
            session = self._servers.session(server_id)
            assert session is not None
            page = ElsewherePage(session, self._servers, self._theme)
            page.remove_wanted.connect(lambda: self._remove_elsewhere(session))
            self._elsewhere[server_id] = page
            self._stack.addWidget(page)
        return self._elsewhere[server_id]

    def _show(self, key: str) -> None:
        self._stack.setCurrentWidget(self._page_of(key))

    def _page_of(self, key: str) -> QWidget:
        session = self._servers.session(key)
        if session is None:
            return self.engine_page
        is_elsewhere = session.config.program == ELSEWHERE
        return self.elsewhere_page(key) if is_elsewhere else self.page(key)

    # ---- servers elsewhere -----------------------------------------------------------------

    def _form_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        return page

    def show_form(self) -> None:
        """Ask for the address of a server elsewhere."""
        self.form.fill("", "")
        self._stack.setCurrentIndex(1)
        self.form.url.setFocus()

    def _add_elsewhere(self, name: str, url: str, key: str) -> None:
        server_id = f"{ELSEWHERE}-{secrets.token_hex(3)}"
        options = {"url": url}
        self._put_elsewhere(
            ServerConfig(
                *(server_id, ELSEWHERE, name),
                autostart=True,
                at_close=AtClose.STOP,
                options=options,
            ),
            key,
        )

    def _put_elsewhere(self, config: ServerConfig, key: str) -> None:
        session = self._servers.put(config, key)
        session.start()
        self.show_server(config.id)

    def _remove_elsewhere(self, session: ServerSession) -> None:
        """It is asked no more, then forgotten; with a way back."""

        def remove() -> None:
            if session.status.is_at_rest and self._servers.session(session.config.id) is session:
                self._remove(session)

        session.status_changed.connect(remove)
        session.stop()


def _entry(session: ServerSession) -> Entry:
    words = server_words.state_words(session)
    return Entry(
        session.config.id, session.config.name, words, server_words.role_of(session.status)
    )


def _engine_words(status: EngineStatus) -> str:
    return "no model loaded" if status.state is EngineState.NOT_LOADED else status.words()
