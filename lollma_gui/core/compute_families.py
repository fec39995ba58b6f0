"""How sure the compute buffer is, by architecture.

An architecture is sure when llama.cpp's dry run of a model of it gave the same bytes; for others
the graph is built from the parts that the file shows, which may miss something.
"""

from lollma_gui.core.compute_facts import ModelFacts

#: Architectures whose graph was held against the dry run (tests/core/test_compute_exact.py).
MEASURED = frozenset(
    (
        *("llama", "qwen2", "qwen3", "qwen3moe", "qwen3next", "gemma2", "gemma3", "gemma3n"),
        *("phi3", "command-r", "cohere2", "falcon", "gpt-oss", "deepseek2", "mamba", "mamba2"),
        *("rwkv6", "rwkv7", "granitehybrid", "lfm2", "glm4", "glm4moe", "llama4", "jamba"),
        *("falcon-h1", "nemotron_h", "olmo2", "starcoder2"),
    )
)
#: Between the settings that were simulated the allocator may do a little worse.
_MEASURED_BOUND, _KNOWN_BOUND, _UNKNOWN_BOUND = 0.03, 0.15, 0.3


def error_bound(facts: ModelFacts) -> float:
    """How much more than said it may take, as a share."""
    if facts.architecture in MEASURED:
        return _MEASURED_BOUND
    return _KNOWN_BOUND if facts.rule.is_exact else _UNKNOWN_BOUND
