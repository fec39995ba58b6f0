"""One measured moment of the hardware. Every field may be missing (None): that is normal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lollma_gui.core.engine_messages import Buffer
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
        is_asleep: Whether the problem is only that the GPU sleeps, or is let fall asleep.
    """

    gpus: tuple[GpuReading, ...] = ()
    source: str = ""
    driver: str | None = None
    cuda: str | None = None
    problem: str = ""
    advice: str = ""
    is_absent: bool = False
    is_asleep: bool = False


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
    """RAM and swap, in bytes. ``available`` is what a program could get without swapping.

    ``cached_bytes`` is what the system keeps of files: it counts as available.
    """

    total_bytes: int | None = None
    used_bytes: int | None = None
    available_bytes: int | None = None
    swap_total_bytes: int | None = None
    swap_used_bytes: int | None = None
    cached_bytes: int | None = None


@dataclass(frozen=True)
class DiskReading:
    """The drive a folder lies on, in bytes; ``folder`` as text.

    Attributes:
        kind: ``NVMe``, ``SSD`` or ``hard disk``; empty where that is not known.
        read_bytes_per_second: What all programs together read from it.
    """

    folder: str
    total_bytes: int | None = None
    free_bytes: int | None = None
    kind: str = ""
    read_bytes_per_second: float | None = None


class Whose(StrEnum):
    """What a process has to do with us.

    Left over is what a LoLLMa started that is gone now; a server is one that others started.
    """

    ENGINE = "LoLLMa's engine"
    WINDOW = "LoLLMa"
    STARTED = "started by LoLLMa"
    LEFT_OVER = "left over"
    SERVER = "server"
    OTHER = ""


#: What a person may end from here: our own, and programs known to run models.
MAY_BE_ENDED = frozenset({Whose.ENGINE, Whose.STARTED, Whose.LEFT_OVER, Whose.SERVER})


@dataclass(frozen=True)
class ProcessReading:
    """One process that uses a GPU or runs models.

    Attributes:
        started_at: Seconds on a clock of the system; with the number it names one process for ever.
        name: As a person knows it.
        whose: What it has to do with us.
        gpus: What it uses of each GPU.
        ram_bytes: Memory of its own and shared; None where it may not be looked at.
        mapped_bytes: The shared part of it: mostly files that it has mapped, as models are.
        cpu: Busy share of one core since the reading before; above 1 with several cores.
    """

    pid: int
    started_at: float
    name: str
    whose: Whose = Whose.OTHER
    gpus: tuple[GpuUse, ...] = ()
    ram_bytes: int | None = None
    cpu: float | None = None
    mapped_bytes: int | None = None

    @property
    def vram_bytes(self) -> int | None:
        """Memory on all GPUs; None where it uses none, or that is not told of all of them."""
        known = [use.memory_bytes for use in self.gpus if use.memory_bytes is not None]
        return sum(known) if known and len(known) == len(self.gpus) else None


@dataclass(frozen=True)
class ProcessesReading:
    """Who uses the GPUs and runs models; ``note`` says what the system keeps to itself."""

    processes: tuple[ProcessReading, ...] = ()
    note: str = ""

    def with_servers(self, names: Mapping[int, str]) -> "ProcessesReading":
        """The same, where our servers are ours and have the names that a person gave them.

        Args:
            names: Of all processes of our servers, by their numbers.
        """
        named = (
            replace(one, name=names[one.pid], whose=Whose.STARTED) if one.pid in names else one
            for one in self.processes
        )
        return replace(self, processes=tuple(named))


@dataclass(frozen=True)
class EngineReading:
    """Our engine at one moment, from what it reports itself.

    Attributes:
        state: What it is doing, in words; empty when there is no engine.
        model: The model's name; empty for none.
        pid: Number of its process; None when it has none of its own.
        tokens_per_second: While it writes; None otherwise.
        last_tokens_per_second: Of the last answer.
        first_token_seconds: From the question to the first token, of the last answer.
        context_used: Tokens in its context after the last answer.
        context_size: Tokens that fit.
        buffers: What it has allocated, device by device.
        devices: What computes, for example ``CUDA0 (NVIDIA GeForce RTX 4080)``.
        problem: Why it ended when nobody wanted it to; else empty.
    """

    state: str = ""
    model: str = ""
    pid: int | None = None
    tokens_per_second: float | None = None
    last_tokens_per_second: float | None = None
    first_token_seconds: float | None = None
    context_used: int | None = None
    context_size: int | None = None
    buffers: tuple[Buffer, ...] = ()
    devices: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Reading:
    """Everything measured at one moment; ``taken_at`` in seconds that only grow.

    ``processes`` is None while nobody asks for them.
    """

    taken_at: float
    gpu: GpuSurvey = field(default_factory=GpuSurvey)
    cpu: CpuReading = field(default_factory=CpuReading)
    memory: MemoryReading = field(default_factory=MemoryReading)
    disks: tuple[DiskReading, ...] = ()
    processes: ProcessesReading | None = None
    engine: EngineReading = field(default_factory=EngineReading)
