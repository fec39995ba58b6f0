"""What a device's memory is made of after a load, part by part, for a bar and for text."""

from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.fit_view import FitView
from lollma_gui.core.memory_plan import DeviceShare

_GIB = 1024**3


class PartKind(StrEnum):
    """What a part of the memory is for, in words."""

    WEIGHTS = "Weights"
    CACHE = "KV cache"
    COMPUTE = "Compute"
    ENGINE = "Engine"
    OTHERS = "Others"
    MARGIN = "Margin"
    FREE = "Free"


class Part(NamedTuple):
    """One part: what for, bytes, and those as text."""

    kind: PartKind
    n_bytes: int
    text: str


class DeviceParts(NamedTuple):
    """A device's memory.

    Attributes:
        parts: In the order of the bar.
        whole: Bytes the bar stands for: all the device has, as far as that is known.
    """

    parts: tuple[Part, ...]
    whole: int


def gib(n_bytes: int) -> str:
    """Bytes as text that keeps its length while a slider is dragged: ``4.30 GiB``."""
    if n_bytes == 0:
        return "0 GiB"
    if abs(n_bytes) < 0.1 * _GIB:
        return units.memory_size(n_bytes)
    digits = 1 if abs(n_bytes) >= 100 * _GIB else 2
    return f"{n_bytes / _GIB:.{digits}f} GiB"


def gib_pair(some: int, whole: int) -> str:
    """A part of something and all of it: ``7.07 / 16.00 GiB``."""
    return f"{some / _GIB:.2f} / {whole / _GIB:.2f} GiB"


def shown_devices(view: FitView) -> tuple[DeviceShare, ...]:
    """The devices that the load takes something of: GPUs first, then RAM."""
    gpus = tuple(share for share in view.plan.gpus if share.total)
    return (*gpus, view.plan.ram)


def margin_of(view: FitView, share: DeviceShare) -> int:
    """Bytes that are to stay free on a device."""
    return view.margins.of(share, view.plan.error)


def device_parts(share: DeviceShare, margin: int) -> DeviceParts:
    """The parts of a device's memory.

    Args:
        share: What the load takes there.
        margin: Bytes to stay free; where there is less, only what is left of it is a part.
    """
    parts = [
        _part(PartKind.WEIGHTS, share.weights),
        _part(PartKind.CACHE, share.kv),
        _part(PartKind.COMPUTE, share.compute + share.output),
        _part(PartKind.ENGINE, share.overhead),
    ]
    if share.others is not None:
        parts.append(_part(PartKind.OTHERS, share.others))
    if share.free is None or share.spare is None:
        return DeviceParts(tuple(parts), share.capacity or share.total)
    kept = min(margin, max(share.spare, 0))
    text = gib(kept) if kept == margin else gib_pair(kept, margin)
    parts.append(Part(PartKind.MARGIN, kept, text))
    parts.append(_part(PartKind.FREE, max(share.spare - kept, 0)))
    return DeviceParts(tuple(parts), share.capacity or share.free)


def _part(kind: PartKind, n_bytes: int) -> Part:
    return Part(kind, n_bytes, gib(n_bytes))
