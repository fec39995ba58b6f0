"""Mixtures of experts (src/models of llama.cpp: what each ``load_arch_tensors`` asks for)."""

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


def mixtral_8x7b() -> Shape:
    block = attention(4096, 32, 8, 128) | experts(4096, 14_336, 8)
    return Shape(
        "llama",
        keys(
            *(32, 4096, 32_000, 14_336, 32_768),
            **heads(32, 8, 128),
            expert_count=8,
            expert_used_count=2,
        ),
        (*ends(4096, 32_000), *stacked([block] * 32)),
    )


def qwen3_30b_a3b() -> Shape:
    block = attention(2048, 32, 4, 128, qk_norm=True) | experts(2048, 768, 128)
    return Shape(
        "qwen3moe",
        keys(
            *(48, 2048, 151_936, 6144, 40_960),
            **heads(32, 4, 128),
            expert_count=128,
            expert_used_count=8,
            expert_feed_forward_length=768,
        ),
        (*ends(2048, 151_936), *stacked([block] * 48)),
    )


def gpt_oss_20b() -> Shape:
    width, count = 2880, 32
    block = {
        **attention(width, 64, 8, 64, bias=True),
        "attn_output.bias": (width,),
        "attn_sinks": (64,),
        **experts(width, width, count, norm="post_attention_norm"),
        "ffn_gate_inp.bias": (count,),
        "ffn_gate_exps.bias": (width, count),
        "ffn_up_exps.bias": (width, count),
        "ffn_down_exps.bias": (width, count),
    }
    return Shape(
        "gpt-oss",
        keys(
            *(24, width, 201_088, width, 131_072),
            **heads(64, 8, 64),
            attention__sliding_window=128,
            expert_count=count,
            expert_used_count=4,
            expert_feed_forward_length=width,
        ),
        (*ends(width, 201_088), *stacked([block] * 24)),
        {"_exps.weight": "MXFP4"},
    )


def llama4_scout() -> Shape:
    width, vocabulary = 5120, 202_048
    block = attention(width, 40, 8, 128) | experts(width, 8192, 16, shared=8192)
    return Shape(
        "llama4",
        keys(
            *(48, width, vocabulary, 16_384, 10_485_760),
            **heads(40, 8, 128),
            expert_count=16,
            expert_used_count=1,
            expert_feed_forward_length=8192,
            interleave_moe_layer_step=1,
        ),
        (*ends(width, vocabulary), *named({"rope_freqs": (64,)}), *stacked([block] * 48)),
    )


def glm45_air() -> Shape:
    """One block of 47 predicts a further token (NextN) and is not loaded."""
    width, vocabulary = 4096, 151_552
    attending = attention(width, 96, 8, 128, bias=True) | {"post_attention_norm": (width,)}
    dense = {k: v for k, v in ffn(width, 10_944).items() if k != "ffn_norm"}
    sparse = experts(width, 1408, 128, shared=1408)
    del sparse["ffn_norm"]
    sparse["exp_probs_b.bias"] = (128,)
    extra = {
        "nextn.eh_proj.weight": (2 * width, width),
        "nextn.enorm.weight": (width,),
        "nextn.hnorm.weight": (width,),
        "nextn.embed_tokens.weight": (width, vocabulary),
        "nextn.shared_head_head.weight": (width, vocabulary),
        "nextn.shared_head_norm.weight": (width,),
    }
    blocks = [attending | dense, *[attending | sparse] * 45, attending | sparse | extra]
    return Shape(
        "glm4moe",
        keys(
            *(47, width, vocabulary, 10_944, 131_072),
            **heads(96, 8, 128),
            rope__dimension_count=64,
            nextn_predict_layers=1,
            leading_dense_block_count=1,
            expert_count=128,
            expert_used_count=8,
            expert_shared_count=1,
            expert_feed_forward_length=1408,
        ),
        (*ends(width, vocabulary), *stacked(blocks)),
    )


def _latent_attention(width: int, count: int, q_rank: int) -> Block:
    """Keys and values as one vector of 512 numbers beside 64 of position (MLA)."""
    if q_rank:
        queries = {
            "attn_q_a": (width, q_rank),
            "attn_q_a_norm": (q_rank,),
            "attn_q_b": (q_rank, count * 192),
        }
    else:
        queries = {"attn_q": (width, count * 192)}
    return {
        "attn_norm": (width,),
        **queries,
        "attn_kv_a_mqa": (width, 576),
        "attn_kv_a_norm": (512,),
        "attn_k_b": (128, 512, count),
        "attn_v_b": (512, 128, count),
        "attn_output": (count * 128, width),
    }


def _latent_keys(count: int, **more: int) -> dict[str, int]:
    return {
        **heads(count, 1, 576, 512),
        "attention__kv_lora_rank": 512,
        "attention__key_length_mla": 192,
        "attention__value_length_mla": 128,
        "rope__dimension_count": 64,
        **more,
    }


def deepseek_v2_lite() -> Shape:
    width = 2048
    attending = _latent_attention(width, 16, 0)
    sparse = experts(width, 1408, 64, shared=2816)
    return Shape(
        "deepseek2",
        keys(
            *(27, width, 102_400, 10_944, 163_840),
            **_latent_keys(16),
            leading_dense_block_count=1,
            expert_count=64,
            expert_used_count=6,
            expert_shared_count=2,
            expert_feed_forward_length=1408,
        ),
        (
            *ends(width, 102_400),
            *stacked([attending | ffn(width, 10_944), *[attending | sparse] * 26]),
        ),
    )


def deepseek_v2_lite_old() -> Shape:
    """As converted before llama.cpp could store keys and values as one: they are kept in full."""
    new = deepseek_v2_lite()
    told = {k: v for k, v in new.keys.items() if not k.endswith("_length_mla")}
    told |= {
        "attention.head_count_kv": 16,
        "attention.key_length": 192,
        "attention.value_length": 128,
    }
    joined = [
        (name.replace("k_b", "kv_b"), (512, 16 * 256)) if "attn_k_b" in name else (name, size)
        for name, size in new.tensors
        if "attn_v_b" not in name
    ]
    return new._replace(keys=told, tensors=tuple(joined))


def deepseek_v3() -> Shape:
    width = 7168
    attending = _latent_attention(width, 128, 1536)
    sparse = experts(width, 2048, 256, shared=2048) | {"exp_probs_b.bias": (256,)}
    return Shape(
        "deepseek2",
        keys(
            *(61, width, 129_280, 18_432, 163_840),
            **_latent_keys(128, attention__q_lora_rank=1536),
            leading_dense_block_count=3,
            expert_count=256,
            expert_used_count=8,
            expert_shared_count=1,
            expert_feed_forward_length=2048,
        ),
        (
            *ends(width, 129_280),
            *stacked([*[attending | ffn(width, 18_432)] * 3, *[attending | sparse] * 58]),
        ),
    )


def _indexer(width: int, q_rank: int, count: int) -> Block:
    """What chooses the tokens that attention looks at: ``count`` heads of 128 numbers."""
    return {
        "indexer.k_norm.weight": (128,),
        "indexer.k_norm.bias": (128,),
        "indexer.proj.weight": (width, count),
        "indexer.attn_k.weight": (width, 128),
        "indexer.attn_q_b.weight": (q_rank, count * 128),
    }


def _indexer_keys(count: int) -> dict[str, int]:
    return {
        "attention__indexer__head_count": count,
        "attention__indexer__key_length": 128,
        "attention__indexer__top_k": 2048,
    }


def _next_token(width: int) -> Block:
    return {
        "nextn.eh_proj.weight": (2 * width, width),
        "nextn.enorm.weight": (width,),
        "nextn.hnorm.weight": (width,),
        "nextn.shared_head_norm.weight": (width,),
    }


def deepseek_v3_2() -> Shape:
    """DeepSeek V3 that chooses its tokens, with one block more (NextN)."""
    width = 7168
    attending = _latent_attention(width, 128, 1536) | _indexer(width, 1536, 64)
    sparse = experts(width, 2048, 256, shared=2048) | {"exp_probs_b.bias": (256,)}
    blocks = [attending | ffn(width, 18_432)] * 3 + [attending | sparse] * 58
    return Shape(
        "deepseek32",
        keys(
            *(62, width, 129_280, 18_432, 163_840),
            **_latent_keys(128, attention__q_lora_rank=1536),
            **_indexer_keys(64),
            nextn_predict_layers=1,
            leading_dense_block_count=3,
            expert_count=256,
            expert_used_count=8,
            expert_shared_count=1,
            expert_feed_forward_length=2048,
            expert_gating_func=2,
        ),
        (
            *ends(width, 129_280),
            *stacked([*blocks, attending | sparse | _next_token(width)]),
        ),
    )


def glm5_2() -> Shape:
    """Chooses tokens in one block of four; the others look at the same. The file does not say."""
    width = 6144
    attending = _latent_attention(width, 64, 2048)
    choosing = attending | _indexer(width, 2048, 32)
    sparse = experts(width, 2048, 256, shared=2048) | {"exp_probs_b.bias": (256,)}
    blocks = [
        (choosing if i < 2 or i % 4 == 2 else attending) | (ffn(width, 12_288) if i < 3 else sparse)
        for i in range(78)
    ]
    return Shape(
        "glm-dsa",
        keys(
            *(79, width, 154_880, 12_288, 1_048_576),
            **_latent_keys(64, attention__q_lora_rank=2048),
            **_indexer_keys(32),
            nextn_predict_layers=1,
            leading_dense_block_count=3,
            expert_count=256,
            expert_used_count=8,
            expert_shared_count=1,
            expert_feed_forward_length=2048,
        ),
        (
            *ends(width, 154_880),
            *stacked([*blocks, attending | sparse | _next_token(width)]),
        ),
    )


def minimax_m3_like() -> Shape:
    """The architecture of MiniMax M3 with the sizes of M2: index values are kept too."""
    width, blocks = 3072, 62
    attending = attention(width, 48, 8, 128, qk_norm=True)
    sparse = experts(width, 1536, 256, shared=1536) | {"exp_probs_b.bias": (256,)}
    choosing = {
        "indexer.q_proj.weight": (width, 8 * 128),
        "indexer.k_proj.weight": (width, 128),
        "indexer.q_norm.weight": (128,),
        "indexer.k_norm.weight": (128,),
    }
    rows = [attending | ffn(width, 8192)] * 2 + [attending | sparse | choosing] * (blocks - 2)
    return Shape(
        "minimax-m3",
        keys(
            *(blocks, width, 200_064, 8192, 196_608),
            **heads(48, 8, 128),
            **(_indexer_keys(8) | {"attention__indexer__top_k": 16}),
            attention__indexer__block_size=128,
            attention__indexer__local_blocks=1,
            rope__dimension_count=64,
            leading_dense_block_count=2,
            expert_count=256,
            expert_used_count=8,
            expert_shared_count=1,
            expert_feed_forward_length=1536,
            expert_gating_func=2,
        ),
        (*ends(width, 200_064), *stacked(rows)),
    )
