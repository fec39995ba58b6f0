"""The real programs take every field that they are told, and answer."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.rpc_servers import rpc_library, rpc_servers
from helpers.trap_program import Watched, free_port

from lollma_gui.core.chat_request import chat_request
from lollma_gui.core.engine_messages import ChatMessage
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.memory_plan import MemoryPlan
from lollma_gui.core.plan_settings import plan_settings
from lollma_gui.core.prepared_model import PreparedModel
from lollma_gui.core.rpc_plan import with_devices, worker_devices
from lollma_gui.core.rpc_workers import RpcWorker
from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.core.settings_facts import PcFacts
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.services.model_files import read_whole_header
from lollma_gui.services.openai_chat import ChatServer, Heard, Reply, ask
from lollma_gui.services.rpc_worker import ask_worker
from lollma_gui.services.servers.engine_api import EngineApi
from lollma_gui.services.servers.llama_server import LlamaServer
from lollma_gui.services.servers.program import ServerProgram

MIB = 1024**2
KEY = "sk-only-in-the-header"
LLAMA_SERVER = os.environ.get("LOLLMA_LLAMA_SERVER", "") or shutil.which("llama-server") or ""
#: Every setting away from its default that does not forbid another.
VALUES = {
    "max_new_tokens": 12,
    "temperature": 0.7,
    "top_k": 30,
    "repetition_penalty": 1.1,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.1,
    "dry_multiplier": 0.5,
    "xtc_probability": 0.1,
    "dynatemp_range": 0.1,
    "seed": 3,
    "stop": ["###"],
}
QUESTION = (ChatMessage("user", "Name the days of the week."),)

pytestmark = pytest.mark.engine


def config(program: str, binary: str = "") -> ServerConfig:
    return ServerConfig(
        f"{program}-1", program, "My server", binary=binary, port=free_port(), at_close=AtClose.STOP
    )


def asked(
    server: Watched, program: ServerProgram, key: str = KEY, **more: object
) -> tuple[Reply, list[Heard]]:
    heard: list[Heard] = []
    values = {**VALUES, **more}
    body = chat_request(program.settings, values, QUESTION, server.status.model)  # type: ignore[arg-type]
    where = ChatServer("My server", server.status.api_url, key)
    stops_after = values.get("stops_after")
    reply = ask(
        where, body, heard.append, lambda: bool(stops_after) and len(heard) > int(str(stops_after))
    )
    return reply, heard


@pytest.mark.parametrize(
    ("program", "binary"),
    [
        (EngineApi(), ""),
        pytest.param(
            LlamaServer(),
            LLAMA_SERVER,
            marks=pytest.mark.skipif(not LLAMA_SERVER, reason="no llama-server is named or found"),
        ),
    ],
    ids=["engine-api", "llama-server"],
)
def test_it_answers_stops_and_refuses(
    program: ServerProgram, binary: str, tmp_path: Path, starter_model: Path
) -> None:
    server = Watched(tmp_path / "server", config(program.key, binary), program)
    try:
        server.start(str(starter_model), key=KEY, values={"n_ctx": 1024})
        server.wait(lambda: server.status.model)
        reply, heard = asked(server, program)
        assert reply.error is None
        assert reply.reason in ("stop", "length")
        assert reply.text
        assert len(heard) > 1
        assert 0 < reply.stats.generated_tokens <= 12
        assert reply.stats.tokens_per_second is not None
        stopped, _ = asked(server, program, max_new_tokens=0, stops_after=3)
        assert stopped.reason == "stopped"
        again, _ = asked(server, program)
        assert again.error is None
        refused, _ = asked(server, program, key="wrong")
        assert refused.error is not None
        assert "key" in refused.error.title
    finally:
        server.close()


def has_rpc() -> bool:
    """Whether the llama-server here was built with RPC; its ``--help`` names the flag anyway."""
    words = [LLAMA_SERVER, "--rpc", "127.0.0.1:1", "--version"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    return "RPC not supported" not in told.stdout + told.stderr


@pytest.mark.skipif(not LLAMA_SERVER, reason="no llama-server is named or found")
def test_a_build_without_rpc_says_so(tmp_path: Path, starter_model: Path) -> None:
    if has_rpc():
        pytest.skip("this llama-server was built with RPC")
    options = {"rpc": True, "rpc_workers": ["127.0.0.1:50052"]}
    set_so = replace(config("llama-server", LLAMA_SERVER), options=options)
    server = Watched(tmp_path / "server", set_so, LlamaServer())
    try:
        server.start(str(starter_model), key=KEY)
        server.wait(lambda: server.status.problem)
        assert server.status.problem == "This build of llama.cpp cannot use RPC workers."
        assert server.status.advice
    finally:
        server.close()


def spread_plan(model: Path, workers: dict[str, RpcWorker], values: dict[str, int]) -> MemoryPlan:
    """Where the memory plan says that everything lies."""
    prepared = PreparedModel(read_whole_header(model))
    case = FitCase.on(PcFacts(), prepared)
    return with_devices(case, worker_devices(workers)).plan(
        plan_settings({**SETTINGS.defaults(), **values})
    )


def mebibytes(log: bytes, address: str, kind: str) -> float:
    """What llama.cpp says that it has put on a worker."""
    found = re.search(rf"RPC0\[{address}\] +{kind} buffer size = +([\d.]+) MiB".encode(), log)
    assert found, log[-3000:].decode()
    return float(found[1])


@pytest.mark.skipif(not LLAMA_SERVER, reason="no llama-server is named or found")
def test_a_model_is_spread_over_rpc_workers(tmp_path: Path, starter_model: Path) -> None:
    python = os.environ.get("LOLLMA_RPC_PYTHON", "")
    if not python or not has_rpc():
        pytest.skip(
            "needs a llama-server with RPC, and a Python whose llama_cpp has it, named by "
            "LOLLMA_RPC_PYTHON"
        )
    with rpc_servers(1, python, rpc_library(python)) as addresses:
        # Asked before: at work it answers nobody else.
        values, lent = {"n_ctx": 1024, "n_gpu_layers": 99}, ask_worker(addresses[0])
        options = {"rpc": True, "rpc_workers": addresses}
        set_so = replace(
            config("llama-server", LLAMA_SERVER),
            options=options,
            # Its log says what lies where from this on.
            extra_flags="--log-verbosity 4",
        )
        server = Watched(tmp_path / "server", set_so, LlamaServer())
        try:
            server.start(str(starter_model), key=KEY, values=values)
            server.wait(lambda: server.status.model or server.status.problem)
            assert server.status.problem == ""
            reply, _ = asked(server, LlamaServer())
            assert reply.text
            far = spread_plan(starter_model, {addresses[0]: lent}, values).gpus[0]
            assert mebibytes(server.log, addresses[0], "KV") == far.kv / MIB
            # A worker does not say that it is a CPU: some bytes a tensor are planned for CUDA.
            more = far.weights / MIB - mebibytes(server.log, addresses[0], "model")
            assert 0 <= more < 0.1
        finally:
            server.close()
