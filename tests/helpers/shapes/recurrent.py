"""Models with recurrent layers, alone or beside attention (src/models of llama.cpp)."""

from helpers.shapes.parts import (
    Block,
    Shape,
    Sized,
    attention,
    ends,
    experts,
    ffn,
    heads,
    keys,
    named,
    plain_ffn,
    stacked,
)


def _ssm_keys(inner: int, state: int, steps: int, groups: int | None = None) -> dict[str, int]:
    found = {
        "ssm__conv_kernel": 4,
        "ssm__inner_size": inner,
        "ssm__state_size": state,
        "ssm__time_step_rank": steps,
    }
    return found if groups is None else {**found, "ssm__group_count": groups}


def _mamba(width: int, inner: int, state: int, rank: int) -> Block:
    return {
        "attn_norm": (width,),
        "ssm_in": (width, 2 * inner),
        "ssm_conv1d": (4, inner),
        "ssm_conv1d.bias": (inner,),
        "ssm_x": (inner, rank + 2 * state),
        "ssm_dt": (rank, inner),
        "ssm_dt.bias": (inner,),
        "ssm_a.": (state, inner),
        "ssm_d.": (inner,),
        "ssm_out": (inner, width),
    }


def _mamba2(width: int, inner: int, state: int, ssm_heads: int, groups: int) -> Block:
    convolved = inner + 2 * groups * state
    return {
        "attn_norm": (width,),
        "ssm_in": (width, inner + convolved + ssm_heads),
        "ssm_conv1d": (4, convolved),
        "ssm_conv1d.bias": (convolved,),
        "ssm_dt.bias": (ssm_heads,),
        "ssm_a.": (1, ssm_heads),
        "ssm_d.": (1, ssm_heads),
        "ssm_norm": (inner // groups, groups),
        "ssm_out": (inner, width),
    }


def mamba_2_8b() -> Shape:
    return Shape(
        "mamba",
        keys(64, 2560, 50_280, 0, 1_048_576, attention__head_count=0, **_ssm_keys(5120, 16, 160)),
        (*ends(2560, 50_280, is_tied=True), *stacked([_mamba(2560, 5120, 16, 160)] * 64)),
    )


def mamba2_codestral() -> Shape:
    block = _mamba2(4096, 8192, 128, 128, 8)
    return Shape(
        "mamba2",
        keys(
            *(64, 4096, 32_768, 0, 262_144),
            attention__head_count=0,
            **_ssm_keys(8192, 128, 128, 8),
        ),
        (*ends(4096, 32_768), *stacked([block] * 64)),
    )


def _layer_norms(width: int) -> Block:
    names = ("attn_norm", "attn_norm_2", "time_mix_ln")
    weights = dict.fromkeys(names, (width,))
    return weights | {f"{name}.bias": (width,) for name in names}


def _rwkv(width: int, hidden: int) -> Block:
    """What the sixth and the seventh version have in common."""
    names = ("key", "value", "receptance", "output")
    return {
        **_layer_norms(width),
        **{f"time_mix_{name}": (width, width) for name in names},
        "channel_mix_lerp_k": (width, 1, 1),
        "channel_mix_key": (width, hidden),
        "channel_mix_value": (hidden, width),
    }


def _rwkv_ends(width: int, vocabulary: int) -> list[Sized]:
    norm = {"token_embd_norm": (width,), "token_embd_norm.bias": (width,)}
    return ends(width, vocabulary, bias=True) + named(norm)


def rwkv6_7b() -> Shape:
    width, hidden, mix, decay = 4096, 14_336, 64, 128
    block = {
        **_rwkv(width, hidden),
        "time_mix_w1": (width, 5 * mix),
        "time_mix_w2": (mix, width, 5),
        "time_mix_lerp_x": (width, 1, 1),
        "time_mix_lerp_fused": (width, 1, 1, 5),
        "time_mix_first": (64, width // 64),
        "time_mix_decay": (width,),
        "time_mix_decay_w1": (width, decay),
        "time_mix_decay_w2": (decay, width),
        "time_mix_gate": (width, width),
        "channel_mix_lerp_r": (width, 1, 1),
        "channel_mix_receptance": (width, width),
    }
    return Shape(
        "rwkv6",
        keys(
            *(32, width, 65_536, hidden, 1_048_576),
            attention__head_count=0,
            wkv__head_size=64,
            time_mix_extra_dim=mix,
            time_decay_extra_dim=decay,
            rescale_every_n_layers=6,
        ),
        (*_rwkv_ends(width, 65_536), *stacked([block] * 32)),
    )


def rwkv7_2_9b() -> Shape:
    width, hidden, decay, rate, residual, gate = 2560, 10_240, 96, 96, 64, 320
    block = {
        **_rwkv(width, hidden),
        "time_mix_w0": (width,),
        "time_mix_w1": (width, decay),
        "time_mix_w2": (decay, width),
        "time_mix_a0": (width,),
        "time_mix_a1": (width, rate),
        "time_mix_a2": (rate, width),
        "time_mix_v0": (width,),
        "time_mix_v1": (width, residual),
        "time_mix_v2": (residual, width),
        "time_mix_g1": (width, gate),
        "time_mix_g2": (gate, width),
        "time_mix_lerp_fused": (width, 1, 1, 6),
        **{f"time_mix_{name}": (width,) for name in ("k_k", "k_a", "r_k")},
    }
    first = block | {"time_mix_v1": (width, rate), "time_mix_v2": (rate, width)}
    return Shape(
        "rwkv7",
        keys(
            *(32, width, 65_536, hidden, 1_048_576),
            attention__head_count=0,
            wkv__head_size=64,
            attention__decay_lora_rank=decay,
            attention__iclr_lora_rank=rate,
            attention__value_residual_mix_lora_rank=residual,
            attention__gate_lora_rank=gate,
        ),
        (*_rwkv_ends(width, 65_536), *stacked([first, *[block] * 31])),
    )


def granite4_h_small() -> Shape:
    """Attention in four blocks of forty; experts in all."""
    width, blocks = 4096, 40
    attends = (5, 15, 25, 35)
    sparse = experts(width, 768, 72, shared=1536)
    attending = attention(width, 32, 8, 128) | sparse
    recurrent = _mamba2(width, 8192, 128, 128, 1) | sparse
    return Shape(
        "granitehybrid",
        keys(
            *(blocks, width, 100_352, 768, 131_072),
            **heads(32, tuple(8 if i in attends else 0 for i in range(blocks)), 128),
            **_ssm_keys(8192, 128, 128, 1),
            expert_count=72,
            expert_used_count=10,
            expert_shared_feed_forward_length=1536,
            rope__scaling__finetuned=False,
        ),
        (
            *ends(width, 100_352, is_tied=True),
            *stacked(attending if i in attends else recurrent for i in range(blocks)),
        ),
    )


def jamba_mini() -> Shape:
    """Attention in each eighth block, experts in each second."""
    width, hidden, blocks = 4096, 14_336, 32
    sparse, dense = experts(width, hidden, 16), ffn(width, hidden)
    attending = attention(width, 32, 8, 128)
    recurrent = _mamba(width, 8192, 16, 256) | {
        "ssm_dt_norm": (256,),
        "ssm_b_norm": (16,),
        "ssm_c_norm": (16,),
    }
    return Shape(
        "jamba",
        keys(
            *(blocks, width, 65_536, hidden, 262_144),
            **heads(32, tuple(8 if i % 8 == 4 else 0 for i in range(blocks)), 128),
            **_ssm_keys(8192, 16, 256),
            expert_count=16,
            expert_used_count=2,
        ),
        (
            *ends(width, 65_536),
            *stacked(
                (attending if i % 8 == 4 else recurrent) | (sparse if i % 2 else dense)
                for i in range(blocks)
            ),
        ),
    )


def falcon_h1_7b() -> Shape:
    """Attention and a recurrent part side by side in every block."""
    width, hidden, inner = 3072, 12_288, 3072
    block = attention(width, 12, 2, 128) | _mamba2(width, inner, 256, 24, 1)
    block |= ffn(width, hidden)
    del block["ffn_norm"]
    # The file really calls it so, without ".weight".
    block["ffn_norm."] = (width,)
    return Shape(
        "falcon-h1",
        keys(
            *(44, width, 130_048, hidden, 262_144),
            **heads(12, 2, 128),
            **_ssm_keys(inner, 256, 24, 1),
        ),
        (*ends(width, 130_048), *stacked([block] * 44)),
    )


def lfm2_1_2b() -> Shape:
    """Attention in six blocks of sixteen, short convolutions in the others."""
    width, blocks = 2048, 16
    attends = (2, 5, 8, 10, 12, 14)
    attending = attention(width, 32, 8, 64, qk_norm=True) | ffn(width, 8192)
    convolving = {
        "attn_norm": (width,),
        "shortconv.conv.weight": (3, width),
        "shortconv.in_proj.weight": (width, 3 * width),
        "shortconv.out_proj.weight": (width, width),
        **ffn(width, 8192),
    }
    return Shape(
        "lfm2",
        keys(
            *(blocks, width, 65_536, 8192, 128_000),
            attention__head_count=32,
            attention__head_count_kv=tuple(8 if i in attends else 0 for i in range(blocks)),
            shortconv__l_cache=3,
        ),
        (
            *named({"token_embd": (width, 65_536), "token_embd_norm": (width,)}),
            *stacked(attending if i in attends else convolving for i in range(blocks)),
        ),
    )


def qwen3_next_80b_a3b() -> Shape:
    """Attention in each fourth block, a gated delta net in the others."""
    width, blocks = 2048, 48
    sparse = experts(width, 512, 512, shared=512, norm="post_attention_norm")
    sparse["ffn_gate_inp_shexp"] = (width,)
    attending = {**attention(width, 16, 2, 256, qk_norm=True), "attn_q": (width, 8192), **sparse}
    recurrent = {
        "attn_norm": (width,),
        "attn_qkv": (width, 8192),
        "attn_gate": (width, 4096),
        "ssm_conv1d": (4, 8192),
        "ssm_dt.bias": (32,),
        "ssm_a.": (32,),
        "ssm_ba": (width, 64),
        "ssm_norm": (128,),
        "ssm_out": (4096, width),
        **sparse,
    }
    return Shape(
        "qwen3next",
        keys(
            *(blocks, width, 151_936, 5120, 262_144),
            **heads(16, 2, 256),
            rope__dimension_count=64,
            **_ssm_keys(4096, 128, 32, 16),
            expert_count=512,
            expert_used_count=10,
            expert_feed_forward_length=512,
            expert_shared_feed_forward_length=512,
        ),
        (
            *ends(width, 151_936),
            *stacked(attending if i % 4 == 3 else recurrent for i in range(blocks)),
        ),
    )


def nemotron_nano_9b() -> Shape:
    """Blocks have one part each: attention, a feed-forward net, or a recurrent state."""
    width, hidden, blocks = 4480, 15_680, 56
    attends = (14, 21, 30, 39)
    feeds = {i for i in range(1, blocks, 2) if i not in attends} | {15, 22, 31, 40}
    attending = attention(width, 40, 8, 128)
    feeding = {"attn_norm": (width,), **plain_ffn(width, hidden)}
    recurrent = _mamba2(width, 10_240, 128, 128, 8)

    def block(i: int) -> Block:
        if i in attends:
            return attending
        return feeding if i in feeds else recurrent

    return Shape(
        "nemotron_h",
        keys(
            *(blocks, width, 131_072),
            tuple(hidden if i in feeds else 0 for i in range(blocks)),
            131_072,
            **heads(40, tuple(8 if i in attends else 0 for i in range(blocks)), 128),
            **_ssm_keys(10_240, 128, 128, 8),
        ),
        (*ends(width, 131_072), *stacked(block(i) for i in range(blocks))),
    )
