"""One NVIDIA GPU, read through NVML in three tiers: at every beat, every few seconds, once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lollma_gui.core.readings import GpuReading, GpuUse
from lollma_gui.core.throttle import Throttle, from_nvml
from lollma_gui.services.kept import ONCE, SLOW, Kept
from lollma_gui.services.nvml_meanings import LOST, NORMAL, kind_of


class Asker:
    """Asks NVML for what may be missing.

    Attributes:
        trouble: The first error that is more than "not supported".
    """

    def __init__(self, nvml: Any) -> None:
        self._error = nvml.NVMLError
        # Of functions that the library lacks, pynvml makes an error of another family.
        self._lacking = nvml.NVMLLibraryMismatchError
        self.trouble: Exception | None = None

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The answer; None where there is none.

        Raises:
            NVMLError: If the GPU is lost and no other question makes sense.
        """
        try:
            return function(*arguments)
        except (UnicodeDecodeError, self._lacking):
            return None
        except self._error as error:
            kind = kind_of(error)
            if kind in LOST:
                raise
            if kind not in NORMAL:
                self.trouble = self.trouble or error
            return None


class NvmlGpu:
    """Reads one GPU for as long as the driver is open.

    Args:
        nvml: The module ``pynvml``, opened.
        index: Number of the GPU.
        clock: Seconds that only grow.

    Raises:
        NVMLError: If the driver gives no access to this GPU.
    """

    def __init__(self, nvml: Any, index: int, clock: Callable[[], float]) -> None:
        self._nvml = nvml
        # Trouble with a kept answer is trouble as long as the answer is kept.
        self._ask_once, self._ask_slow = Asker(nvml), Asker(nvml)
        self._index = index
        self._gpu = nvml.nvmlDeviceGetHandleByIndex(index)
        self._fixed = Kept(ONCE, self._read_fixed, clock)
        self._slow = Kept(SLOW, self._read_slow, clock)

    def read(self, ask: Asker) -> GpuReading:
        """This moment; trouble that was met is left with the asker.

        Raises:
            NVMLError: If the GPU is lost.
        """
        nvml, gpu = self._nvml, self._gpu
        rarely_read = self._slow.get()
        ask.trouble = ask.trouble or self._ask_slow.trouble or self._ask_once.trouble
        rates = ask(nvml.nvmlDeviceGetUtilizationRates, gpu)
        memory = self._memory(ask)
        temperature = ask(nvml.nvmlDeviceGetTemperature, gpu, nvml.NVML_TEMPERATURE_GPU)
        return replace(
            rarely_read,
            utilisation=None if rates is None else _share(rates.gpu),
            memory_utilisation=None if rates is None else _share(rates.memory),
            memory_used_bytes=None if memory is None else int(memory.used),
            memory_free_bytes=None if memory is None else int(memory.free),
            memory_total_bytes=None if memory is None else int(memory.total),
            temperature_celsius=None if temperature is None else float(temperature),
            power_watts=_watts(ask(nvml.nvmlDeviceGetPowerUsage, gpu)),
            clock_mhz=ask(nvml.nvmlDeviceGetClockInfo, gpu, nvml.NVML_CLOCK_SM),
            memory_clock_mhz=ask(nvml.nvmlDeviceGetClockInfo, gpu, nvml.NVML_CLOCK_MEM),
            held_back=self._held_back(ask),
        )

    def processes(self) -> list[GpuUse] | None:
        """Who has memory on this GPU; None where the driver does not tell.

        Raises:
            NVMLError: If the GPU is lost.
        """
        nvml, gpu, ask = self._nvml, self._gpu, Asker(self._nvml)
        lists = [
            ask(nvml.nvmlDeviceGetComputeRunningProcesses, gpu),
            ask(nvml.nvmlDeviceGetGraphicsRunningProcesses, gpu),
        ]
        if lists == [None, None]:
            return None
        key, found = self._fixed.get().key, {}
        for process in (p for some in lists for p in some or ()):
            # One that computes and draws stands in both lists, with the same memory.
            found[process.pid] = GpuUse(key, process.pid, process.usedGpuMemory)
        return list(found.values())

    def computes(self) -> bool:
        """Whether a program has something to compute here, or that cannot be told.

        Raises:
            NVMLError: If the GPU is lost.
        """
        ask = Asker(self._nvml)
        running = ask(self._nvml.nvmlDeviceGetComputeRunningProcesses, self._gpu)
        return running is None or bool(running)

    def _memory(self, ask: Asker) -> Any:
        # Version 2 does not count what the driver keeps for itself as used by programs.
        nvml, gpu = self._nvml, self._gpu
        memory = ask(nvml.nvmlDeviceGetMemoryInfo, gpu, nvml.nvmlMemory_v2)
        return ask(nvml.nvmlDeviceGetMemoryInfo, gpu) if memory is None else memory

    def _held_back(self, ask: Asker) -> tuple[Throttle, ...] | None:
        nvml, gpu = self._nvml, self._gpu
        bits = ask(nvml.nvmlDeviceGetCurrentClocksEventReasons, gpu)
        if bits is None:  # before driver 535 it had another name
            bits = ask(nvml.nvmlDeviceGetCurrentClocksThrottleReasons, gpu)
        return None if bits is None else from_nvml(bits)

    def _read_slow(self) -> GpuReading:
        nvml, gpu = self._nvml, self._gpu
        ask = self._ask_slow = Asker(nvml)
        limit = ask(nvml.nvmlDeviceGetEnforcedPowerLimit, gpu)
        if limit is None:
            limit = ask(nvml.nvmlDeviceGetPowerManagementLimit, gpu)
        fan = ask(nvml.nvmlDeviceGetFanSpeed, gpu)
        return replace(
            self._fixed.get(),
            power_limit_watts=_watts(limit),
            fan=None if fan is None else fan / 100,
            pcie_generation=ask(nvml.nvmlDeviceGetCurrPcieLinkGeneration, gpu),
            pcie_width=ask(nvml.nvmlDeviceGetCurrPcieLinkWidth, gpu),
            sharing=self._sharing(ask),
        )

    def _sharing(self, ask: Asker) -> str:
        nvml, gpu = self._nvml, self._gpu
        mig = ask(nvml.nvmlDeviceGetMigMode, gpu)
        if mig is not None and mig[0] == nvml.NVML_DEVICE_MIG_ENABLE:
            return "MIG"
        mode = ask(nvml.nvmlDeviceGetVirtualizationMode, gpu)
        shared = (
            nvml.NVML_GPU_VIRTUALIZATION_MODE_VGPU,
            nvml.NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU,
        )
        return "vGPU" if mode in shared else ""

    def _read_fixed(self) -> GpuReading:
        nvml, gpu, ask, index = self._nvml, self._gpu, self._ask_once, self._index
        limit = self._threshold(nvml.NVML_TEMPERATURE_THRESHOLD_GPU_MAX)
        if limit is None:
            limit = self._threshold(nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN)
        return GpuReading(
            key=ask(nvml.nvmlDeviceGetUUID, gpu) or f"nvidia-{index}",
            name=ask(nvml.nvmlDeviceGetName, gpu) or f"NVIDIA GPU {index}",
            index=index,
            temperature_limit_celsius=limit,
            compute_capability=ask(nvml.nvmlDeviceGetCudaComputeCapability, gpu),
            memory_bus_bits=ask(nvml.nvmlDeviceGetMemoryBusWidth, gpu),
            memory_max_clock_mhz=ask(nvml.nvmlDeviceGetMaxClockInfo, gpu, nvml.NVML_CLOCK_MEM),
            pcie_max_generation=ask(nvml.nvmlDeviceGetMaxPcieLinkGeneration, gpu),
            pcie_max_width=ask(nvml.nvmlDeviceGetMaxPcieLinkWidth, gpu),
        )

    def _threshold(self, which: int) -> float | None:
        ask, threshold = self._ask_once, self._nvml.nvmlDeviceGetTemperatureThreshold
        found = ask(threshold, self._gpu, which)
        return None if found is None else float(found)


def _share(percent: int) -> float:
    return min(max(percent / 100, 0.0), 1.0)


def _watts(milliwatts: int | None) -> float | None:
    return None if milliwatts is None else milliwatts / 1000
