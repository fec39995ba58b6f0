"""One measured moment of the hardware. Every field may be missing (None): that is normal."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class GpuReading:
    """One GPU at one moment. Memory in bytes, fractions 0 to 1, key is the UUID where known.

    Memory can move at most ``2 * memory_max_clock_mhz * 1e6 * memory_bus_bits / 8`` bytes a
    second: it works at both edges of the clock that NVML reports.
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
    """

    gpus: tuple[GpuReading, ...] = ()
    source: str = ""
    driver: str | None = None
    cuda: str | None = None
    problem: str = ""
    advice: str = ""


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
