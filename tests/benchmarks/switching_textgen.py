"""What switching models through us costs beside TextGen's own API.

``python tests/benchmarks/switching_textgen.py FOLDER MODEL [ROUNDS]``, by hand on a quiet machine.
FOLDER holds a TextGen with its Python. Both ways go from one model to another until a word of a
chat has come from it, in turns and with the same arguments. TextGen looks once a second whether its
llama-server is ready, so single figures jump by a second: only the medians say something. What we
add is measured as well, within one and the same switch: all of it until it says that it is ready,
less the API's own call.
"""

import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from helpers.trap_program import Watched, free_port

from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers.api_client import ApiAnswer, ApiClient
from lollma_gui.services.servers.program import Launch, Running
from lollma_gui.services.servers.textgen import TextGen
from lollma_gui.services.servers.wish import Wish

VALUES = {"n_ctx": 1024, "n_gpu_layers": 0, "n_threads": 1}
LOAD = "/v1/internal/model/load"


class Timed(TextGen):
    """Notes what the API was sent to load a model, and how long it took."""

    body: Any = None
    took = 0.0

    def switch(self, running: Running, launch: Launch, api: ApiClient) -> None:
        usual = api.post

        def post(url: str, body: Any = None, **more: Any) -> ApiAnswer:
            began = time.perf_counter()
            answer = usual(url, body, **more)
            if url.endswith(LOAD):
                self.body, self.took = body, time.perf_counter() - began
            return answer

        api.post = post  # type: ignore[method-assign]
        super().switch(running, launch, api)


def main() -> None:
    folder, model = (Path(word).absolute() for word in sys.argv[1:3])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    with tempfile.TemporaryDirectory() as home:
        models = [Path(home) / f"{name}.gguf" for name in ("first", "second")]
        for one in models:
            shutil.copy(model, one)
        program = Timed(GpuSurvey)
        config = ServerConfig(
            *("one", "textgen", "TextGen"),
            folder=str(folder),
            port=free_port(),
            at_close=AtClose.STOP,
            options={"web": False},
        )
        server = Watched(Path(home) / "server", config, program)
        try:
            server.start()
            compare(server, program, models, rounds)
        finally:
            server.close()


def compare(server: Watched, program: Timed, models: list[Path], rounds: int) -> None:
    ours(server, models[0])
    now, taken = 0, dict[str, list[float]](ours=[], own=[], added=[], share=[])
    for _ in range(rounds):
        ways = ["ours", "own"]
        random.shuffle(ways)
        for way in ways:
            now = 1 - now
            do: Callable[[Watched, Path], None] = ours
            if way == "own":
                do = lambda one, path: own(one, {**program.body, "model_name": str(path)})  # noqa: E731
            began = time.perf_counter()
            do(server, models[now])
            if way == "ours":
                all_of_it = time.perf_counter() - began
                taken["added"].append(all_of_it - program.took)
                taken["share"].append(all_of_it / program.took)
            chat(server)
            taken[way].append(time.perf_counter() - began)
            server.wait(lambda name=models[now].name: server.status.model == name)
            print(way, f"{taken[way][-1]:.3f} s", end="  ", flush=True)
    print()
    middle = {way: statistics.median(values) for way, values in taken.items()}
    print({way: [round(one, 3) for one in values] for way, values in taken.items()})
    print(
        f"medians of {rounds}: ours {middle['ours']:.3f} s, own {middle['own']:.3f} s, ratio "
        f"{middle['ours'] / middle['own']:.3f}; within a switch we add "
        f"{1000 * middle['added']:.0f} ms, {middle['share']:.3f} times the API's own call; "
        f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


def ours(server: Watched, path: Path) -> None:
    before = len(server.statuses)
    server.supervisor.switch(Wish(VALUES, str(path)))
    server.wait(
        lambda: (
            len(server.statuses) > before
            and (server.status.model, server.status.state) == (path.name, ServerState.READY)
        )
    )


def own(server: Watched, body: Any) -> None:
    ask(server.status.api_url.removesuffix("/v1") + LOAD, body)


def chat(server: Watched) -> None:
    """One word from the model that is loaded now."""
    said = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
    ask(server.status.api_url + "/chat/completions", said)


def ask(url: str, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        answer.read()


if __name__ == "__main__":
    main()
