"""Formulas of the compute buffers, found by example, one for each range of the settings."""

from lollma_gui.core.compute_chain import Chain
from lollma_gui.core.compute_facts import ModelFacts
from lollma_gui.core.compute_graph import NOTHING, Dimensions, Form, bytes_for, plus
from lollma_gui.core.compute_models import Build, model_graph
from lollma_gui.core.compute_parts import Wish
from lollma_gui.core.compute_room import Allocation, Room
from lollma_gui.core.compute_split import Split, split_graph


class Series:
    """The formulas of one graph. Several threads may ask at once.

    Args:
        facts: The model.
        chain: The blocks to build.
        builds: The backend; the worst of several counts.
        wish: Settings that change the graph.
        least: What devices with blocks take at least, for models whose graph is not sure.
    """

    def __init__(
        self,
        facts: ModelFacts,
        chain: Chain,
        builds: tuple[Build, ...],
        wish: Wish,
        least: Form | None,
    ) -> None:
        self._facts = facts
        self._chain = chain
        self._builds = builds
        self._wish = wish
        self._least = least
        self._formulas: dict[tuple[int, ...], tuple[frozenset[Form], ...]] = {}
        self._examples: dict[tuple[Dimensions, Build], tuple[Form, ...]] = {}

    def most(self, dimensions: Dimensions) -> list[int]:
        """Bytes on each device, RAM last.

        Exact for batches of powers of two and contexts of 1, 1.25, 1.5 or 1.75 times such;
        between them the most that the allocator's decisions below and above would need.
        """
        tokens, outputs, cells, window, sequences, streams = dimensions
        low, high = _neighbours(cells)
        many = 1 << (tokens - 1).bit_length()
        few = many if many == tokens else many // 2
        key = (
            *(low, high, few, many, 0 if outputs == tokens else outputs),
            *(0 if window == cells else window, sequences, streams),
        )
        formulas = self._formulas.get(key)
        if formulas is None:
            formulas = self._formulas[key] = self._found(*key)
        one, u, o, s, nu, uw, nt, tw = dimensions.terms()
        return [
            max(
                [
                    int(a * one + b * u + c * o + d * s + e * nu + f * uw + g * nt + h * tw)
                    for a, b, c, d, e, f, g, h in of_device
                ]
            )
            for of_device in formulas
        ]

    def _found(
        self,
        low: int,
        high: int,
        few: int,
        many: int,
        outputs: int,
        window: int,
        sequences: int,
        streams: int,
    ) -> tuple[frozenset[Form], ...]:
        """For each device the formulas for contexts and batches below and above."""
        examples = {
            Dimensions(
                *(tokens, min(outputs or tokens, tokens), cells, min(window or cells, cells)),
                *(sequences, streams),
            )
            for cells in (low, high)
            for tokens in (few, many)
        }
        # Kept no longer than this: a graph has tens of thousands of objects.
        splits: dict[Build, Split] = {}
        found = [
            self._simulated(example, build, splits)
            for example in examples
            for build in self._builds
        ]
        if self._least is not None:
            used = {place.device for place in self._chain.places}
            found.append(tuple(self._least if d in used else NOTHING for d in range(len(found[0]))))
        return tuple(frozenset(forms) for forms in zip(*found, strict=True))

    def _simulated(
        self, example: Dimensions, build: Build, splits: dict[Build, Split]
    ) -> tuple[Form, ...]:
        if (example, build) not in self._examples:
            if build not in splits:
                splits[build] = self._split(build)
            self._examples[example, build] = _planned(splits[build], example, build)
        return self._examples[example, build]

    def _split(self, build: Build) -> Split:
        places, output = self._chain
        graph = model_graph(self._facts, self._wish, places, output, build)
        return split_graph(graph, build.host, build.copies)


def _planned(split: Split, example: Dimensions, build: Build) -> tuple[Form, ...]:
    terms = example.terms()
    return tuple(_padded(room, terms) for room in Allocation(split, terms, build.host + 1).rooms)


def _padded(room: Room, terms: tuple[int, ...]) -> Form:
    """The formula, with the gaps between tensors as a constant."""
    gaps = room.most - bytes_for(room.form, terms)
    return plus(room.form, (gaps, 0, 0, 0, 0, 0, 0, 0))


def _neighbours(cells: int) -> tuple[int, int]:
    """The examples below and above; the same twice if it is one itself."""
    step = max(1, (1 << (cells - 1).bit_length()) >> 3)
    low = cells // step * step
    return low, low if low == cells else low + step
