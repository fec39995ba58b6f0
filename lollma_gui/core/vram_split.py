"""What lies in a GPU's memory: our model, its context, other programs, nothing."""

from collections.abc import Sequence
from typing import NamedTuple

from lollma_gui.core.readings import EngineReading, GpuReading, ProcessesReading

#: Kinds of buffers as llama.cpp reports them, see ``engine_messages.Buffer``.
_WEIGHTS = ("model",)
_CONTEXT = ("KV", "RS")


class VramSplit(NamedTuple):
    """Bytes of one GPU's memory by what they are for; together all of it.

    Attributes:
        weights: Our model.
        context: What it remembers of the conversation (KV cache, recurrent state).
        working: What our engine needs to compute, the driver's share for it included.
        others: Other programs.
        kept: Kept by the driver for itself.
        free: Nothing.
    """

    weights: int
    context: int
    working: int
    others: int
    kept: int
    free: int


def split(
    gpu: GpuReading,
    gpus: Sequence[GpuReading],
    engine: EngineReading,
    processes: ProcessesReading | None,
) -> VramSplit | None:
    """Divide what is in use by what the engine reports and what the driver says of its process.

    Args:
        gpu: The GPU to look at.
        gpus: All GPUs, since devices are told apart by name and order.
        engine: Our engine.
        processes: Who uses how much; where that is not told, the engine's report has to do.

    Returns:
        None where the driver does not say how much is used.
    """
    used, total, free = gpu.memory_used_bytes, gpu.memory_total_bytes, gpu.memory_free_bytes
    if used is None or total is None:
        return None
    free = total - used if free is None else free
    reported = _reported(_device_of(gpu, gpus, engine.devices), engine)
    weights, context = _sum(reported, _WEIGHTS), _sum(reported, _CONTEXT)
    # Buffers are reported when they are wanted; a driver that counts later must not make the
    # parts more than the whole.
    ours = min(_told(gpu.key, engine.pid, processes) or sum(reported.values()), used)
    weights = min(weights, ours)
    context = min(context, ours - weights)
    return VramSplit(
        weights=weights,
        context=context,
        working=ours - weights - context,
        others=used - ours,
        kept=max(0, total - used - free),
        free=free,
    )


def engine_gpus(gpus: Sequence[GpuReading], engine: EngineReading) -> list[GpuReading]:
    """The GPUs on which our engine computes."""
    return [gpu for gpu in gpus if _device_of(gpu, gpus, engine.devices)]


def _device_of(gpu: GpuReading, gpus: Sequence[GpuReading], devices: Sequence[str]) -> str:
    """llama.cpp's name of a GPU (``CUDA0``), empty where it does not use it.

    The n-th device of a name is the n-th GPU of that name: CUDA lists the fastest first, and
    those that are alike in the order of their slots, as NVML does.
    """
    named = [device.partition(" (") for device in devices if not device.startswith("CPU")]
    if len(named) == 1 and len(gpus) == 1:
        return named[0][0]
    alike = [name for name, _, words in named if _is_of(words.rstrip(")"), gpu.name)]
    place = [other.key for other in gpus if other.name == gpu.name].index(gpu.key)
    return alike[place] if place < len(alike) else ""


def _is_of(device: str, name: str) -> bool:
    # Vulkan adds its driver: "AMD Radeon RX 7900 XTX (RADV NAVI31)".
    return device == name or device.startswith(f"{name} (")


def _reported(device: str, engine: EngineReading) -> dict[str, int]:
    found: dict[str, int] = {}
    for buffer in engine.buffers:
        if device and buffer.device == device:
            found[buffer.kind] = found.get(buffer.kind, 0) + buffer.n_bytes
    return found


def _sum(reported: dict[str, int], kinds: tuple[str, ...]) -> int:
    return sum(reported.get(kind, 0) for kind in kinds)


def _told(key: str, pid: int | None, processes: ProcessesReading | None) -> int | None:
    """What the driver says our engine uses of this GPU."""
    for process in processes.processes if processes else ():
        if process.pid == pid:
            return next((use.memory_bytes for use in process.gpus if use.key == key), None)
    return None
