"""Models whose blocks differ in attention, and mixtures with little to them (src/models)."""

from helpers.shapes.parts import (
    Block,
    Shape,
    attention,
    ends,
    experts,
    ffn,
    heads,
    keys,
    named,
    stacked,
)


def _gemma4_keys(blocks: int, full_heads: int, slid_heads: int) -> dict[str, object]:
    """Each sixth block looks back over everything, with heads twice as long."""
    return {
        **heads(8, tuple(full_heads if i % 6 == 5 else slid_heads for i in range(blocks)), 512),
        "attention__key_length_swa": 256,
        "attention__value_length_swa": 256,
        "attention__sliding_window_pattern": tuple(i % 6 != 5 for i in range(blocks)),
        "rope__dimension_count": 512,
        "rope__dimension_count_swa": 256,
    }


def _gemma4_block(width: int, hidden: int, count: int, kv: int, key: int) -> Block:
    return {
        **attention(width, count, kv, key, qk_norm=True),
        **ffn(width, hidden),
        "post_attention_norm": (width,),
        "post_ffw_norm": (width,),
        "layer_output_scale": (1,),
    }


def gemma4_e4b() -> Shape:
    """The last 18 blocks of 42 use the cache of earlier ones."""
    width, hidden, blocks, small, vocabulary = 2560, 10_240, 42, 256, 262_144
    extra = {"inp_gate": (width, small), "proj": (small, width), "post_norm": (width,)}
    whole = {
        "rope_freqs": (256,),
        "per_layer_token_embd": (small * blocks, vocabulary),
        "per_layer_model_proj": (width, small * blocks),
        "per_layer_proj_norm": (small,),
    }
    rows = [
        _gemma4_block(width, hidden, 8, 2, 512 if i % 6 == 5 else 256) | extra
        for i in range(blocks)
    ]
    return Shape(
        "gemma4",
        keys(
            *(blocks, width, vocabulary, hidden, 131_072),
            **_gemma4_keys(blocks, 2, 2),
            attention__sliding_window=512,
            attention__shared_kv_layers=18,
            embedding_length_per_layer_input=small,
        ),
        (*ends(width, vocabulary, is_tied=True), *named(whole), *stacked(rows)),
    )


def gemma4_31b() -> Shape:
    width, hidden, blocks, vocabulary = 5376, 21_504, 60, 262_144
    rows = [
        _gemma4_block(width, hidden, 32, *((4, 512) if i % 6 == 5 else (16, 256)))
        for i in range(blocks)
    ]
    return Shape(
        "gemma4",
        keys(
            *(blocks, width, vocabulary, hidden, 262_144),
            **(_gemma4_keys(blocks, 4, 16) | {"attention__head_count": 32}),
            attention__sliding_window=1024,
            embedding_length_per_layer_input=0,
        ),
        (*ends(width, vocabulary, is_tied=True), *named({"rope_freqs": (256,)}), *stacked(rows)),
    )


def nemotron_51b() -> Shape:
    """Found by a search: some blocks have few heads for keys, some have no attention at all."""
    width, hidden, blocks = 8192, 28_672, 80
    kv = tuple((8, 8, 4, 8, 0, 2, 8, 1)[i % 8] for i in range(blocks))
    rows = []
    for count in kv:
        attending = attention(width, 64, count, 128) if count else {}
        rows.append(attending | ffn(width, hidden))
    return Shape(
        "deci",
        keys(
            *(blocks, width, 128_256, (hidden,) * blocks, 131_072),
            **heads(64, kv, 128),
        )
        | {"attention.head_count": tuple(64 if count else 0 for count in kv)},
        (*ends(width, 128_256), *named({"rope_freqs": (64,)}), *stacked(rows)),
    )


def qwen35_27b() -> Shape:
    """A hybrid with one block more that predicts a further token (NextN)."""
    width, hidden, blocks, vocabulary = 5120, 17_408, 64, 248_320
    feeding = {k: v for k, v in ffn(width, hidden).items() if k != "ffn_norm"}
    feeding["post_attention_norm"] = (width,)
    attending = {**attention(width, 24, 4, 256, qk_norm=True), "attn_q": (width, 12_288), **feeding}
    recurrent = {
        "attn_norm": (width,),
        "attn_qkv": (width, 10_240),
        "attn_gate": (width, 6144),
        "ssm_conv1d": (4, 10_240),
        "ssm_dt.bias": (48,),
        "ssm_a.": (48,),
        "ssm_beta": (width, 48),
        "ssm_alpha": (width, 48),
        "ssm_norm": (128,),
        "ssm_out": (6144, width),
        **feeding,
    }
    further = attending | {
        "nextn.eh_proj.weight": (2 * width, width),
        "nextn.enorm.weight": (width,),
        "nextn.hnorm.weight": (width,),
        "nextn.shared_head_norm.weight": (width,),
    }
    rows = [attending if i % 4 == 3 else recurrent for i in range(blocks)]
    return Shape(
        "qwen35",
        keys(
            *(blocks + 1, width, vocabulary, hidden, 262_144),
            **heads(24, 4, 256),
            nextn_predict_layers=1,
            rope__dimension_count=64,
            rope__dimension_sections=(11, 11, 10, 0),
            ssm__conv_kernel=4,
            ssm__inner_size=6144,
            ssm__state_size=128,
            ssm__time_step_rank=48,
            ssm__group_count=16,
        ),
        (*ends(width, vocabulary), *stacked([*rows, further])),
    )


def granite3_moe_3b() -> Shape:
    block = attention(1536, 24, 8, 64) | experts(1536, 512, 40)
    return Shape(
        "granitemoe",
        keys(
            *(32, 1536, 49_155, 512, 131_072),
            **heads(24, 8, 64),
            logit_scale=6.0,
            expert_count=40,
            expert_used_count=8,
        ),
        (*ends(1536, 49_155, is_tied=True), *stacked([block] * 32)),
    )


def exaone4_32b() -> Shape:
    """Slides because it has 64 blocks; the file need not say so."""
    width, hidden, blocks = 5120, 27_392, 64
    block = attention(width, 40, 8, 128, qk_norm=True) | ffn(width, hidden)
    block |= {"post_attention_norm": (width,), "post_ffw_norm": (width,)}
    del block["attn_norm"], block["ffn_norm"]
    return Shape(
        "exaone4",
        keys(blocks, width, 102_400, hidden, 131_072, **heads(40, 8, 128)),
        (*ends(width, 102_400), *stacked([block] * blocks)),
    )


def lfm2_8b_a1b() -> Shape:
    width, blocks = 2048, 24
    attends = (2, 6, 10, 14, 18, 21)
    attending = attention(width, 32, 8, 64, qk_norm=True)
    convolving = {
        "attn_norm": (width,),
        "shortconv.conv.weight": (3, width),
        "shortconv.in_proj.weight": (width, 3 * width),
        "shortconv.out_proj.weight": (width, width),
    }
    sparse = experts(width, 1792, 32) | {"exp_probs_b.bias": (32,)}
    rows = [
        (attending if i in attends else convolving) | (sparse if i > 1 else ffn(width, 7168))
        for i in range(blocks)
    ]
    return Shape(
        "lfm2moe",
        keys(
            *(blocks, width, 65_536, 7168, 128_000),
            attention__head_count=32,
            attention__head_count_kv=tuple(8 if i in attends else 0 for i in range(blocks)),
            shortconv__l_cache=3,
            leading_dense_block_count=2,
            expert_count=32,
            expert_used_count=4,
            expert_feed_forward_length=1792,
            expert_gating_func=2,
        ),
        (
            *named({"token_embd": (width, 65_536), "token_embd_norm": (width,)}),
            *stacked(rows),
        ),
    )


def lfm2_sliding() -> Shape:
    """LFM2 with a window: all its attention slides."""
    from helpers.shapes.recurrent import lfm2_1_2b

    plain = lfm2_1_2b()
    return plain._replace(keys={**plain.keys, "attention.sliding_window": 1024})


def kimi_linear_48b() -> Shape:
    """Delta attention in three blocks of four, keys and values as one (MLA) in the others."""
    width, blocks, count = 2304, 27, 32
    attends = (3, 7, 11, 15, 19, 23, 26)
    inner = count * 128
    latent = {
        "attn_norm": (width,),
        "attn_q": (width, count * 192),
        "attn_kv_a_mqa": (width, 576),
        "attn_kv_a_norm": (512,),
        "attn_k_b": (128, 512, count),
        "attn_v_b": (512, 128, count),
        "attn_output": (count * 128, width),
    }
    delta = {
        "attn_norm": (width,),
        **{f"ssm_conv1d_{name}": (4, 1, inner) for name in "qkv"},
        **{f"attn_{name}": (width, inner) for name in "qkv"},
        "ssm_f_a": (width, 128),
        "ssm_f_b": (128, inner),
        "ssm_beta": (width, count),
        "ssm_a.": (1, count),
        "ssm_dt.bias": (inner,),
        "ssm_g_a": (width, 128),
        "ssm_g_b": (128, inner),
        "ssm_norm": (128,),
        "attn_output": (inner, width),
    }
    sparse = experts(width, 1024, 256, shared=1024) | {"exp_probs_b.bias": (256,)}
    rows = [
        (latent if i in attends else delta) | (sparse if i else ffn(width, 9216))
        for i in range(blocks)
    ]
    return Shape(
        "kimi-linear",
        keys(
            *(blocks, width, 163_840, 9216, 1_048_576),
            **heads(count, tuple(1 if i in attends else 0 for i in range(blocks)), 576, 512),
            attention__key_length_mla=192,
            attention__value_length_mla=128,
            attention__kv_lora_rank=512,
            rope__dimension_count=64,
            ssm__conv_kernel=4,
            kda__head_dim=128,
            leading_dense_block_count=1,
            expert_count=256,
            expert_used_count=8,
            expert_shared_count=1,
            expert_feed_forward_length=1024,
            expert_gating_func=2,
        ),
        (*ends(width, 163_840), *stacked(rows)),
    )


def gemma_embedding_300m() -> Shape:
    """Makes no text and keeps no cache."""
    width = 768
    block = attention(width, 3, 1, 256, qk_norm=True) | ffn(width, 1152)
    block |= {"post_attention_norm": (width,), "post_ffw_norm": (width,)}
    return Shape(
        "gemma-embedding",
        keys(
            *(24, width, 262_144, 1152, 2048),
            **heads(3, 1, 256),
            attention__sliding_window=512,
        ),
        (*ends(width, 262_144, is_tied=True), *stacked([block] * 24)),
    )


def bge_small() -> Shape:
    """The same, of the oldest kind; there is no output at all."""
    width, hidden = 384, 1536
    block: Block = {
        **attention(width, 12, 12, 32, bias=True),
        "attn_output.bias": (width,),
        "attn_output_norm": (width,),
        "attn_output_norm.bias": (width,),
        "ffn_up": (width, hidden),
        "ffn_up.bias": (hidden,),
        "ffn_down": (hidden, width),
        "ffn_down.bias": (width,),
        "layer_output_norm": (width,),
        "layer_output_norm.bias": (width,),
    }
    del block["attn_norm"]
    whole: Block = {
        "token_embd": (width, 30_522),
        "token_embd_norm": (width,),
        "token_embd_norm.bias": (width,),
        "position_embd": (width, 512),
        "token_types": (width, 2),
    }
    return Shape(
        "bert",
        keys(*(12, width, 30_522, hidden, 512), attention__head_count=12, attention__causal=False),
        (*named(whole), *stacked([block] * 12)),
    )
