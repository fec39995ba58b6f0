"""All processes of one server: found, measured, and ended together.

A process belongs to a server if it descends from its first process, or bears the mark that the
first one was given in its environment. The mark also finds those whose parents have died.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lollma_gui.core.server_state import ServerFigures
from lollma_gui.services.child_process import TICK_SECONDS, are_gone

if TYPE_CHECKING:
    import psutil

#: Variable that marks all processes of one run of one server.
MARK = "LOLLMA_SERVER"
#: After being killed, a process has this long to be gone; a driver may hold it longer.
_KILL_SECONDS = 5.0


def pids_of(pid: int) -> list[int]:
    """A process and its descendants, by number.

    Linux lists the children of a process itself (CONFIG_PROC_CHILDREN), which costs a hundredth
    of looking through all processes.
    """
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        children = _children(one)
        waiting += [child for child in children if child not in found]
    return found


def _children(pid: int) -> list[int]:
    if sys.platform.startswith("linux"):
        try:
            tasks = Path(f"/proc/{pid}/task").iterdir()
            return [int(word) for task in tasks for word in (task / "children").read_text().split()]
        except (OSError, ValueError):
            if not Path("/proc/self/task").exists() or not Path(f"/proc/{pid}").exists():
                return []
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def marked(mark: str) -> "list[psutil.Process]":
    """All processes that bear a mark. Takes some milliseconds.

    Windows ends them through the job object of the first one; reading environments is slow there.
    """
    import psutil

    if sys.platform == "win32":
        return []
    found = []
    for pid in psutil.pids():
        if pid != os.getpid() and _bears(pid, mark):
            with contextlib.suppress(psutil.Error):
                found.append(psutil.Process(pid))
    return found


def _bears(pid: int, mark: str) -> bool:
    if sys.platform.startswith("linux"):
        try:
            return f"{MARK}={mark}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
    import psutil

    try:
        return bool(psutil.Process(pid).environ().get(MARK) == mark)
    except (psutil.Error, OSError):
        return False


def members(pid: int, mark: str) -> "list[psutil.Process]":
    """Everything that belongs to a server now."""
    import psutil

    found = {process.pid: process for process in marked(mark)}
    for one in pids_of(pid):
        with contextlib.suppress(psutil.Error):
            found.setdefault(one, psutil.Process(one))
    return list(found.values())


def ask_to_end(pid: int) -> None:
    """Ask the first process, and all of its group, to end. Windows knows no asking: it ends."""
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        # Only a leader's group is surely the server's own.
        if sys.platform != "win32" and os.getpgid(pid) == pid != os.getpgrp():
            os.killpg(pid, signal.SIGTERM)
        else:
            psutil.Process(pid).terminate()


def kill(processes: "Sequence[psutil.Process]") -> bool:
    """End processes at once; whether all of them are gone."""
    import psutil

    for process in processes:
        # psutil compares the start time: a number given to somebody new is not touched.
        with contextlib.suppress(psutil.Error):
            process.kill()
    deadline = time.monotonic() + _KILL_SECONDS
    while not are_gone(list(processes)) and time.monotonic() < deadline:
        time.sleep(TICK_SECONDS)
    return are_gone(list(processes))


class TreeMeter:
    """Measures what a server takes. For one thread.

    Args:
        pid: Its first process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._known: dict[int, psutil.Process] = {}
        self._busy: dict[int, float] = {}
        self._at: float | None = None

    @property
    def processes(self) -> "list[psutil.Process]":
        """Those that were there when it measured last."""
        return list(self._known.values())

    def read(self) -> ServerFigures:
        """What it takes now; processor time since the last reading."""
        self._look_around()
        ram, busy = 0, {}
        for pid, process in self._known.items():
            ram_now, busy_now = _measured(process)
            ram += ram_now
            busy[pid] = busy_now
        now = time.monotonic()
        before, self._busy = self._busy, busy
        began, self._at = self._at, now
        cpu = None
        if began is not None and now > began:
            spent = sum(seconds - before.get(pid, seconds) for pid, seconds in busy.items())
            cpu = max(0.0, spent / (now - began))
        return ServerFigures(tuple(self._known), ram or None, cpu=cpu)

    def _look_around(self) -> None:
        import psutil

        pids = pids_of(self._pid)
        known = {pid: self._known[pid] for pid in pids if pid in self._known}
        for pid in pids:
            if pid not in known:
                with contextlib.suppress(psutil.Error):
                    known[pid] = psutil.Process(pid)
        self._known = known


def _measured(process: "psutil.Process") -> tuple[int, float]:
    """Resident bytes and busy seconds."""
    import psutil

    try:
        with process.oneshot():
            times = process.cpu_times()
            return int(process.memory_info().rss), float(times.user + times.system)
    except (psutil.Error, OSError):
        return 0, 0.0
