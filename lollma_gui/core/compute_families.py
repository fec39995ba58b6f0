"""How sure the compute buffer is, by architecture, and a form for those that are not.

An architecture is sure when llama.cpp's dry run of a model of it gave the same bytes. For others
the graph is built from the parts that the file shows, which may miss something: there the answer is
never below what a usual block of these widths takes.
"""

from lollma_gui.core.compute_facts import ModelFacts
from lollma_gui.core.compute_graph import Form

#: Architectures whose graph was held against the dry run (tests/core/test_compute_size.py).
MEASURED = frozenset(
    (
        *("llama", "qwen2", "qwen3", "qwen3moe", "qwen3next", "gemma2", "gemma3", "gemma3n"),
        *("phi3", "command-r", "cohere2", "falcon", "gpt-oss", "deepseek2", "mamba", "mamba2"),
        *("rwkv6", "rwkv7", "granitehybrid", "lfm2", "glm4", "glm4moe", "llama4", "jamba"),
        *("falcon-h1", "nemotron_h", "olmo2", "starcoder2", "exaone4", "granitemoe", "lfm2moe"),
        *("deci", "gemma4", "qwen35", "gemma", "smollm3", "minicpm", "internlm2", "mistral3"),
        *("ernie4_5", "xverse", "refact", "hunyuan-dense", "maincoder", "granite", "seed_oss"),
        *("baichuan", "exaone", "arcee", "stablelm", "nemotron", "orion", "phi2", "gptneox"),
        *("gpt2", "bloom", "mpt", "qwen", "chatglm", "qwen2vl", "qwen3vl", "qwen2moe"),
        *("deepseek", "bailingmoe", "bailingmoe2", "ernie4_5-moe"),
    )
)
#: Bytes for each token and cell where an indexer chooses what is looked at (measured: up to 63).
_INDEXER = 64
# Measured: 2 % in RAM alone, 7.8 % on one of several GPUs of a hybrid model; most are equal.
_MEASURED_BOUND, _KNOWN_BOUND, _UNKNOWN_BOUND = 0.08, 0.15, 0.3
# Measured: up to 2.35 times as much; they are small, and none of them writes.
_ENCODER_BOUND = 1.5


def is_measured(facts: ModelFacts) -> bool:
    """Whether the graph of this architecture is known to be llama.cpp's."""
    return facts.architecture in MEASURED and any(block.shapes for block in facts.blocks)


def error_bound(facts: ModelFacts) -> float:
    """How much more than said it may take, as a share."""
    if is_measured(facts):
        return _MEASURED_BOUND
    if facts.rule.is_encoder:
        return _ENCODER_BOUND
    return _KNOWN_BOUND if facts.rule.is_exact else _UNKNOWN_BOUND


def least(facts: ModelFacts, flash_attn: bool) -> Form:
    """What a usual block takes: three of its widest results, its input and its masks.

    From measured models: a maximum of stages that never live together (attention, feed-forward
    net, logits), here their sum for safety's sake.
    """
    width = facts.width
    shapes = [(name, s) for block in facts.blocks for name, s in block.shapes if len(s) > 1]
    rows = [s[1] for name, s in shapes if "_exps." not in name]
    widest = max([*rows, facts.number("feed_forward_length"), width])
    inner = max((s[0] for name, s in shapes if "down_exps." in name), default=0)
    used = facts.number("expert_used_count") if inner else 0
    heads = max((block.heads for block in facts.blocks), default=0)
    per_token = 4 * (4 * width + 3 * max(widest, used * inner) + used * width)
    if facts.is_latent:
        # Queries as wide as the latent keys: before, after and beside what they are made of.
        per_token += 4 * 3 * heads * max((block.key for block in facts.blocks), default=0)
    mask = 2 if flash_attn else 4
    if any(name.startswith("indexer.") for block in facts.blocks for name, _ in block.shapes):
        mask += _INDEXER
    scores = 0 if flash_attn else 4 * heads
    return (0, per_token, 4 * (facts.vocabulary + width), 0, mask + scores, mask, 0, 0)
