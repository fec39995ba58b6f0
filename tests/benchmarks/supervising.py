"""What supervising costs: four idle servers, and switching models against the server's own API.

``python tests/benchmarks/supervising.py [LLAMA_SERVER MODEL]``, by hand on a quiet machine. Without
its arguments only the four small servers are measured.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
from helpers.trap_program import Watched, free_port, trap_config

from lollma_gui.core.server_config import AtClose, ServerConfig
from lollma_gui.services.servers.llama_server import LlamaServer
from lollma_gui.services.servers.wish import Wish

IDLE_SECONDS = 30
SWITCHES = 30


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        small = [Watched(folder / f"small-{n}", trap_config()) for n in range(4)]
        for server in small:
            server.start()
        measure("four small servers", small)
        if len(sys.argv) == 3:
            binary, model = (str(Path(word).absolute()) for word in sys.argv[1:])
            real = [llama(folder / f"real-{n}", binary) for n in range(4)]
            for server in real:
                server.start(model, values={"n_ctx": 256})
                server.wait(lambda server=server: server.status.model)
            measure("four llama-servers with a model", real)
            kept = [llama(folder / f"file-{n}", binary, AtClose.KEEP) for n in range(4)]
            for server in kept:
                server.start(model, values={"n_ctx": 256})
                server.wait(lambda server=server: server.status.model)
            measure("the same, printing to files", kept)
            compare(folder, binary, model)


def llama(folder: Path, binary: str, at_close: AtClose = AtClose.STOP) -> Watched:
    config = ServerConfig(
        folder.name, "llama-server", folder.name, binary=binary, port=free_port(), at_close=at_close
    )
    return Watched(folder, config, LlamaServer())


def measure(what: str, servers: list[Watched]) -> None:
    """Processor time of this process alone, while nothing happens."""
    process = psutil.Process()
    threading.Event().wait(3)
    before, began = process.cpu_times(), time.monotonic()
    threading.Event().wait(IDLE_SECONDS)
    after, seconds = process.cpu_times(), time.monotonic() - began
    busy = after.user + after.system - before.user - before.system
    print(f"{what}: {100 * busy / seconds:.2f} % of a core (limit 0.50 %)")
    for server in servers:
        server.close()


def compare(folder: Path, binary: str, model: str) -> None:
    """Milliseconds from the wish to the loaded model, each way in turn."""
    for name in ("one", "two"):
        (folder / f"{name}.gguf").symlink_to(model)
    ours = llama(folder / "ours", binary)
    ours.start(str(folder / "one.gguf"), values={"n_ctx": 256})
    ours.wait(lambda: ours.status.model == "one")
    theirs = llama(folder / "theirs", binary)
    theirs.start()
    own = OwnApi(theirs, folder)
    through_us, own_api = [], []
    for n in range(SWITCHES):
        name = "two" if n % 2 == 0 else "one"
        own_api.append(own.switch(name))
        began = time.perf_counter()
        ours.supervisor.switch(Wish({"n_ctx": 256}, str(folder / f"{name}.gguf")))
        ours.wait(lambda name=name: ours.status.model == name)
        through_us.append(time.perf_counter() - began)
    us, them = statistics.median(through_us), statistics.median(own_api)
    print(f"switching: through us {1000 * us:.0f} ms, own API {1000 * them:.0f} ms", end="")
    print(f", ratio {us / them:.3f} (limit 1.05)")
    ours.close()
    theirs.close()


class OwnApi:
    """The router's own API, used as its manual says: load, and look until it is loaded."""

    def __init__(self, server: Watched, folder: Path) -> None:
        self._url = server.status.api_url.removesuffix("/v1")
        sections = [
            f"[{name}]\nmodel = {folder / name}.gguf\nctx-size = 256\n" for name in ("one", "two")
        ]
        text = "version = 1\n" + "\n".join(sections)
        (folder / "theirs" / "models.ini").write_text(text)
        self._ask("/models?reload=1")

    def switch(self, name: str) -> float:
        began = time.perf_counter()
        self._ask("/models/load", {"model": name})
        while True:
            states = {m["id"]: m["status"]["value"] for m in self._ask("/models")["data"]}
            if states[name] == "loaded":
                return time.perf_counter() - began
            threading.Event().wait(0.02)

    def _ask(self, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self._url + path, data)) as answer:
            return json.load(answer)


main()
