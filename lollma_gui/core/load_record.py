"""What a load took beside what was predicted, and what that teaches."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.exact_plan import in_order, is_ram
from lollma_gui.core.gpu_overhead import learned_overhead
from lollma_gui.core.memory_plan import MemoryPlan


@dataclass(frozen=True)
class DeviceRecord:
    """One memory in one load, in bytes.

    Attributes:
        key: UUID of the GPU; ``RAM`` for the PC's own memory.
        name: For people.
        predicted: Buffers that the memory plan expected.
        overhead: What it expected beside them.
        measured: Buffers that llama.cpp reported.
        taken: By how much the used memory grew; None where it could not be measured.
    """

    key: str
    name: str
    predicted: int
    overhead: int
    measured: int
    taken: int | None = None


@dataclass(frozen=True)
class LoadRecord:
    """One load.

    Attributes:
        model: Path of the file.
        loaded_at: Seconds since 1970.
        method: How it was predicted: ``arithmetic`` or ``dry-run``.
        devices: RAM first, then GPUs in order.
    """

    model: str
    loaded_at: float
    method: str
    devices: tuple[DeviceRecord, ...]

    @property
    def error(self) -> float:
        """How far the prediction of all buffers was off, as a part of what was reported."""
        measured = sum(device.measured for device in self.devices)
        predicted = sum(device.predicted for device in self.devices)
        return (predicted - measured) / measured if measured else 0.0


def record_of(
    plan: MemoryPlan,
    buffers: Sequence[Buffer],
    model: str,
    loaded_at: float,
    gpus: Sequence[tuple[str, int | None]] = (),
) -> LoadRecord:
    """What a load teaches.

    Args:
        plan: What was predicted.
        buffers: What llama.cpp reported to have allocated.
        model: Path of the file.
        loaded_at: Seconds since 1970.
        gpus: For each GPU of the plan its UUID, and by how many bytes its used memory grew.
    """
    by_device: dict[str, int] = defaultdict(int)
    for buffer in buffers:
        # Of a mapped file llama.cpp reports the span from the first to the last tensor, holes and
        # repacked tensors included: no measure of what arithmetic knows to the byte.
        if not (buffer.kind == "model" and is_ram(buffer.device)):
            by_device[buffer.device] += buffer.n_bytes
    by_device["CPU"] += plan.ram.weights
    measured = in_order(by_device, len(plan.gpus))
    known = [("RAM", None), *gpus]
    devices = [
        DeviceRecord(key, share.name, share.buffers, share.overhead, measured[i], taken)
        for i, (share, (key, taken)) in enumerate(zip(plan.devices, known, strict=False))
    ]
    return LoadRecord(model, loaded_at, plan.method, tuple(devices))


def learned_overheads(records: Iterable[LoadRecord]) -> dict[str, int]:
    """For each GPU, by its UUID, what driver and engine take beside the buffers.

    Args:
        records: Loads, the newest last.
    """
    measured: dict[str, list[int]] = defaultdict(list)
    for record in records:
        for device in record.devices:
            # A GPU without buffers says nothing: the engine may not have touched it.
            if device.taken is not None and device.measured:
                measured[device.key].append(device.taken - device.measured)
    found = {key: learned_overhead(values) for key, values in measured.items()}
    return {key: n_bytes for key, n_bytes in found.items() if n_bytes is not None}


def worst_error(records: Sequence[LoadRecord]) -> float | None:
    """The largest error of the last loads, whatever its sign; None where there were none."""
    return max((record.error for record in records), key=abs, default=None)


def encode_record(record: LoadRecord) -> str:
    """As JSON."""
    return json.dumps(asdict(record))


def decode_record(text: str) -> LoadRecord:
    """What ``encode_record`` made.

    Raises:
        ValueError: If it is something else.
    """
    try:
        body = json.loads(text)
        devices = tuple(DeviceRecord(**device) for device in body.pop("devices"))
        return LoadRecord(devices=devices, **body)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError("not the record of a load") from error
