"""Mixtures of experts: the intermediate results of ``build_moe_ffn``.

Source: src/llama-graph.cpp of llama.cpp.
"""

from lollma_gui.core.compute_graph import Dimension, Tensor
from lollma_gui.core.compute_parts import Parts

#: enum llama_expert_gating_func_type of src/llama-hparams.h.
_SOFTMAX, _SIGMOID, _SOFTMAX_WEIGHT = 1, 2, 3

#: Experts of one token; a forged number must not make us build a long graph.
_MOST_USED = 512

#: How experts are chosen where the architecture says so and not the file.
_GATING = {
    **dict.fromkeys(("llama4", "mimo2", "nemotron_h", "nemotron_h_moe"), _SIGMOID),
    "gpt-oss": _SOFTMAX_WEIGHT,
}
#: Where the file may say it and does not.
_GATING_DEFAULT_SIGMOID = frozenset(
    ("step35", "glm5-next", "cohere2moe", "afmoe", "laguna", "hy_v3", "glm-dsa", "glm4moe")
)
#: Architectures that never make the weights of the chosen experts sum to one, and those that do as
#: the file says; all others always do.
_NEVER_NORMED = frozenset(
    (
        *("nomic-bert-moe", "deepseek", "jamba", "llada-moe", "llama4", "gpt-oss", "olmoe"),
        "qwen2moe",
    )
)
_NORMED_BY_FILE = frozenset(
    (
        *("bailingmoe", "bailingmoe2", "bailingmoe3", "cohere2moe", "deepseek2", "deepseek32"),
        *("deepseek4", "dots1", "dots3note", "exaone-moe", "glm-dsa", "glm4moe", "glm5-next"),
        *("hy_v4", "kimi-k3", "minimax-m3", "nemotron_h", "nemotron_h_moe", "step35", "afmoe"),
        *("mistral4", "deepseek2-ocr"),
    )
)


def experts(parts: Parts, x: Tensor, routed: Tensor | None = None) -> Tensor:
    """``build_moe_ffn``; ``routed`` = the router's results, if they are made before."""
    graph = parts.graph
    count: int = parts.rows("ffn_gate_inp")
    used = min(parts.facts.number("expert_used_count") or 1, _MOST_USED)
    tokens = x.shape[1]
    logits = graph.matmul(count, x) if routed is None else routed
    logits = parts.biased(logits, "ffn_gate_inp")
    chosen, weights = _choose(parts, logits, count, used, tokens)
    is_weighted_before = parts.facts.architecture == "llama4"
    x = graph.view(x, x.shape[0], 1, tokens)
    if is_weighted_before:
        x = graph.map(graph.make((x.shape[0], used, tokens), x), weights)
    hidden = _hidden(parts, x, used, tokens, chosen)
    width = parts.rows("ffn_down_exps")
    made = _by_experts(parts, width, used, hidden, chosen)
    out = _by_experts_biased(parts, made, "ffn_down_exps", chosen)
    if not is_weighted_before:
        out = graph.map(out, weights)
    total = _sum(parts, graph.expand(out), used, width, tokens)
    graph.keep(made, weights)
    return total


def _by_experts(parts: Parts, width: int, used: int, x: Tensor, chosen: Tensor) -> Tensor:
    """``build_lora_mm_id``."""
    graph = parts.graph
    made = graph.make((width, used, x.shape[-1]), x, chosen)
    made.home = graph.experts_home
    return made


def _by_experts_biased(parts: Parts, x: Tensor, name: str, chosen: Tensor) -> Tensor:
    if f"{name}.bias" not in parts.shapes:
        return x
    made = parts.graph.map(x, chosen)
    made.home = parts.graph.experts_home
    return made


def _choose(
    parts: Parts, logits: Tensor, count: int, used: int, tokens: Dimension
) -> tuple[Tensor, Tensor]:
    """Which experts, and how much each counts."""
    graph, facts = parts.graph, parts.facts
    gating = _gating(parts)
    probabilities = logits if gating == _SOFTMAX_WEIGHT else graph.map(logits)
    chooses = probabilities
    if "exp_probs_b.bias" in parts.shapes:
        chooses = graph.map(probabilities, weight=True)
    if facts.architecture == "llama4":
        chooses = logits
    if facts.number("expert_group_count") > 1:
        chooses = _without_other_groups(parts, chooses, count, tokens)
    chosen = graph.part(graph.make((count, tokens), chooses), used, tokens)
    weights = graph.make((1, used, tokens), graph.view(probabilities, 1, count, tokens), chosen)
    if gating == _SOFTMAX_WEIGHT:
        weights = graph.map(graph.view(weights, used, tokens))
        weights = graph.view(weights, 1, used, tokens)
    if _is_normed(parts):
        flat = graph.view(weights, used, tokens)
        total = graph.map(graph.make((1, tokens), flat))
        weights = graph.view(graph.map(flat, total), 1, used, tokens)
    if facts.real("expert_weights_scale") not in (0.0, 1.0):
        weights = graph.map(weights)
    graph.expand(weights)
    graph.keep(logits, probabilities, chooses, chosen)
    return chosen, weights


def _gating(parts: Parts) -> int:
    name = parts.facts.architecture
    if name in _GATING:
        return _GATING[name]
    default = _SIGMOID if name in _GATING_DEFAULT_SIGMOID else _SOFTMAX
    return parts.facts.number("expert_gating_func") or default


def _is_normed(parts: Parts) -> bool:
    name = parts.facts.architecture
    if name in _NORMED_BY_FILE:
        return parts.facts.keys.flag("expert_weights_norm")
    return name not in _NEVER_NORMED


def _without_other_groups(parts: Parts, chooses: Tensor, count: int, tokens: Dimension) -> Tensor:
    """Only experts of the best groups can be chosen (DeepSeek V3)."""
    graph = parts.graph
    groups = parts.facts.number("expert_group_count")
    kept = parts.facts.number("expert_group_used_count") or 1
    each = count // groups
    by_group = graph.view(chooses, each, groups, tokens)
    best = graph.view(graph.make((each, groups, tokens), by_group), 2, groups, tokens)
    scores = graph.make((1, 2, groups, tokens), graph.view(by_group), best)
    scores = graph.make((1, groups, tokens), graph.view(scores))
    order = graph.make((groups, tokens), graph.view(scores, groups, tokens))
    kept_groups = graph.view(order, kept, tokens)
    rows = graph.make((each, kept, tokens), by_group, kept_groups)
    nothing = graph.map(by_group)
    # Rows are written into what was filled before.
    return graph.view(graph.write(nothing, rows, kept_groups), count, tokens)


def _hidden(parts: Parts, x: Tensor, used: int, tokens: Dimension, chosen: Tensor) -> Tensor:
    graph, shapes = parts.graph, parts.shapes
    inner = shapes.get("ffn_down_exps.weight", (0,))[0]

    def of(name: str, width: int) -> Tensor:
        made = _by_experts(parts, width, used, x, chosen)
        return _by_experts_biased(parts, made, name, chosen)

    if parts.has("ffn_gate_up_exps"):
        joint = of("ffn_gate_up_exps", 2 * inner)
        halves = (graph.view(joint, inner, used, tokens) for _ in range(2))
        return graph.make((inner, used, tokens), *halves)
    up = of("ffn_up_exps", inner)
    if parts.has("ffn_gate_exps"):
        gate = of("ffn_gate_exps", inner)
        return graph.make((inner, used, tokens), gate, up)
    return graph.map(up)


def _sum(parts: Parts, out: Tensor, used: int, width: int, tokens: Dimension) -> Tensor:
    graph = parts.graph
    each = [graph.expand(graph.view(out, width, tokens)) for _ in range(used)]
    total = each[0]
    for one in each[1:]:
        total = graph.expand(graph.map(total, one))
    return graph.make((width, tokens), total) if used == 1 else total


def shared_experts(parts: Parts, x: Tensor, routed: Tensor) -> Tensor:
    """Add what the experts that every token uses make of it."""
    if not parts.has("ffn_up_shexp"):
        return routed
    graph = parts.graph
    shared = parts.ffn(x, "_shexp")
    if "ffn_gate_inp_shexp.weight" in parts.shapes:
        gate = graph.map(graph.make((1, x.shape[1]), x, weight=True))
        shared = graph.map(shared, gate)
    return graph.map(routed, shared)
