"""NVIDIA GPUs, read through the driver's own library (NVML)."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lollma_gui.core.readings import GpuReading, GpuSurvey, GpuUse
from lollma_gui.services import pci
from lollma_gui.services.gpu_nap import Nap
from lollma_gui.services.nvml_gpu import Asker, NvmlGpu
from lollma_gui.services.nvml_meanings import (
    ASLEEP,
    DOZING,
    LOST,
    NO_GPU,
    WDDM_NOTE,
    WSL_NOTE,
    kind_of,
    meaning_of,
)

#: After a failure the driver is left alone for a while: opening it is costly.
RETRY_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_WSL_MARK = Path("/dev/dxg")


class NvmlProbe:
    """Reads NVIDIA GPUs. Keeps the driver open between surveys, and never wakes a sleeping GPU.

    Args:
        pci_devices: Where the Linux kernel lists PCI devices.
        retry_seconds: How long the driver is left alone after it could not be opened.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        pci_devices: Path = pci.DEVICES,
        retry_seconds: float = RETRY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pci_devices = pci_devices
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._nvml: Any = None
        self._gpus: dict[int, NvmlGpu] = {}
        self._versions: tuple[str | None, str | None] = (None, None)
        self._retry_at = float("-inf")
        self._reopen_at = float("inf")
        self._failure = GpuSurvey()
        self._cards: list[Path] | None = []
        self._nap = Nap(clock)

    def survey(self) -> GpuSurvey:
        """Look once, see ``GpuProbe``."""
        with self._lock:
            if self._nvml is None and self._clock() < self._retry_at:
                return self._failure
            if not self._cards:
                self._cards = pci.nvidia_gpus(self._pci_devices)
            if self._cards and all(pci.is_asleep(card) for card in self._cards):
                # An open driver would keep the GPU awake.
                self._shut()
                self._nap.succeeded()
                return GpuSurvey(problem=ASLEEP[0], advice=ASLEEP[1], is_asleep=True)
            if self._nap.is_on:
                return GpuSurvey(problem=DOZING[0], advice=DOZING[1], is_asleep=True)
            return self._open_and_read()

    def processes(self) -> tuple[list[GpuUse], str]:
        """Who uses the GPUs that the last survey read, see ``GpuProbe``."""
        with self._lock:
            if self._nvml is None:
                return [], ""
            found: list[GpuUse] = []
            told = True
            for gpu in self._gpus.values():
                try:
                    uses = gpu.processes()
                except self._nvml.NVMLError:
                    uses = []  # lost: the next survey says so
                told = told and uses is not None
                found += uses or ()
            knows = told and (not found or any(u.memory_bytes is not None for u in found))
            return found, "" if knows else _note()

    def close(self) -> None:
        """Let go of the driver; one that hangs in a survey is left to the end of the process."""
        if self._lock.acquire(timeout=_CLOSE_SECONDS):
            try:
                self._shut()
            finally:
                self._lock.release()

    def _open_and_read(self) -> GpuSurvey:
        import pynvml

        if self._clock() >= self._reopen_at:
            self._shut()
        try:
            if self._nvml is None:
                pynvml.nvmlInitWithFlags(0)
                self._nvml = pynvml
            found, idle = self._read_all(Asker(pynvml))
        except pynvml.NVMLError as error:
            problem, advice = self._meaning(error)
            absent = problem == NO_GPU[0]
            found, idle = GpuSurvey(problem=problem, advice=advice, is_absent=absent), False
        if not found.gpus:
            # Nothing to read, or all of it lost: handles are worthless now.
            self._shut()
            self._failure = found
            self._retry_at = self._clock() + self._retry_seconds
        elif self._nap.is_due(idle):
            self._shut()
        return found

    def _read_all(self, ask: Asker) -> tuple[GpuSurvey, bool]:
        """Read every GPU, and whether none has anything to do.

        Those that are lost are left out, and said in the survey's problem.
        """
        nvml = self._nvml
        count = nvml.nvmlDeviceGetCount()
        if count == 0:
            return GpuSurvey(problem=NO_GPU[0], advice=NO_GPU[1], is_absent=True), False
        if not self._gpus:
            self._versions = _versions(nvml, ask)
        readings = []
        for index in range(count):
            try:
                readings.append(self._read_one(ask, index))
            except nvml.NVMLError as error:
                self._gpus.pop(index, None)
                ask.trouble = ask.trouble or error
                if kind_of(error) in LOST:
                    self._reopen_at = min(self._reopen_at, self._clock() + self._retry_seconds)
        problem, advice = meaning_of(ask.trouble) if ask.trouble else ("", "")
        driver, cuda = self._versions
        survey = GpuSurvey(tuple(readings), "NVML", driver, cuda, problem, advice)
        return survey, self._is_idle(readings)

    def _read_one(self, ask: Asker, index: int) -> GpuReading:
        gpu = self._gpus.get(index)
        if gpu is None:
            gpu = self._gpus[index] = NvmlGpu(self._nvml, index, self._clock)
        return gpu.read(ask)

    def _is_idle(self, readings: list[GpuReading]) -> bool:
        """Whether all GPUs could sleep if nobody looked at them."""
        if not self._cards or not all(pci.may_sleep(card) for card in self._cards):
            return False
        if any(reading.utilisation != 0 for reading in readings):
            return False
        return not any(gpu.computes() for gpu in self._gpus.values())

    def _meaning(self, error: Exception) -> tuple[str, str]:
        kind = kind_of(error)
        if kind in ("LibraryNotFound", "DriverNotLoaded") and not self._cards:
            return NO_GPU
        return meaning_of(error)

    def _shut(self) -> None:
        self._gpus.clear()
        self._reopen_at = float("inf")
        nvml, self._nvml = self._nvml, None
        if nvml is not None:
            try:
                nvml.nvmlShutdown()
            except nvml.NVMLError:
                return  # a lost driver need not be told goodbye


def _versions(nvml: Any, ask: Asker) -> tuple[str | None, str | None]:
    cuda = ask(nvml.nvmlSystemGetCudaDriverVersion)
    words = None if cuda is None else f"{cuda // 1000}.{cuda % 1000 // 10}"
    return ask(nvml.nvmlSystemGetDriverVersion), words


def _note() -> str:
    if sys.platform == "win32":
        return WDDM_NOTE
    return WSL_NOTE if _WSL_MARK.exists() else "This driver does not tell who uses its VRAM."
