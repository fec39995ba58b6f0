"""The app is killed while servers run: nothing is left, or the next one finds it. Twenty times."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.killed_apps import App, koboldcpp_like, textgen_like, wait_gone
from helpers.trap_program import Watched, free_port, trap_config
from services.test_llama_server import llama_server_here

from lollma_gui.core.server_config import AtClose
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers import records
from lollma_gui.services.servers.tree import marked

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux ends a program with its parent"
)

Kill = Callable[..., int]


@pytest.fixture
def kill(tmp_path: Path) -> Iterator[Kill]:
    """Supervises a server in another process, and kills that process; the server's number."""

    def start_and_kill(program: str, **given: Any) -> int:
        app = App(tmp_path / "one", program, **given)
        app.kill()
        return app.server_pid

    yield start_and_kill
    assert records.end(tmp_path / "one")


@pytest.mark.parametrize("times", range(3))
@pytest.mark.parametrize("flags", ["", "--deaf", "--floods"])
def test_a_server_ends_with_the_app(kill: Kill, tmp_path: Path, flags: str, times: int) -> None:
    wait_gone([kill("trap", port=free_port(), extra_flags=flags)])
    assert records.left_over(tmp_path / "one") is None


@pytest.mark.parametrize("times", range(2))
def test_a_server_that_only_starts_ends_with_the_app(
    kill: Kill, tmp_path: Path, times: int
) -> None:
    flags = f"--slow {tmp_path / 'never'}"
    wait_gone([kill("trap", port=free_port(), extra_flags=flags, until="starting")])
    assert records.left_over(tmp_path / "one") is None


@pytest.mark.parametrize("times", range(2))
@pytest.mark.parametrize("escapes", ["", "--escapes"])
def test_a_child_that_outlives_its_server_is_found_and_cleared_away(
    kill: Kill, tmp_path: Path, escapes: str, times: int
) -> None:
    note, port = tmp_path / "child", free_port()
    wait_gone([kill("trap", port=port, extra_flags=f"--forks {note} {escapes}")])
    child = int(note.read_text())
    left = records.left_over(tmp_path / "one")
    assert left is not None
    assert left.pids == (child,)
    assert not left.is_whole, "there is nothing to take over"
    # A new start clears it away by itself: it holds memory, and perhaps the port.
    server = Watched(tmp_path / "one", trap_config(port=port))
    server.start()
    wait_gone([child])
    server.close()


@pytest.mark.parametrize("times", range(3))
def test_a_server_that_is_to_go_on_is_found_and_taken_over(
    kill: Kill, tmp_path: Path, times: int
) -> None:
    port = free_port()
    pid = kill("trap", port=port, at_close="keep running", model="a.gguf")
    left = records.left_over(tmp_path / "one")
    assert left is not None
    assert left.is_whole
    assert left.pids == (pid,)
    server = Watched(tmp_path / "one", trap_config(port=port, at_close=AtClose.KEEP))
    server.supervisor.take_over(left.record, "")
    server.wait(lambda: server.status.is_answering)
    assert server.status.pid == pid
    assert server.status.model == "a.gguf"
    server.supervisor.stop()
    server.wait_for(ServerState.STOPPED)
    wait_gone([pid])


@pytest.mark.engine
def test_the_engines_api_ends_with_the_app(kill: Kill, tmp_path: Path, starter_model: Path) -> None:
    given = {"port": free_port(), "model": str(starter_model), "values": {"n_ctx": 256}}
    wait_gone([kill("engine-api", **given)])
    assert records.left_over(tmp_path / "one") is None


@pytest.mark.engine
@pytest.mark.skipif(not llama_server_here(), reason="no llama-server to be found")
def test_llama_server_and_its_model_end_with_the_app(
    kill: Kill, tmp_path: Path, starter_model: Path
) -> None:
    given = {"port": free_port(), "model": str(starter_model), "values": {"n_ctx": 256}}
    pid = kill("llama-server", binary=llama_server_here(), **given)
    wait_gone([pid])
    # The router's child ends by itself, a moment later, when its input does.
    record = records.read(tmp_path / "one")
    assert record is not None
    wait_gone([process.pid for process in marked(record.mark)])
    assert records.left_over(tmp_path / "one") is None


def test_koboldcpp_ends_with_the_app(kill: Kill, tmp_path: Path) -> None:
    wait_gone([kill("koboldcpp", port=free_port(), **koboldcpp_like(tmp_path))])
    assert records.left_over(tmp_path / "one") is None


def test_textgen_and_its_llama_server_end_with_the_app_or_are_found(
    kill: Kill, tmp_path: Path
) -> None:
    wait_gone([kill("textgen", port=free_port(), **textgen_like(tmp_path))])
    # Nothing ends its llama-server with it: the record leads to what is left.
    record = records.read(tmp_path / "one")
    assert record is not None
    children = [process.pid for process in marked(record.mark)]
    assert records.end(tmp_path / "one")
    wait_gone(children)
    assert records.left_over(tmp_path / "one") is None
