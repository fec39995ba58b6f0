"""This PC as it would be without the model we hold: what is free for the next load."""

from collections.abc import Sequence
from dataclasses import replace

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.exact_plan import in_order, is_ram
from lollma_gui.core.readings import GpuReading, Reading
from lollma_gui.core.settings_facts import GpuFacts, PcFacts


def measured_gpus(gpus: Sequence[GpuReading]) -> list[GpuReading]:
    """Those whose memory is known; in the order that all plans have them."""
    return [
        gpu
        for gpu in gpus
        if gpu.memory_total_bytes is not None and gpu.memory_free_bytes is not None
    ]


def pc_now(pc: PcFacts, reading: Reading, held: Sequence[Buffer] = ()) -> PcFacts:
    """The PC with the memory that is free now.

    Args:
        pc: As it was measured before.
        reading: The newest reading.
        held: Buffers of the model that our engine holds; the next load ends it first.
    """
    found = measured_gpus(reading.gpu.gpus)
    back = _given_back(held, len(pc.gpus))
    gpus = tuple(
        replace(gpu, free_bytes=_free_then(gpu, found[i], back[i + 1])) if i < len(found) else gpu
        for i, gpu in enumerate(pc.gpus)
    )
    available = reading.memory.available_bytes
    if available is None:
        return replace(pc, gpus=gpus)
    return replace(pc, gpus=gpus, ram_available_bytes=available + back[0])


def _free_then(gpu: GpuFacts, reading: GpuReading, back: int) -> int:
    free = (reading.memory_free_bytes or 0) + (back + gpu.overhead_bytes if back else 0)
    return min(free, gpu.total_bytes)


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
