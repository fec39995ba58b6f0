"""One measured moment of the hardware. Every field may be missing (None): that is normal."""

from dataclasses import dataclass, field

from lollma_gui.core.throttle import Throttle


@dataclass(frozen=True)
class GpuReading:
    """One GPU at one moment. Memory in bytes, fractions 0 to 1.

    Memory can move at most ``2 * memory_max_clock_mhz * 1e6 * memory_bus_bits / 8`` bytes a
    second: it works at both edges of the clock that NVML reports.

    Attributes:
        key: What it is known by as long as it exists: its UUID where there is one.
        index: Its number among the GPUs of its maker.
        fan: Share of the highest speed; may be above 1.
        pcie_width: Lanes in use now; ``pcie_max_width`` those that GPU and slot can use.
        held_back: Why it runs slower than it could; empty: it does not; None: unknown.
        sharing: ``MIG`` or ``vGPU`` where the GPU is divided, else empty.
        vendor: NVIDIA, AMD, Intel or Apple.
        is_unified: Whether its memory is the PC's RAM, which programs of all kinds share.
        shared_used_bytes: RAM that the driver lends the GPU because its own memory was too small.
    """

    key: str
    name: str
    index: int
    utilisation: float | None = None
    memory_used_bytes: int | None = None
    memory_free_bytes: int | None = None
    memory_total_bytes: int | None = None
    temperature_celsius: float | None = None
    power_watts: float | None = None
    power_limit_watts: float | None = None
    compute_capability: tuple[int, int] | None = None
    memory_bus_bits: int | None = None
    memory_max_clock_mhz: float | None = None
    memory_utilisation: float | None = None
    temperature_limit_celsius: float | None = None
    clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    fan: float | None = None
    pcie_generation: int | None = None
    pcie_width: int | None = None
    pcie_max_generation: int | None = None
    pcie_max_width: int | None = None
    held_back: tuple[Throttle, ...] | None = None
    sharing: str = ""
    vendor: str = "NVIDIA"
    is_unified: bool = False
    shared_used_bytes: int | None = None


@dataclass(frozen=True)
class GpuUse:
    """What one process uses of one GPU; memory in bytes, None where the system does not tell."""

    key: str
    pid: int
    memory_bytes: int | None = None


@dataclass(frozen=True)
class GpuSurvey:
    """What a GPU probe found: the GPUs, or why there are none.

    Attributes:
        gpus: One reading a GPU; empty when none was found.
        source: What measured, for example ``NVML``; empty when nothing could.
        driver: Driver version as the driver says it.
        cuda: Highest CUDA version the driver supports, for example ``13.0``.
        problem: One sentence why nothing (or not everything) could be read; empty if all is well.
        advice: What to do about the problem; may be empty.
        is_absent: Whether the problem is only that this PC has no such GPU.
    """

    gpus: tuple[GpuReading, ...] = ()
    source: str = ""
    driver: str | None = None
    cuda: str | None = None
    problem: str = ""
    advice: str = ""
    is_absent: bool = False


@dataclass(frozen=True)
class CpuReading:
    """The processor: utilisation 0 to 1 overall and per logical core, frequency in MHz."""

    name: str | None = None
    physical_cores: int | None = None
    logical_cores: int | None = None
    utilisation: float | None = None
    per_core: tuple[float, ...] = ()
    frequency_mhz: float | None = None
    temperature_celsius: float | None = None


@dataclass(frozen=True)
class MemoryReading:
    """RAM and swap, in bytes. ``available`` is what a program could get without swapping."""

    total_bytes: int | None = None
    used_bytes: int | None = None
    available_bytes: int | None = None
    swap_total_bytes: int | None = None
    swap_used_bytes: int | None = None


@dataclass(frozen=True)
class DiskReading:
    """The drive a folder lies on, in bytes; ``folder`` as text."""

    folder: str
    total_bytes: int | None = None
    free_bytes: int | None = None


@dataclass(frozen=True)
class Reading:
    """Everything measured at one moment; ``taken_at`` is ``time.monotonic()`` in seconds."""

    taken_at: float
    gpu: GpuSurvey = field(default_factory=GpuSurvey)
    cpu: CpuReading = field(default_factory=CpuReading)
    memory: MemoryReading = field(default_factory=MemoryReading)
    disks: tuple[DiskReading, ...] = ()
