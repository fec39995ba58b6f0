"""Where each byte of a load goes, device by device: arithmetic alone, well under a millisecond.

Weights and cache follow llama.cpp to the byte. The compute buffer, the output buffer and what the
GPU's driver takes are not known here yet: they are None, and no total contains them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lollma_gui.core.cache_size import CacheSize, Stored
from lollma_gui.core.gguf_header import GgufHeader, padded
from lollma_gui.core.placement import HOST, Placement
from lollma_gui.core.plan_settings import PlanSettings

#: CUDA pads quantised rows to a multiple of this many numbers (ggml-cuda.cu:897).
_CUDA_ROW = 512


@dataclass(frozen=True)
class TargetDevice:
    """A memory that a model can be loaded to, and how that lays bytes out.

    Attributes:
        name: For people.
        kind: ``cpu``, ``cuda``, ...
        free: Free bytes; None if unknown.
        alignment: Every tensor begins at a multiple of this many bytes.
        quantised_row: Quantised tensors whose rows are no multiple of this many numbers get room
            for the rest of one row; 0 = they do not.
    """

    name: str
    kind: str
    free: int | None = None
    alignment: int = 32
    quantised_row: int = 0

    @classmethod
    def ram(cls, free: int | None = None) -> "TargetDevice":
        """The PC's own memory."""
        return cls("RAM", "cpu", free)

    @classmethod
    def cuda(cls, name: str, free: int | None = None) -> "TargetDevice":
        """An NVIDIA GPU."""
        return cls(name, "cuda", free, alignment=128, quantised_row=_CUDA_ROW)

    def allocated(self, stored: Stored) -> int:
        """Bytes that something takes here, padding included."""
        n_bytes = stored.n_bytes
        beyond = stored.row % self.quantised_row if self.quantised_row else 0
        if beyond and stored.type.block_size > 1:
            n_bytes += stored.type.row_bytes(self.quantised_row - beyond)
        return padded(n_bytes, self.alignment)


@dataclass(frozen=True)
class DeviceShare:
    """What one device holds, in bytes; None = not known yet.

    Attributes:
        name: The device, for people.
        kind: ``cpu``, ``cuda``, ...
        weights: Tensors of the model.
        kv: Cache or recurrent state.
        compute: Intermediate results.
        output: Results of the last decode.
        overhead: What the driver takes for itself.
        total: Everything known above together.
        free: Free before the load.
    """

    name: str
    kind: str
    weights: int
    kv: int
    compute: int | None
    output: int | None
    overhead: int | None
    total: int
    free: int | None

    @property
    def is_complete(self) -> bool:
        """Whether the total holds everything."""
        return None not in (self.compute, self.output, self.overhead)


@dataclass(frozen=True)
class MemoryPlan:
    """Where each byte of a load goes.

    Attributes:
        devices: RAM first, then GPUs in order.
        settings: What the plan is made for.
        estimate: True where the architecture is not wholly known, so that weights and cache may be
            wrong too.
        method: How it was found: ``arithmetic``.
    """

    devices: tuple[DeviceShare, ...]
    settings: PlanSettings
    estimate: bool
    method: str = "arithmetic"


def plan_memory(
    header: GgufHeader,
    settings: PlanSettings,
    gpus: Sequence[TargetDevice] = (),
    ram: TargetDevice | None = None,
) -> MemoryPlan:
    """Make the memory plan of a load.

    Args:
        header: The header of the whole model (see ``gguf_header.joined``).
        settings: What is to be loaded how.
        gpus: GPUs in llama.cpp's order; none = everything is in RAM.
        ram: The PC's memory, by default with an unknown amount free.

    Raises:
        LollmaError: If llama.cpp would refuse these settings for this model.
    """
    cache = CacheSize(header, settings)
    placement = Placement(header, settings.n_gpu_layers, _shares(settings, gpus))
    devices = {HOST: ram or TargetDevice.ram(), **dict(enumerate(gpus))}
    weights: dict[int, int] = defaultdict(int)
    for device, tensor in placement.weights():
        stored = Stored(tensor.n_bytes, tensor.shape[0] if tensor.shape else 1, tensor.type)
        weights[device] += devices[device].allocated(stored)
    kept: dict[int, int] = defaultdict(int)
    for layer in range(cache.n_blocks):
        device = placement.device_of(layer) if settings.offload_kqv else HOST
        kept[device] += sum(devices[device].allocated(stored) for stored in cache.layer(layer))
    shares = tuple(_share(target, weights[d], kept[d]) for d, target in devices.items())
    return MemoryPlan(shares, settings, estimate=not cache.is_exact)


def _shares(settings: PlanSettings, gpus: Sequence[TargetDevice]) -> tuple[float, ...]:
    """How layers are dealt out: as wished, else by free memory, else equally."""
    wished = settings.tensor_split[: len(gpus)]
    if any(wished):
        return wished + (0.0,) * (len(gpus) - len(wished))
    if all(gpu.free for gpu in gpus):
        return tuple(float(gpu.free or 0) for gpu in gpus)
    return (1.0,) * len(gpus)


def _share(target: TargetDevice, weights: int, kept: int) -> DeviceShare:
    return DeviceShare(
        name=target.name,
        kind=target.kind,
        weights=weights,
        kv=kept,
        compute=None,
        output=None,
        overhead=None,
        total=weights + kept,
        free=target.free,
    )
