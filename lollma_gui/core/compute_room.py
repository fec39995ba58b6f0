"""Where llama.cpp's allocator puts results, and how much room that takes on each device.

Sizes are numbers for one example of the settings; beside each goes its formula, so that the answer
holds for other settings too as long as the allocator would decide alike.
Source: ggml/src/ggml-alloc.c of llama.cpp.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from lollma_gui.core.compute_graph import NOTHING, Form, Tensor, bytes_for, plus
from lollma_gui.core.compute_split import Split, Step

#: Every tensor begins at a multiple of this many bytes in RAM; on GPUs it is 128, which changes
#: the sum by less than a kilobyte.
_ALIGNMENT = 32
_ENDLESS = 1 << 62


class Room:
    """The compute buffer of one device: best fit, else the end.

    Attributes:
        most: Bytes in use at the worst moment.
        form: The same as a formula.
    """

    def __init__(self) -> None:
        # Free blocks by address: where (number and formula), and how long.
        self._free: list[tuple[int, Form, int]] = [(0, NOTHING, _ENDLESS)]
        self.most = 0
        self.form = NOTHING

    def take(self, n_bytes: int, size: Form) -> tuple[int, Form]:
        """Make room; returns where."""
        best = len(self._free) - 1
        best_length = _ENDLESS
        for number, (_, _, length) in enumerate(self._free[:-1]):
            if n_bytes <= length <= best_length:
                best, best_length = number, length
        start, form, length = self._free[best]
        end, end_form = start + n_bytes, plus(form, size)
        if length == n_bytes:
            del self._free[best]
        else:
            self._free[best] = (end, end_form, length - n_bytes)
        if end > self.most:
            self.most, self.form = end, end_form
        return start, form

    def give(self, start: int, form: Form, n_bytes: int) -> None:
        """Free a block, and join it with a free neighbour as llama.cpp does.

        Blocks of no bytes are freed too; they can keep later ones apart, and that is llama.cpp's.
        """
        free = self._free
        end = start + n_bytes
        for number, (first, its_form, length) in enumerate(free):
            if first + length == start:
                length += n_bytes
                if number + 1 < len(free) and free[number + 1][0] == first + length:
                    length += free.pop(number + 1)[2]
                free[number] = (first, its_form, length)
                return
            if first == end:
                free[number] = (start, form, length + n_bytes)
                before = free[number - 1]
                if number and before[0] + before[2] == start:
                    free[number - 1] = (*before[:2], before[2] + length + n_bytes)
                    del free[number]
                return
        place = next((i for i, block in enumerate(free) if block[0] >= start), len(free))
        free.insert(place, (start, form, n_bytes))


class Allocation:
    """Gives every result of a graph its place, and frees it after its last use.

    Args:
        split: The graph.
        values: Value of each of ``compute_graph.TERMS`` in the example.
        n_devices: Devices, RAM included.
    """

    def __init__(self, split: Split, values: Sequence[int], n_devices: int) -> None:
        self.rooms = [Room() for _ in range(n_devices)]
        self._values = values
        self._places: dict[int, tuple[int, int, Form, int]] = {}
        self._children: Counter[int] = Counter()
        self._views: Counter[int] = Counter()
        self._count(split.steps)
        for tensor, device in split.before:
            self._place(tensor, device)
        for step in split.steps:
            self._run(step)

    def _count(self, steps: Iterable[Step]) -> None:
        for tensor, sources, _ in steps:
            if tensor.base is not None:
                self._views[id(tensor.base)] += 1
            for source in sources:
                self._children[id(source)] += 1

    def _run(self, step: Step) -> None:
        tensor, sources, device = step
        if tensor.base is None and not tensor.is_stored and not self._reuse(tensor, sources):
            self._place(tensor, device)
        for source in sources:
            self._children[id(source)] -= 1
            if self._children[id(source)] or self._views[id(source)]:
                continue
            if source.base is None:
                self._release(source)
                continue
            base = source.base
            self._views[id(base)] -= 1
            if not self._views[id(base)] and not self._children[id(base)]:
                self._release(base)

    def _n_bytes(self, size: Form) -> int:
        return -(-int(bytes_for(size, self._values)) // _ALIGNMENT) * _ALIGNMENT

    def _place(self, tensor: Tensor, device: int) -> None:
        n_bytes = self._n_bytes(tensor.size)
        start, form = self.rooms[device].take(n_bytes, tensor.size)
        self._places[id(tensor)] = (device, start, form, n_bytes)

    def _reuse(self, tensor: Tensor, sources: Sequence[Tensor]) -> bool:
        if not tensor.reuses:
            return False
        for source in sources:
            place = self._places.get(id(source))
            if (
                place is None
                or source.is_output
                or source.shape != tensor.shape
                or source.size != tensor.size
            ):
                continue
            if self._children[id(source)] == 1 and not self._views[id(source)]:
                self._places[id(tensor)] = self._places.pop(id(source))
                return True
        return False

    def _release(self, tensor: Tensor) -> None:
        place = None if tensor.is_output else self._places.pop(id(tensor), None)
        if place is not None:
            device, start, form, n_bytes = place
            self.rooms[device].give(start, form, n_bytes)
