"""Headers of well-known models, built in memory: their shapes are all that counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from lollma_gui.core.gguf_header import GgufHeader, TensorInfo
from lollma_gui.core.tensor_types import BY_NAME


def tensor(name: str, shape: tuple[int, ...], type_name: str) -> TensorInfo:
    kind = BY_NAME[type_name]
    n_bytes = kind.row_bytes(shape[0])
    for n in shape[1:]:
        n_bytes *= n
    return TensorInfo(name, shape, kind, 0, n_bytes)


def header(
    architecture: str,
    keys: Mapping[str, Any],
    tensors: Sequence[TensorInfo] = (),
    **general: Any,
) -> GgufHeader:
    """A header; ``keys`` go below the architecture, ``general`` below ``general.``."""
    metadata = {
        "general.architecture": architecture,
        **{f"general.{name}": value for name, value in general.items()},
        **{f"{architecture}.{name}": value for name, value in keys.items()},
    }
    return GgufHeader(3, 32, 0, metadata, tuple(tensors))


def attention(
    blocks: int, embedding: int, heads: int, kv_heads: Any, key: int, value: int | None = None
) -> dict[str, Any]:
    return {
        "block_count": blocks,
        "context_length": 131_072,
        "embedding_length": embedding,
        "attention.head_count": heads,
        "attention.head_count_kv": kv_heads,
        "attention.key_length": key,
        "attention.value_length": key if value is None else value,
    }


def _lfm2_kv_heads() -> tuple[int, ...]:
    return tuple(8 if i in (2, 5, 8, 10, 12, 14) else 0 for i in range(16))


#: The models of the memory tables, by name.
MODELS: dict[str, GgufHeader] = {
    "SmolLM2-135M": header(
        "llama",
        {
            "block_count": 30,
            "context_length": 8192,
            "embedding_length": 576,
            "attention.head_count": 9,
            "attention.head_count_kv": 3,
        },
    ),
    "llama2-7b": header("llama", attention(32, 4096, 32, 32, 128)),
    "llama3.1-8b": header("llama", attention(32, 4096, 32, 8, 128)),
    "llama3.1-70b": header("llama", attention(80, 8192, 64, 8, 128)),
    "qwen3-30b-a3b": header("qwen3moe", attention(48, 2048, 32, 4, 128)),
    "gemma3-12b": header(
        "gemma3", {**attention(48, 3840, 16, 8, 256), "attention.sliding_window": 1024}
    ),
    "gpt-oss-20b": header(
        "gpt-oss", {**attention(24, 2880, 64, 8, 64), "attention.sliding_window": 128}
    ),
    "deepseek-v2-lite": header(
        "deepseek2",
        {
            **attention(27, 2048, 16, 1, 576, 512),
            "attention.key_length_mla": 192,
            "attention.value_length_mla": 128,
        },
    ),
    "mamba-2.8b": header(
        "mamba",
        {
            "block_count": 64,
            "context_length": 2**20,
            "embedding_length": 2560,
            "attention.head_count": 0,
            "ssm.conv_kernel": 4,
            "ssm.inner_size": 5120,
            "ssm.state_size": 16,
        },
    ),
    "lfm2-1.2b": header(
        "lfm2", {**attention(16, 2048, 32, _lfm2_kv_heads(), 64), "shortconv.l_cache": 3}
    ),
    "qwen3-next-80b-a3b": header(
        "qwen3next",
        {
            **attention(48, 2048, 16, 2, 256),
            "ssm.conv_kernel": 4,
            "ssm.inner_size": 4096,
            "ssm.state_size": 128,
            "ssm.group_count": 16,
        },
    ),
}


def llama_q4_k_m(
    blocks: int, embedding: int, ffn: int, kv: int, vocabulary: int, *, has_rope_freqs: bool
) -> GgufHeader:
    """A llama with the mix of formats that llama.cpp's quantiser calls Q4_K_M."""
    tensors = [
        tensor("token_embd.weight", (embedding, vocabulary), "Q4_K"),
        tensor("output_norm.weight", (embedding,), "F32"),
        tensor("output.weight", (embedding, vocabulary), "Q6_K"),
    ]
    if has_rope_freqs:
        tensors.append(tensor("rope_freqs.weight", (64,), "F32"))
    for i in range(blocks):
        eighth = blocks // 8
        better = i < eighth or i >= 7 * blocks // 8 or (i - eighth) % 3 == 2
        high = "Q6_K" if better else "Q4_K"
        tensors += [
            tensor(f"blk.{i}.{name}.weight", shape, kind)
            for name, shape, kind in (
                ("attn_norm", (embedding,), "F32"),
                ("attn_q", (embedding, embedding), "Q4_K"),
                ("attn_k", (embedding, kv), "Q4_K"),
                ("attn_v", (embedding, kv), high),
                ("attn_output", (embedding, embedding), "Q4_K"),
                ("ffn_norm", (embedding,), "F32"),
                ("ffn_gate", (embedding, ffn), "Q4_K"),
                ("ffn_up", (embedding, ffn), "Q4_K"),
                ("ffn_down", (ffn, embedding), high),
            )
        ]
    return header("llama", attention(blocks, embedding, 32, 8, 128), tensors)
