"""One server: its head, what is wrong with it, its log, who can connect, options, installation."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from lollma_gui.core.memory_plan import TargetDevice
from lollma_gui.core.network_reach import OwnAddress
from lollma_gui.core.rpc_workers import are_on, workers_of
from lollma_gui.core.server_config import Access, ServerConfig
from lollma_gui.core.server_failures import Fix
from lollma_gui.core.server_state import ServerState, ServerStatus
from lollma_gui.qt.background import Background
from lollma_gui.qt.koboldcpp_file import KoboldCppFile
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.qt.rpc_workers import RpcWorkers
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.servers import Servers
from lollma_gui.qt.textgen_care import TextGenCare
from lollma_gui.services import process_ending
from lollma_gui.services.own_addresses import own_addresses
from lollma_gui.services.secrets import new_key
from lollma_gui.services.servers import ports
from lollma_gui.tabs import server_problem, server_words
from lollma_gui.tabs.koboldcpp_row import KoboldCppRow
from lollma_gui.tabs.rpc_box import RpcBox
from lollma_gui.tabs.server_header import ServerHeader
from lollma_gui.tabs.server_options import ServerOptions
from lollma_gui.tabs.server_problem import ServerHelp
from lollma_gui.tabs.textgen_setup import TextGenSetup
from lollma_gui.widgets.buttons import SegmentedControl
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.connect_card import ConnectCard
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.log_view import LogView
from lollma_gui.widgets.problem_card import ProblemCard
from lollma_gui.widgets.theme import Theme

_PARTS = (("log", "Log"), ("connect", "Connect"), ("options", "Options"), ("install", "Install"))
#: Its place is a folder, not a file, and it is looked after with git.
TEXTGEN = "textgen"
#: It has files of settings of its own.
KOBOLDCPP = "koboldcpp"
#: They hand ``--rpc`` to llama.cpp.
_WITH_RPC = (TEXTGEN, "llama-server")


class ServerPage(QWidget):
    """Everything about one server.

    Args:
        session: The server.
        servers: Keeps it.
        log: Its log.
        help_: The rest of the app.
        background: For what takes a moment.
        theme: The colours.

    Signals:
        failed: A ``LollmaError`` that belongs to no server's state.
        removal_wanted: It is to be taken off the list.
        said: What was done, and a second sentence on it.
    """

    failed = Signal(object)
    removal_wanted = Signal()
    said = Signal(str, str)

    def __init__(
        self,
        session: ServerSession,
        servers: Servers,
        log: LogStream,
        help_: ServerHelp,
        background: Background,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._session = session
        self._servers = servers
        self._stream = log
        self._help = help_
        self._background = background
        self._addresses: list[OwnAddress] = []
        self._problem_about: object = None
        self._started: tuple[object, ...] | None = None
        self._last_state = session.status.state
        self.problem = ProblemCard(theme)
        self.connect_card = ConnectCard(theme)
        self.header = ServerHeader(self.connect_card.choice, help_.choices)
        self.options = ServerOptions()
        if session.program.key == KOBOLDCPP:
            self._add_files()
        self._workers: RpcWorkers | None = None
        if session.program.key in _WITH_RPC:
            self._workers = RpcWorkers(session, background, self)
            box = RpcBox(self._workers, self._say_spread, theme)
            self.options.add_row("Other PCs", box)
        empty = "What it says stands here once it is started."
        self.log = LogView(theme, background, f"Log of {session.config.name}", empty)
        self.log.show_stream(log)
        self.setup = self._make_setup()
        self.part = SegmentedControl(_PARTS, "What is shown below")
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self._show_config(session.config)
        self._show_found()

    # ---- layout ----------------------------------------------------------------------------

    def _make_setup(self) -> EmptyState | TextGenSetup:
        program = self._session.program
        if program.key == TEXTGEN:
            return TextGenSetup(self._session, TextGenCare(self._session, self._background))
        actions = [("choose", "It is here already…")]
        if program.can_install:
            actions = [("install", "Install"), ("elsewhere", "Install into…"), *actions]
        return EmptyState(program.name, "", actions)

    def _add_files(self) -> None:
        file = KoboldCppFile(self._session, self._background)
        file.failed.connect(self.failed)
        row = KoboldCppRow(file, self._help)
        row.said.connect(self.said)
        self.options.add_row("Settings file", row)

    def _build(self) -> None:
        connect = QWidget()
        inner = QVBoxLayout(connect)
        inner.setContentsMargins(0, 0, 0, 0)
        self._only_here = EmptyState(
            "This PC only",
            "Only programs on this PC can connect. Choose “My network” to let your other devices "
            "in: a key is made for you.",
            [("network", "My network")],
        )
        inner.addWidget(self.connect_card)
        inner.addWidget(self._only_here, 1)
        inner.addStretch(0)
        for page in (self.log, connect, self.options, self.setup):
            self._stack.addWidget(page)
        lower = Card()
        lower.header.insertWidget(0, self.part)
        lower.header.addStretch(1)
        lower.set_title("")  # its header has something in it now
        lower.body.addWidget(self._stack)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.problem)
        column.addWidget(self.header)
        column.addWidget(lower, 1)

    def _connect(self) -> None:
        session, header = self._session, self.header
        session.status_changed.connect(self._show_status)
        session.figures_changed.connect(self._show_header)
        session.config_changed.connect(self._show_config)
        session.found_changed.connect(self._show_found)
        header.start_wanted.connect(session.start)
        header.restart_wanted.connect(session.restart)
        header.stop_wanted.connect(lambda at_once: session.stop(now=at_once))
        header.browser_wanted.connect(self._open_browser)
        header.model_chosen.connect(session.switch_model)
        header.port.chosen.connect(self._set_port)
        self.connect_card.access_chosen.connect(self._set_access)
        self.connect_card.new_key_wanted.connect(self._make_key)
        self.options.changed.connect(session.configure)
        self.options.place_wanted.connect(self._choose_place)
        self.options.removal_wanted.connect(self.removal_wanted)
        self._servers.changed.connect(self._show_removal)
        self.log.failed.connect(self.failed)
        self.setup.chosen.connect(self._set_up)
        self._only_here.chosen.connect(lambda _key: self._set_access(Access.NETWORK))
        self.part.chosen.connect(self.show_part)
        self.problem.chosen.connect(self._mend)

    # ---- what is shown ---------------------------------------------------------------------

    def show_part(self, part: str) -> None:
        """Show the log, who can connect, the options, or the installation."""
        self.part.choose(part)
        self._stack.setCurrentIndex([key for key, _words in _PARTS].index(part))
        if part == "options" and self._session.found is not None:
            self._session.command_line(sys.platform == "win32", self.options.show_command)

    def _show_status(self, status: ServerStatus) -> None:
        if status.state is not self._last_state:
            if status.state is ServerState.STARTING:
                self._started = self._lasting()
            if status.state in (ServerState.STARTING, ServerState.INSTALLING):
                self.show_part("log")
            self._last_state = status.state
        self._show_header()
        self._show_reach()
        self._show_problem()
        self._show_removal()

    def _lasting(self) -> tuple[object, ...]:
        """What a running server keeps until it is started anew."""
        config = self._session.config
        place = (config.folder, config.binary, config.port, config.access)
        workers = are_on(config.options) and workers_of(config.options)
        return (*place, config.environment, config.extra_flags, self._session.key, workers)

    def _show_header(self) -> None:
        waits = self._started is not None and self._started != self._lasting()
        self.header.show_session(self._session, needs_restart=waits)

    def _show_problem(self) -> None:
        session, status = self._session, self._session.status
        told = (status.state, status.problem, status.lines, status.taken_port)
        about = (*told, session.left_over, session.found)
        if about != self._problem_about:
            # Its status changes every second or two; what fits takes some milliseconds.
            self._problem_about = about
            found = server_problem.problem_of(session, self._help, self._devices())
            self.problem.show_problem(*found)

    def _devices(self) -> Sequence[TargetDevice]:
        """What workers on other PCs lend out to it."""
        return self._workers.devices if self._workers is not None else ()

    def _say_spread(self, devices: Sequence[TargetDevice], then: Callable[[str], None]) -> None:
        """What lies where, for the list of workers."""
        if path := self._session.config.model_path:
            self._help.spread(path, devices, then)
        else:
            then("Choose a model to see what would lie on them.")

    def _show_config(self, config: ServerConfig) -> None:
        self._show_header()
        self._show_options()
        self._show_reach()
        if config.access is Access.NETWORK and not self._addresses:
            self._background.run(
                lambda _job: own_addresses(),
                on_result=self._take_addresses,
                on_error=self.failed.emit,
                owner=self,
            )
        if self.part.current() == "options":
            self.show_part("options")

    def _show_removal(self) -> None:
        self.options.show_removal(self._servers.can_remove(self._session))

    def _show_options(self) -> None:
        found = self._session.found
        self.options.show_config(self._session.config, str(found.path) if found else "")

    def _show_found(self) -> None:
        session = self._session
        self._show_options()
        if self.part.current() == "options":
            self.show_part("options")
        self._show_status(session.status)
        can_change = session.program.can_install or session.found is None
        self.part.set_enabled("install", can_change, "Nothing is to be installed")
        if isinstance(self.setup, TextGenSetup):
            self.setup.show_session()
        elif found := session.found:
            self.setup.set_text(f"{found.path} ({found.how}). Another one can be taken instead.")
        elif session.was_looked_for:
            self.setup.set_text("It is not on this PC yet, or not where LoLLMa looked.")
        if server_words.is_missing(session) and session.status.state is ServerState.STOPPED:
            self.show_part("install")

    def _take_addresses(self, addresses: list[OwnAddress]) -> None:
        self._addresses = addresses
        self._show_reach()

    def _show_reach(self) -> None:
        session, config = self._session, self._session.config
        port, page = int(self.header.port.text() or 0), session.status.web_url
        self.connect_card.show_reach(config.access, session.key, port, "/v1", self._addresses, page)
        self._only_here.setVisible(config.access is Access.THIS_PC)

    # ---- wishes ----------------------------------------------------------------------------

    def _open_browser(self) -> None:
        self._help.open_browser(self._session.status.web_url)

    def _set_port(self, port: int) -> None:
        self._session.configure(replace(self._session.config, port=port))

    def _set_access(self, access: Access) -> None:
        self._servers.set_access(self._session, access)
        self._stream.hide([self._session.key])
        self._show_reach()
        self._show_header()
        if access is Access.NETWORK:
            self.show_part("connect")

    def _make_key(self) -> None:
        self._servers.set_key(self._session, new_key())
        self._stream.hide([self._session.key])
        self._show_reach()
        self._show_header()

    def _set_up(self, key: str) -> None:
        if key == "install":
            self._install(self._session.folder / "program")
        elif key == "choose":
            self._choose_place()
        else:
            words = f"Install {self._session.program.name} into"
            if chosen := QFileDialog.getExistingDirectory(self, words):
                self._install(Path(chosen) / self._session.program.key)

    def _install(self, folder: Path) -> None:
        config = self._session.config
        if config.options.get("adopted"):
            # What was here before LoLLMa is not touched: this becomes one of our own.
            self._session.configure(config.with_options(adopted=False))
        self._session.install(folder)

    def _choose_place(self) -> None:
        session = self._session
        words = f"Where is {session.program.name}?"
        if isinstance(self.setup, TextGenSetup):
            if folder := QFileDialog.getExistingDirectory(self, words):
                self.show_part("install")  # where is told what was found
                self.setup.adopt(Path(folder))
            return
        chosen, _ = QFileDialog.getOpenFileName(self, words)
        if chosen:
            session.configure(replace(session.config, binary=chosen))

    # ---- mending ---------------------------------------------------------------------------

    def _mend(self, key: str) -> None:
        session = self._session
        if key.startswith(server_problem.CHANGE):
            path = session.config.model_path
            change = self._help.changes(path, self._devices())[
                int(key.removeprefix(server_problem.CHANGE))
            ]
            self._help.take(path, change.values)
            session.start() if session.status.is_at_rest else session.restart()
            return
        mends = {
            server_problem.TAKE_OVER: session.take_over,
            server_problem.END_LEFT_OVER: session.end_left_over,
            Fix.NEXT_PORT: self._take_next_port,
            Fix.END_HOLDER: self._end_holder,
            Fix.WHAT_FITS: lambda: self._help.show_fit(session.config.model_path),
            Fix.INSTALL: lambda: self.show_part("install"),
            Fix.FLAGS: self._show_flags,
            Fix.SETTINGS: lambda: self._help.show_page("Settings"),
            Fix.SETUP: lambda: self._help.show_page("Setup"),
            Fix.OTHER_MODEL: self.header.open_models,
            Fix.RETRY: session.start,
        }
        mends[key]()

    def _show_flags(self) -> None:
        self.show_part("options")
        self.options.flags.setFocus()

    def _take_next_port(self) -> None:
        taken = self._session.status.taken_port
        if taken is not None and taken.next_free is not None:
            self._start_at(taken.next_free)
            return
        port, host = int(self.header.port.text() or 0), self._session.config.host
        self._background.run(
            lambda _job: ports.next_free(port, host),
            on_result=lambda free: self._start_at(free) if free else None,
            on_error=self.failed.emit,
            owner=self,
        )

    def _start_at(self, port: int) -> None:
        taken = self._session.status.taken_port
        if taken is None or taken.name == "api":
            self._set_port(port)
        else:
            # A second port is the program's own matter: ``web`` is its option ``web_port``.
            options = {f"{taken.name}_port": port}
            self._session.configure(self._session.config.with_options(**options))
        self._session.start()

    def _end_holder(self) -> None:
        taken = self._session.status.taken_port
        if taken is None or taken.pid is None or taken.started_at is None:
            return
        pid, started_at = taken.pid, taken.started_at
        self._background.run(
            lambda _job: process_ending.end_program(pid, started_at),
            on_result=lambda _none: self._session.start(),
            on_error=self.failed.emit,
            owner=self,
        )
