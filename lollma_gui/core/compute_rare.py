"""Blocks that only one family has: RWKV 6 and 7, Gemma 3n and Gemma 4.

Source: src/models/rwkv6.cpp, rwkv6-base.cpp, rwkv7.cpp, rwkv7-base.cpp, gemma3n.cpp and
gemma4.cpp of llama.cpp.
"""

from lollma_gui.core.compute_experts import experts
from lollma_gui.core.compute_facts import ModelFacts
from lollma_gui.core.compute_graph import SEQUENCES, TOKENS, Graph, Tensor, bytes_of
from lollma_gui.core.compute_parts import Inputs, Parts
from lollma_gui.core.compute_recurrent import read_state

#: Gemma 3n: streams, and numbers of a token's own input to each block (src/models/models.h).
_STREAMS, _OWN_INPUT = 4, 256


class RareBlocks:
    """Builds them.

    Args:
        graph: Where they go.
        facts: The model.
        inputs: What is filled before.
    """

    def __init__(self, graph: Graph, facts: ModelFacts, inputs: Inputs) -> None:
        self._graph = graph
        self._facts = facts
        self._inputs = inputs
        self._first_values: Tensor | None = None
        self._own_inputs: Tensor | None = None

    # ---- RWKV ------------------------------------------------------------------------------

    def rwkv(self, parts: Parts, x: Tensor, selects: bool) -> Tensor:
        """One block of RWKV: time mix and channel mix, each looking at the token before."""
        graph, width = self._graph, self._facts.width
        x = graph.view(x, width, TOKENS)
        shifts = graph.view(self._state(2 * width))
        normed = parts.norm(x, "attn_norm")
        before = self._before(shifts, normed)
        is_seventh = parts.has("time_mix_w0") or "time_mix_w0.weight" in parts.shapes
        mix = self._time_mix_7 if is_seventh else self._time_mix_6
        y = graph.map(graph.view(mix(parts, normed, before), width, TOKENS), x)
        ffn_normed = parts.norm(y, "attn_norm_2")
        before = self._before(shifts, ffn_normed)
        last = graph.make((2 * width, SEQUENCES), graph.view(normed), graph.view(ffn_normed))
        graph.store(graph.view(last))
        y, ffn_normed, before = (graph.view(t) for t in (y, ffn_normed, before))
        if selects:
            y, ffn_normed, before = (parts.select(t) for t in (y, ffn_normed, before))
        return graph.map(self._channel_mix(parts, ffn_normed, before), y)

    def _state(self, numbers: int) -> Tensor:
        return read_state(self._graph, self._inputs, numbers)

    def _before(self, shifts: Tensor, x: Tensor) -> Tensor:
        graph = self._graph
        return graph.make(x.shape, graph.view(shifts), graph.view(x))

    def _channel_mix(self, parts: Parts, x: Tensor, before: Tensor) -> Tensor:
        graph = self._graph
        change = graph.map(before, x)
        keys = graph.map(graph.map(change, weight=True), x)
        hidden = graph.map(graph.map(graph.matmul(parts.rows("channel_mix_key"), keys)))
        values = graph.matmul(parts.rows("channel_mix_value"), hidden)
        if not parts.has("channel_mix_receptance"):
            return values
        asked = graph.map(graph.map(change, weight=True), x)
        asked = graph.map(graph.matmul(parts.rows("channel_mix_receptance"), asked))
        return graph.map(asked, values)

    def _time_mix_6(self, parts: Parts, x: Tensor, before: Tensor) -> Tensor:
        graph, width = self._graph, self._facts.width
        change, x = graph.view(graph.map(before, x), width, TOKENS), graph.view(x, width, TOKENS)
        joint = graph.map(graph.map(change, weight=True), x)
        small = parts.rows("time_mix_w1")
        joint = graph.map(graph.matmul(small, joint))
        joint = graph.make((small // 5, TOKENS, 5), graph.view(joint))
        joint = graph.make((width, TOKENS, 5), joint, weight=True)
        w, k, v, r, g = self._lerps_6(parts, joint, change, x)
        r, k, v = (
            parts.project(t, f"time_mix_{name}")
            for t, name in ((r, "receptance"), (k, "key"), (v, "value"))
        )
        g = graph.map(graph.matmul(parts.rows("time_mix_gate"), g))
        k, v, r = (graph.view(t) for t in (k, v, r))
        w = graph.map(graph.matmul(parts.rows("time_mix_decay_w1"), w))
        w = graph.map(graph.matmul(parts.rows("time_mix_decay_w2"), w), weight=True)
        w = graph.view(graph.map(graph.map(graph.map(w))))
        y = self._weighed((k, v, r, w), (), needs_weight=True)
        y = self._normed(y, parts)
        return graph.matmul(parts.rows("time_mix_output"), graph.map(y, g))

    def _lerps_6(self, parts: Parts, joint: Tensor, change: Tensor, x: Tensor) -> list[Tensor]:
        graph, width = self._graph, self._facts.width
        if parts.has("time_mix_lerp_fused"):
            change, x = graph.view(change), graph.view(x)
            joint = graph.map(graph.map(graph.map(joint, weight=True), change), x)
            return [graph.view(joint, width, TOKENS) for _ in range(5)]
        views = [graph.view(joint, width, TOKENS) for _ in range(5)]
        return [graph.map(graph.map(graph.map(t, weight=True), change), x) for t in views]

    def _weighed(
        self,
        sources: tuple[Tensor, ...],
        more: tuple[Tensor, ...],
        needs_weight: bool,
    ) -> Tensor:
        """The operation that reads and renews the state; the view is its result."""
        graph, width = self._graph, self._facts.width
        size = self._facts.number("wkv.head_size") or 1
        state = self._state(width * size)
        y = graph.make(
            (width, TOKENS),
            *sources,
            *more,
            state,
            weight=needs_weight,
            more=bytes_of((width * size, SEQUENCES)),
        )
        seen = graph.view(y, width, TOKENS)
        graph.store(graph.view(y))
        return seen

    def _normed(self, y: Tensor, parts: Parts) -> Tensor:
        graph, width = self._graph, self._facts.width
        if not parts.has("time_mix_ln"):
            return graph.view(y, width, TOKENS)
        size = self._facts.number("wkv.head_size") or 1
        y = graph.view(graph.like(graph.view(y, size, width // size, TOKENS)), width, TOKENS)
        return graph.map(graph.map(y, weight=True), weight=True)

    def _time_mix_7(self, parts: Parts, x: Tensor, before: Tensor) -> Tensor:
        graph, width = self._graph, self._facts.width
        count = 6 if parts.has("time_mix_g1") else 5
        change = graph.make((width, TOKENS, count), graph.map(before, x))
        joint = graph.map(graph.map(change, weight=True), x)
        r, w, k, v, a, g = (graph.view(joint, width, TOKENS) for _ in range(6))
        r = parts.project(r, "time_mix_receptance")
        w = graph.map(self._low_rank(parts, w, "w", is_mapped=True), weight=True)
        w = graph.map(graph.map(graph.map(w)))
        k, v = parts.project(k, "time_mix_key"), self._values_7(parts, v)
        gate = self._low_rank(parts, g, "g", is_mapped=True) if count == 6 else None
        a = graph.map(graph.map(self._low_rank(parts, a, "a"), weight=True))
        size = self._facts.number("wkv.head_size") or 1
        shape = (size, width // size, TOKENS)
        kk = graph.like(graph.view(graph.map(k, weight=True), *shape))
        ka = graph.map(k, weight=True)
        k = graph.map(k, graph.map(graph.map(a, ka), ka))
        r, w, k, v, a = (graph.view(t, *shape) for t in (r, w, k, v, a))
        more = (graph.map(kk), graph.map(kk, a))
        y = self._normed(self._weighed((r, w, k, v), more, needs_weight=False), parts)
        products = graph.map(graph.map(k, r), weight=True)
        sums = graph.make((1, width // size, TOKENS), products)
        y = graph.map(y, graph.view(graph.map(v, sums), width, TOKENS))
        y = y if gate is None else graph.map(y, gate)
        return graph.matmul(parts.rows("time_mix_output"), y)

    def _low_rank(self, parts: Parts, x: Tensor, name: str, is_mapped: bool = False) -> Tensor:
        graph = self._graph
        small = graph.matmul(parts.rows(f"time_mix_{name}1"), x)
        small = graph.map(small) if is_mapped else small
        return graph.matmul(parts.rows(f"time_mix_{name}2"), small)

    def _values_7(self, parts: Parts, x: Tensor) -> Tensor:
        """Values of later blocks lean towards the first block's."""
        graph = self._graph
        v = parts.project(x, "time_mix_value")
        if self._first_values is None:
            self._first_values = v
            return v
        share = graph.map(graph.map(self._low_rank(parts, x, "v"), weight=True))
        return graph.map(v, graph.map(graph.map(self._first_values, v), share))

    # ---- Gemma 3n --------------------------------------------------------------------------

    def gemma3n_start(self, x: Tensor, first: int, output: int) -> Tensor:
        """Each token's own input to every block, and the streams.

        Their weights lie with the first block's, and with those of the output.
        """
        graph, width = self._graph, self._facts.width
        self._own_inputs = self._projected(x, _OWN_INPUT, first)
        graph.home = output
        magnitude = self._magnitude(x)
        repeated = graph.make((width, TOKENS, _STREAMS - 1), x)
        added = graph.make((width, TOKENS, _STREAMS - 1), repeated, weight=True)
        size = self._magnitude(added)
        added = graph.map(graph.map(added, magnitude), size)
        return graph.make((width, TOKENS, _STREAMS), x, added)

    def _projected(self, x: Tensor, each: int, first: int) -> Tensor:
        """``project_per_layer_inputs``: so many numbers for each token and block."""
        graph, blocks = self._graph, len(self._facts.blocks)
        own = graph.make((each * blocks, TOKENS), self._inputs.named("more", TOKENS))
        own.home = graph.home
        own = graph.expand(graph.map(graph.view(own, each, blocks, TOKENS)))
        graph.home = first
        projected = graph.map(graph.matmul(each * blocks, x))
        projected = graph.view(projected, each, blocks, TOKENS)
        projected = graph.map(graph.map(projected), weight=True)
        own = graph.view(graph.map(graph.map(projected, own)))
        return graph.make((each, TOKENS, blocks), own)

    def _magnitude(self, x: Tensor) -> Tensor:
        graph = self._graph
        return graph.map(graph.make((1, *x.shape[1:]), graph.map(x)))

    def gemma3n(self, parts: Parts, x: Tensor) -> Tensor:
        """One block."""
        graph, width = self._graph, self._facts.width
        predictions = self._predicted(parts, x)
        active = graph.view(predictions, width, TOKENS)
        y = parts.norm(active, "attn_norm")
        laurel = graph.matmul(parts.rows("laurel_r"), graph.matmul(parts.rows("laurel_l"), y))
        laurel = graph.map(parts.norm(laurel, "laurel_post_norm"), y)
        y = parts.norm(self._gemma3n_attention(parts, y), "post_attention_norm")
        y = graph.map(y, active)
        joint = graph.map(graph.map(y, laurel))
        y = self._gemma3n_ffn(parts, parts.norm(joint, "ffn_norm"))
        y = graph.map(parts.norm(y, "post_ffw_norm"), joint)
        corrected = self._corrected(parts, predictions, y)
        first = self._with_own_input(parts, graph.view(corrected, width, TOKENS))
        rest = graph.map(graph.view(corrected, width, TOKENS, _STREAMS - 1), first)
        return graph.make((width, TOKENS, _STREAMS), graph.view(corrected, width, TOKENS), rest)

    def _gemma3n_attention(self, parts: Parts, x: Tensor) -> Tensor:
        graph, block = self._graph, parts.block
        if not block.owns_cache:
            q = graph.view(parts.project(x, "attn_q"), block.key, block.heads, TOKENS)
            return parts.attend(parts.rope(parts.norm(q, "attn_q_norm")), None, None)
        q, k, v = parts.queries_keys_values(x)
        q, k = (parts.rope(parts.norm(t, f"attn_{n}_norm")) for t, n in ((q, "q"), (k, "k")))
        return parts.attend(q, k, graph.map(v))

    def _gemma3n_ffn(self, parts: Parts, x: Tensor) -> Tensor:
        graph = self._graph
        up = graph.matmul(parts.rows("ffn_up"), x)
        gate = graph.matmul(parts.rows("ffn_gate"), x)
        if parts.block.is_sparse:
            gate = self._sparse(gate)
        return graph.matmul(parts.rows("ffn_down"), graph.map(up, graph.map(gate)))

    def _sparse(self, x: Tensor) -> Tensor:
        graph = self._graph
        mean = graph.make((1, TOKENS), x)
        spread = graph.make((1, TOKENS), graph.map(graph.map(x, mean)))
        spread = graph.map(graph.map(spread))
        return graph.map(graph.map(x, graph.map(mean, graph.map(spread))))

    def _router(self, parts: Parts, x: Tensor) -> Tensor:
        graph = self._graph
        x = graph.map(parts.norm(x, "altup_router_norm"))
        return graph.map(graph.matmul(_STREAMS, x))

    def _predicted(self, parts: Parts, x: Tensor) -> Tensor:
        graph, width = self._graph, self._facts.width
        shares = self._router(parts, graph.view(x, width, TOKENS))
        shares = graph.view(graph.matmul(_STREAMS * _STREAMS, shares))
        turned = graph.make((_STREAMS, width, TOKENS), graph.view(x))
        y = graph.view(graph.make((_STREAMS, width, TOKENS), turned, shares))
        return graph.map(graph.make((width, TOKENS, _STREAMS), y), x)

    def _corrected(self, parts: Parts, predictions: Tensor, x: Tensor) -> Tensor:
        graph, width = self._graph, self._facts.width
        shares = self._router(parts, x)
        new = graph.map(x, graph.view(predictions, width, TOKENS))
        shares = graph.map(graph.matmul(_STREAMS, shares))
        shares = graph.make((1, TOKENS, _STREAMS), graph.view(shares))
        new = graph.make((width, TOKENS, _STREAMS), new)
        return graph.map(graph.map(new, shares), predictions)

    def _with_own_input(self, parts: Parts, x: Tensor) -> Tensor:
        graph = self._graph
        assert self._own_inputs is not None
        x = graph.map(x, weight=True)
        x = graph.map(graph.matmul(_OWN_INPUT, x))
        x = graph.map(x, graph.view(self._own_inputs, _OWN_INPUT, TOKENS))
        return parts.norm(graph.matmul(self._facts.width, x), "post_norm")

    def gemma3n_end(self, x: Tensor) -> Tensor:
        """The streams as one."""
        graph, width = self._graph, self._facts.width
        magnitude = self._magnitude(graph.view(x, width, TOKENS))
        others = graph.view(x, width, TOKENS, _STREAMS - 1)
        others = graph.make((width, TOKENS, _STREAMS - 1), others, weight=True)
        size = self._magnitude(others)
        others = graph.map(graph.map(others, magnitude), size)
        y = graph.view(x, width, TOKENS)
        for _ in range(_STREAMS - 1):
            y = graph.map(y, graph.view(others, width, TOKENS))
        return graph.map(y)

    # ---- Gemma 4 ---------------------------------------------------------------------------

    def gemma4_start(self, x: Tensor, first: int) -> Tensor:
        """Each token's own input to every block, in the small models."""
        shape = self._facts.shapes.get("per_layer_model_proj.weight", (0, 0))
        if shape[-1]:
            self._own_inputs = self._projected(x, shape[-1] // len(self._facts.blocks), first)
        return x

    def gemma4(self, parts: Parts, x: Tensor) -> Tensor:
        """One block."""
        graph = self._graph
        y = self._gemma4_attention(parts, parts.norm(x, "attn_norm"))
        x = graph.map(parts.norm(y, "post_attention_norm"), x)
        y = parts.norm(self._gemma4_ffn(parts, x), "post_ffw_norm")
        y = graph.map(y, x)
        if self._own_inputs is not None:
            each = parts.rows("inp_gate")
            own = graph.view(self._own_inputs, each, TOKENS)
            more = graph.map(graph.map(graph.matmul(each, y)), own)
            more = parts.norm(graph.matmul(self._facts.width, more), "post_norm")
            y = graph.map(y, more)
        return graph.map(y, weight=True) if parts.has("layer_output_scale") else y

    def _gemma4_attention(self, parts: Parts, x: Tensor) -> Tensor:
        graph, block = self._graph, parts.block
        q = graph.view(parts.project(x, "attn_q"), block.key, block.heads, TOKENS)
        q = parts.rope(parts.norm(q, "attn_q_norm"))
        if not block.owns_cache:
            return parts.attend(q, None, None)
        keys = parts.project(x, "attn_k")
        values = parts.project(x, "attn_v") if parts.has("attn_v") else keys
        k = graph.view(keys, block.key, block.kv_heads, TOKENS)
        v = graph.view(values, block.value, block.kv_heads, TOKENS)
        return parts.attend(q, parts.rope(parts.norm(k, "attn_k_norm")), graph.map(v))

    def _gemma4_ffn(self, parts: Parts, x: Tensor) -> Tensor:
        graph = self._graph
        y = parts.ffn(parts.norm(x, "ffn_norm"))
        if not parts.has("ffn_gate_inp"):
            return y
        y = parts.norm(y, "post_ffw_norm_1")
        mixed = parts.norm(x, "pre_ffw_norm_2")
        routed = graph.map(graph.map(graph.map(x)), weight=True)
        routed = graph.matmul(parts.rows("ffn_gate_inp"), routed)
        return graph.map(y, parts.norm(experts(parts, mixed, routed), "post_ffw_norm_2"))
