"""NVIDIA GPUs, read through the driver's own library (NVML)."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.services import pci

#: After a failure the driver is left alone for a while: opening it is costly.
RETRY_SECONDS = 10.0
_CLOSE_SECONDS = 1.0

_NO_GPU = (
    "No NVIDIA GPU was found.",
    "Models run on the processor; small ones are quick enough. GPUs of other makers are not "
    "shown yet.",
)
_ASLEEP = (
    "The NVIDIA GPU is asleep to save power.",
    "It wakes by itself when a program needs it, for example when a model is loaded.",
)
_RESTART = "Restart the computer; if that does not help, install the NVIDIA driver anew."

#: What each error of NVML means for a person, by the end of its class name in pynvml.
_MEANINGS = {
    "LibraryNotFound": (
        "There is an NVIDIA GPU, but its driver is not installed.",
        "Install the driver from nvidia.com or from your system's own package manager.",
    ),
    "DriverNotLoaded": (
        "The NVIDIA driver is installed, but not running.",
        "Restart the computer; with Secure Boot on, the driver's module may need to be signed.",
    ),
    "NoPermission": (
        "This account may not ask the NVIDIA driver.",
        "Add your account to the group that owns /dev/nvidiactl, or start LoLLMa outside its "
        "sandbox.",
    ),
    "LibRmVersionMismatch": (
        "The NVIDIA driver was updated, but the old one is still running.",
        "Restart the computer.",
    ),
    "GpuIsLost": (
        "The GPU has stopped answering: it was lost from the bus.",
        "Restart the computer. If it happens again, check the GPU's power cable, heat and "
        "overclocking.",
    ),
    "ResetRequired": ("The GPU needs a reset before it can be used.", "Restart the computer."),
    "Uninitialized": ("The NVIDIA driver was closed in between.", "It is asked again shortly."),
    "FunctionNotFound": (
        "This NVIDIA driver is too old to be asked.",
        "Install a newer driver from nvidia.com or from your system's own package manager.",
    ),
    "Timeout": ("The NVIDIA driver did not answer in time.", _RESTART),
    "IrqIssue": ("The GPU and the system do not hear each other (interrupts).", _RESTART),
    "InsufficientPower": (
        "A power cable of the GPU is not connected.",
        "Switch the computer off and connect all power cables of the GPU.",
    ),
    "CorruptedInforom": ("The GPU reports that its own memory of settings is damaged.", _RESTART),
    "OperatingSystem": (
        "The system has blocked the question to the NVIDIA driver.",
        "In a container or sandbox, allow it to use the GPU.",
    ),
    "Unknown": (
        "The NVIDIA driver answers with an unknown error.",
        "In a container, start it anew; otherwise restart the computer.",
    ),
}
#: Answers that mean "not with this GPU or driver": the field stays unknown, and that is normal.
_NORMAL = {
    "NotSupported",
    "FunctionNotFound",
    "InvalidArgument",
    "NotFound",
    "ArgumentVersionMismatch",
}
#: Answers after which only opening the driver anew can help.
_LOST = {"GpuIsLost", "ResetRequired", "Uninitialized"}


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
        self._retry_at = float("-inf")
        self._failure = GpuSurvey()
        self._cards: list[Path] | None = []

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
                return GpuSurvey(problem=_ASLEEP[0], advice=_ASLEEP[1])
            return self._open_and_read()

    def close(self) -> None:
        """Let go of the driver; one that hangs in a survey is left to the end of the process."""
        if self._lock.acquire(timeout=_CLOSE_SECONDS):
            try:
                self._shut()
            finally:
                self._lock.release()

    def _open_and_read(self) -> GpuSurvey:
        import pynvml

        try:
            if self._nvml is None:
                pynvml.nvmlInitWithFlags(0)
                self._nvml = pynvml
            found = _read_all(pynvml)
        except pynvml.NVMLError as error:
            problem, advice = self._meaning(error)
            found = GpuSurvey(problem=problem, advice=advice)
        if not found.gpus:
            # Nothing to read, or all of it lost: handles are worthless now.
            self._shut()
            self._failure = found
            self._retry_at = self._clock() + self._retry_seconds
        return found

    def _meaning(self, error: Exception) -> tuple[str, str]:
        kind = _kind(error)
        if kind in ("LibraryNotFound", "DriverNotLoaded") and not self._cards:
            return _NO_GPU
        return _meaning(error)

    def _shut(self) -> None:
        nvml, self._nvml = self._nvml, None
        if nvml is not None:
            try:
                nvml.nvmlShutdown()
            except nvml.NVMLError:
                return  # a lost driver need not be told goodbye


def _kind(error: Exception) -> str:
    return type(error).__name__.removeprefix("NVMLError_")


def _meaning(error: Exception) -> tuple[str, str]:
    usual = (f"The NVIDIA driver answered with an error: {error}.", _RESTART)
    return _MEANINGS.get(_kind(error), usual)


def _read_all(nvml: Any) -> GpuSurvey:
    """Read every GPU; those that are lost are left out, and said in the survey's problem."""
    ask = _Asker(nvml)
    count = nvml.nvmlDeviceGetCount()
    if count == 0:
        return GpuSurvey(problem=_NO_GPU[0], advice=_NO_GPU[1])
    gpus = []
    for index in range(count):
        try:
            gpus.append(_read_one(nvml, ask, index))
        except nvml.NVMLError as error:
            ask.trouble = ask.trouble or error
    problem, advice = _meaning(ask.trouble) if ask.trouble else ("", "")
    cuda = ask(nvml.nvmlSystemGetCudaDriverVersion)
    return GpuSurvey(
        gpus=tuple(gpus),
        source="NVML",
        driver=ask(nvml.nvmlSystemGetDriverVersion),
        cuda=None if cuda is None else f"{cuda // 1000}.{cuda % 1000 // 10}",
        problem=problem,
        advice=advice,
    )


class _Asker:
    """Asks NVML for what may be missing.

    Attributes:
        trouble: The first error that is more than "not supported".
    """

    def __init__(self, nvml: Any) -> None:
        self._error = nvml.NVMLError
        self.trouble: Exception | None = None

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The answer; None where there is none.

        Raises:
            NVMLError: If the GPU is lost and no other question makes sense.
        """
        try:
            return function(*arguments)
        except UnicodeDecodeError:
            return None
        except self._error as error:
            kind = _kind(error)
            if kind in _LOST:
                raise
            if kind not in _NORMAL:
                self.trouble = self.trouble or error
            return None


def _read_one(nvml: Any, ask: _Asker, index: int) -> GpuReading:
    gpu = nvml.nvmlDeviceGetHandleByIndex(index)
    rates = ask(nvml.nvmlDeviceGetUtilizationRates, gpu)
    # Version 2 does not count what the driver keeps for itself as used by programs.
    memory = ask(nvml.nvmlDeviceGetMemoryInfo, gpu, nvml.nvmlMemory_v2)
    if memory is None:
        memory = ask(nvml.nvmlDeviceGetMemoryInfo, gpu)
    temperature = ask(nvml.nvmlDeviceGetTemperature, gpu, nvml.NVML_TEMPERATURE_GPU)
    limit = ask(nvml.nvmlDeviceGetEnforcedPowerLimit, gpu)
    if limit is None:
        limit = ask(nvml.nvmlDeviceGetPowerManagementLimit, gpu)
    return GpuReading(
        key=ask(nvml.nvmlDeviceGetUUID, gpu) or f"nvidia-{index}",
        name=ask(nvml.nvmlDeviceGetName, gpu) or f"NVIDIA GPU {index}",
        index=index,
        utilisation=None if rates is None else min(max(rates.gpu / 100, 0.0), 1.0),
        memory_used_bytes=None if memory is None else int(memory.used),
        memory_free_bytes=None if memory is None else int(memory.free),
        memory_total_bytes=None if memory is None else int(memory.total),
        temperature_celsius=None if temperature is None else float(temperature),
        power_watts=_watts(ask(nvml.nvmlDeviceGetPowerUsage, gpu)),
        power_limit_watts=_watts(limit),
        compute_capability=ask(nvml.nvmlDeviceGetCudaComputeCapability, gpu),
        memory_bus_bits=ask(nvml.nvmlDeviceGetMemoryBusWidth, gpu),
        memory_max_clock_mhz=ask(nvml.nvmlDeviceGetMaxClockInfo, gpu, nvml.NVML_CLOCK_MEM),
    )


def _watts(milliwatts: int | None) -> float | None:
    return None if milliwatts is None else milliwatts / 1000
