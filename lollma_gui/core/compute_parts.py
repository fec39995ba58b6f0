"""The parts that nearly all models' blocks are made of: norms, attention, feed-forward nets.

Source: src/llama-graph.cpp of llama.cpp; each function here is named after the one there.
"""

from typing import NamedTuple

from lollma_gui.core.compute_facts import Block, ModelFacts, Shape
from lollma_gui.core.compute_graph import (
    CELLS,
    F16,
    I64,
    NOTHING,
    OUTPUTS,
    SEQUENCES,
    STREAMS,
    TOKENS,
    WINDOW,
    Form,
    Graph,
    Tensor,
    bytes_of,
)

#: Architectures that subtract the mean too (``LLM_NORM``), which cannot be done in place.
_CENTRING = frozenset(
    (
        *("bloom", "chameleon", "codeshell", "cohere2", "command-r", "dbrx", "falcon", "gpt2"),
        *("gptneox", "jais", "jais2", "mpt", "nemotron", "olmo", "orion", "phi2", "phimoe"),
        *("rwkv6", "rwkv7", "stablelm", "starcoder", "starcoder2"),
    )
)


#: Positions in time, height, width and one more (``n_pos_per_embd``).
_FOUR_POSITIONS = frozenset(
    ("qwen2vl", "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "paddleocr", "hunyuan_vl")
)


class Wish(NamedTuple):
    """Settings that change the graph, not only sizes in it.

    Attributes:
        flash_attn: Whether flash attention is used.
        turns_keys: Whether keys are turned before they are stored (quantised caches).
        turns_values: The same for values.
        key_bytes: Bytes of a number in the cache of keys.
        value_bytes: The same for values.
        converts: Whether flash attention makes f16 copies of keys and values of other types.
    """

    flash_attn: bool
    turns_keys: bool
    turns_values: bool
    key_bytes: float
    value_bytes: float
    converts: bool


class Inputs:
    """What is filled before the graph runs, made when first asked for.

    Args:
        graph: The graph.
        facts: The model.
        flash_attn: Whether flash attention is used.
    """

    def __init__(self, graph: Graph, facts: ModelFacts, flash_attn: bool) -> None:
        self._graph = graph
        self._facts = facts
        self._flash_attn = flash_attn
        self._made: dict[str, Tensor] = {}
        self._state_views: dict[str, Tensor] = {}
        self.tokens = graph.input(TOKENS)
        # Embeddings in place of tokens: room is made for them whether used or not.
        graph.input(facts.width, TOKENS)

    def positions(self) -> Tensor:
        """Position of each token."""
        each = 4 if self._facts.architecture in _FOUR_POSITIONS else 1
        return self._once("positions", each, TOKENS)

    def wanted(self) -> Tensor:
        """Tokens whose logits are wanted."""
        return self._once("wanted", OUTPUTS)

    def states(self, which: str = "main") -> Tensor:
        """Sequences whose recurrent state is used (``main``), or only moved."""
        if which not in self._state_views:
            count = 1 if which == "main" else 0
            seen = self._graph.view(self._once("states", SEQUENCES), count, SEQUENCES)
            self._state_views[which] = seen
        return self._state_views[which]

    def mask(self, slides: bool) -> Tensor:
        """Which token sees which cell."""
        cells = WINDOW if slides else CELLS
        item = F16 if self._flash_attn else 4
        return self._once(f"mask {cells}", cells, TOKENS, item=item)

    def key_cells(self, slides: bool) -> Tensor:
        """Cells that new keys go to."""
        return self._once(f"keys {slides}", TOKENS, item=I64)

    def value_cells(self, slides: bool) -> Tensor:
        """Cells that new values go to: each number by itself where values lie transposed."""
        row = 1 if self._flash_attn else self._facts.value_row
        return self._once(f"values {slides}", row, TOKENS, item=I64)

    def rotation(self, size: int, what: str, slides: bool) -> Tensor:
        """The matrix that quantised keys or values are turned by."""
        return self._once(f"rotation {what} {slides}", size, size)

    def named(self, name: str, *shape: int | str) -> Tensor:
        """Something that only some models have."""
        return self._once(name, *shape)

    def _once(self, name: str, *shape: int | str, item: int = 4) -> Tensor:
        if name not in self._made:
            self._made[name] = self._graph.input(*shape, item=item)
        return self._made[name]


class Parts:
    """Builds the parts of one block.

    Args:
        graph: Where they go.
        facts: The model.
        block: The block.
        inputs: What is filled before.
        wish: The settings that change the graph.
    """

    def __init__(
        self,
        graph: Graph,
        facts: ModelFacts,
        block: Block,
        inputs: Inputs,
        wish: Wish,
    ) -> None:
        self.graph = graph
        self.facts = facts
        self.block = block
        self.inputs = inputs
        self._wish = wish
        self.shapes: dict[str, Shape] = dict(block.shapes)

    def has(self, name: str) -> bool:
        """Whether the block has such weights."""
        return name + ".weight" in self.shapes

    def rows(self, name: str) -> int:
        """Numbers that these weights make of one token; 0 if there are none."""
        shape = self.shapes.get(name + ".weight", ())
        return shape[1] if len(shape) > 1 else 0

    # ---- norms and matrices ----------------------------------------------------------------

    def norm(self, x: Tensor, name: str = "", centring: bool | None = None) -> Tensor:
        """``build_norm``."""
        if centring is None:
            centring = self.facts.architecture in _CENTRING
        graph = self.graph
        y = graph.like(x) if centring else graph.map(x)
        if graph.pins_norms and name + ".weight" in self.shapes:
            y.home = graph.home
        if name + ".weight" in self.shapes:
            y = graph.map(y, weight=True)
        if name + ".bias" in self.shapes:
            y = graph.map(y, weight=True)
        return y

    def project(self, x: Tensor, name: str) -> Tensor:
        """``build_lora_mm``, and the bias if there is one."""
        y = self.graph.matmul(self.rows(name), x)
        return self.biased(y, name)

    def biased(self, x: Tensor, name: str) -> Tensor:
        """Add the bias if there is one."""
        return self.graph.map(x, weight=True) if name + ".bias" in self.shapes else x

    def select(self, x: Tensor) -> Tensor:
        """Rows of the tokens whose logits are wanted."""
        return self.graph.make((x.shape[0], OUTPUTS), x, self.inputs.wanted())

    # ---- attention -------------------------------------------------------------------------

    def queries_keys_values(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``build_qkv``."""
        graph, block = self.graph, self.block
        shapes = (
            (block.key, block.heads),
            (block.key, block.kv_heads),
            (block.value, block.kv_heads),
        )
        if self.has("attn_qkv"):
            joint = self.project(x, "attn_qkv")
            q, k, v = (graph.part(joint, *shape, TOKENS) for shape in shapes)
        else:
            parts = (self.project(x, name) for name in ("attn_q", "attn_k", "attn_v"))
            q, k, v = (
                graph.view(part, *shape, TOKENS) for part, shape in zip(parts, shapes, strict=True)
            )
        return q, k, v

    def rope(self, x: Tensor) -> Tensor:
        """Turn by position."""
        return self.graph.map(x, self.inputs.positions())

    def attend(
        self, q: Tensor, k: Tensor | None, v: Tensor | None, latent: int = 0, output: bool = True
    ) -> Tensor:
        """``build_attn``; ``latent`` = width of values that are part of the keys (MLA)."""
        graph, block = self.graph, self.block
        turn_keys = self._wish.turns_keys and not latent
        turn_values = self._wish.turns_values and not latent
        if turn_keys:
            q = self._turned(q, block.key, "k")
            k = None if k is None else self._turned(k, block.key, "k")
        if turn_values and v is not None:
            v = self._turned(v, 64, "v")
        graph.expand(q)
        in_order = (k, v) if self.facts.slides else (v, k)
        for x in in_order:
            if x is not None:
                graph.expand(x)
        if k is not None:
            self._store(k, self.inputs.key_cells(block.slides))
        if v is not None and not latent:
            self._store(v, self.inputs.value_cells(block.slides))
        y = self._mixed(q, latent)
        if turn_values:
            y = self._turned(y, 64, "v")
        return self.project(y, "attn_output") if output and self.has("attn_output") else y

    def _turned(self, x: Tensor, length: int, what: str) -> Tensor:
        """``llama_mul_mat_hadamard``."""
        size = 64
        while what == "k" and length % (2 * size) == 0:
            size *= 2
        whole = 1
        for n in x.shape:
            whole *= n if isinstance(n, int) else 1
        graph = self.graph
        rotation = self.inputs.rotation(size, what, self.block.slides)
        flat = graph.make((size, whole // size, TOKENS), x, rotation)
        return graph.view(flat, *x.shape)

    def _store(self, x: Tensor, cells: Tensor) -> None:
        graph = self.graph
        graph.store(graph.view(x), cells)

    def _mixed(self, q: Tensor, latent: int) -> Tensor:
        """``build_attn_mha``: values by how much each token's query meets each cell's key."""
        graph, block = self.graph, self.block
        slides = block.slides
        mask, heads = self.inputs.mask(slides), block.heads
        value = latent or block.value
        seen = graph.view(graph.view(q))
        keys, values = self._cached(latent)
        if self._wish.flash_attn and not self._has_bias():
            y = graph.make((value, heads, TOKENS), seen, keys, values, mask, more=self._scratch())
            y = self._decompressed(y) if latent else y
            return graph.expand(graph.view(y, self._row(y), TOKENS))
        scores = graph.make((WINDOW if slides else CELLS, TOKENS, heads), keys, seen)
        scores = self._capped(scores)
        scores = graph.map(scores, mask)
        values = self._transposed(slides, latent) if latent else values
        y = graph.make((value, TOKENS, heads), values, scores)
        if latent:
            y = graph.matmul(self._decompressed_length(), y)
        y = graph.make((self._row(y), TOKENS), graph.view(y))
        y.home = graph.attention_home
        return graph.expand(y)

    def _cached(self, latent: int) -> tuple[Tensor, Tensor]:
        """Keys and values in the cache, with their bytes should they be copied elsewhere."""
        graph, block, wish = self.graph, self.block, self._wish
        cells = WINDOW if block.slides else CELLS
        keys = bytes_of((cells, STREAMS, block.key * block.kv_heads), wish.key_bytes)
        values = bytes_of((cells, STREAMS, block.value * block.kv_heads), wish.value_bytes)
        return graph.stored(keys), graph.stored(NOTHING if latent else values)

    def _scratch(self) -> Form:
        """Room for keys and values as f16 (``ggml_cuda_flash_attn_ext_get_alloc_size``)."""
        block, wish = self.block, self._wish
        if not wish.converts:
            return NOTHING
        row = block.key * block.kv_heads if wish.key_bytes != F16 else 0
        if wish.value_bytes != F16 and not self.facts.is_latent:
            row += block.value * block.kv_heads
        return bytes_of((WINDOW if block.slides else CELLS, STREAMS, row), F16)

    def _has_bias(self) -> bool:
        return "attn_rel_b.weight" in self.shapes

    def _row(self, x: Tensor) -> int:
        row = 1
        for n in x.shape:
            row *= n if isinstance(n, int) else 1
        return row

    def _capped(self, scores: Tensor) -> Tensor:
        """Soft caps and what Grok does before: all in place."""
        return scores

    def _transposed(self, slides: bool, latent: int) -> Tensor:
        """Latent values are part of the keys and have to be copied without flash attention."""
        graph = self.graph
        cells = WINDOW if slides else CELLS
        size = self._wish.key_bytes
        return graph.make((cells, latent, STREAMS), graph.view(graph.stored()), item=size)

    def _decompressed_length(self) -> int:
        return self.facts.number("attention.value_length_mla")

    def _decompressed(self, y: Tensor) -> Tensor:
        graph, heads = self.graph, self.block.heads
        y = graph.view(y, y.shape[0], TOKENS, heads)
        y = graph.matmul(self._decompressed_length(), y)
        y = graph.view(y)
        return graph.make((self._decompressed_length(), heads, TOKENS), y)

    # ---- feed-forward nets -----------------------------------------------------------------

    def ffn(self, x: Tensor, suffix: str = "") -> Tensor:
        """``build_ffn``: gate and up in parallel, one matrix for both, or no gate."""
        graph = self.graph
        up, gate, down = (f"ffn_{name}{suffix}" for name in ("up", "gate", "down"))
        hidden = self.project(x, up)
        inner = self.shapes.get(down + ".weight", (0,))[0]
        if self.has(gate):
            hidden = graph.make((inner, *hidden.shape[1:]), self.project(x, gate), hidden)
        elif self.rows(up) == 2 * inner:
            hidden = graph.make((inner, *hidden.shape[1:]), hidden)
        else:
            hidden = graph.map(hidden)
        return self.project(hidden, down)
