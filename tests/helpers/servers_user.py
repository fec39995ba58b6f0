"""The Servers tab over real small servers, and somebody who uses it."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from helpers.trap_program import TrapProgram, free_port
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.errors import Cancelled
from lollma_gui.core.fit_changes import Change
from lollma_gui.core.memory_plan import TargetDevice
from lollma_gui.core.server_config import ELSEWHERE, AtClose, ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.servers import Servers
from lollma_gui.services.secrets import Secrets
from lollma_gui.services.server_store import ServerStore
from lollma_gui.services.servers.elsewhere import Elsewhere
from lollma_gui.services.servers.program import (
    Found,
    Installing,
    InstallReport,
    Running,
    ServerProgram,
)
from lollma_gui.tabs.server_page import ServerPage
from lollma_gui.tabs.servers_tab import ServersTab
from lollma_gui.widgets.model_picker import ModelChoice
from lollma_gui.widgets.theme import Theme

PATIENCE_MS = 60_000


class WebProgram(TrapProgram):
    """The trap, with a page for a browser."""

    def web_url(self, running: Running) -> str:
        return running.url("api", "/")


class AbsentProgram(TrapProgram):
    """A program that is not there until it is installed, which takes until a file is there."""

    key = "absent"
    name = "KoboldCpp"
    can_install = True

    def find(self, config: ServerConfig) -> Found | None:
        return Found(Path(config.folder), "1.102", "installed here") if config.folder else None

    def install(self, config: ServerConfig, how: Installing) -> ServerConfig:
        how.report(InstallReport("downloading", 0.42))
        how.output(b"downloading koboldcpp-linux-x64 ...\n 42 %|####      | 34 of 80 MB\n")
        how.folder.mkdir(parents=True, exist_ok=True)
        while not (how.folder / "go").exists():
            if how.cancelled():
                raise Cancelled
            time.sleep(0.02)
        return ServerConfig(**{**vars(config), "folder": str(how.folder)})


class Desk:
    """Models as the rest of the app knows them: two, of which nothing is known."""

    def __init__(self) -> None:
        self.offered: list[Change] = []
        self.taken: list[tuple[str, Mapping[str, object]]] = []
        self.shown: list[str] = []

    def learn(self, path: str, then: Callable[[], None]) -> None:
        then()

    def load_values(self, path: str) -> Mapping[str, object]:
        return {}

    def facts(self, path: str) -> ModelFacts:
        return ModelFacts()

    def choices(self) -> Sequence[ModelChoice]:
        return [
            ModelChoice("a.gguf", "Qwen3-14B-Instruct", "Q4_K_M"),
            ModelChoice("b.gguf", "gpt-oss-20b", "MXFP4"),
            ModelChoice("bad.gguf", "Too-Large-405B", "Q8_0"),
        ]

    def changes(self, path: str, devices: Sequence[TargetDevice] = ()) -> Sequence[Change]:
        return self.offered

    def spread(
        self, path: str, devices: Sequence[TargetDevice], then: Callable[[str], None]
    ) -> None:
        then(f"{path} over {', '.join(one.name for one in devices)}")

    def take(self, path: str, values: Mapping[str, object]) -> None:
        self.taken.append((path, values))

    def show_fit(self, path: str) -> None:
        self.shown.append(f"fit {path}")

    def show_page(self, name: str) -> None:
        self.shown.append(name)

    def open_browser(self, url: str) -> None:
        self.shown.append(url)


class ServersDesk(QObject):
    """Servers with their logs, and the tab over them.

    Args:
        folder: Where all is kept.
        background: For what takes a moment.
        keeper: For what is saved.
        programs: The programs, in place of two usual ones.
    """

    def __init__(
        self,
        folder: Path,
        background: Background,
        keeper: Background,
        programs: Mapping[str, ServerProgram] | None = None,
    ) -> None:
        super().__init__()
        self.desk = Desk()
        self.background = background
        self.logs: dict[str, LogStream] = {}
        self.servers = Servers(
            programs or {"trap": WebProgram(), "absent": AbsentProgram(), ELSEWHERE: Elsewhere()},
            ServerStore(folder / "servers.json", Secrets(folder / "secrets.json", NoKeyring())),
            folder / "servers",
            self.desk,  # type: ignore[arg-type]
            background,
            keeper,
            lambda key, lines: self.logs[key].feed(lines),
        )
        self.servers.changed.connect(
            lambda: [self.log_of(one.config.id) for one in self.servers.sessions]
        )

    def log_of(self, server_id: str) -> LogStream:
        return self.logs.setdefault(server_id, LogStream())

    def add(self, flags: str = "", **changes: object) -> ServerSession:
        usual = {"at_close": AtClose.STOP, "port": free_port(), "extra_flags": flags}
        return self.servers.add("trap", **(usual | changes))

    def tab(self, engine: Engine, theme: Theme) -> ServersTab:
        return ServersTab(
            engine, LogStream(), self.servers, self.log_of, self.desk, self.background, theme
        )


class NoKeyring:
    """A keyring that keeps nothing: the file is used."""

    def get_password(self, service: str, name: str) -> None:
        return None

    def set_password(self, service: str, name: str, secret: str) -> None:
        raise OSError("no keyring here")


class ServersUser:
    """Clicks, and waits for what is seen."""

    def __init__(self, qtbot: QtBot, tab: ServersTab, servers: Servers) -> None:
        self.qtbot = qtbot
        self.tab = tab
        self.servers = servers

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def open(self, session: ServerSession) -> ServerPage:
        self.tab.show_server(session.config.id)
        return self.tab.page(session.config.id)

    def click(self, within: QWidget, words: str) -> None:
        found = [b for b in within.findChildren(QPushButton) if b.text() == words and b.isVisible()]
        shown = [b.text() for b in within.findChildren(QPushButton) if b.isVisible()]
        assert found, f"no “{words}” among {shown}"
        self.qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def is_in(self, session: ServerSession, state: ServerState) -> None:
        self.wait(lambda: session.status.state is state)


@contextlib.contextmanager
def open_desk(
    qtbot: QtBot,
    folder: Path,
    keeper: Background,
    programs: Mapping[str, ServerProgram] | None = None,
) -> Iterator[ServersDesk]:
    """A desk whose servers are read; at the end all of them have ended."""
    background = Background()
    made = ServersDesk(folder, background, keeper, programs)
    made.servers.load()
    qtbot.waitUntil(lambda: made.servers.is_loaded)
    yield made
    with qtbot.waitSignal(made.servers.ended, timeout=PATIENCE_MS):
        made.servers.shut_down()
    made.servers.close()
    assert background.shutdown()
