"""How much a program that floods its log keeps the window's thread busy. Run by hand:

xvfb-run -a python tests/benchmarks/log_flood.py [SECONDS] [WORDS IN EACH LINE]

A real child process writes 50 MB a second into a pipe; a thread reads it, as the servers' do. The
window shows the log, follows it, and in turn filters, searches and shows errors only. Measured is
how late a timer of the window's thread rings, and the most processor time of its own between two
rings, which does not depend on what else the machine does.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[2]))

from lollma_gui.qt.background import Background
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.services.places import resource
from lollma_gui.widgets.log_view import LogView
from lollma_gui.widgets.theme import Theme, ThemeChoice

MB_PER_SECOND = 50
PIECE = 64 * 1024
CHILD = """
import os, sys, time
words = "slot release: id 0 | task 12 | stop processing: n_tokens = 128"
line = (words + sys.argv[1] + "\\n").encode()
piece = (line * (65536 // len(line) + 1))[:65536]
piece = piece[: piece.rfind(b"\\n") + 1]
began, written = time.monotonic(), 0
while True:
    written += os.write(1, piece)
    ahead = written / 50e6 - (time.monotonic() - began)
    if ahead > 0.002:
        time.sleep(ahead)
"""


class Flood:
    """The child, and the thread that reads it."""

    def __init__(self, stream: LogStream, words: str) -> None:
        self.bytes = 0
        self._stream = stream
        command = [sys.executable, "-c", CHILD, words]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        while piece := os.read(self._child.stdout.fileno(), PIECE):
            self.bytes += len(piece)
            self._stream.feed(piece)

    def end(self) -> None:
        self._child.kill()
        self._thread.join()
        self._child.wait()


def watch(flood: Flood | None, seconds: float) -> str:
    """Let the window run; how late its timer rang, and what came in meanwhile."""
    late: list[float] = []
    work: list[float] = []
    loop, beat = QEventLoop(), QTimer()
    beat.setTimerType(Qt.TimerType.PreciseTimer)
    due, worked = time.perf_counter(), time.thread_time()

    def ring() -> None:
        nonlocal due, worked
        now, busy = time.perf_counter(), time.thread_time()
        late.append((now - due) * 1000 - 4)
        work.append((busy - worked) * 1000)
        due, worked = now, busy

    beat.timeout.connect(ring)
    beat.start(4)
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    bytes_before, began = flood.bytes if flood else 0, time.perf_counter()
    loop.exec()
    speed = ((flood.bytes if flood else 0) - bytes_before) / (time.perf_counter() - began) / 1e6
    late = sorted(late[5:])
    over = sum(one > 16 for one in late)
    memory = psutil.Process().memory_info().rss / 1e6
    return (
        f"{speed:5.1f} MB/s  timer late: median {late[len(late) // 2]:4.1f}  99 % "
        f"{late[int(len(late) * 0.99)]:4.1f}  longest {late[-1]:5.1f} ms, {over} of {len(late)} "
        f"over 16 ms; own work {max(work[5:]):.1f} ms at most; RSS {memory:.0f} MB"
    )


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    words = " " + sys.argv[2] if len(sys.argv) > 2 else ""
    app = QApplication([*sys.argv[:1], "-style", "fusion"])
    style = resource("style.qss").read_text(encoding="utf-8")
    theme = Theme(app, style, ThemeChoice.DARK)
    background = Background()
    stream = LogStream()
    view = LogView(theme, background, "Log")
    view.resize(840, 560)
    view.show_stream(stream)
    view.show()
    print(f"without flood      {watch(None, 3)}")
    flood = Flood(stream, words)
    print(f"following          {watch(flood, seconds)}")
    view.filter.setText("task")
    print(f"filter, all match  {watch(flood, seconds)}")
    view.filter.setText("nothing like it")
    print(f"filter, none       {watch(flood, seconds)}")
    view.filter.setText("")
    view.finder.open()
    view.finder.words.setText("stop")
    print(f"search             {watch(flood, seconds)}")
    view.close_search()
    view.level.choose("errors")
    view._show_wanted()
    print(f"errors only        {watch(flood, seconds)}")
    flood.end()
    first, end = stream.hear()
    print(f"kept {end - first:,} lines of {end:,}")
    view.close()
    background.shutdown()


if __name__ == "__main__":
    main()
