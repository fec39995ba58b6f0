"""Where each byte of a load goes, device by device: arithmetic alone, some microseconds.

Weights and cache follow llama.cpp to the byte; compute buffers come from ``compute_size`` and are
near; what the GPU's driver takes is an estimate until it was measured on this PC.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lollma_gui.core.compute_size import Backend, Buffers, Layout
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.layer_ranges import layer_ranges
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.prepared_model import (
    CPU_LAYING,
    CUDA_LAYING,
    Laying,
    PreparedModel,
    WeightSums,
)

__all__ = ["DeviceShare", "MemoryPlan", "PlanSettings", "TargetDevice", "plan_memory"]

#: What the engine's process takes beside its buffers: Python, llama.cpp, the model's vocabulary.
#: With a CPU build on Linux 60 to 120 MiB were measured for a vocabulary of 49,152 tokens (resident
#: memory less buffers, with and without the mapped file); large ones take some tens more.
ENGINE_RAM_BYTES = 160 * 1024**2


#: A device that computes with its own weights only: llama.cpp's RPC.
PLAIN = "rpc"


class TargetDevice(NamedTuple):
    """A memory that a model can be loaded to.

    Attributes:
        name: For people.
        kind: ``cpu``, ``cuda``, ...
        free: Free bytes; None if unknown.
        capacity: All bytes it has; None if unknown.
        laying: How it lays bytes out.
        overhead: Bytes that the engine takes there beside its buffers.
    """

    name: str
    kind: str
    free: int | None = None
    capacity: int | None = None
    laying: Laying = CPU_LAYING
    overhead: int = 0

    @classmethod
    def ram(cls, free: int | None = None, capacity: int | None = None) -> "TargetDevice":
        """The PC's own memory."""
        return cls("RAM", "cpu", free, capacity, CPU_LAYING, ENGINE_RAM_BYTES)

    @classmethod
    def cuda(
        cls, name: str, free: int | None = None, capacity: int | None = None, overhead: int = 0
    ) -> "TargetDevice":
        """An NVIDIA GPU."""
        return cls(name, "cuda", free, capacity, CUDA_LAYING, overhead)


class DeviceShare(NamedTuple):
    """What one device holds, in bytes.

    Attributes:
        name: The device, for people.
        kind: ``cpu``, ``cuda``, ...
        weights: Tensors of the model.
        kv: Cache or recurrent state.
        compute: Intermediate results.
        output: Results of the last decode.
        overhead: What driver and process take for themselves.
        free: Free before the load; None if unknown.
        capacity: All it has; None if unknown.
        layers: Layers that lie there, the output included.
    """

    name: str
    kind: str
    weights: int
    kv: int
    compute: int
    output: int
    overhead: int
    free: int | None
    capacity: int | None = None
    layers: int = 0

    @property
    def buffers(self) -> int:
        """Everything llama.cpp itself allocates."""
        return self.weights + self.kv + self.compute + self.output

    @property
    def total(self) -> int:
        """Everything together."""
        return self.buffers + self.overhead

    @property
    def others(self) -> int | None:
        """What other programs hold now."""
        if self.free is None or self.capacity is None:
            return None
        return max(self.capacity - self.free, 0)

    @property
    def spare(self) -> int | None:
        """What is left free after the load; negative where it does not fit."""
        return None if self.free is None else self.free - self.total


class MemoryPlan(NamedTuple):
    """Where each byte of a load goes.

    Attributes:
        devices: RAM first, then GPUs in order.
        settings: What the plan is made for.
        gpu_layers: Layers on GPUs, the output included.
        layers: All layers.
        error: How far compute buffers may be off, as a part of them.
        estimate: True where the architecture is not wholly known, so that weights and cache may be
            wrong too.
        method: How it was found: ``arithmetic`` or ``dry-run``.
    """

    devices: tuple[DeviceShare, ...]
    settings: PlanSettings
    gpu_layers: int
    layers: int
    error: float = 0.0
    estimate: bool = False
    method: str = "arithmetic"

    @property
    def ram(self) -> DeviceShare:
        """What lies in RAM."""
        return self.devices[0]

    @property
    def gpus(self) -> tuple[DeviceShare, ...]:
        """What lies on each GPU."""
        return self.devices[1:]


def plan_memory(
    model: PreparedModel,
    settings: PlanSettings,
    gpus: Sequence[TargetDevice] = (),
    ram: TargetDevice | None = None,
) -> MemoryPlan:
    """Make the memory plan of a load.

    Args:
        model: The model.
        settings: What is to be loaded how.
        gpus: GPUs in llama.cpp's order; none = everything is in RAM.
        ram: The PC's memory, by default with an unknown amount free.

    Raises:
        LollmaError: If llama.cpp would refuse these settings for this model.
    """
    ranges = _ranges(model.n_layers, settings, gpus)
    start = min((first for first, last in ranges if last > first), default=model.n_layers)
    buffers = model.buffers(settings, _layout(model, ranges), _backend(gpus))
    kept = _kept(model, settings, gpus, ranges)
    on_gpus = tuple(
        _gpu_share(model, settings, gpu, layers, kept[i + 1], buffers.devices[i])
        for i, (gpu, layers) in enumerate(zip(gpus, ranges, strict=True))
    )
    in_ram = _ram_share(model, settings, ram or TargetDevice.ram(), start, kept[0], buffers)
    return MemoryPlan(
        (in_ram, *on_gpus),
        settings,
        gpu_layers=model.n_layers - start,
        layers=model.n_layers,
        error=buffers.bound,
        estimate=not model.is_exact,
    )


def _layout(model: PreparedModel, ranges: Sequence[tuple[int, int]]) -> Layout:
    """The layers that are computed: blocks that are not loaded (NextN) do not count."""
    loaded, output = model.loaded_blocks, model.n_blocks

    def counted(layer: int) -> int:
        return min(layer, loaded) + max(layer - output, 0)

    devices = tuple((counted(first), counted(last)) for first, last in ranges)
    held = (first for first, last in devices if last > first)
    return Layout(loaded, min(held, default=loaded + 1), devices)


def _backend(gpus: Sequence[TargetDevice]) -> Backend:
    """GPUs of all makers compute as CUDA does, or need less; those of tests only as they say."""
    return Backend.PLAIN if all(gpu.kind == PLAIN for gpu in gpus) else Backend.CUDA


def _ranges(
    n_layers: int, settings: PlanSettings, gpus: Sequence[TargetDevice]
) -> tuple[tuple[int, int], ...]:
    """Layers of each GPU, as ``[first, behind the last)``."""
    if not gpus:
        return ()
    return layer_ranges(n_layers, _on_gpus(settings), _shares(settings, gpus))


def _on_gpus(settings: PlanSettings) -> int:
    is_off = settings.split_mode == "none" and settings.main_gpu < 0
    return 0 if is_off else settings.n_gpu_layers


def _shares(settings: PlanSettings, gpus: Sequence[TargetDevice]) -> tuple[float, ...]:
    """How layers are dealt out: as wished, else by free memory, else equally."""
    if settings.split_mode == "none":
        if settings.main_gpu >= len(gpus):
            raise LollmaError(
                f"This PC has no GPU number {settings.main_gpu}: the first is number 0.",
                "Choose another main GPU under Settings.",
            )
        return tuple(float(i == max(settings.main_gpu, 0)) for i in range(len(gpus)))
    if len(gpus) == 1:
        return (1.0,)
    wished = settings.tensor_split[: len(gpus)]
    if any(wished):
        return wished + (0.0,) * (len(gpus) - len(wished))
    if all(gpu.free for gpu in gpus):
        return tuple(float(gpu.free or 0) for gpu in gpus)
    return (1.0,) * len(gpus)


def _kept(
    model: PreparedModel,
    settings: PlanSettings,
    gpus: Sequence[TargetDevice],
    ranges: Sequence[tuple[int, int]],
) -> list[int]:
    """Bytes of cache in RAM, and then on each GPU."""
    kept = [0] * (1 + len(gpus))
    for stored, before in model.cache_kinds(settings):
        in_ram = before[-1]
        if settings.offload_kqv:
            for i, (gpu, (first, last)) in enumerate(zip(gpus, ranges, strict=True), 1):
                n = before[min(last, model.n_blocks)] - before[min(first, model.n_blocks)]
                if n:
                    kept[i] += n * sum(map(gpu.laying.allocated, stored))
                    in_ram -= n
        if in_ram:
            kept[0] += in_ram * sum(map(CPU_LAYING.allocated, stored))
    return kept


def _gpu_share(
    model: PreparedModel,
    settings: PlanSettings,
    gpu: TargetDevice,
    layers: tuple[int, int],
    kept: int,
    compute: int,
) -> DeviceShare:
    first, last = layers
    weights = 0
    if last > first:
        sums, blocks = model.sums(gpu.laying), min(last, model.n_blocks)
        weights = sums.blocks[blocks] - sums.blocks[min(first, blocks)]
        weights -= _experts(sums, first, min(settings.n_cpu_moe, blocks))
        weights += sums.shared if model.shares(first, blocks) else 0
        weights += sums.output + sums.tied if last > model.n_blocks else 0
    in_use = settings.split_mode != "none" or settings.main_gpu >= 0
    return DeviceShare(
        gpu.name,
        gpu.kind,
        weights,
        kept,
        compute,
        0,
        gpu.overhead if in_use else 0,
        gpu.free,
        gpu.capacity,
        last - first,
    )


def _experts(sums: WeightSums, first: int, last: int) -> int:
    return sums.experts[last] - sums.experts[first] if last > first else 0


def _ram_share(
    model: PreparedModel,
    settings: PlanSettings,
    ram: TargetDevice,
    start: int,
    kept: int,
    buffers: Buffers,
) -> DeviceShare:
    """What lies in RAM where GPUs hold the layers from ``start`` on."""
    sums, blocks = model.sums(ram.laying), min(start, model.n_blocks)
    weights = sums.inputs + sums.blocks[blocks]
    weights += _experts(sums, start, min(settings.n_cpu_moe, model.n_blocks))
    weights += sums.shared if model.shares(0, blocks) else 0
    if start > model.n_blocks:
        weights += sums.output + (sums.tied if model.doubles_in_ram else 0)
    return DeviceShare(
        ram.name,
        ram.kind,
        weights,
        kept,
        buffers.host,
        buffers.output,
        ram.overhead,
        ram.free,
        ram.capacity,
        start,
    )
