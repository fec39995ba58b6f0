"""Formulas of the compute buffers, found by example, one for each range of the settings."""

from lollma_gui.core.compute_chain import Chain
from lollma_gui.core.compute_facts import ModelFacts
from lollma_gui.core.compute_graph import Dimensions, Form
from lollma_gui.core.compute_models import Build, model_graph
from lollma_gui.core.compute_parts import Wish
from lollma_gui.core.compute_room import Allocation, Room
from lollma_gui.core.compute_split import split_steps


class Series:
    """The formulas of one graph.

    Args:
        facts: The model.
        chain: The blocks to build.
        build: The backend.
        wish: Settings that change the graph.
    """

    def __init__(self, facts: ModelFacts, chain: Chain, build: Build, wish: Wish) -> None:
        self._facts = facts
        self._chain = chain
        self._build = build
        self._wish = wish
        self._formulas: dict[Dimensions, tuple[Form, ...]] = {}

    def most(self, dimensions: Dimensions) -> list[int]:
        """Bytes on each device, RAM last.

        Exact for contexts that are powers of two or half as much again; between them the larger of
        what the allocator's decisions below and above would need.
        """
        terms = dimensions.terms()
        low, high = _neighbours(dimensions.cells)
        values = self._values(low, dimensions, terms)
        if low != high:
            others = self._values(high, dimensions, terms)
            values = [max(pair) for pair in zip(values, others, strict=True)]
        return values

    def _values(
        self, cells: int, dimensions: Dimensions, terms: tuple[int, ...]
    ) -> list[int]:
        example = _example(cells, dimensions)
        formulas = self._formulas.get(example)
        if formulas is None:
            formulas = self._formulas[example] = self._simulated(example)
        one, u, o, s, nu, uw, nt, tw = terms
        return [
            int(a * one + b * u + c * o + d * s + e * nu + f * uw + g * nt + h * tw)
            for a, b, c, d, e, f, g, h in formulas
        ]

    def _simulated(self, example: Dimensions) -> tuple[Form, ...]:
        host = self._build.host
        terms = example.terms()
        graph = model_graph(
            self._facts, self._wish, self._chain.places, self._chain.output, self._build
        )
        steps = split_steps(graph, host)
        rooms = Allocation(graph.inputs, steps, terms, host, host + 1).rooms
        return tuple(_padded(room, terms) for room in rooms)


def _padded(room: Room, terms: tuple[int, ...]) -> Form:
    """The formula, with the gaps between tensors as a constant."""
    exact = sum(factor * term for factor, term in zip(room.form, terms, strict=True))
    return (room.form[0] + room.most - exact, *room.form[1:])


def _neighbours(cells: int) -> tuple[int, int]:
    """The examples below and above; the same twice if it is one itself."""
    above = 1 << (cells - 1).bit_length()
    between = above * 3 // 4
    if cells in (above, between):
        return cells, cells
    return (above // 2, between) if cells < between else (between, above)


def _example(cells: int, dimensions: Dimensions) -> Dimensions:
    """The settings that stand for these, with so many cells."""
    tokens, outputs, whole, window, sequences, streams = dimensions
    many = 1 << (tokens - 1).bit_length()
    return Dimensions(
        many,
        many if outputs == tokens else outputs,
        cells,
        cells if window == whole else min(window, cells),
        sequences,
        streams,
    )
