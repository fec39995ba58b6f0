"""The graph of a whole model: which parts its blocks have, and in which order.

Blocks are told apart by the weights they have; only where that does not say it, by the
architecture. Source: src/models of llama.cpp.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lollma_gui.core.compute_chain import Place
from lollma_gui.core.compute_experts import experts, shared_experts
from lollma_gui.core.compute_facts import Block, ModelFacts
from lollma_gui.core.compute_graph import OUTPUTS, TOKENS, Graph, Tensor
from lollma_gui.core.compute_parts import Inputs, Parts, Wish
from lollma_gui.core.compute_rare import RareBlocks
from lollma_gui.core.compute_recurrent import delta_net, mamba, mamba2, short_convolution

#: Attention and feed-forward net work on the same input.
_PARALLEL = frozenset(("command-r", "cohere2", "falcon", "phi2", "gptj", "plamo"))
#: Queries are scaled before the attention.
_SCALED_QUERIES = frozenset(("gemma", "gemma2", "gemma3", "phi2", "phi3", "phimoe", "minicpm3"))
#: Embeddings are scaled first.
_SCALED_EMBEDDINGS = frozenset(
    ("gemma", "gemma2", "gemma3", "gemma3n", "gemma4", "minicpm", "afmoe", "grok")
)
#: The position is not told by turning queries and keys.
_WITHOUT_ROPE = frozenset(
    (
        *("bloom", "gpt2", "jais", "jamba", "mpt", "nemotron_h", "nemotron_h_moe", "refact"),
        *("starcoder", "t5"),
    )
)
#: Attention has a gate, and a delta net stands for it in most blocks.
_DELTA_NETS = frozenset(("qwen3next", "qwen35", "qwen35moe"))
#: The last block is computed for all tokens: these pick the wanted ones after the last norm ...
_SELECT_AFTER_NORM = frozenset(
    (
        *("bailingmoe3", "cohere2moe", "gemma4", "hy_v3", "nemotron_h", "nemotron_h_moe"),
        *("qwen35", "qwen35moe", "qwen3next"),
    )
)
#: ... and these before it, keeping the last block's result too.
_SELECT_BEFORE_NORM = frozenset(("gpt-oss", "step35"))


class Build(NamedTuple):
    """What backend the graph is for.

    Attributes:
        host: Number of the device that stands for RAM.
        pins: Whether llama.cpp's wishes for single results count. Its dry run forgets them
            (``ggml_backend_sched_reserve_size``), a real load does not.
        attends_in_ram: Whether caches are in RAM wherever the weights are.
        keeps: See ``Graph``: on CUDA.
        copies: Batches that are under way at the same time.
    """

    host: int
    pins: bool = False
    attends_in_ram: bool = False
    keeps: bool = False
    copies: int = 1


def model_graph(
    facts: ModelFacts, wish: Wish, places: Sequence[Place], output: int, build: Build
) -> Graph:
    """Build the graph.

    Args:
        facts: The model.
        wish: The settings that change the graph.
        places: The blocks that are to be in it, in order.
        output: Device of the output layer.
        build: The backend.
    """
    graph = Graph(build.host)
    graph.keeps = build.keeps
    if build.pins:
        graph.attention_home = build.host if build.attends_in_ram else None
        graph.pins_norms = all(place.device != build.host for place in places)
    inputs = Inputs(graph, facts, wish.flash_attn)
    model = _Model(graph, facts, inputs, wish)
    x = model.embedded(places[0].device if places else output, output)
    for number, place in enumerate(places):
        graph.home, graph.cache_home, graph.experts_home = place[1:]
        x = model.block(place.block, x, is_last=number == len(places) - 1)
    graph.home, graph.pins_norms = output, False
    model.finish(x)
    return graph


class _Model:
    def __init__(self, graph: Graph, facts: ModelFacts, inputs: Inputs, wish: Wish) -> None:
        self._graph = graph
        self._facts = facts
        self._inputs = inputs
        self._wish = wish
        self._name = facts.architecture
        self._rare = RareBlocks(graph, facts, inputs)

    def _parts(self, block: Block) -> Parts:
        return Parts(self._graph, self._facts, block, self._inputs, self._wish)

    # ---- ends ------------------------------------------------------------------------------

    def embedded(self, first: int, output: int) -> Tensor:
        """``build_inp_embd`` and what comes before the first block, whose device is ``first``."""
        graph, facts = self._graph, self._facts
        x = graph.make((facts.width, TOKENS), self._inputs.tokens, weight=True)
        if facts.real("embedding_scale"):
            x = graph.map(x)
        graph.expand(x)
        if self._name in _SCALED_EMBEDDINGS:
            x = graph.map(x)
        if self._name == "gemma3n":
            return self._rare.gemma3n_start(x, first, output)
        if self._name == "gemma4":
            return self._rare.gemma4_start(x, first)
        if "position_embd.weight" in facts.shapes:
            positions = graph.make((facts.width, TOKENS), self._inputs.positions(), weight=True)
            x = graph.map(x, positions)
        if "token_embd_norm.weight" in facts.shapes and not self._name.startswith("lfm2"):
            graph.home = first
            x = self._norm(x, "token_embd_norm")
        return x

    def finish(self, x: Tensor) -> None:
        """The last norm and the logits."""
        graph = self._graph
        if self._name == "gemma3n":
            x = self._selected(self._rare.gemma3n_end(x))
        kept = x
        if self._name in _SELECT_BEFORE_NORM:
            x = self._selected(x)
        x = self._norm(x, "output_norm")
        if self._name in _SELECT_AFTER_NORM:
            kept = x
            x = self._selected(x)
        if self._name in _SELECT_BEFORE_NORM | _SELECT_AFTER_NORM:
            kept.is_output = True
        x.is_output = True
        x = graph.matmul(self._facts.vocabulary, x)
        x.is_output = True
        graph.expand(x)

    def _norm(self, x: Tensor, name: str) -> Tensor:
        shapes = self._facts.shapes
        own = tuple((n, s) for n, s in shapes.items() if n.startswith(name + "."))
        if name == "output_norm" and self._name.startswith("lfm2"):
            own = ((f"{name}.weight", (self._facts.width,)),)
        block = Block(own, 0, 0, 0, 0, slides=False, owns_cache=False, is_sparse=False)
        return self._parts(block).norm(x, name)

    def _selected(self, x: Tensor) -> Tensor:
        return self._graph.make((x.shape[0], OUTPUTS), x, self._inputs.wanted())

    # ---- blocks ----------------------------------------------------------------------------

    def block(self, block: Block, x: Tensor, is_last: bool) -> Tensor:
        """One block."""
        selects = is_last and self._name not in _SELECT_BEFORE_NORM | _SELECT_AFTER_NORM
        parts = self._parts(block)
        if self._name in _PARALLEL:
            return self._parallel(parts, x, selects)
        if self._name == "falcon-h1":
            return self._beside(parts, x, selects)
        if self._name == "gemma3n":
            return self._rare.gemma3n(parts, x)
        if self._name == "gemma4":
            return self._rare.gemma4(parts, x)
        if parts.has("time_mix_w1"):
            return self._rare.rwkv(parts, x, selects)
        if self._name in ("mamba", "mamba2", "nemotron_h", "nemotron_h_moe"):
            return self._single(parts, x, selects)
        return self._usual(parts, x, selects)

    def _single(self, parts: Parts, x: Tensor, selects: bool) -> Tensor:
        """One part only: attention, a recurrent part, or a feed-forward net."""
        graph = self._graph
        y = parts.norm(x, "attn_norm")
        if parts.has("ssm_in") or parts.has("attn_q") or parts.has("attn_qkv"):
            y = self._mixed(parts, y)
        else:
            y = self._fed(parts, y)
        if selects:
            y, x = parts.select(y), parts.select(x)
        return graph.map(y, x)

    def _beside(self, parts: Parts, x: Tensor, selects: bool) -> Tensor:
        """Attention and a recurrent part on the same input (Falcon-H1)."""
        graph = self._graph
        attended = self._attention(parts, parts.norm(x, "attn_norm"))
        y = mamba2(parts, parts.norm(x, "attn_norm"))
        x = graph.map(graph.map(attended, y), x)
        if selects:
            x = parts.select(x)
        return graph.map(parts.ffn(self._normed_for_ffn(parts, x)), x)

    def _parallel(self, parts: Parts, x: Tensor, selects: bool) -> Tensor:
        graph = self._graph
        normed = parts.norm(x, "attn_norm")
        asked = parts.norm(x, "attn_norm_2") if parts.has("attn_norm_2") else normed
        y = self._mixed(parts, asked)
        if selects:
            y, x, normed = (parts.select(t) for t in (y, x, normed))
        fed = parts.ffn(normed)
        if self._name in ("command-r", "cohere2"):
            return graph.map(graph.map(fed, x), y)
        first, second = (y, fed) if self._name == "phi2" else (fed, y)
        return graph.map(graph.map(first, second), x)

    def _usual(self, parts: Parts, x: Tensor, selects: bool) -> Tensor:
        """Attention or what stands for it, then a feed-forward net, each added to its input."""
        graph = self._graph
        y = parts.norm(x, "attn_norm") if parts.has("attn_norm") or self._name == "olmo" else x
        if self._name in _DELTA_NETS:
            graph.expand(y)
        y = self._mixed(parts, y)
        if selects:
            y, x = parts.select(y), parts.select(x)
        has_post_norms = parts.has("post_ffw_norm")
        if parts.has("post_attention_norm") and (has_post_norms or parts.has("ffn_norm")):
            y = parts.norm(y, "post_attention_norm")
        if self._facts.real("residual_scale"):
            y = graph.map(y)
        x = graph.map(x, y) if self._name in ("jamba", "lfm2", "lfm2moe") else graph.map(y, x)
        y = self._normed_for_ffn(parts, x)
        y = self._fed(parts, y)
        if has_post_norms:
            y = parts.norm(y, "post_ffw_norm")
        if self._facts.real("residual_scale"):
            y = graph.map(y)
        is_first = self._name in ("jamba", "lfm2", "lfm2moe", "phi3")
        return graph.map(x, y) if is_first else graph.map(y, x)

    def _normed_for_ffn(self, parts: Parts, x: Tensor) -> Tensor:
        if parts.has("ffn_norm"):
            return parts.norm(x, "ffn_norm")
        if parts.has("post_attention_norm") and not parts.has("post_ffw_norm"):
            return parts.norm(x, "post_attention_norm")
        if "ffn_norm" in parts.shapes or self._name == "olmo":
            y = parts.norm(x)
            return self._graph.map(y, weight=True) if "ffn_norm" in parts.shapes else y
        return x

    def _fed(self, parts: Parts, x: Tensor) -> Tensor:
        if not parts.has("ffn_gate_inp"):
            return parts.ffn(x)
        return shared_experts(parts, x, experts(parts, x))

    # ---- what looks back -------------------------------------------------------------------

    def _mixed(self, parts: Parts, x: Tensor) -> Tensor:
        if parts.has("shortconv.conv"):
            return short_convolution(parts, x)
        if parts.has("ssm_conv1d"):
            if self._name in _DELTA_NETS:
                return delta_net(parts, x)
            return mamba(parts, x) if self._name in ("mamba", "jamba") else mamba2(parts, x)
        if parts.has("attn_kv_a_mqa"):
            return self._latent(parts, x)
        if self._name in _DELTA_NETS:
            return self._gated(parts, x)
        return self._attention(parts, x)

    def _attention(self, parts: Parts, x: Tensor) -> Tensor:
        q, k, v = parts.queries_keys_values(x)
        q, k = self._normed(parts, q, "attn_q_norm"), self._normed(parts, k, "attn_k_norm")
        if self._turns(parts):
            q, k = parts.rope(q), parts.rope(k)
        elif self._name == "llama4":
            q = self._graph.map(q, self._inputs.named("scale", TOKENS))
        if self._name in _SCALED_QUERIES:
            q = self._graph.map(q)
        return parts.attend(q, k, v)

    def _normed(self, parts: Parts, x: Tensor, name: str) -> Tensor:
        """Norm of each head, or of all heads as one."""
        if not parts.has(name):
            return x
        if parts.shapes[name + ".weight"][0] > parts.block.key and len(x.sources) == 1:
            return self._graph.view(parts.norm(x.sources[0], name), *x.shape)
        return parts.norm(x, name)

    def _turns(self, parts: Parts) -> bool:
        if self._name in ("cohere2", "llama4"):
            return parts.block.slides
        if self._name == "granitehybrid":
            return self._facts.keys.flag("rope.scaling.finetuned")
        return self._name not in _WITHOUT_ROPE

    def _gated(self, parts: Parts, x: Tensor) -> Tensor:
        """``build_layer_attn`` of Qwen3-Next: a gate beside the queries."""
        graph, block = self._graph, parts.block
        row = block.key * block.heads
        both = graph.view(graph.matmul(2 * row, x), 2 * block.key, block.heads, TOKENS)
        q = graph.part(both, block.key, block.heads, TOKENS)
        k, v = (
            graph.view(parts.project(x, name), size, block.kv_heads, TOKENS)
            for name, size in (("attn_k", block.key), ("attn_v", block.value))
        )
        q, k = (parts.rope(parts.norm(t, f"attn_{n}_norm")) for t, n in ((q, "q"), (k, "k")))
        y = parts.attend(q, k, v, output=False)
        gate = graph.map(graph.make((row, TOKENS), graph.part(both, row, TOKENS)))
        return parts.project(graph.map(y, gate), "attn_output")

    def _latent(self, parts: Parts, x: Tensor) -> Tensor:
        """Multi-head latent attention of ``deepseek2.cpp``."""
        graph, facts, heads = self._graph, self._facts, parts.block.heads
        rank = facts.number("attention.kv_lora_rank")
        turned = parts.rows("attn_kv_a_mqa") - rank
        if parts.has("attn_q"):
            q = graph.matmul(parts.rows("attn_q"), x)
        else:
            q = parts.norm(graph.matmul(parts.rows("attn_q_a"), x), "attn_q_a_norm")
            q = graph.matmul(parts.rows("attn_q_b"), q)
        plain = q.shape[0] // max(heads, 1) - turned if isinstance(q.shape[0], int) else 0
        q = graph.view(q, plain + turned, heads, TOKENS)
        joint = graph.matmul(rank + turned, x)
        small, k = graph.view(joint, rank, TOKENS), graph.view(joint, turned, 1, TOKENS)
        k = parts.rope(k)
        small = parts.norm(small, "attn_kv_a_norm")
        if not facts.is_latent:
            return self._unfolded(parts, q, k, small, plain, turned)
        q_turned = parts.rope(graph.view(q, turned, heads, TOKENS))
        absorbed = graph.matmul(rank, graph.view(q, plain, TOKENS, heads))
        queries = graph.make(
            (rank + turned, heads, TOKENS), graph.view(absorbed, rank, heads, TOKENS), q_turned
        )
        values = graph.view(small, rank, 1, TOKENS)
        keys = graph.make((rank + turned, 1, TOKENS), values, k)
        if facts.real("attention.temperature_scale"):
            queries = graph.map(queries)
        return parts.attend(queries, keys, values, latent=rank)

    def _unfolded(
        self, parts: Parts, q: Tensor, k: Tensor, small: Tensor, plain: int, turned: int
    ) -> Tensor:
        """The same with whole keys and values (old files)."""
        graph, heads, value = self._graph, parts.block.heads, parts.block.value
        both = graph.matmul(parts.rows("attn_kv_b"), small)
        v = graph.make((value, heads, TOKENS), graph.view(both))
        q = parts.rope(q)
        k = graph.make((turned, heads, TOKENS), k)
        k = graph.make((plain + turned, heads, TOKENS), graph.view(both), k)
        return parts.attend(q, k, v)
