"""The recipe "Add a server program" of CONTRIBUTING, followed once: Python's own web server."""

import sys
from pathlib import Path

import psutil
from helpers.trap_program import Watched, free_port

from lollma_gui.core.program_name import Program
from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers.api_client import ApiClient
from lollma_gui.services.servers.program import (
    Command,
    Found,
    Health,
    Launch,
    Running,
    ServerProgram,
    UsualProgram,
)
from lollma_gui.services.servers.programs import usual_programs


class WebServer(UsualProgram):
    """All that a new program has to say."""

    key = "web-server"
    name = "Python's web server"
    settings = Program.LLAMA_SERVER
    usual_port = 8000

    def find(self, config: ServerConfig) -> Found | None:
        return Found(Path(sys.executable), "3", "part of Python")

    def command(self, launch: Launch) -> Command:
        words = [sys.executable, "-m", "http.server", str(launch.ports["api"])]
        return Command([*words, "--bind", launch.host])

    def health(self, running: Running, api: ApiClient) -> Health:
        api.get(running.url())
        return Health(ServerState.READY, running.launch.model_path)

    def api_url(self, running: Running) -> str:
        return running.url()


def test_a_new_program_is_started_watched_restarted_and_ended(tmp_path: Path) -> None:
    program: ServerProgram = WebServer()
    config = ServerConfig("web-1", program.key, "Mine", port=free_port(), at_close=AtClose.STOP)
    server = Watched(tmp_path / "server", config, program)
    status = server.start("page.html")
    assert status.is_answering
    assert status.api_url == f"http://127.0.0.1:{config.port}"
    assert status.addresses == (f"127.0.0.1:{config.port}",)
    server.wait(lambda: b"GET" in server.log)
    first = status.pid
    server.supervisor.restart(server.supervisor._wish)
    server.wait(lambda: server.status.is_answering and server.status.pid != first)
    pid = server.status.pid
    server.supervisor.stop()
    server.wait_for(ServerState.STOPPED)
    assert not psutil.pid_exists(pid)
    assert server.supervisor.join(60)


def test_every_program_that_is_offered_keeps_the_protocol() -> None:
    for key, program in usual_programs().items():
        assert key == program.key
        config = ServerConfig("some-1", key, program.name)
        names = [port.name for port in program.ports(config)]
        assert names[0] == "api", "the main port comes first"
        assert len(set(names)) == len(names)
        assert program.start_seconds > 0
        assert program.stop_seconds > 0


def test_the_recipe_has_five_steps() -> None:
    page = (Path(__file__).parents[2] / ".github" / "CONTRIBUTING.md").read_text()
    recipe = page.partition("**Add a server program.**")[2].partition("\n\n")[0]
    assert [f"{n}." in recipe for n in range(1, 7)] == [True] * 5 + [False]
    for named in ("UsualProgram", "programs.py", "trap_program.py", "program.py"):
        assert named in recipe
