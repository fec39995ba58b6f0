"""Servers as the window has them: set up, saved, started, ended with the app or left running."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from helpers.trap_program import TrapProgram, free_port
from pytestqt.qtbot import QtBot

from lollma_gui.core.readings import GpuUse, ProcessesReading, ProcessReading, Reading, Whose
from lollma_gui.core.server_config import Access, AtClose, RestartRule
from lollma_gui.core.server_state import ServerState
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.qt.background import Background
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.servers import Servers
from lollma_gui.services.secrets import Secrets
from lollma_gui.services.server_store import ServerStore

#: Only a hang takes this long.
DEADLINE_MS = 60_000


class Desk:
    """Knows every model at once."""

    def learn(self, path: str, then: Callable[[], None]) -> None:
        then()

    def load_values(self, path: str) -> Mapping[str, object]:
        return {"n_ctx": 1024}

    def facts(self, path: str) -> ModelFacts:
        return ModelFacts(name=path)


class App:
    """What the app builds around its servers, as often as it is started."""

    def __init__(self, qtbot: QtBot, home: Path) -> None:
        self.qtbot = qtbot
        self.home = home
        self.background, self.keeper = Background(), Background(threads=1)
        self.log: dict[str, bytes] = {}
        self.failures: list[object] = []
        store = ServerStore(home / "servers.json", Secrets(home / "secrets.json"))
        self.servers = Servers(
            {"trap": TrapProgram()},
            store,
            home / "servers",
            Desk(),  # type: ignore[arg-type]
            self.background,
            self.keeper,
            self._take_output,
        )
        self.servers.failed.connect(self.failures.append)

    def _take_output(self, server_id: str, lines: bytes) -> None:
        self.log[server_id] = self.log.get(server_id, b"") + lines

    def load(self) -> "App":
        with self.qtbot.waitSignal(self.servers.changed, timeout=DEADLINE_MS):
            self.servers.load()
        return self

    def add(self, **set_so: object) -> ServerSession:
        usual = {"port": free_port(), "at_close": AtClose.STOP}
        return self.servers.add("trap", **(usual | set_so))

    def wait(self, done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=DEADLINE_MS)

    def start(self, session: ServerSession) -> None:
        session.start()
        self.wait(lambda: session.status.is_answering)

    def close(self) -> None:
        with self.qtbot.waitSignal(self.servers.ended, timeout=DEADLINE_MS):
            self.servers.shut_down()
        self.servers.close()
        assert self.background.shutdown(DEADLINE_MS)
        assert self.keeper.shutdown(DEADLINE_MS, cancel=False)
        assert self.failures == []


@pytest.fixture
def make_app(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], App]]:
    made: list[App] = []

    def make() -> App:
        made.append(App(qtbot, tmp_path))
        return made[-1].load()

    yield make
    made[-1].close()


def test_a_server_is_kept_started_watched_and_stopped(make_app: Callable[[], App]) -> None:
    app = make_app()
    session = app.add(name="Mine", model_path="/models/a.gguf")
    app.wait(lambda: session.found is not None)
    app.start(session)
    assert session.status.model == "/models/a.gguf"
    app.wait(lambda: session.figures.ram_bytes)
    assert session.figures.vram_bytes is None, "unknown until a driver tells"
    pid = session.status.pid
    assert pid is not None
    gpus = (GpuUse("one", pid, 2 * 1024**3), GpuUse("two", pid, 1024**3))
    others = ProcessReading(1, 0.0, "other", gpus=(GpuUse("one", 1, 5),))
    own = ProcessReading(pid, 0.0, "trap", gpus=gpus)
    app.servers.take_reading(Reading(0.0, processes=ProcessesReading((others, own))))
    assert session.figures.vram_bytes == 3 * 1024**3
    foreign = ProcessReading(pid, 0.0, "python", Whose.LEFT_OVER)
    shown = ProcessesReading((others, foreign)).with_servers(app.servers.names)
    assert [(one.name, one.whose) for one in shown.processes] == [
        ("other", Whose.OTHER),
        ("Mine", Whose.STARTED),
    ]
    session.switch_model("/models/b.gguf")
    app.wait(lambda: session.status.model == "/models/b.gguf")
    assert session.config.model_path == "/models/b.gguf"
    assert not app.servers.end(1), "none of ours"
    assert app.servers.end(pid), "as the dashboard does it"
    app.wait(lambda: session.status.state is ServerState.STOPPED)
    assert session.figures.pids == ()
    assert b"listening" in app.log[session.config.id]


def test_everything_that_was_set_is_there_the_next_time(
    make_app: Callable[[], App], tmp_path: Path
) -> None:
    first = make_app()
    session = first.add(name="Mine")
    session.configure(
        replace(
            session.config,
            restart=RestartRule(is_on=True, limit=3),
            environment=(("HF_TOKEN", "hf_secret_token"), ("PLAIN", "value")),
            extra_flags="--deaf",
            options={"channel": "dev"},
        )
    )
    first.servers.set_access(session, Access.NETWORK)
    assert len(session.key) >= 32, "a key was made"
    config, key = session.config, session.key
    first.close()
    saved = (tmp_path / "servers.json").read_text() + (tmp_path / "servers.json.bak").read_text()
    assert key not in saved
    assert "hf_secret_token" not in saved
    second = make_app()
    (again,) = second.servers.sessions
    assert again.config == config
    assert again.key == key
    assert second.servers.problems == []


def test_what_a_newer_lollma_has_written_stays(make_app: Callable[[], App], tmp_path: Path) -> None:
    path = tmp_path / "servers.json"
    unknown = {"id": "x-1", "program": "of the future", "name": "X", "port": 1, "colour": "red"}
    known = {"id": "trap-9", "program": "trap", "name": "Y", "port": "none", "shape": "round"}
    path.write_text(json.dumps({"version": 7, "servers": [unknown, known], "more": 1}))
    app = make_app()
    (session,) = app.servers.sessions
    assert session.config.port == 0
    assert app.servers.problems == [
        "servers.json: port of trap-9 cannot be used; it is as at first."
    ]
    session.configure(replace(session.config, name="Z"))
    app.wait(lambda: app.keeper.is_idle())
    saved = json.loads(path.read_text())
    assert saved["version"] == 7
    assert saved["more"] == 1
    by_id = {one["id"]: one for one in saved["servers"]}
    assert by_id["trap-9"]["shape"] == "round"
    assert by_id["trap-9"]["name"] == "Z"
    assert by_id["x-1"]["colour"] == "red"
    assert by_id["x-1"]["program"] == "of the future"


def test_the_command_to_copy_has_no_key(make_app: Callable[[], App]) -> None:
    app = make_app()
    session = app.add(model_path="/models/a b.gguf")
    app.servers.set_key(session, "hidden-key-hidden-key")
    lines: list[str] = []
    session.command_line(False, lines.append)
    app.wait(lambda: lines)
    assert "trap_server.py" in lines[0]
    assert "'/models/a b.gguf'" in lines[0]
    assert "hidden-key" not in lines[0]


def test_it_starts_with_the_app_if_it_is_to(make_app: Callable[[], App]) -> None:
    first = make_app()
    first.add(autostart=True)
    first.add()
    first.close()
    second = make_app()
    auto, other = second.servers.sessions
    second.wait(lambda: auto.status.is_answering)
    assert other.status.state is ServerState.STOPPED


def test_what_is_to_go_on_goes_on_and_is_offered_the_next_time(
    make_app: Callable[[], App],
) -> None:
    first = make_app()
    kept, ended = first.add(at_close=AtClose.KEEP), first.add(at_close=AtClose.STOP)
    first.start(kept)
    first.start(ended)
    kept_pid, ended_pid = kept.status.pid, ended.status.pid
    first.close()
    assert not psutil.pid_exists(ended_pid)
    assert psutil.pid_exists(kept_pid)

    second = make_app()
    again, _ = second.servers.sessions
    assert again.left_over is not None
    assert again.left_over.is_whole
    again.take_over()
    second.wait(lambda: again.status.is_answering)
    assert again.status.pid == kept_pid
    second.close()
    assert psutil.pid_exists(kept_pid)

    third = make_app()
    last, _ = third.servers.sessions
    done: list[object] = []
    last.status_changed.connect(done.append)
    last.end_left_over()
    third.wait(lambda: done)
    assert last.left_over is None
    assert not psutil.pid_exists(kept_pid) or (
        psutil.Process(kept_pid).status() == psutil.STATUS_ZOMBIE
    )


def test_who_has_not_been_asked_is_known_and_ends_with_the_app(
    make_app: Callable[[], App],
) -> None:
    app = make_app()
    session = app.add(at_close=AtClose.ASK)
    assert app.servers.undecided == []
    app.start(session)
    assert app.servers.undecided == [session]
    assert session.can_outlive_us, "the answer may still be to keep it"


def test_a_removed_server_is_forgotten_with_its_secrets(
    make_app: Callable[[], App], tmp_path: Path
) -> None:
    app = make_app()
    session = app.add(environment=(("API_TOKEN", "gone-token"),))
    assert app.servers.remove(session) is None, "of each program one stays"
    app.add()
    app.servers.set_key(session, "gone-key")
    app.wait(lambda: app.keeper.is_idle())
    assert "gone-token" in (tmp_path / "secrets.json").read_text()
    app.servers.remove(session)
    app.wait(lambda: app.keeper.is_idle())
    assert json.loads((tmp_path / "secrets.json").read_text()) == {}
    left = json.loads((tmp_path / "servers.json").read_text())["servers"]
    assert [one["id"] for one in left] == [one.config.id for one in app.servers.sessions]
