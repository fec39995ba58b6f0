"""Which device computes what, and what is copied between devices before.

Source: ``ggml_backend_sched_split_graph`` in ggml/src/ggml-backend.cpp of llama.cpp.
"""

from collections.abc import Iterable
from typing import NamedTuple

from lollma_gui.core.compute_graph import NOTHING, Graph, Tensor


class Step(NamedTuple):
    """One result to make room for.

    Attributes:
        tensor: The result.
        sources: What can be freed afterwards if nobody else needs it.
        device: Where it is computed.
    """

    tensor: Tensor
    sources: tuple[Tensor, ...]
    device: int


class Split(NamedTuple):
    """A graph that is dealt out to devices.

    Attributes:
        before: What room is made for first, with its device.
        steps: The results in order.
    """

    before: tuple[tuple[Tensor, int], ...]
    steps: tuple[Step, ...]


def split_graph(graph: Graph, host: int, copies: int = 1) -> Split:
    """The graph with copies of what a device needs from another.

    Args:
        graph: The graph; nodes without a home get one.
        host: Number of the device that stands for RAM.
        copies: So many batches are under way at the same time (pipeline parallelism): each has
            its own inputs, and they stay.
    """
    nodes = [node for node in graph.nodes if not _is_view(node)]
    _settle(nodes, host)
    splitter = _Splitter(host, copies > 1)
    steps = tuple(splitter.steps(graph.nodes))
    before = [(tensor, host) for tensor in graph.inputs]
    if copies > 1:
        before += [(tensor, tensor.home or 0) for tensor in splitter.copies]
        before += [(_lasting(t), device) for t, device in before for _ in range(copies - 1)]
        for tensor, _ in before:
            tensor.is_output = True
    return Split(tuple(before), steps)


def _lasting(tensor: Tensor) -> Tensor:
    return Tensor(tensor.shape, (), tensor.size)


def _is_view(node: Tensor) -> bool:
    return node.base is not None and not node.base.is_stored


def _settle(nodes: list[Tensor], host: int) -> None:
    """Nodes without weights go where their neighbours are, to a GPU rather than to RAM."""
    for avoided in (host, None):
        for order in (nodes, list(reversed(nodes))):
            _follow(order, avoided)
    for node in nodes:
        if node.home is None:
            node.home = host


def _follow(nodes: Iterable[Tensor], avoided: int | None) -> None:
    current: int | None = None
    for node in nodes:
        if node.home is not None:
            current = None if node.home == avoided else node.home
        elif current is not None:
            node.home = current


class _Splitter:
    """Walks the nodes and cuts where the device changes."""

    def __init__(self, host: int, are_copies_first: bool) -> None:
        self._host = host
        self._are_copies_first = are_copies_first
        self._copies: dict[tuple[int, int], Tensor] = {}

    @property
    def copies(self) -> list[Tensor]:
        """What was copied from one device to another."""
        return list(self._copies.values())

    def steps(self, nodes: list[Tensor]) -> Iterable[Step]:
        """The nodes split by split, each with its copies before it."""
        split: list[Tensor] = []
        current: int | None = None
        for node in nodes:
            if not _is_view(node) and node.home != current:
                yield from self._of_split(split, current)
                split, current = [], node.home
            split.append(node)
        yield from self._of_split(split, current)

    def _of_split(self, nodes: list[Tensor], device: int | None) -> Iterable[Step]:
        device = self._host if device is None else device
        steps = []
        for node in nodes:
            if _is_view(node):
                steps.append(Step(node, node.sources, device))
                continue
            sources = []
            for source in node.sources:
                home = self._home(source)
                if home != device and (id(source), device) not in self._copies:
                    made = Tensor(source.shape, (), source.size)
                    made.home = device
                    self._copies[id(source), device] = made
                    # The source stays until it is copied.
                    yield Step(_Dependency, (source,), home)
                    if not self._are_copies_first:
                        yield Step(made, (), device)
                sources.append(source if home == device else self._copies[id(source), device])
            steps.append(Step(node, tuple(sources), device))
        yield from steps

    def _home(self, tensor: Tensor) -> int:
        owner = tensor.base or tensor
        return self._host if owner.home is None else owner.home


#: Stands for llama.cpp's node that only keeps its source alive.
_Dependency = Tensor((), (), NOTHING)
_Dependency.is_stored = True
