"""This PC as it would be without the model we hold: what is free for the next load."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.exact_plan import in_order, is_ram
from lollma_gui.core.readings import GpuReading, Reading
from lollma_gui.core.settings_facts import GpuFacts, PcFacts

#: A build of llama.cpp computes with one maker's GPUs; the first of these that is there counts.
_MAKERS = ("NVIDIA", "AMD", "Apple", "Intel")
#: Less than this share of the largest GPU's memory is one that is part of the processor.
_INTEGRATED_SHARE = 0.25


def measured_gpus(gpus: Sequence[GpuReading]) -> list[GpuReading]:
    """Those that plans are made for, in their order: memory known, and used by llama.cpp.

    It uses integrated GPUs only where there is no other (src/llama.cpp), and a gaming PC has often
    one beside its card.
    """
    known = [gpu for gpu in gpus if gpu.memory_total_bytes and gpu.memory_free_bytes is not None]
    makers = {gpu.vendor for gpu in known}
    maker = next((name for name in _MAKERS if name in makers), "")
    used = [gpu for gpu in known if gpu.vendor == maker] if maker else known
    largest = max((gpu.memory_total_bytes or 0 for gpu in used), default=0)
    if maker == "NVIDIA":
        return used
    return [gpu for gpu in used if (gpu.memory_total_bytes or 0) >= largest * _INTEGRATED_SHARE]


def pc_now(pc: PcFacts, reading: Reading, held: Sequence[Buffer] = ()) -> PcFacts:
    """The PC with the memory that is free now.

    Args:
        pc: As it was measured before.
        reading: The newest reading.
        held: Buffers of the model that our engine holds; the next load ends it first.
    """
    free = {gpu.key: gpu.memory_free_bytes for gpu in measured_gpus(reading.gpu.gpus)}
    return _with_free(pc, free, reading.memory.available_bytes, held)


def without_model(pc: PcFacts, held: Sequence[Buffer]) -> PcFacts:
    """A PC that was measured with our model in its memory, as it is once that is out."""
    free = {gpu.key: gpu.free_bytes for gpu in pc.gpus}
    return _with_free(pc, free, pc.ram_available_bytes, held)


def has_moved(before: PcFacts | None, now: PcFacts, least: int) -> bool:
    """Whether somewhere more than ``least`` bytes came free or were taken."""
    then, free = _free_bytes(before), _free_bytes(now)
    moved = (abs(a - b) for a, b in zip(then, free, strict=False))
    return len(then) != len(free) or any(n_bytes > least for n_bytes in moved)


def _free_bytes(pc: PcFacts | None) -> tuple[int, ...]:
    if pc is None:
        return ()
    return (pc.ram_available_bytes or 0, *(gpu.free_bytes for gpu in pc.gpus))


def _with_free(
    pc: PcFacts, free: Mapping[str, int | None], ram: int | None, held: Sequence[Buffer]
) -> PcFacts:
    """The PC with what was measured and what comes back; what was not measured stays."""
    back = _given_back(held, len(pc.gpus))
    gpus = tuple(
        replace(gpu, free_bytes=_free_then(gpu, free[gpu.key] or 0, more))
        if gpu.key in free
        else gpu
        for gpu, more in zip(pc.gpus, back[1:], strict=True)
    )
    if ram is None:
        return replace(pc, gpus=gpus)
    return replace(pc, gpus=gpus, ram_available_bytes=ram + back[0])


def _free_then(gpu: GpuFacts, free: int, back: int) -> int:
    return min(free + (back + gpu.overhead_bytes if back else 0), gpu.total_bytes)


def _given_back(held: Sequence[Buffer], n_gpus: int) -> list[int]:
    """Bytes that come back when our engine ends: in RAM, then on each GPU.

    Of a mapped file nothing comes back: the system counts it as available already.
    """
    by_device: dict[str, int] = {}
    for buffer in held:
        if is_ram(buffer.device) and "Mapped" in buffer.device:
            continue
        by_device[buffer.device] = by_device.get(buffer.device, 0) + buffer.n_bytes
    return in_order(by_device, n_gpus)
