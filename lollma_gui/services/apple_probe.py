"""Apple silicon: one memory for everything, of which the GPU gets a budget."""

import plistlib
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any

from lollma_gui.core.readings import GpuReading, GpuSurvey, GpuUse
from lollma_gui.services.kept import ONCE, SLOW, Kept

SYSCTL = "/usr/sbin/sysctl"
IOREG = "/usr/sbin/ioreg"
_SECONDS = 5
_MIB, _GIB = 1 << 20, 1 << 30
#: Shares of the RAM that Metal recommends as the working set where no limit was set by hand
#: (recommendedMaxWorkingSetSize: 10.7 of 16 GiB, 27 of 36, 48 of 64).
_SMALL_SHARE, _LARGE_SHARE, _SMALL_BYTES = 2 / 3, 3 / 4, 32 * _GIB
_NONE = GpuSurvey(
    problem="No GPU of Apple was found.",
    advice="Models run on the processor; small ones are quick enough.",
    is_absent=True,
)
_NOTE = "macOS does not tell how much of the memory each program uses for the GPU."


class AppleProbe:
    """Reads the GPU through the system's own programs, which need no special rights.

    Args:
        sysctl: The program that tells what the system is set to.
        ioreg: The program that tells what devices report.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        sysctl: str = SYSCTL,
        ioreg: str = IOREG,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sysctl = sysctl
        self._ioreg = ioreg
        self._budget = Kept(ONCE, self._read_budget, clock)
        # Starting a program takes ten milliseconds: not at every beat.
        self._survey = Kept(SLOW, self._read, clock)

    def survey(self) -> GpuSurvey:
        """Look once, see ``GpuProbe``."""
        return self._survey.get()

    def processes(self) -> tuple[list[GpuUse], str]:
        """Who uses it, see ``GpuProbe``."""
        return [], _NOTE

    def close(self) -> None:
        """Nothing is kept open."""

    def _read(self) -> GpuSurvey:
        listed = _run([self._ioreg, "-r", "-c", "IOAccelerator", "-d", "1", "-a"])
        try:
            devices: list[dict[str, Any]] = plistlib.loads(listed) if listed else []
        except (plistlib.InvalidFileException, ValueError):
            devices = []
        readings = [self._reading(index, device) for index, device in enumerate(devices)]
        return GpuSurvey(tuple(readings), "IOAccelerator") if readings else _NONE

    def _reading(self, index: int, device: dict[str, Any]) -> GpuReading:
        figures = device.get("PerformanceStatistics", {})
        budget, used = self._budget.get(), figures.get("In use system memory")
        busy = figures.get("Device Utilization %")
        model = device.get("model", f"Apple GPU {index}")
        return GpuReading(
            key=f"apple-{index}",
            name=model.decode().rstrip("\0") if isinstance(model, bytes) else str(model),
            index=index,
            vendor="Apple",
            is_unified=True,
            utilisation=None if busy is None else min(1.0, busy / 100),
            memory_total_bytes=budget,
            memory_used_bytes=used,
            memory_free_bytes=None if budget is None or used is None else max(0, budget - used),
        )

    def _read_budget(self) -> int | None:
        """Bytes that the GPU may use: a limit set by hand, else what Metal recommends."""
        limit = _number(_run([self._sysctl, "-n", "iogpu.wired_limit_mb"]))
        if limit:
            return limit * _MIB
        ram = _number(_run([self._sysctl, "-n", "hw.memsize"]))
        if ram is None:
            return None
        return int(ram * (_SMALL_SHARE if ram <= _SMALL_BYTES else _LARGE_SHARE))


def _number(said: bytes) -> int | None:
    try:
        return int(said)
    except ValueError:
        return None


def _run(command: Sequence[str]) -> bytes:
    """What a program says; nothing where it is not there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""
