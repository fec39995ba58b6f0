"""Who uses the GPUs and who runs models: programs with their memory and processor time."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lollma_gui.core import known_programs
from lollma_gui.core.readings import GpuUse, ProcessReading, Whose
from lollma_gui.services.child_process import STARTED_BY, started_at, starter_mark
from lollma_gui.services.kept import Kept

if TYPE_CHECKING:
    import psutil

#: New programs are looked over this often: reading all command lines takes milliseconds.
SCAN_SECONDS = 10.0


class _Facts(NamedTuple):
    """What does not change about a process."""

    process: "psutil.Process"
    started_at: float
    name: str
    whose: Whose


class ProcessSampler:
    """Reads processes. One call at a time, from any thread.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._facts: dict[int, _Facts] = {}
        self._ordinary: set[int] = set()
        self._new: set[int] = set()
        self._busy: dict[tuple[int, float], tuple[float, float]] = {}
        self._known = Kept(SCAN_SECONDS, self._scan, clock)

    def sample(self, uses: Iterable[GpuUse]) -> tuple[ProcessReading, ...]:
        """Everybody in ``uses``, and every program that runs models; most VRAM first."""
        by_pid: dict[int, list[GpuUse]] = {}
        for use in uses:
            by_pid.setdefault(use.pid, []).append(use)
        for pid in self._known.get():
            by_pid.setdefault(pid, [])
        found = [self._read(pid, tuple(some)) for pid, some in by_pid.items()]
        readings = [reading for reading in found if reading is not None]
        self._forget({reading.pid for reading in readings})
        return tuple(sorted(readings, key=_rank))

    def _forget(self, alive: set[int]) -> None:
        self._facts = {pid: facts for pid, facts in self._facts.items() if pid in alive}
        self._busy = {key: value for key, value in self._busy.items() if key[0] in alive}

    def _read(self, pid: int, uses: tuple[GpuUse, ...]) -> ProcessReading | None:
        import psutil

        facts = self._facts_of(pid)
        if facts is None:
            # Seen by the driver and not by us: a program outside our container.
            unseen = ProcessReading(pid, 0.0, "a program not seen from here", gpus=uses)
            return unseen if uses else None
        reading = ProcessReading(pid, facts.started_at, facts.name, facts.whose, uses)
        try:
            with facts.process.oneshot():
                memory = facts.process.memory_info()
                return replace(
                    reading,
                    ram_bytes=int(memory.rss),
                    mapped_bytes=getattr(memory, "shared", None),
                    cpu=self._cpu(facts),
                )
        except psutil.NoSuchProcess:
            return None
        except psutil.AccessDenied:
            return reading

    def _cpu(self, facts: _Facts) -> float | None:
        """Busy share of one core since the last sample."""
        times, now = facts.process.cpu_times(), self._clock()
        busy, key = times.user + times.system, (facts.process.pid, facts.started_at)
        before = self._busy.get(key)
        self._busy[key] = busy, now
        if before is None or now <= before[1]:
            return None
        return max(0.0, float(busy - before[0]) / (now - before[1]))

    def _facts_of(self, pid: int) -> _Facts | None:
        facts = self._facts.get(pid)
        # psutil compares start times: a number given to somebody new is somebody new.
        if facts is None or not facts.process.is_running():
            facts = facts_of(pid)
            if facts is not None:
                self._facts[pid] = facts
        return facts

    def _scan(self) -> list[int]:
        """Numbers of all programs that run models, and of the window itself."""
        import psutil

        pids = set(psutil.pids())
        self._ordinary &= pids
        found, others = [os.getpid()], set()
        for pid in pids - self._ordinary - {os.getpid()}:
            facts = facts_of(pid)
            if facts is None or facts.whose is Whose.OTHER:
                others.add(pid)
            else:
                found.append(pid)
        # Looked at twice: a script that starts a server may turn into it.
        self._ordinary |= others & self._new
        self._new = others
        return found


def _rank(reading: ProcessReading) -> tuple[int, int, int, int]:
    """Most VRAM first; where that is not told, ours first, then most RAM."""
    return (
        -(reading.vram_bytes or 0),
        0 if reading.whose is Whose.ENGINE else 1,
        -(reading.ram_bytes or 0),
        reading.pid,
    )


def facts_of(pid: int) -> _Facts | None:
    """What a process is; None when it is gone or hidden from us."""
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            began, name = started_at(pid), process.name()
            program = _program(process)
            whose = _whose(process, program)
    except (psutil.Error, OSError):
        return None
    shown = "LoLLMa" if whose is Whose.WINDOW else program or name
    return _Facts(process, began, shown, whose)


def _program(process: "psutil.Process") -> str:
    import psutil

    try:
        command = process.cmdline()
    except psutil.AccessDenied:
        return ""
    found = known_programs.known_program(command)
    if not found and "server.py" in " ".join(command):
        try:
            found = known_programs.known_program(command, process.cwd())
        except psutil.AccessDenied:
            return ""
    return found


def _whose(process: "psutil.Process", program: str) -> Whose:
    if process.pid == os.getpid():
        return Whose.WINDOW
    if not program:
        return Whose.OTHER
    mark = _mark(process)
    if mark == starter_mark():
        return Whose.ENGINE if program == known_programs.ENGINE else Whose.STARTED
    if mark and _counts_as_we_do(process.pid) and not _lives(mark):
        return Whose.LEFT_OVER
    # The engine of another window of ours is that window's, and no server.
    return Whose.OTHER if program == known_programs.ENGINE else Whose.SERVER


def _mark(process: "psutil.Process") -> str:
    import psutil

    try:
        return str(process.environ().get(STARTED_BY, ""))
    except (psutil.AccessDenied, OSError):
        return ""


def _counts_as_we_do(pid: int) -> bool:
    """Whether numbers of processes mean the same to it: in a container they do not."""
    try:
        return Path(f"/proc/{pid}/ns/pid").readlink() == Path("/proc/self/ns/pid").readlink()
    except OSError:
        return True  # a system without such containers


def _lives(mark: str) -> bool:
    """Whether the window that left this mark is still there; in doubt it is."""
    import psutil

    pid, _, began = mark.partition(":")
    try:
        return abs(started_at(int(pid)) - float(began)) < 1.0
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, ValueError):
        return True
