"""A model's graph of intermediate results, as llama.cpp builds it: only sizes and order count.

Sizes are products of numbers of the model and of these dimensions, which settings decide.
Source: ``ggml_build_forward_expand`` and the tensor operations in ggml/src/ggml.c of llama.cpp.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

#: Tokens computed at once, rows of logits, cells of the whole and of the sliding cache (of one
#: stream), sequences, streams of the cache.
TOKENS, OUTPUTS, CELLS, WINDOW, SEQUENCES, STREAMS = "u", "o", "n", "w", "s", "t"

Dimension = int | str
#: What sizes are sums of: the constant first.
TERMS: Final = ("", "u", "o", "s", "nu", "uw", "nt", "tw")
_TERM_NUMBER: Final = {term: number for number, term in enumerate(TERMS)}
#: A size in bytes: one factor for each of ``TERMS``.
Form = tuple[float, float, float, float, float, float, float, float]
NOTHING: Final[Form] = (0,) * 8

F32, F16, I64 = 4, 2, 8


class Dimensions(NamedTuple):
    """Values of the dimensions that settings decide."""

    tokens: int
    outputs: int
    cells: int
    window: int
    sequences: int
    streams: int

    def terms(self) -> tuple[int, ...]:
        """The value of each of ``TERMS``."""
        u, o, n, w, s, t = self
        return (1, u, o, s, n * u, u * w, n * t, t * w)


def plus(a: Form, b: Form) -> Form:
    """The sum of two sizes."""
    a0, a1, a2, a3, a4, a5, a6, a7 = a
    b0, b1, b2, b3, b4, b5, b6, b7 = b
    return (a0 + b0, a1 + b1, a2 + b2, a3 + b3, a4 + b4, a5 + b5, a6 + b6, a7 + b7)


def bytes_of(shape: Sequence[Dimension], item: float = F32) -> Form:
    """The size of a tensor."""
    factor, symbols = item, ""
    for n in shape:
        if isinstance(n, int):
            factor *= n
        else:
            symbols += n
    form: list[float] = [0] * 8
    form[_TERM_NUMBER["".join(sorted(symbols))]] = factor
    a, b, c, d, e, f, g, h = form
    return a, b, c, d, e, f, g, h


def bytes_for(size: Form, terms: Sequence[int]) -> float:
    """A size in bytes, for these values of ``TERMS``."""
    a, b, c, d, e, f, g, h = size
    one, u, o, s, nu, uw, nt, tw = terms
    return a * one + b * u + c * o + d * s + e * nu + f * uw + g * nt + h * tw


class Tensor:
    """One result, or something that is there before.

    Attributes:
        sources: What it is computed from, weights left out.
        shape: Numbers along each dimension, the contiguous one first.
        size: Its bytes.
        base: The tensor whose memory it shows part of; None = it has its own.
        reuses: Whether it may take the place of a source of the same shape.
        is_input: Whether it is filled before the graph runs.
        is_output: Whether it stays to the end.
        is_stored: Whether it lies in the cache, outside the compute buffer.
        home: The device that it must be computed on; None = where its neighbours are.
    """

    __slots__ = (
        *("base", "home", "is_input", "is_output", "is_stored", "reuses", "shape", "size"),
        "sources",
    )

    def __init__(
        self, shape: tuple[Dimension, ...], sources: tuple["Tensor", ...], size: Form
    ) -> None:
        self.shape = shape
        self.sources = sources
        self.size = size
        self.base: Tensor | None = None
        self.reuses = False
        self.is_input = False
        self.is_output = False
        self.is_stored = False
        self.home: int | None = None


class Graph:
    """Tensors in the order in which llama.cpp computes them.

    Attributes:
        nodes: Results, in order.
        inputs: What is filled before.
        home: Device of the weights that are used now.
        cache_home: Device of the cache that is used now.
        experts_home: Device of the experts that are used now.
        attention_home: Device that attention without flash attention has to be on; None = any.
        pins_norms: Whether a block's norms are computed where its weights are, whatever is near.
        keeps: Whether what ``keep`` names is kept (CUDA).
    """

    def __init__(self, host: int) -> None:
        self.nodes: list[Tensor] = []
        self.inputs: list[Tensor] = []
        self.home = self.cache_home = self.experts_home = host
        self.attention_home: int | None = None
        self.pins_norms = False
        self.keeps = False
        self._host = host
        self._seen: set[int] = set()

    # ---- making tensors --------------------------------------------------------------------

    def input(self, *shape: Dimension, item: int = F32) -> Tensor:
        """Something that is filled before the graph runs, always in RAM."""
        made = Tensor(shape, (), bytes_of(shape, item))
        made.is_input = True
        made.home = self._host
        self.inputs.append(made)
        return made

    def make(
        self,
        shape: Sequence[Dimension],
        *sources: Tensor,
        item: float = F32,
        weight: bool = False,
        more: Form = NOTHING,
    ) -> Tensor:
        """A result with memory of its own.

        Args:
            shape: Numbers along each dimension.
            *sources: What it is computed from.
            item: Bytes of a number.
            weight: Whether weights take part.
            more: Bytes beyond those of its shape.
        """
        made = Tensor(tuple(shape), sources, plus(bytes_of(shape, item), more))
        if weight:
            made.home = self.home
        return made

    def matmul(self, width: int, x: Tensor) -> Tensor:
        """Weights of so many rows times ``x``."""
        return self.make((width, *x.shape[1:]), x, weight=True)

    def map(self, *sources: Tensor, weight: bool = False) -> Tensor:
        """A result of the first source's shape that may take the place of a source."""
        made = self.make(sources[0].shape, *sources, weight=weight)
        made.reuses = True
        return made

    def like(self, *sources: Tensor, weight: bool = False) -> Tensor:
        """A result of the first source's shape that never takes the place of a source."""
        return self.make(sources[0].shape, *sources, weight=weight)

    def view(self, x: Tensor, *shape: Dimension) -> Tensor:
        """The same numbers in another shape."""
        shape = shape or x.shape
        made = Tensor(shape, (x,), bytes_of(shape))
        made.base = x.base or x
        return made

    def part(self, x: Tensor, *shape: Dimension) -> Tensor:
        """Part of each row; a copy on another device has the gaps too."""
        made = Tensor(shape, (x,), x.size)
        made.base = x.base or x
        return made

    def write(self, into: Tensor, *sources: Tensor) -> Tensor:
        """Write into a result that is there."""
        made = Tensor(into.shape, (*sources, into), into.size)
        made.base = into.base or into
        return made

    def stored(self, size: Form = NOTHING) -> Tensor:
        """Something in the cache of the layer that is built now."""
        made = Tensor((), (), size)
        made.is_stored = True
        made.home = self.cache_home
        return made

    def store(self, *sources: Tensor) -> Tensor:
        """Copy something to the cache."""
        cache = self.stored()
        made = Tensor((), (*sources, cache), NOTHING)
        made.base = cache
        made.home = self.cache_home
        self.expand(made)
        return made

    def keep(self, *tensors: Tensor) -> None:
        """CUDA's fused operations read these up to here (``ggml_backend_cuda_graph_optimize``)."""
        if self.keeps:
            made = Tensor((), tensors, NOTHING)
            made.is_stored = True
            self.nodes.append(made)

    # ---- order -----------------------------------------------------------------------------

    def expand(self, tensor: Tensor) -> Tensor:
        """Compute this now, and before it what it needs."""
        if id(tensor) in self._seen:
            return tensor
        self._seen.add(id(tensor))
        for source in tensor.sources:
            self.expand(source)
        if tensor.sources:
            self.nodes.append(tensor)
        return tensor
