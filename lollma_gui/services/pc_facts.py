"""What settings are judged against on this PC, measured."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from lollma_gui.core.gpu_catalog import find_gpu
from lollma_gui.core.gpu_overhead import usual_overhead
from lollma_gui.core.pc_now import measured_gpus
from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.core.settings_facts import GpuFacts, PcFacts

_SYSFS = Path("/sys/devices")


def measure(
    survey: GpuSurvey, learned: Mapping[str, int] | None = None, sysfs: Path = _SYSFS
) -> PcFacts:
    """Cores, memory and GPUs as they are now.

    Args:
        survey: The GPUs, from a probe.
        learned: For GPUs by their key what driver and engine were seen to take there, in bytes.
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
        gpus=tuple(_gpu_facts(gpu, learned or {}) for gpu in measured_gpus(survey.gpus)),
        memlock_limit_bytes=_memlock_limit(),
        numa_nodes=_numa_nodes(sysfs),
    )


def _gpu_facts(gpu: GpuReading, learned: Mapping[str, int]) -> GpuFacts:
    usual = usual_overhead(gpu.compute_capability)
    return GpuFacts(
        gpu.name,
        gpu.memory_total_bytes or 0,
        gpu.memory_free_bytes or 0,
        gpu.vendor,
        overhead_bytes=learned.get(gpu.key, usual),
        is_learned=gpu.key in learned,
        key=gpu.key,
        bandwidth=_bandwidth(gpu),
    )


def _bandwidth(gpu: GpuReading) -> float | None:
    """Bytes per second: as the maker says, else from what the driver says of bus and clock."""
    known = find_gpu(gpu.name, gpu.memory_total_bytes)
    if known is not None:
        return known.read_bandwidth
    if gpu.memory_bus_bits is None or gpu.memory_max_clock_mhz is None:
        return None
    return 2 * gpu.memory_max_clock_mhz * 1e6 * gpu.memory_bus_bits / 8


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
