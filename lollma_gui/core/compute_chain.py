"""Which blocks stand for all of a model's when its graph is built, and where they lie."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from lollma_gui.core.compute_facts import Block

#: Where blocks repeat, about so many are built before some are left out, and so many or a multiple
#: are left out: the allocator's decisions repeat too, though not always with each block.
_KEPT, _LEFT_OUT = 20, 12
#: Real models repeat after 12 blocks at most.
_LONGEST_PERIOD = 32


class Layout(NamedTuple):
    """Where layers lie.

    Attributes:
        n_blocks: Blocks that are loaded; the output is the layer of this number.
        on_gpu_from: First layer on a GPU: ``n_blocks`` = only the output, one more = nothing.
        devices: Layers of each GPU: [first, after the last).
    """

    n_blocks: int
    on_gpu_from: int
    devices: tuple[tuple[int, int], ...]

    @property
    def is_all_on_gpus(self) -> bool:
        """Whether no layer is in RAM."""
        return bool(self.devices) and self.on_gpu_from == 0

    def device_of(self, layer: int) -> int:
        """Number of the GPU that holds a layer; after the last GPU comes RAM."""
        if layer >= self.on_gpu_from:
            for number, (first, end) in enumerate(self.devices):
                if first <= layer < end:
                    return number
        return len(self.devices)


class Place(NamedTuple):
    """A block and the devices that hold it.

    Attributes:
        block: The block.
        device: Device that computes with its weights.
        cache: Device of its keys, values and state.
        experts: Device that computes with its experts.
    """

    block: Block
    device: int
    cache: int
    experts: int


class Chain(NamedTuple):
    """The blocks that are built.

    Attributes:
        places: The blocks and their devices.
        output: Device of the output.
    """

    places: tuple[Place, ...]
    output: int


def representative(places: Sequence[Place]) -> tuple[Place, ...]:
    """Fewer blocks that need as much room: of those that repeat on a device, some are left out."""
    chosen: list[Place] = []
    for _, group in groupby(places, key=lambda place: place[1:]):
        chosen += _shortened(list(group))
    return tuple(chosen)


def _shortened(places: list[Place]) -> list[Place]:
    for period in range(1, min(len(places) // 3, _LONGEST_PERIOD) + 1):
        first, length = _longest_stretch(places, period)
        if length < 3 * period or 2 * length < len(places):
            continue
        kept = period * max(1, round(_KEPT / period))
        step = period * max(1, round(_LEFT_OUT / period))
        left_out = max(0, length - kept) // step * step
        return places[: first + kept] + places[first + kept + left_out :]
    return places


def _longest_stretch(places: list[Place], period: int) -> tuple[int, int]:
    """Where blocks repeat with this period for longest, and for how many blocks."""
    best, first = (0, 0), 0
    for index in range(period, len(places) + 1):
        if index == len(places) or places[index] != places[index - period]:
            best = max(best, (index - first, -first))
            first = index - period + 1
    return -best[1], best[0]
