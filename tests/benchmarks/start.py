"""How long until the window is seen, against an empty PySide6 window. Run by hand.

    python tests/benchmarks/start.py [rounds]

Both are started as fresh processes, in turn, on the display there is (or offscreen); each prints
the moment of its first painting on the clock of the system. Target: at most 1.5 times.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

EMPTY = """
import sys, time
from PySide6.QtWidgets import QApplication, QWidget
class Window(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time(), flush=True)
        QApplication.quit()
app = QApplication([])
window = Window()
window.resize(1280, 820)
window.show()
app.exec()
"""

OURS = """
import sys, time
from lollma_gui.__main__ import hold_garbage
hold_garbage()
from lollma_gui import app as start
from lollma_gui import main_window
old = main_window.MainWindow.paintEvent
def paint(self, event):
    old(self, event)
    print(time.time(), flush=True)
    heavy = {"huggingface_hub", "git", "llama_cpp", "numpy"} & set(sys.modules)
    print(sorted(heavy), flush=True)
    import os
    os._exit(0)
main_window.MainWindow.paintEvent = paint
start.run()
"""


def seconds_to_paint(program: str, home: str) -> float:
    environment = {**os.environ, "LOLLMA_HOME": home}
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[1:] in ([], ["[]"]), f"heavy modules before the window: {lines[1:]}"
    return float(lines[0]) - began


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {EMPTY: [], OURS: []}
    with tempfile.TemporaryDirectory() as home:
        for program in (EMPTY, OURS):  # files into the cache, .pyc written
            seconds_to_paint(program, home)
        for _ in range(rounds):
            for program in (EMPTY, OURS):
                times[program].append(seconds_to_paint(program, home))
    empty, ours = (statistics.median(times[p]) for p in (EMPTY, OURS))
    print(f"empty PySide6 window {empty * 1000:.0f} ms, LoLLMa {ours * 1000:.0f} ms (medians)")
    print(f"ratio {ours / empty:.2f} (target at most 1.5)")


if __name__ == "__main__":
    main()
