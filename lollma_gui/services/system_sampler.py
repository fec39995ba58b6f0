"""Processor, memory and drives, read through psutil."""

import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lollma_gui.core.readings import CpuReading, DiskReading, MemoryReading
from lollma_gui.services import drives
from lollma_gui.services.kept import ONCE, SLOW, Kept

#: Sensors that speak of the processor, the surest first, and their label for the whole of it.
_CPU_SENSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal", "acpitz")
_WHOLE_LABELS = ("Package id 0", "Tctl", "Tdie")


@dataclass(frozen=True)
class SystemSample:
    """What ``SystemSampler`` read at one moment."""

    cpu: CpuReading
    memory: MemoryReading
    disks: tuple[DiskReading, ...]


class SystemSampler:
    """Reads processor, memory and the drives of some folders. One call at a time, any thread.

    Utilisation is that between two samples; the first sample has none.

    Args:
        folders: Folders whose drives are read; they need not exist yet.
        clock: Seconds that only grow.
    """

    def __init__(
        self, folders: Sequence[Path], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._times: list[tuple[float, float]] = []
        self._fixed = Kept(ONCE, _fixed_facts, clock)
        # Reading sensors, frequencies of many cores and file systems can take milliseconds.
        self._temperature = Kept(SLOW, _temperature, clock)
        self._frequency = Kept(SLOW, _frequency, clock)
        self._swap = Kept(SLOW, _swap, clock)
        self.set_folders(folders)

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Read the drives of these folders from now on."""
        self._drives = tuple(_Drive(folder, self._clock) for folder in folders)

    def sample(self) -> SystemSample:
        """Read everything once."""
        disks = tuple(drive.read() for drive in self._drives)
        return SystemSample(self._cpu(), _memory(*self._swap.get()), disks)

    def _cpu(self) -> CpuReading:
        per_core = self._utilisation()
        return replace(
            self._fixed.get(),
            utilisation=sum(per_core) / len(per_core) if per_core else None,
            per_core=per_core,
            frequency_mhz=self._frequency.get(),
            temperature_celsius=self._temperature.get(),
        )

    def _utilisation(self) -> tuple[float, ...]:
        """Busy share of each core since the last sample, 0 to 1.

        ``psutil.cpu_percent`` remembers its last call per thread, and samples come from changing
        threads: so the times are remembered here.
        """
        import psutil

        before, now = self._times, [_busy_and_all(t) for t in psutil.cpu_times(percpu=True)]
        self._times = now
        if len(before) != len(now):
            return ()
        return tuple(_share(*pair) for pair in zip(before, now, strict=True))


def _busy_and_all(times: Any) -> tuple[float, float]:
    # Linux counts the time of guests in "user" as well: once is enough.
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    total = sum(times) - guests
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _share(before: tuple[float, float], now: tuple[float, float]) -> float:
    busy, total = now[0] - before[0], now[1] - before[1]
    return min(max(busy / total, 0.0), 1.0) if total > 0 else 0.0


def _fixed_facts() -> CpuReading:
    import psutil

    return CpuReading(
        name=cpu_name(),
        physical_cores=psutil.cpu_count(logical=False),
        logical_cores=psutil.cpu_count(),
    )


def cpu_name() -> str | None:
    """The processor's name as its maker writes it; None where it cannot be found."""
    try:
        name = _cpu_name_of_system()
    except OSError:
        name = ""
    return " ".join(name.split()) or platform.processor() or None


def _cpu_name_of_system() -> str:
    if sys.platform == "win32":
        import winreg

        path = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
    if sys.platform == "darwin":
        import subprocess

        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    names = (line.partition(":")[2] for line in lines if line.startswith(("model name", "Model")))
    return next(names, "")


def _frequency() -> float | None:
    import psutil

    try:
        frequency = psutil.cpu_freq()
    except (OSError, NotImplementedError, RuntimeError):
        return None
    return float(frequency.current) or None if frequency else None


def _temperature() -> float | None:
    import psutil

    if not hasattr(psutil, "sensors_temperatures"):
        return None  # Windows and macOS
    try:
        sensors = psutil.sensors_temperatures()
    except (OSError, RuntimeError, ValueError):
        return None
    for name in _CPU_SENSORS:
        entries = sensors.get(name)
        if entries:
            whole = [e for e in entries if e.label in _WHOLE_LABELS]
            return float((whole or entries)[0].current)
    return None


def _swap() -> tuple[int | None, int | None]:
    import psutil

    try:
        swap = psutil.swap_memory()
    except (OSError, RuntimeError):
        # psutil cannot read it in some containers and with Windows counters disabled.
        return None, None
    return swap.total, swap.used


def _memory(swap_total: int | None, swap_used: int | None) -> MemoryReading:
    import psutil

    ram = psutil.virtual_memory()
    cached = getattr(ram, "cached", None)
    if cached is not None:
        # Linux counts shared memory and files in RAM (tmpfs) there: they are in use, not kept.
        cached = max(0, cached - getattr(ram, "shared", 0))
    return MemoryReading(
        total_bytes=ram.total,
        used_bytes=ram.total - ram.available,
        available_bytes=ram.available,
        swap_total_bytes=swap_total,
        swap_used_bytes=swap_used,
        cached_bytes=cached,
    )


def existing_part(folder: Path) -> Path | None:
    """The folder, or the nearest one above it that exists; None where there is none."""
    return next((p for p in (folder, *folder.parents) if p.exists()), None)


class _Drive:
    """The drive of one folder."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._part: Path | None = None
        self._kind = ""
        self._speed = drives.ReadSpeed(None, clock)
        self._slow = Kept(SLOW, self._read_slow, clock)

    def read(self) -> DiskReading:
        """Room and speed now."""
        slow = self._slow.get()
        return replace(slow, read_bytes_per_second=self._speed.bytes_per_second())

    def _read_slow(self) -> DiskReading:
        import psutil

        try:
            part = existing_part(self._folder)
            usage = psutil.disk_usage(str(part)) if part else None
        except OSError:
            part = usage = None  # a drive that was pulled out, or may not be looked at
        self._find_drive(part)
        if usage is None:
            return DiskReading(str(self._folder))
        return DiskReading(str(self._folder), usage.total, usage.free, self._kind)

    def _find_drive(self, part: Path | None) -> None:
        # A folder that is made later, or on a drive plugged in later, lies elsewhere.
        if part == self._part:
            return
        self._part = part
        block = drives.block_device(part) if part else None
        self._kind = drives.kind_of(block) if block else ""
        self._speed = drives.ReadSpeed(block, self._clock)
