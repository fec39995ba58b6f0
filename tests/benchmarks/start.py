"""How long until the window is seen, against an empty PySide6 window. Run by hand.

    python tests/benchmarks/start.py [rounds]

Both are started as fresh processes, in turn, on the display there is (or offscreen). Each prints
the moment when its first painting is done, children and all, on the clock of the system. LoLLMa
starts as it does on any day: its choices are there to be read, and Python's compiled files are
there for both, as an installation leaves them. Target: at most 1.5 times.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lollma_gui.services.choices import Choices, ChoiceStore
from lollma_gui.services.places import HOME_VARIABLE, Places

EMPTY = """
import os, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
def seen():
    print(time.time(), flush=True)
    os._exit(0)
class Window(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, seen)
app = QApplication([])
window = Window()
window.resize(1280, 820)
window.show()
app.exec()
"""

OURS = """
import os, sys, time
from lollma_gui.__main__ import make_ready
make_ready()
from lollma_gui import app
def seen(self):
    print(time.time(), flush=True)
    print(sorted({"huggingface_hub", "git", "llama_cpp", "numpy"} & set(sys.modules)), flush=True)
    os._exit(0)
app.LollmaApp._begin = seen
app.run()
"""


def settle_in(home: Path) -> None:
    """Let both of them keep everything below ``home``, compiled files too; leave choices there."""
    os.environ["PYTHONPYCACHEPREFIX"] = str(home / "compiled")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.platform == "linux":
        # The usual places are asked for, as on any day: that takes time too.
        os.environ |= {f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "STATE")}
        os.environ.pop(HOME_VARIABLE, None)
    else:
        os.environ[HOME_VARIABLE] = str(home)
    ChoiceStore(Places.usual().config / "choices.json").save(Choices(tab="Models"))


def seconds_to_paint(program: str) -> float:
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[1:] in ([], ["[]"]), f"heavy modules before the window: {lines[1:]}"
    return float(lines[0]) - began


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {EMPTY: [], OURS: []}
    with tempfile.TemporaryDirectory() as home:
        settle_in(Path(home))
        for program in (EMPTY, OURS):  # files into the cache, compiled files written
            seconds_to_paint(program)
        for _ in range(rounds):
            for program in (EMPTY, OURS):
                times[program].append(seconds_to_paint(program))
    empty, ours = (statistics.median(times[p]) for p in (EMPTY, OURS))
    print(f"empty PySide6 window {empty * 1000:.0f} ms, LoLLMa {ours * 1000:.0f} ms (medians)")
    print(f"ratio {ours / empty:.2f} (target at most 1.5)")


if __name__ == "__main__":
    main()
