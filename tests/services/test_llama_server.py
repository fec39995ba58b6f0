"""llama-server for real, where it is to be found: started, watched, switched, ended."""

import json
import os
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from helpers.trap_program import Watched, free_port

from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.core.server_failures import Fix
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers.llama_server import LlamaServer, version_in
from lollma_gui.services.servers.wish import Wish

Make = Callable[..., Watched]


def llama_server_here() -> str:
    """The llama-server named by LOLLMA_LLAMA_SERVER, or on the PATH; empty: none."""
    return os.environ.get("LOLLMA_LLAMA_SERVER", "") or shutil.which("llama-server") or ""


pytestmark = pytest.mark.skipif(
    not llama_server_here(),
    reason="no llama-server on the PATH, and none named by LOLLMA_LLAMA_SERVER",
)


@pytest.fixture
def config() -> ServerConfig:
    return ServerConfig(
        "llama-server-1",
        "llama-server",
        "My llama-server",
        binary=llama_server_here(),
        port=free_port(),
        at_close=AtClose.STOP,
    )


@pytest.fixture
def make(tmp_path: Path, config: ServerConfig) -> Iterator[Make]:
    made: list[Watched] = []

    def make_one(**changes: object) -> Watched:
        made.append(Watched(tmp_path / "server", replace(config, **changes), LlamaServer()))  # type: ignore[arg-type]
        return made[-1]

    yield make_one
    for one in made:
        one.close()


def ask(server: Watched, key: str = "", max_tokens: int = 8) -> dict:
    body = {
        "model": server.status.model,
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": max_tokens,
    }
    request = urllib.request.Request(
        f"{server.status.api_url}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_its_version_is_told_as_its_makers_count() -> None:
    assert version_in("version: 6123 (79c1160b)\nbuilt with cc") == "b6123"
    assert version_in("version: 0.6.0-dev (build 0, commit unknown)") == "0.6.0-dev"
    assert version_in("no such thing") == ""


@pytest.mark.engine
def test_it_is_found_loads_answers_and_switches_without_a_new_start(
    make: Make, config: ServerConfig, starter_model: Path, tmp_path: Path
) -> None:
    found = LlamaServer().find(config)
    assert found is not None
    assert found.version

    server = make()
    server.start(str(starter_model), key="secret-of-llama", values={"n_ctx": 1024})
    server.wait(lambda: server.status.model == starter_model.stem)
    pid = server.status.pid
    assert server.status.is_answering
    assert ask(server, "secret-of-llama")["choices"][0]["message"]["content"]
    server.wait(lambda: dict(server.figures[-1].facts).get("Context") == "1,024 tokens a slot")
    server.wait(lambda: server.figures[-1].tokens_per_second)
    assert len(server.figures[-1].pids) == 2, "the router and its one model"

    other = tmp_path / "Another; model.gguf"
    other.symlink_to(starter_model)
    second = tmp_path / "second.gguf"
    second.symlink_to(starter_model)
    server.supervisor.switch(Wish({"n_ctx": 512}, str(second), None, "secret-of-llama"))
    server.wait(lambda: server.status.model == "second")
    assert server.status.pid == pid
    server.wait(lambda: dict(server.figures[-1].facts).get("Context") == "512 tokens a slot")

    # A path that the router's file cannot hold gets a new start.
    server.supervisor.switch(Wish({"n_ctx": 512}, str(other), None, "secret-of-llama"))
    server.wait(lambda: server.status.is_answering and "Another" in server.status.model)
    assert server.status.pid != pid

    everything = b"".join(
        path.read_bytes() for path in (tmp_path / "server").rglob("*") if path.is_file()
    )
    assert b"secret-of-llama" not in everything + server.log


@pytest.mark.engine
def test_a_model_that_cannot_be_loaded_is_explained_and_the_next_one_loads(
    make: Make, starter_model: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(starter_model.read_bytes()[:2_000_000])
    server = make()
    server.start(str(starter_model), values={"n_ctx": 512})
    server.wait(lambda: server.status.model == starter_model.stem)
    server.supervisor.switch(Wish({}, str(broken)))
    server.wait(lambda: server.status.problem)
    assert server.status.problem == "The model file is cut off."
    assert any("broken.gguf" in line or "bounds" in line for line in server.status.lines)
    server.supervisor.switch(Wish({"n_ctx": 512}, str(starter_model)))
    server.wait(lambda: server.status.model == starter_model.stem)
    assert server.status.problem == ""


@pytest.mark.engine
def test_a_first_model_that_cannot_be_loaded_is_explained_too(
    make: Make, starter_model: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(starter_model.read_bytes()[:2_000_000])
    server = make()
    server.start(str(broken))
    server.wait(lambda: server.status.problem)
    assert server.status.problem == "The model file is cut off."
    assert server.status.state is ServerState.READY, "the router itself is well"


@pytest.mark.engine
def test_it_starts_without_a_model_and_ends_with_all_it_started(
    make: Make, starter_model: Path
) -> None:
    server = make()
    status = server.start()
    assert status.words() == "ready, no model loaded"
    server.supervisor.switch(Wish({"n_ctx": 512}, str(starter_model)))
    server.wait(lambda: server.status.model == starter_model.stem)
    page = urllib.request.Request(
        f"{server.status.api_url}/models", headers={"Origin": "https://example.org"}
    )
    with urllib.request.urlopen(page) as answer:
        assert answer.headers.get("Access-Control-Allow-Origin", "") in ("", "null"), (
            "no page in a browser may use it"
        )
    # The same model with other settings is loaded anew, and can be unloaded.
    server.supervisor.switch(Wish({"n_ctx": 256}, str(starter_model)))
    server.wait(lambda: dict(server.figures[-1].facts).get("Context") == "256 tokens a slot")
    server.supervisor.switch(Wish())
    server.wait(lambda: server.status.words() == "ready, no model loaded")
    server.supervisor.switch(Wish({"n_ctx": 256}, str(starter_model)))
    server.wait(lambda: server.status.model == starter_model.stem)
    assert server.status.pid == status.pid, "all of it without a new start"
    server.wait(lambda: len(server.figures[-1].pids) == 2)
    pids = server.figures[-1].pids
    server.supervisor.stop()
    server.wait_for(ServerState.STOPPED)
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def test_a_flag_that_this_build_lacks_is_named_before_the_start(make: Make) -> None:
    status = make(extra_flags="--row-split --flash-attn on").start()
    assert status.state is ServerState.STOPPED
    assert status.fixes == (Fix.FLAGS,)
    assert status.problem == "This build of llama-server has no --row-split."


def test_a_file_that_is_no_llama_server_is_refused(make: Make, tmp_path: Path) -> None:
    fake = tmp_path / "llama-server"
    fake.write_text("#!/bin/sh\necho cannot open shared object file\nexit 127\n")
    fake.chmod(0o755)
    status = make(binary=str(fake)).start()
    assert "does not run on this PC" in status.problem
    assert "cannot open shared object file" in status.lines
