"""Kills the app while servers run, and counts what is left: nothing, or what the next start finds.

``python tests/benchmarks/killed_apps.py MODEL [--times N] [--llama-server FILE] [--textgen DIR]``

By hand, on Linux: with each kind of server N times (20 unless said otherwise; a TextGen that is
really there a quarter of that), at random moments while it starts, loads, is ready, and stops.
Whatever carries the mark of our servers, or was started below the app, must have ended by itself
after some seconds, or be found by its record and be ended then. Anything else is lost, and the
script fails.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
from helpers.killed_apps import App, have_ended, koboldcpp_like, textgen_like
from helpers.trap_program import free_port

from lollma_gui.services.servers import records
from lollma_gui.services.servers.tree import MARK

#: Nobody else's servers are taken for ours.
ID = f"killed-{os.getpid()}"
#: A server that ends with the app has so long for it, and so has what it started itself.
BY_ITSELF_SECONDS = 5.0
MOMENTS = ("starting", "loading model", "ready", "stopping")
#: The kill comes so much later than the moment, at most.
MOST_LATER_SECONDS = 0.3


class Kind(NamedTuple):
    """One kind of server: its program's key, and what is set to start it."""

    name: str
    program: str
    given: dict[str, Any]
    times: int


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--llama-server", default=shutil.which("llama-server") or "")
    parser.add_argument("--textgen", default="")
    chosen = parser.parse_args()
    lost = 0
    with tempfile.TemporaryDirectory() as home:
        for kind in kinds(Path(home), chosen):
            counted: Counter[str] = Counter()
            for n in range(kind.times):
                moment = MOMENTS[n % len(MOMENTS)]
                ended = killed_once(Path(home) / "one", kind, moment)
                counted[ended] += 1
                if ended.startswith("LOST"):
                    print(f"  {kind.name}, killed while {moment}: {ended}")
                    lost += 1
            print(f"{kind.name}, {kind.times} times: {dict(counted)}", flush=True)
    sys.exit(1 if lost else 0)


def kinds(home: Path, chosen: argparse.Namespace) -> list[Kind]:
    """Those that can be started here."""
    small, n = {"n_ctx": 256, "n_threads": 1}, chosen.times
    model = {"model": str(chosen.model.absolute()), "values": small}
    found = [
        Kind("small server", "trap", {"model": "a.gguf"}, n),
        Kind("small KoboldCpp", "koboldcpp", koboldcpp_like(home), n),
        Kind("small TextGen", "textgen", textgen_like(home), n),
        Kind("engine's API", "engine-api", model, n),
    ]
    if chosen.llama_server:
        binary = {"binary": chosen.llama_server}
        found.append(Kind("llama-server", "llama-server", {**model, **binary}, n))
    if chosen.textgen:
        place = {"folder": chosen.textgen, "options": {"web": False}}
        few = max(n // 4, len(MOMENTS))
        found.append(Kind("TextGen", "textgen", {**model, **place}, few))
    return found


def killed_once(folder: Path, kind: Kind, moment: str) -> str:
    """Kill the app once; what was left, and how it ended."""
    app = App(folder, kind.program, id=ID, port=free_port(), until=moment, **kind.given)
    threading.Event().wait(random.uniform(0, MOST_LATER_SECONDS))
    seen = app.below
    app.kill()
    if have_ended([*seen, *marked()], BY_ITSELF_SECONDS) and not marked():
        records.end(folder)
        return "nothing left"
    left = records.left_over(folder)
    if left is None:
        end([*seen, *marked()])
        return "LOST: it runs, and no record leads to it"
    how = "found whole and ended" if left.is_whole else "found in part and ended"
    if records.end(folder) and have_ended([*seen, *marked()], BY_ITSELF_SECONDS):
        return how
    end([*seen, *marked()])
    return "LOST: found, but not all of it could be ended"


def marked() -> list[psutil.Process]:
    """Every process that carries the mark of one of these servers, whatever its record says."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK, "").startswith(f"{ID}:"):
                found.append(process)
        except psutil.Error:
            continue
    return found


def end(processes: list[psutil.Process]) -> None:
    for process in processes:
        if process.is_running():
            process.kill()


if __name__ == "__main__":
    main()
