"""How long until the packaged program's window is seen, against a start from the source.

    python tests/benchmarks/packaged_start.py PROGRAM [rounds]

Both are started as fresh processes, in turn, on the display there is (on Linux a virtual one where
there is none), with the same choices in the same home, and both say when their first painting is
done. Python's compiled files are there for the source, as an installation leaves them. Target: at
most 1.3 times.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from lollma_release import smoke  # noqa: E402

from lollma_gui.services.choices import Choices, ChoiceStore  # noqa: E402
from lollma_gui.services.places import HOME_VARIABLE, Places  # noqa: E402


def seconds_to_paint(words: Sequence[str], environment: Mapping[str, str]) -> float:
    began = time.time()
    done = subprocess.run(
        [*words, "--smoke"],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout)["painted_at"]) - began


def main() -> None:
    program = str(Path(sys.argv[1]).absolute())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    starts = {"source": [sys.executable, "-m", "lollma_gui"], "packaged": [program]}
    times: dict[str, list[float]] = {name: [] for name in starts}
    with tempfile.TemporaryDirectory() as home, smoke.display() as screen:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment |= {**screen, HOME_VARIABLE: home}
        environment["PYTHONPYCACHEPREFIX"] = str(Path(home, "compiled"))
        ChoiceStore(Places.below(Path(home)).config / "choices.json").save(Choices(tab="Models"))
        for words in starts.values():  # files into the cache, compiled files written
            seconds_to_paint(words, environment)
        for _ in range(rounds):
            for name, words in starts.items():
                times[name].append(seconds_to_paint(words, environment))
    source, packaged = (statistics.median(times[name]) for name in ("source", "packaged"))
    print(f"source {source * 1000:.0f} ms, packaged {packaged * 1000:.0f} ms (medians)")
    print(f"ratio {packaged / source:.2f} (target at most 1.3)")


if __name__ == "__main__":
    main()
