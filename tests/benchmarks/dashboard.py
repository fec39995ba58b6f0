"""What watching costs: processor time at one reading a second, and memory over an hour.

    python tests/benchmarks/dashboard.py [--seconds N] [--gpu] [COMMAND...]

Runs the real app in a process of its own with the dashboard to be seen, then minimised, and
beside it in the same run each COMMAND that shows the same in a terminal (``btop``, ``nvitop``);
the processor time of each is read from the system. ``--gpu`` puts the stand-in for NVIDIA's
driver under it, with two GPUs (needs gcc). Then an hour of readings is taken as fast as they can
be, ten times over, and memory is looked at before and after.
Targets: at most 1 % of a core seen and 0.2 % hidden; memory does not grow.
"""

import argparse
import ctypes
import fcntl
import gc
import os
import pty
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from fakes.nvml.driver import build
from helpers.readings import FULL, GPU, SECOND_GPU

from lollma_gui.core.readings import GpuSurvey
from lollma_gui.services.places import HOME_VARIABLE

#: Starting is no watching: both sides get this long to settle.
SETTLE_SECONDS = 12

APP = """
import ctypes, sys, threading
if sys.argv[1]:
    ctypes.CDLL(sys.argv[1])
from lollma_gui.__main__ import make_ready
make_ready()
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication
from lollma_gui.app import LollmaApp
from lollma_gui.qt.single_instance import SingleInstance
from lollma_gui.services.places import Places

class Ear(QObject):
    heard = Signal(str)
    def listen(self):
        for line in sys.stdin:
            self.heard.emit(line.strip())

def ready():
    app.window.show_page("Dashboard")
    print("ready", flush=True)

def obey(word):
    if word == "hide":
        app.window.hide()
        app.window.visibility_changed.emit(False)
    else:
        app.window.close()

places = Places.usual()
application = QApplication(["lollma", "-style", "fusion"])
application.setQuitOnLastWindowClosed(False)
app = LollmaApp(application, places, SingleInstance(places.data), application.quit)
app.began.connect(ready)
ear = Ear()
ear.heard.connect(obey)
threading.Thread(target=ear.listen, daemon=True).start()
app.window.show()
application.exec()
"""


def share_of_core(process: psutil.Process, seconds: float) -> float:
    """Processor time of a process and its children over so many seconds, as a share of a core."""
    began, before = time.monotonic(), busy(process)
    threading.Event().wait(seconds)
    return (busy(process) - before) / (time.monotonic() - began)


def busy(process: psutil.Process) -> float:
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def our_shares(library: str, seconds: float) -> tuple[float, float, float]:
    """Ours while it is seen, while it is hidden, and its memory in MiB."""
    app = subprocess.Popen(
        [sys.executable, "-c", APP, library],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert app.stdin is not None
    assert app.stdout is not None
    app.stdout.readline()
    process = psutil.Process(app.pid)
    threading.Event().wait(SETTLE_SECONDS)
    seen = share_of_core(process, seconds)
    memory = process.memory_info().rss / 2**20
    app.stdin.write("hide\n")
    app.stdin.flush()
    threading.Event().wait(SETTLE_SECONDS)
    hidden = share_of_core(process, seconds)
    app.communicate("close\n", timeout=30)
    return seen, hidden, memory


def their_share(command: str, seconds: float) -> str:
    """A program that draws into a terminal of 200 by 60 characters."""
    pid, terminal = pty.fork()
    if pid == 0:
        words = shlex.split(command)
        os.environ |= {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        os.execvp(words[0], words)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    threading.Thread(target=_swallow, args=(terminal,), daemon=True).start()
    process = psutil.Process(pid)
    threading.Event().wait(SETTLE_SECONDS)
    share = share_of_core(process, seconds)
    if process.status() == psutil.STATUS_ZOMBIE:
        os.waitpid(pid, 0)
        return "has ended by itself"
    process.kill()
    os.waitpid(pid, 0)
    return f"{share * 100:.2f} % of a core"


def _swallow(terminal: int) -> None:
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        return  # the program has ended


def memory_over_hours() -> None:
    """Ten hours of readings through history, alerts and the dashboard, as fast as they go."""
    from PySide6.QtWidgets import QApplication

    from lollma_gui.qt.alerts import HardwareAlerts
    from lollma_gui.qt.background import Background
    from lollma_gui.qt.hardware_actions import HardwareActions
    from lollma_gui.qt.hardware_monitor import HardwareMonitor
    from lollma_gui.services.hardware_sampler import HardwareSampler
    from lollma_gui.services.places import resource
    from lollma_gui.tabs.dashboard_tab import DashboardTab
    from lollma_gui.widgets.theme import Theme, ThemeChoice

    app = QApplication(["bench", "-style", "fusion"])
    theme = Theme(app, resource("style.qss").read_text(encoding="utf-8"), ThemeChoice.DARK)
    background = Background()
    monitor = HardwareMonitor(HardwareSampler(None, None), background)  # type: ignore[arg-type]
    alerts = HardwareAlerts(monitor)
    tab = DashboardTab(monitor, HardwareActions(background), theme)
    tab.resize(1112, 735)
    tab.show()
    sizes = []
    second = 0
    for _hour in range(10):
        for _ in range(3600):
            second += 1
            gpu = replace(GPU, utilisation=second % 100 / 100, power_watts=float(second % 300))
            survey = GpuSurvey((gpu, SECOND_GPU), "NVML", "580.95", "13.0")
            monitor._take(replace(FULL, taken_at=float(second), gpu=survey))
            if second % 10 == 0:
                app.processEvents()
        gc.collect()
        sizes.append(psutil.Process().memory_info().rss / 2**20)
    print("memory after each of ten simulated hours, MiB: " + " ".join(f"{s:.1f}" for s in sizes))
    assert alerts.off == frozenset()
    tab.close()
    background.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("commands", nargs="*")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ[HOME_VARIABLE] = home
        library = ""
        if chosen.gpu:
            os.environ["FAKE_NVML"] = str(Path(home) / "control")
            Path(os.environ["FAKE_NVML"]).write_text("gpus 2\n")
            library = str(build(Path(home) / "nvml"))
            ctypes.CDLL(library)
        for command in chosen.commands:
            print(f"{command}: {their_share(command, chosen.seconds)}", flush=True)
        seen, hidden, memory = our_shares(library, chosen.seconds)
    print(f"LoLLMa: dashboard seen {seen * 100:.2f} %, hidden {hidden * 100:.2f} % of a core")
    print(f"        {memory:.0f} MiB resident (targets: at most 1 % and 0.2 %)")
    memory_over_hours()


if __name__ == "__main__":
    main()
