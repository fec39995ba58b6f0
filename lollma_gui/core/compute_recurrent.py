"""The parts of blocks with a recurrent state: Mamba, short convolutions, delta nets, RWKV.

Source: src/models of llama.cpp (mamba-base.cpp, lfm2.cpp, delta-net-base.cpp, qwen3next.cpp,
qwen35.cpp, rwkv6-base.cpp, rwkv7-base.cpp).
"""

from lollma_gui.core.compute_graph import SEQUENCES, TOKENS, Form, Graph, Tensor, bytes_of
from lollma_gui.core.compute_parts import Inputs, Parts


def read_state(graph: Graph, inputs: Inputs, numbers: int) -> Tensor:
    """``build_rs``: the state of each sequence."""
    clear_state(graph)
    rows = graph.expand(graph.make((numbers, SEQUENCES), inputs.states()))
    copy_state(graph, inputs)
    return rows


def clear_state(graph: Graph) -> None:
    """The begin of ``build_rs``: a new sequence's state is zeroed in place."""
    graph.store()


def copy_state(graph: Graph, inputs: Inputs) -> None:
    """The end of ``build_rs``: states that are only moved, none in a full batch."""
    graph.store(graph.make((0, SEQUENCES), inputs.states("others")))


def _per_sequence(numbers: int) -> Form:
    return bytes_of((numbers, SEQUENCES))


def _convolved(parts: Parts, x: Tensor, width: int, steps: int) -> Tensor:
    """What was before and what is new, side by side; the last steps go to the state."""
    graph = parts.graph
    before = graph.view(read_state(graph, parts.inputs, width * steps))
    joint = graph.make((width, TOKENS), before, graph.view(x), more=_per_sequence(width * steps))
    graph.store(graph.view(joint))
    return joint


def mamba(parts: Parts, x: Tensor) -> Tensor:
    """``build_mamba_layer``."""
    graph, facts = parts.graph, parts.facts
    inner, state = facts.number("ssm.inner_size"), facts.number("ssm.state_size")
    rank, steps = facts.number("ssm.time_step_rank"), facts.number("ssm.conv_kernel") - 1
    before = graph.view(read_state(graph, parts.inputs, inner * steps))
    both = graph.matmul(2 * inner, graph.view(x))
    x, z = graph.part(both, inner, TOKENS), graph.part(both, inner, TOKENS)
    joint = graph.make((inner, TOKENS), before, graph.view(x), more=_per_sequence(inner * steps))
    graph.store(graph.view(joint))
    x = graph.make((inner, TOKENS), joint, weight=True)
    x = graph.map(graph.map(x, weight=True))
    numbers = graph.matmul(rank + 2 * state, x)
    times, b, c = (graph.part(numbers, n, TOKENS) for n in (rank, state, state))
    if parts.has("ssm_dt_norm") or facts.keys.flag("ssm.dt_b_c_rms"):
        times, b, c = (
            parts.norm(t, f"ssm_{name}_norm") for t, name in ((times, "dt"), (b, "b"), (c, "c"))
        )
    else:
        times = graph.make((rank, TOKENS), times)
    times = graph.map(graph.matmul(inner, times), weight=True)
    y = _scanned(parts, (graph.view(x), times, b, c), inner, state)
    y = graph.map(graph.view(y, inner, TOKENS), graph.map(x, weight=True))
    y = graph.make((inner, TOKENS), graph.make((inner, TOKENS), z), y)
    return graph.view(parts.project(y, "ssm_out"))


def _scanned(parts: Parts, sources: tuple[Tensor, ...], inner: int, state: int) -> Tensor:
    graph = parts.graph
    clear_state(graph)
    y = graph.make(
        (inner, TOKENS),
        graph.view(graph.stored()),
        *sources,
        parts.inputs.states(),
        weight=True,
        more=_per_sequence(inner * state),
    )
    graph.expand(y)
    copy_state(graph, parts.inputs)
    graph.store(graph.view(y))
    return y


def mamba2(parts: Parts, x: Tensor) -> Tensor:
    """``build_mamba2_layer``."""
    graph, facts = parts.graph, parts.facts
    inner, state = facts.number("ssm.inner_size"), facts.number("ssm.state_size")
    heads, groups = facts.number("ssm.time_step_rank"), facts.number("ssm.group_count")
    steps, both = facts.number("ssm.conv_kernel") - 1, inner + 2 * groups * state
    before = graph.view(read_state(graph, parts.inputs, both * steps))
    joint = graph.view(graph.matmul(parts.rows("ssm_in"), x))
    z, new = graph.part(joint, inner, TOKENS), graph.part(joint, both, TOKENS)
    times = graph.part(joint, heads, TOKENS)
    new = graph.make((both, TOKENS), before, graph.view(new), more=_per_sequence(both * steps))
    graph.store(graph.view(new))
    new = graph.make((both, TOKENS), new, weight=True)
    new = graph.map(graph.map(new, weight=True))
    x, b, c = (graph.part(new, n, TOKENS) for n in (inner, groups * state, groups * state))
    times = graph.map(graph.make((heads, TOKENS), times), weight=True)
    y = _scanned(parts, (x, times, b, c), inner, state)
    y = graph.map(graph.view(y, inner, TOKENS), graph.map(x, weight=True))
    y = graph.make((inner, TOKENS), graph.make((inner, TOKENS), z), y)
    if parts.has("ssm_norm"):
        y = parts.norm(graph.view(y), "ssm_norm", centring=False)
    return parts.project(graph.view(y), "ssm_out")


def short_convolution(parts: Parts, x: Tensor) -> Tensor:
    """``build_shortconv_block`` of LFM2."""
    graph, facts = parts.graph, parts.facts
    width, steps = facts.width, facts.number("shortconv.l_cache") - 1
    joint = graph.matmul(3 * width, graph.view(x))
    b, c, new = (graph.part(joint, width, TOKENS) for _ in range(3))
    product = graph.view(graph.map(b, new))
    before = graph.view(read_state(graph, parts.inputs, width * steps))
    new = graph.make((width, TOKENS), before, product, more=_per_sequence(width * steps))
    graph.store(graph.view(new))
    out = graph.make((width, TOKENS), new, weight=True)
    out = graph.map(c, out)
    return graph.view(graph.matmul(width, out))


def delta_net(parts: Parts, x: Tensor) -> Tensor:
    """``build_layer_attn_linear`` of Qwen3-Next and Qwen 3.5, with the fused operation."""
    graph, facts = parts.graph, parts.facts
    key, key_heads = facts.number("ssm.state_size"), facts.number("ssm.group_count")
    inner, heads = facts.number("ssm.inner_size"), facts.number("ssm.time_step_rank")
    steps, width = facts.number("ssm.conv_kernel") - 1, inner + 2 * key * key_heads
    value = inner // max(heads, 1)
    mixed, z = _mixed_and_gate(parts, x, width, inner)
    gate, beta = _decay(parts, x, heads)
    joint = _convolved(parts, mixed, width, steps)
    state = graph.view(read_state(graph, parts.inputs, value * value * heads))
    new = graph.map(graph.make((width, TOKENS), joint, weight=True))
    q, k = (graph.part(new, key, key_heads, TOKENS) for _ in range(2))
    v = graph.part(new, value, heads, TOKENS)
    q, k = (graph.map(graph.map(t)) for t in (q, k))
    if key_heads != heads and facts.architecture == "qwen3next":
        q, k = (
            graph.view(graph.make((key, heads, TOKENS), graph.view(t)), key, heads, TOKENS)
            for t in (q, k)
        )
    out = graph.make((inner, TOKENS), q, k, v, gate, beta, state, more=_per_sequence(value * inner))
    seen = graph.view(out, value, heads, TOKENS)
    graph.store(graph.view(out))
    normed = parts.norm(seen, "ssm_norm", centring=False)
    gated = graph.map(graph.view(z, value, heads, TOKENS))
    y = graph.view(graph.map(normed, gated), inner, TOKENS)
    return graph.view(parts.project(y, "ssm_out"))


def _mixed_and_gate(parts: Parts, x: Tensor, width: int, inner: int) -> tuple[Tensor, Tensor]:
    graph = parts.graph
    if parts.has("attn_qkv"):
        return graph.view(graph.matmul(width, x)), graph.matmul(inner, x)
    joint = graph.view(graph.matmul(parts.rows("ssm_in"), x))
    z = graph.make((inner, TOKENS), graph.view(joint))
    key = (width - inner) // 2
    q, k, v = (graph.make((n, TOKENS), graph.view(joint)) for n in (key, key, inner))
    return graph.make((width, TOKENS), graph.make((2 * key, TOKENS), q, k), v), z


def _decay(parts: Parts, x: Tensor, heads: int) -> tuple[Tensor, Tensor]:
    """How fast each head forgets, and how much of the new it takes."""
    graph = parts.graph
    if parts.has("ssm_ba"):
        joint = graph.view(graph.matmul(2 * heads, x))
        beta = graph.map(graph.make((heads, TOKENS), graph.view(joint)))
        alpha = graph.make((heads, TOKENS), graph.view(joint))
    else:
        beta = graph.map(graph.view(graph.matmul(heads, x)))
        alpha = graph.view(graph.matmul(heads, x))
    alpha = graph.map(graph.map(graph.map(alpha, weight=True)), weight=True)
    return graph.view(alpha), graph.view(beta)
