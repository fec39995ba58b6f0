"""Facts of well-known models, made from headers of their shapes, and PCs to try them on."""

from dataclasses import replace
from typing import Any

from helpers.model_headers import attention, header, llama_q4_k_m, tensor

from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.model_facts import model_facts
from lollma_gui.core.settings_facts import GpuFacts, ModelFacts, PcFacts

GIB = 1024**3


def with_keys(of: GgufHeader, **keys: Any) -> GgufHeader:
    """The header with other values below its architecture's name; ``__`` stands for a dot."""
    named = {f"{of.architecture}.{k.replace('__', '.')}": v for k, v in keys.items()}
    return replace(of, metadata={**of.metadata, **named})


def experts_q4(blocks: int, embedding: int, experts: int, width: int, used: int) -> GgufHeader:
    """A model whose weights are mostly experts, in Q4_K."""
    tensors = [
        tensor("token_embd.weight", (embedding, 151_936), "Q4_K"),
        tensor("output_norm.weight", (embedding,), "F32"),
        tensor("output.weight", (embedding, 151_936), "Q6_K"),
    ]
    for i in range(blocks):
        tensors += [
            tensor(f"blk.{i}.{name}.weight", shape, kind)
            for name, shape, kind in (
                ("attn_norm", (embedding,), "F32"),
                ("attn_q", (embedding, 4096), "Q4_K"),
                ("attn_k", (embedding, 512), "Q4_K"),
                ("attn_v", (embedding, 512), "Q6_K"),
                ("attn_output", (4096, embedding), "Q4_K"),
                ("attn_q_norm", (128,), "F32"),
                ("attn_k_norm", (128,), "F32"),
                ("ffn_norm", (embedding,), "F32"),
                ("ffn_gate_inp", (embedding, experts), "F32"),
                ("ffn_gate_exps", (embedding, width, experts), "Q4_K"),
                ("ffn_up_exps", (embedding, width, experts), "Q4_K"),
                ("ffn_down_exps", (width, embedding, experts), "Q6_K"),
            )
        ]
    keys = {
        **attention(blocks, embedding, 32, 4, 128),
        "context_length": 32_768,
        "expert_count": experts,
        "expert_used_count": used,
        "expert_feed_forward_length": width,
    }
    return header("qwen3moe", keys, tensors)


def _llama(
    name: str, blocks: int, embedding: int, ffn: int, kv: int, vocabulary: int, **keys: Any
) -> ModelFacts:
    made = llama_q4_k_m(blocks, embedding, ffn, kv, vocabulary, has_rope_freqs=False)
    shape = {"feed_forward_length": ffn, "vocab_size": vocabulary}
    return model_facts(with_keys(made, **shape, **keys), name)


QWEN = _llama("Qwen3 14B", 40, 5120, 17_408, 1024, 151_936, context_length=40_960)
LLAMA = _llama("Llama 8B", 32, 4096, 14_336, 1024, 128_256)
LARGE = _llama("Llama 70B", 80, 8192, 28_672, 1024, 128_256)
OLD = _llama(
    "Old 7B", 32, 4096, 11_008, 4096, 32_000, context_length=2048, attention__head_count_kv=32
)
EXPERTS = model_facts(experts_q4(48, 2048, 128, 768, 8), "Qwen3 30B A3B")

CARD = GpuFacts("NVIDIA GeForce RTX 4080", 16 * GIB, 15 * GIB, "NVIDIA")
SMALL = GpuFacts("NVIDIA GeForce RTX 3060", 12 * GIB, 5 * GIB, "NVIDIA")
GAMING = PcFacts(16, 24, 8, 64 * GIB, 50 * GIB, (CARD,), 8 * 1024**2, 1)
OFFICE = PcFacts(4, 8, None, 16 * GIB, 11 * GIB, (), None, 1)
TWO = PcFacts(8, 16, None, 64 * GIB, 50 * GIB, (SMALL, CARD), None, 2)
