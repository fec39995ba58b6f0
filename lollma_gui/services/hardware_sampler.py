"""One reading of everything: GPUs, processor, memory, drives, processes."""

import time
from collections.abc import Callable

from lollma_gui.core.readings import ProcessesReading, Reading
from lollma_gui.services.gpu_probe import GpuProbe
from lollma_gui.services.kept import PROCESSES, Kept
from lollma_gui.services.process_sampler import ProcessSampler
from lollma_gui.services.system_sampler import SystemSampler


def seconds_with_sleep() -> float:
    """Seconds that only grow, those included in which the PC slept: they are a gap, not nothing."""
    if not hasattr(time, "clock_gettime"):
        return time.monotonic()  # Windows counts them anyway
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class HardwareSampler:
    """Joins what the probes say. One call at a time, from any thread.

    Args:
        probe: Reads the GPUs.
        system: Reads the rest.
        clock: Seconds that only grow; they become ``Reading.taken_at``.
    """

    def __init__(
        self,
        probe: GpuProbe,
        system: SystemSampler,
        clock: Callable[[], float] = seconds_with_sleep,
    ) -> None:
        self._probe = probe
        self._system = system
        self._clock = clock
        self._process_sampler = ProcessSampler(clock)
        self._processes = Kept(PROCESSES, self._read_processes, clock)

    def sample(self, *, with_processes: bool = False) -> Reading:
        """Read everything once; may take as long as the slowest driver.

        Args:
            with_processes: Whether somebody looks at the processes: they cost the most.
        """
        system, gpu = self._system.sample(), self._probe.survey()
        return Reading(
            taken_at=self._clock(),
            gpu=gpu,
            cpu=system.cpu,
            memory=system.memory,
            disks=system.disks,
            processes=self._processes.get() if with_processes else None,
        )

    def _read_processes(self) -> ProcessesReading:
        uses, note = self._probe.processes()
        return ProcessesReading(self._process_sampler.sample(uses), note)

    def close(self) -> None:
        """Let go of the GPU driver."""
        self._probe.close()
