"""Models whose blocks are all alike (src/models of llama.cpp: see each ``load_arch_tensors``)."""

from helpers.shapes.parts import (
    Block,
    Shape,
    attention,
    ends,
    ffn,
    heads,
    keys,
    named,
    plain_ffn,
    stacked,
)


def llama(
    blocks: int,
    width: int,
    hidden: int,
    attending: tuple[int, int, int],
    vocabulary: int,
    context: int,
    *,
    is_tied: bool = False,
    rope_factors: int = 0,
) -> Shape:
    """A Llama or Mistral; ``attending`` = heads, KV heads, numbers of a head."""
    block = attention(width, *attending) | ffn(width, hidden)
    return Shape(
        "llama",
        keys(blocks, width, vocabulary, hidden, context, **heads(*attending)),
        (
            *ends(width, vocabulary, is_tied=is_tied),
            *(named({"rope_freqs": (rope_factors,)}) if rope_factors else ()),
            *stacked([block] * blocks),
        ),
    )


def qwen2_7b() -> Shape:
    block = attention(3584, 28, 4, 128, bias=True) | ffn(3584, 18_944)
    return Shape(
        "qwen2",
        keys(28, 3584, 152_064, 18_944, 131_072, **heads(28, 4, 128)),
        (*ends(3584, 152_064), *stacked([block] * 28)),
    )


def qwen3_8b() -> Shape:
    block = attention(4096, 32, 8, 128, qk_norm=True) | ffn(4096, 12_288)
    return Shape(
        "qwen3",
        keys(36, 4096, 151_936, 12_288, 40_960, **heads(32, 8, 128)),
        (*ends(4096, 151_936), *stacked([block] * 36)),
    )


def _post_norms(width: int) -> Block:
    return {"post_attention_norm": (width,), "post_ffw_norm": (width,)}


def gemma2_9b() -> Shape:
    width = 3584
    block = attention(width, 16, 8, 256) | ffn(width, 14_336) | _post_norms(width)
    return Shape(
        "gemma2",
        keys(
            *(42, width, 256_000, 14_336, 8192),
            **heads(16, 8, 256),
            attention__sliding_window=4096,
            attn_logit_softcapping=50.0,
            final_logit_softcapping=30.0,
        ),
        (*ends(width, 256_000, is_tied=True), *stacked([block] * 42)),
    )


def gemma3_12b() -> Shape:
    width = 3840
    block = attention(width, 16, 8, 256, qk_norm=True) | ffn(width, 15_360) | _post_norms(width)
    return Shape(
        "gemma3",
        keys(
            *(48, width, 262_208, 15_360, 131_072),
            **heads(16, 8, 256),
            attention__sliding_window=1024,
        ),
        (*ends(width, 262_208, is_tied=True), *stacked([block] * 48)),
    )


def gemma3n_e4b() -> Shape:
    """Blocks from the 20th on use the cache of earlier ones."""
    width, small, vocabulary, blocks = 2048, 256, 262_144, 35
    block = {
        **attention(width, 8, 2, 256, qk_norm=True),
        **ffn(width, 16_384),
        **_post_norms(width),
        "inp_gate": (width, small),
        "proj": (small, width),
        "post_norm": (width,),
        "altup_correct_coef": (4, 4),
        "altup_correct_scale": (width,),
        "altup_predict_coef": (4, 16),
        "altup_router": (width, 4),
        "altup_router_norm": (width,),
        "laurel_l": (width, 64),
        "laurel_r": (64, width),
        "laurel_post_norm": (width,),
    }
    whole = {
        "altup_proj": (width, width, 3),
        "altup_unembd_proj": (width, width, 3),
        "per_layer_token_embd": (small * blocks, vocabulary),
        "per_layer_model_proj": (width, small * blocks),
        "per_layer_proj_norm": (small,),
    }
    return Shape(
        "gemma3n",
        keys(
            *(blocks, width, vocabulary, (16_384,) * blocks, 32_768),
            **heads(8, 2, 256),
            attention__sliding_window=512,
        ),
        (*ends(width, vocabulary, is_tied=True), *named(whole), *stacked([block] * blocks)),
    )


def _phi3_block(width: int, hidden: int, keys_values: int) -> Block:
    return {
        "attn_norm": (width,),
        "attn_qkv": (width, width + 2 * keys_values),
        "attn_output": (width, width),
        "ffn_norm": (width,),
        "ffn_up": (width, 2 * hidden),
        "ffn_down": (hidden, width),
    }


def phi3_mini() -> Shape:
    """The 128k version; llama.cpp ignores the window that its file names."""
    width = 3072
    factors = {"rope_factors_long": (48,), "rope_factors_short": (48,)}
    return Shape(
        "phi3",
        keys(
            *(32, width, 32_064, 8192, 131_072),
            attention__head_count=32,
            attention__head_count_kv=32,
            attention__sliding_window=2047,
            rope__scaling__original_context_length=4096,
        ),
        (
            *ends(width, 32_064),
            *named(factors),
            *stacked([_phi3_block(width, 8192, width)] * 32),
        ),
    )


def phi4() -> Shape:
    width = 5120
    return Shape(
        "phi3",
        keys(
            *(40, width, 100_352, 17_920, 16_384),
            attention__head_count=40,
            attention__head_count_kv=10,
        ),
        (*ends(width, 100_352), *stacked([_phi3_block(width, 17_920, 1280)] * 40)),
    )


def command_r_35b() -> Shape:
    width = 8192
    block = attention(width, 64, 64, 128) | ffn(width, 22_528)
    del block["ffn_norm"]
    return Shape(
        "command-r",
        keys(
            *(40, width, 256_000, 22_528, 131_072),
            attention__head_count=64,
            attention__head_count_kv=64,
            logit_scale=0.0625,
        ),
        (*ends(width, 256_000, is_tied=True), *stacked([block] * 40)),
    )


def command_r7b() -> Shape:
    width = 4096
    block = attention(width, 32, 8, 128) | ffn(width, 14_336)
    del block["ffn_norm"]
    return Shape(
        "cohere2",
        keys(
            *(32, width, 256_000, 14_336, 8192),
            **heads(32, 8, 128),
            attention__sliding_window=4096,
            logit_scale=0.25,
        ),
        (*ends(width, 256_000, is_tied=True), *stacked([block] * 32)),
    )


def falcon_7b() -> Shape:
    """Rows of 4544 numbers: formats with blocks of 256 do not suit it."""
    width = 4544
    block = {
        "attn_norm": (width,),
        "attn_norm.bias": (width,),
        "attn_qkv": (width, width + 2 * 64),
        "attn_output": (width, width),
        **plain_ffn(width, 4 * width),
    }
    return Shape(
        "falcon",
        keys(
            *(32, width, 65_024, 4 * width, 2048),
            attention__head_count=71,
            attention__head_count_kv=1,
        ),
        (*ends(width, 65_024, bias=True), *stacked([block] * 32)),
    )


def glm4_9b() -> Shape:
    width, hidden = 4096, 13_696
    block = {
        **attention(width, 32, 2, 128),
        "ffn_norm": (width,),
        **_post_norms(width),
        **plain_ffn(width, hidden),
        "ffn_up": (width, 2 * hidden),
    }
    return Shape(
        "glm4",
        keys(
            *(40, width, 151_552, hidden, 32_768),
            **heads(32, 2, 128),
            rope__dimension_count=64,
        ),
        (*ends(width, 151_552), *stacked([block] * 40)),
    )


def _olmo2_block(width: int, hidden: int) -> Block:
    block = attention(width, 32, 32, 128) | ffn(width, hidden) | _post_norms(width)
    block |= {"attn_q_norm": (width,), "attn_k_norm": (width,)}
    del block["attn_norm"], block["ffn_norm"]
    return block


def olmo2_7b() -> Shape:
    return Shape(
        "olmo2",
        keys(
            32, 4096, 100_352, 11_008, 4096, attention__head_count=32, attention__head_count_kv=32
        ),
        (*ends(4096, 100_352), *stacked([_olmo2_block(4096, 11_008)] * 32)),
    )


def olmo3_7b() -> Shape:
    """The same architecture, with a window on three layers of four."""
    return Shape(
        "olmo2",
        keys(
            *(32, 4096, 100_278, 11_008, 65_536),
            attention__head_count=32,
            attention__head_count_kv=32,
            attention__sliding_window=4096,
            attention__sliding_window_pattern=tuple(i % 4 < 3 for i in range(32)),
        ),
        (*ends(4096, 100_278), *stacked([_olmo2_block(4096, 11_008)] * 32)),
    )


def starcoder2_7b() -> Shape:
    width, hidden = 4608, 18_432
    block = {
        **attention(width, 36, 4, 128, bias=True),
        "attn_norm.bias": (width,),
        "attn_output.bias": (width,),
        "ffn_norm": (width,),
        "ffn_norm.bias": (width,),
        **plain_ffn(width, hidden),
        "ffn_up.bias": (hidden,),
        "ffn_down.bias": (width,),
    }
    return Shape(
        "starcoder2",
        keys(
            *(32, width, 49_152, hidden, 16_384),
            attention__head_count=36,
            attention__head_count_kv=4,
        ),
        (*ends(width, 49_152, bias=True), *stacked([block] * 32)),
    )
