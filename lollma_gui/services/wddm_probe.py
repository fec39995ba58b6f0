"""NVIDIA GPUs on Windows: what its graphics driver model (WDDM) keeps from NVML, Windows tells."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lollma_gui.core.readings import GpuSurvey, GpuUse
from lollma_gui.services.gpu_probe import GpuProbe
from lollma_gui.services.kept import PROCESSES, Kept
from lollma_gui.services.performance_counters import PerformanceCounters

#: The counters behind Task Manager's figures, in bytes.
_DEDICATED = r"\GPU Adapter Memory(*)\Dedicated Usage"
_SHARED = r"\GPU Adapter Memory(*)\Shared Usage"
_OF_PROCESSES = r"\GPU Process Memory(*)\Dedicated Usage"
#: Instances are called ``pid_4711_luid_0x00000000_0x0000C3B1_phys_0``, adapters without the pid.
_INSTANCE = re.compile(r"(?:pid_(\d+)_)?luid_(\w+?_\w+?)_phys_\d+")


class WddmProbe:
    """Adds to what another probe says.

    Windows numbers its adapters in a way of its own. With one GPU of NVIDIA, which is the usual
    PC, it is the adapter with the most memory in use; with several nothing is added.

    Args:
        inner: Reads the GPUs.
        load_library: Gives pdh.dll.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        inner: GpuProbe,
        load_library: Callable[[], Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._load_library = load_library
        self._counters: PerformanceCounters | None = None
        self._is_useless = False
        self._memory = Kept(PROCESSES, self._read, clock)
        self._has_one_gpu = False

    def survey(self) -> GpuSurvey:
        """Look once, see ``GpuProbe``."""
        survey = self._inner.survey()
        self._has_one_gpu = len(survey.gpus) == 1
        if not self._has_one_gpu:
            return survey
        shared, _ = self._memory.get()
        return replace(survey, gpus=(replace(survey.gpus[0], shared_used_bytes=shared),))

    def processes(self) -> tuple[list[GpuUse], str]:
        """Who uses them, see ``GpuProbe``."""
        uses, note = self._inner.processes()
        if not self._has_one_gpu:
            return uses, note
        _, by_pid = self._memory.get()
        filled = [
            use if use.memory_bytes is not None else replace(use, memory_bytes=by_pid.get(use.pid))
            for use in uses
        ]
        is_told = all(use.memory_bytes is not None for use in filled)
        return filled, "" if is_told and filled else note

    def close(self) -> None:
        """Let go of driver and counters."""
        self._inner.close()
        counters, self._counters = self._counters, None
        if counters is not None:
            counters.close()

    def _read(self) -> tuple[int | None, dict[int, int]]:
        """RAM lent to the adapter, and what each process has of its own memory."""
        if self._is_useless:
            return None, {}
        try:
            if self._counters is None:
                paths = (_DEDICATED, _SHARED, _OF_PROCESSES)
                self._counters = PerformanceCounters(paths, self._load_library())
            dedicated, shared, processes = self._counters.read()
        except OSError:
            # Windows before 10.1709 has none, and on some PCs they are damaged.
            self._is_useless = True
            return None, {}
        if not dedicated:
            return None, {}
        adapter = max(dedicated, key=lambda instance: dedicated[instance])
        return shared.get(adapter), _by_process(processes, _luid(adapter))


def _luid(instance: str) -> str:
    found = _INSTANCE.search(instance)
    return found[2].lower() if found else instance


def _by_process(processes: dict[str, int], adapter: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for instance, size in processes.items():
        match = _INSTANCE.search(instance)
        if match and match[1] and match[2].lower() == adapter:
            found[int(match[1])] = found.get(int(match[1]), 0) + size
    return found


def windows_probe() -> GpuProbe:
    """The probe for Windows."""
    import ctypes

    from lollma_gui.services.nvml_probe import NvmlProbe

    # By its full path: nobody can put another library of that name before it.
    system = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32"
    return WddmProbe(NvmlProbe(), lambda: ctypes.CDLL(str(system / "pdh.dll")))
