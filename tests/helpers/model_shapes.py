"""Header-only GGUF files of real models' shapes: enough for llama.cpp to plan a load.

Each has the keys and tensors that the model's ``load_arch_tensors`` (src/models of llama.cpp) asks
for; the data are holes in a sparse file. There is no vocabulary, only its size, so that the engine
opens even the largest in some milliseconds.
"""

from collections.abc import Callable
from pathlib import Path

from helpers.gguf_files import Tensor, write_model
from helpers.shapes import dense, experts, recurrent, uneven
from helpers.shapes.parts import Shape

#: Every shape by name; made when asked for.
SHAPES: dict[str, Callable[[], Shape]] = {
    "llama2-7b": lambda: dense.llama(32, 4096, 11_008, (32, 32, 128), 32_000, 4096),
    "llama3.1-8b": lambda: dense.llama(
        32, 4096, 14_336, (32, 8, 128), 128_256, 131_072, rope_factors=64
    ),
    "smollm2-135m": lambda: dense.llama(30, 576, 1536, (9, 3, 64), 49_152, 8192, is_tied=True),
    "qwen3-30b-a3b": experts.qwen3_30b_a3b,
    "gemma3-12b": dense.gemma3_12b,
    "gpt-oss-20b": experts.gpt_oss_20b,
    "deepseek-v2-lite": experts.deepseek_v2_lite,
    "mamba-2.8b": recurrent.mamba_2_8b,
    "llama3.1-70b": lambda: dense.llama(
        80, 8192, 28_672, (64, 8, 128), 128_256, 131_072, rope_factors=64
    ),
    "mistral-7b": lambda: dense.llama(32, 4096, 14_336, (32, 8, 128), 32_768, 32_768),
    "mixtral-8x7b": experts.mixtral_8x7b,
    "qwen2-7b": dense.qwen2_7b,
    "qwen3-8b": dense.qwen3_8b,
    "qwen3-next-80b-a3b": recurrent.qwen3_next_80b_a3b,
    "gemma2-9b": dense.gemma2_9b,
    "gemma3n-e4b": dense.gemma3n_e4b,
    "phi3-mini": dense.phi3_mini,
    "phi4": dense.phi4,
    "command-r-35b": dense.command_r_35b,
    "command-r7b": dense.command_r7b,
    "falcon-7b": dense.falcon_7b,
    "deepseek-v3": experts.deepseek_v3,
    "mamba2-codestral": recurrent.mamba2_codestral,
    "rwkv6-7b": recurrent.rwkv6_7b,
    "rwkv7-2.9b": recurrent.rwkv7_2_9b,
    "granite4-h-small": recurrent.granite4_h_small,
    "lfm2-1.2b": recurrent.lfm2_1_2b,
    "glm4-9b": dense.glm4_9b,
    "glm4.5-air": experts.glm45_air,
    "llama4-scout": experts.llama4_scout,
    "jamba-mini": recurrent.jamba_mini,
    "falcon-h1-7b": recurrent.falcon_h1_7b,
    "nemotron-nano-9b": recurrent.nemotron_nano_9b,
    "olmo2-7b": dense.olmo2_7b,
    "olmo3-7b": dense.olmo3_7b,
    "starcoder2-7b": dense.starcoder2_7b,
    "gemma4-e4b": uneven.gemma4_e4b,
    "gemma4-31b": uneven.gemma4_31b,
    "nemotron-51b": uneven.nemotron_51b,
    "qwen3.5-27b": uneven.qwen35_27b,
    "granite3-moe-3b": uneven.granite3_moe_3b,
    "exaone4-32b": uneven.exaone4_32b,
    "lfm2-8b-a1b": uneven.lfm2_8b_a1b,
    "lfm2-sliding": uneven.lfm2_sliding,
    "kimi-linear-48b": uneven.kimi_linear_48b,
    "deepseek-v2-lite-old": experts.deepseek_v2_lite_old,
    "deepseek-v3.2": experts.deepseek_v3_2,
    "glm-5.2": experts.glm5_2,
    "minimax-m3-like": experts.minimax_m3_like,
    "gemma-embedding-300m": uneven.gemma_embedding_300m,
    "bge-small": uneven.bge_small,
}

QUANTISATIONS = ("F16", "Q8_0", "Q4_K_M")

#: What the quantiser leaves as it is (``tensor_allows_quantization`` in src/llama-quant.cpp).
_NEVER_QUANTISED = (
    *("ffn_gate_inp", "altup", "laurel", "per_layer_model_proj", "ssm_conv1d", "shortconv.conv"),
    *("time_mix_", "_norm", "attn_sinks", "rope_f"),
)
#: For rows that are no multiple of 256 (``tensor_type_fallback`` there).
_FALLBACK = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}


def write_shape(folder: Path, name: str | Shape, quantisation: str) -> Path:
    """Write the header-only file of a shape.

    Args:
        folder: Where.
        name: Of ``SHAPES``; or a shape of the caller's own.
        quantisation: Of ``QUANTISATIONS``.
    """
    shape = SHAPES[name]() if isinstance(name, str) else name
    stem = name if isinstance(name, str) else shape.architecture
    path = folder / f"{stem}-{quantisation}.gguf"
    metadata = {f"{shape.architecture}.{key}": value for key, value in shape.keys.items()}
    metadata |= {"tokenizer.ggml.model": "no_vocab", "tokenizer.ggml.token_type_count": 2}
    return write_model(path, metadata, tensors_of(shape, quantisation), shape.architecture)


def tensors_of(shape: Shape, quantisation: str) -> list[Tensor]:
    """The shape's tensors with their formats."""
    is_tied = all(name != "output.weight" for name, _ in shape.tensors)
    blocks = int(shape.keys["block_count"])
    return [
        (name, size, _format(shape, name, size, quantisation, blocks, is_tied))
        for name, size in shape.tensors
    ]


def _format(
    shape: Shape,
    name: str,
    size: tuple[int, ...],
    quantisation: str,
    blocks: int,
    is_tied: bool,
) -> str:
    if not name.endswith(".weight") or len(size) < 2 or any(n in name for n in _NEVER_QUANTISED):
        return "F32"
    fixed = next((kind for part, kind in shape.formats.items() if part in name), None)
    wished = fixed or quantisation
    if wished == "Q4_K_M":
        wished = _q4_k_m(name, blocks, is_tied)
    if size[0] % 256:
        wished = _FALLBACK.get(wished, wished)
    return "F16" if size[0] % 32 else wished


def _q4_k_m(name: str, blocks: int, is_tied: bool) -> str:
    """More bits where they count: roughly ``llama_tensor_get_type_impl`` in src/llama-quant.cpp."""
    if name == "output.weight" or (name == "token_embd.weight" and is_tied):
        return "Q6_K"
    if "attn_qkv" in name:
        return "Q5_K"
    if "attn_v." in name or "ffn_down" in name:
        block, eighth = int(name.split(".")[1]), blocks // 8
        is_better = block < eighth or block >= 7 * blocks // 8 or (block - eighth) % 3 == 2
        return "Q6_K" if is_better else "Q4_K"
    return "Q4_K"
