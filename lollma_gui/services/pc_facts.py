"""What settings are judged against on this PC, measured."""

import os
import sys
from pathlib import Path

from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.settings_facts import GpuFacts, PcFacts

_SYSFS = Path("/sys/devices")


def measure(survey: GpuSurvey, sysfs: Path = _SYSFS) -> PcFacts:
    """Cores, memory and GPUs as they are now.

    Args:
        survey: The GPUs, from a probe.
        sysfs: Where Linux shows its devices.
    """
    import psutil

    memory = psutil.virtual_memory()
    return PcFacts(
        physical_cores=psutil.cpu_count(logical=False),
        logical_cores=psutil.cpu_count(),
        performance_cores=_performance_cores(sysfs),
        ram_total_bytes=memory.total,
        ram_available_bytes=memory.available,
        gpus=tuple(
            GpuFacts(g.name, g.memory_total_bytes, g.memory_free_bytes, g.vendor)
            for g in survey.gpus
            if g.memory_total_bytes is not None and g.memory_free_bytes is not None
        ),
        memlock_limit_bytes=_memlock_limit(),
        numa_nodes=_numa_nodes(sysfs),
    )


def _performance_cores(sysfs: Path) -> int | None:
    """Fast cores of a processor that has two kinds; None where all are alike or unknown."""
    try:
        threads = _members((sysfs / "cpu_core" / "cpus").read_text())
        (sysfs / "cpu_atom" / "cpus").read_text()
    except (OSError, ValueError):
        return None
    cores = set()
    for thread in threads:
        siblings = sysfs / "system" / "cpu" / f"cpu{thread}" / "topology" / "core_id"
        try:
            cores.add(siblings.read_text().strip())
        except OSError:
            cores.add(str(thread))
    return len(cores) or None


def _members(text: str) -> list[int]:
    """Numbers of a kernel list such as ``0-7,16``."""
    found: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _numa_nodes(sysfs: Path) -> int | None:
    try:
        nodes = [p for p in (sysfs / "system" / "node").iterdir() if p.name[4:].isdigit()]
    except OSError:
        return None
    return len(nodes) or None


def _memlock_limit() -> float | None:
    """Most bytes a program may lock in RAM (``ulimit -l``); None where there is no such limit."""
    if sys.platform == "win32" or not hasattr(os, "getpid"):
        return None
    import resource

    soft, _hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return float("inf") if soft == resource.RLIM_INFINITY else float(soft)
