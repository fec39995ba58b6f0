"""Which blocks stand for all of a model's when its graph is built, and where they lie."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from lollma_gui.core.compute_facts import Block

#: Blocks alike in a row, and different ones at a device's begin and end, that are built: further
#: ones find room where these were.
_ALIKE, _FIRST, _LAST = 3, 8, 4


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
    """Fewer blocks that need as much room: the same kinds on the same devices, in order."""
    chosen: list[Place] = []
    for _, group in groupby(places, key=lambda place: place[1:]):
        chosen += _shortened(_without_long_runs(group))
    return tuple(chosen)


def _without_long_runs(places: Iterable[Place]) -> list[Place]:
    kept: list[Place] = []
    for _, alike in groupby(places):
        kept += list(alike)[:_ALIKE]
    return kept


def _shortened(places: list[Place]) -> list[Place]:
    if len(places) <= _FIRST + _LAST + 2:
        return places
    first, last = places[:_FIRST], places[-_LAST:]
    others = dict.fromkeys(p for p in places if p not in first and p not in last)
    return [*first, *others, *last]
