"""The trap server as a program for the supervisor, and a person who watches what it reports."""

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.program_name import Program
from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.core.server_failures import KnownFailure
from lollma_gui.core.server_state import ServerFigures, ServerState, ServerStatus
from lollma_gui.services.servers.api_client import ApiClient
from lollma_gui.services.servers.program import (
    Command,
    Found,
    Health,
    Launch,
    NeedsRestart,
    Running,
    UsualProgram,
)
from lollma_gui.services.servers.supervisor import Supervisor
from lollma_gui.services.servers.wish import SupervisorCallbacks, Wish

SERVER = Path(__file__).parent.parent / "fakes" / "servers" / "trap_server.py"
#: Only a hang takes this long.
DEADLINE_SECONDS = 60


class TrapProgram(UsualProgram):
    """A server program as a newcomer would write one: what differs from the usual, and no more."""

    key = "trap"
    name = "Trap"
    settings = Program.LLAMA_SERVER
    usual_port = 18080
    start_seconds = 30.0
    stop_seconds = 0.5
    known_failures = (
        KnownFailure("no kernel image", "The driver is too old.", "Update the driver."),
    )
    watched = re.compile(rb"^listening", re.MULTILINE)

    def find(self, config: ServerConfig) -> Found | None:
        return Found(Path(sys.executable), "1", "here")

    def command(self, launch: Launch) -> Command:
        words = [sys.executable, str(SERVER), "--port", str(launch.ports["api"])]
        words += ["--host", launch.host, *launch.config.extra_flags.split()]
        if launch.model_path:
            words += ["--model", launch.model_path]
        return Command(words, {"TRAP_KEY": launch.key})

    def health(self, running: Running, api: ApiClient) -> Health:
        said = api.get(running.url("api", "/health"), seconds=0.5)
        if not said.is_ok:
            return Health(ServerState.STARTING)
        values = said.json()
        return Health(ServerState.READY, values["model"], requests=values["requests"])

    def switch(self, running: Running, launch: Launch, api: ApiClient) -> None:
        if "restart" in launch.model_path:
            raise NeedsRestart
        api.post(running.url("api", "/load"), {"model": launch.model_path})
        # The answer may lie: what counts is what is loaded.
        if api.get(running.url("api", "/model")).json()["model"] != launch.model_path:
            raise LollmaError("The model could not be loaded.", "Choose a smaller one.")


class Watched:
    """A supervised server whose reports are kept, and waited for."""

    def __init__(self, folder: Path, config: ServerConfig, program: object = None) -> None:
        self.statuses: list[ServerStatus] = []
        self.figures: list[ServerFigures] = []
        self.log = b""
        self.configs: list[ServerConfig] = []
        self._news = threading.Condition()
        self.supervisor = Supervisor(
            program or TrapProgram(),  # type: ignore[arg-type]
            config,
            folder,
            SupervisorCallbacks(
                lambda one: self._note(self.statuses, one),
                lambda one: self._note(self.figures, one),
                self._add_output,
                lambda one: self._note(self.configs, one),
            ),
        )

    def _note(self, kept: list[object], one: object) -> None:
        with self._news:
            kept.append(one)
            self._news.notify_all()

    def _add_output(self, lines: bytes) -> None:
        with self._news:
            self.log = (self.log + lines)[-1_000_000:]
            self._news.notify_all()

    @property
    def status(self) -> ServerStatus:
        return self.supervisor.status

    @property
    def states(self) -> list[ServerState]:
        """Each state once for every time it was entered."""
        states = [status.state for status in self.statuses]
        return [one for n, one in enumerate(states) if n == 0 or states[n - 1] is not one]

    def wait(self, done: Callable[[], object]) -> None:
        with self._news:
            found = self._news.wait_for(done, DEADLINE_SECONDS)
        assert found, f"still waiting; {self.status}, log {self.log[-800:].decode()}"

    def wait_for(self, state: ServerState) -> ServerStatus:
        self.wait(lambda: self.status.state is state)
        return self.status

    def start(self, model: str = "", key: str = "", values: dict[str, object] | None = None):
        """Start it, and wait until it is ready, has crashed or could not be started."""
        before = len(self.statuses)
        self.supervisor.start(Wish(values or {}, model, None, key))  # type: ignore[arg-type]
        ended = (ServerState.READY, ServerState.CRASHED, ServerState.STOPPED)
        self.wait(lambda: len(self.statuses) > before and self.status.state in ended)
        return self.status

    def close(self) -> None:
        self.supervisor.stop(now=True)
        assert self.supervisor.join(DEADLINE_SECONDS)


def trap_config(flags: str = "", **changes: object) -> ServerConfig:
    """A server of this kind that ends with the app unless a test says otherwise."""
    usual = {"at_close": AtClose.STOP, "extra_flags": flags, "port": free_port()}
    return ServerConfig("trap-1", "trap", "My trap", **(usual | changes))  # type: ignore[arg-type]


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
