"""One reading of everything: GPUs, processor, memory, drives."""

import time
from collections.abc import Callable

from lollma_gui.core.readings import Reading
from lollma_gui.services.gpu_probe import GpuProbe
from lollma_gui.services.system_sampler import SystemSampler


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._probe = probe
        self._system = system
        self._clock = clock

    def sample(self) -> Reading:
        """Read everything once; may take as long as the slowest driver."""
        system, gpu = self._system.sample(), self._probe.survey()
        return Reading(
            taken_at=self._clock(),
            gpu=gpu,
            cpu=system.cpu,
            memory=system.memory,
            disks=system.disks,
        )

    def close(self) -> None:
        """Let go of the GPU driver."""
        self._probe.close()
