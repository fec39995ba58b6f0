"""Processor, memory and drives, read through psutil."""

import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lollma_gui.core.readings import CpuReading, DiskReading, MemoryReading

#: Sensors that speak of the processor, the surest first, and their label for the whole of it.
_CPU_SENSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal", "acpitz")
_WHOLE_LABELS = ("Package id 0", "Tctl", "Tdie")
#: Reading sensors can take milliseconds, and heat changes slowly.
_TEMPERATURE_SECONDS = 5.0


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
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._times: list[tuple[float, float]] = []
        self._temperature: float | None = None
        self._temperature_until = float("-inf")
        self._fixed: CpuReading | None = None

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Read the drives of these folders from now on."""
        self._folders = tuple(folders)

    def sample(self) -> SystemSample:
        """Read everything once."""
        return SystemSample(self._cpu(), _memory(), tuple(_disk(f) for f in self._folders))

    def _cpu(self) -> CpuReading:
        if self._fixed is None:
            self._fixed = _fixed_facts()
        per_core = self._utilisation()
        return CpuReading(
            name=self._fixed.name,
            physical_cores=self._fixed.physical_cores,
            logical_cores=self._fixed.logical_cores,
            utilisation=sum(per_core) / len(per_core) if per_core else None,
            per_core=per_core,
            frequency_mhz=_frequency(),
            temperature_celsius=self._cached_temperature(),
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

    def _cached_temperature(self) -> float | None:
        now = time.monotonic()
        if now >= self._temperature_until:
            self._temperature = _temperature()
            self._temperature_until = now + _TEMPERATURE_SECONDS
        return self._temperature


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


def _memory() -> MemoryReading:
    import psutil

    ram = psutil.virtual_memory()
    try:
        swap = psutil.swap_memory()
    except (OSError, RuntimeError):
        swap = None  # psutil cannot read it in some containers and with Windows counters disabled
    return MemoryReading(
        total_bytes=ram.total,
        used_bytes=ram.total - ram.available,
        available_bytes=ram.available,
        swap_total_bytes=swap.total if swap else None,
        swap_used_bytes=swap.used if swap else None,
    )


def existing_part(folder: Path) -> Path | None:
    """The folder, or the nearest one above it that exists; None where there is none."""
    return next((p for p in (folder, *folder.parents) if p.exists()), None)


def _disk(folder: Path) -> DiskReading:
    import psutil

    try:
        part = existing_part(folder)
        usage = psutil.disk_usage(str(part)) if part else None
    except OSError:
        usage = None  # a drive that was pulled out, or may not be looked at
    if usage is None:
        return DiskReading(str(folder))
    return DiskReading(str(folder), usage.total, usage.free)
