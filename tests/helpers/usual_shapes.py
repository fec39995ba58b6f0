"""Small models of architectures whose blocks are made of the usual parts.

No real model's numbers: what counts is which parts each has (``load_arch_tensors`` in src/models of
llama.cpp), so that the graph of intermediate results can be held against the engine's.
"""

from collections.abc import Callable
from typing import Any

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
    plain_ffn,
    stacked,
)

_WIDTH, _VOCABULARY, _HIDDEN, _BLOCKS = 2048, 64_000, 5632, 24
_GROUPED, _SINGLE = heads(16, 4, 128), heads(16, 16, 128)

_attention = attention(_WIDTH, 16, 4, 128)
_biased = attention(_WIDTH, 16, 4, 128, bias=True)
_normed = attention(_WIDTH, 16, 4, 128, qk_norm=True)
_whole = attention(_WIDTH, 16, 16, 128)
_ffn, _plain = ffn(_WIDTH, _HIDDEN), plain_ffn(_WIDTH, _HIDDEN)
_norm: Block = {"ffn_norm": (_WIDTH,)}
_joint: Block = {
    "attn_norm": (_WIDTH,),
    "attn_qkv": (_WIDTH, 3 * _WIDTH),
    "attn_output": (_WIDTH, _WIDTH),
}
_grouped_joint = {**_joint, "attn_qkv": (_WIDTH, _WIDTH + 1024)}
_sparse = experts(_WIDTH, 1408, 64, shared=2816)
_routed: dict[str, Any] = {
    "expert_count": 64,
    "expert_used_count": 6,
    "expert_feed_forward_length": 1408,
    "expert_shared_count": 2,
    "expert_weights_scale": 2.5,
}


def _biases(block: Block, *names: str) -> Block:
    """The block with biases of norms (and of these matrices)."""
    of = [n for n in block if n in ("attn_norm", "ffn_norm") or n in names]
    return block | {f"{name}.bias": (block[name][-1],) for name in of}


def _model(
    architecture: str,
    block: Block | list[Block],
    attending: dict[str, Any] = _GROUPED,
    whole: Block | None = None,
    bias: bool = False,
    is_tied: bool = False,
    **more: Any,
) -> Shape:
    blocks = block if isinstance(block, list) else [block] * _BLOCKS
    return Shape(
        architecture,
        keys(len(blocks), _WIDTH, _VOCABULARY, _HIDDEN, 32_768, **attending, **more),
        (
            *ends(_WIDTH, _VOCABULARY, is_tied=is_tied, bias=bias),
            *named(whole or {}),
            *stacked(blocks),
        ),
    )


def _old(architecture: str, joint: Block, attending: dict[str, Any], **more: Any) -> Shape:
    """Means are subtracted, and everything has a bias."""
    block = _biases(joint | _norm | _plain, "attn_qkv", "attn_output", "ffn_up", "ffn_down")
    return _model(architecture, block, attending, bias=True, **more)


def _mixed(architecture: str, attends: Block, dense: int, more: Block, **given: Any) -> Shape:
    """Experts in all blocks but the first."""
    blocks = [attends | _ffn] * dense + [attends | _sparse | more] * (_BLOCKS - dense)
    return _model(architecture, blocks, leading_dense_block_count=dense, **(_routed | given))


_chooser: Block = {"exp_probs_b.bias": (64,)}
_after: Block = {"post_attention_norm": (_WIDTH,)}
_positions: Block = {"position_embd": (_WIDTH, 32_768)}

#: Every shape by architecture; made when asked for.
USUAL_SHAPES: dict[str, Callable[[], Shape]] = {
    **{
        name: lambda name=name: _model(name, _attention | _ffn)  # type: ignore[misc]
        for name in (
            *("smollm3", "minicpm", "internlm2", "mistral3", "ernie4_5", "xverse"),
            "refact",
        )
    },
    **{
        name: lambda name=name: _model(name, _normed | _ffn)  # type: ignore[misc]
        for name in ("hunyuan-dense", "maincoder")
    },
    "gemma": lambda: _model("gemma", _attention | _ffn, is_tied=True),
    "granite": lambda: _model(
        *("granite", _attention | _ffn),
        embedding_scale=12.0,
        residual_scale=0.2,
        attention__scale=0.01,
        logit_scale=8.0,
    ),
    "seed_oss": lambda: _model(
        "seed_oss", _biased | {n: s for n, s in _ffn.items() if n != "ffn_norm"} | _after
    ),
    "baichuan": lambda: _model("baichuan", _whole | _ffn, _SINGLE),
    "exaone": lambda: _model("exaone", _attention | _ffn, whole={"rope_freqs": (64,)}),
    "arcee": lambda: _model("arcee", _attention | _norm | _plain),
    "stablelm": lambda: _model("stablelm", _biases(_attention | _ffn), bias=True),
    "nemotron": lambda: _model("nemotron", _biases(_attention | _norm | _plain), bias=True),
    "orion": lambda: _model("orion", _biases(_whole | _ffn), _SINGLE, bias=True),
    "phi2": lambda: _model(
        "phi2",
        _biases(_whole | _plain, *_whole, *_plain),
        _SINGLE,
        {"output.bias": (_VOCABULARY,)},
        bias=True,
    ),
    "gptneox": lambda: _old("gptneox", _joint, _SINGLE, use_parallel_residual=True),
    "gpt2": lambda: _old("gpt2", _joint, _SINGLE, whole=_positions),
    "bloom": lambda: _old(
        *("bloom", _joint, _SINGLE),
        whole={"token_embd_norm": (_WIDTH,), "token_embd_norm.bias": (_WIDTH,)},
    ),
    "mpt": lambda: _model("mpt", _joint | _norm | _plain, _SINGLE, attention__max_alibi_bias=8.0),
    "qwen": lambda: _model(
        "qwen", _joint | {"attn_qkv.bias": (3 * _WIDTH,)} | ffn(_WIDTH, _HIDDEN // 2), _SINGLE
    ),
    "chatglm": lambda: _model(
        "chatglm",
        _grouped_joint
        | {"attn_qkv.bias": (_WIDTH + 1024,)}
        | {**_norm, "ffn_up": (_WIDTH, 2 * _HIDDEN), "ffn_down": (_HIDDEN, _WIDTH)},
    ),
    "qwen2vl": lambda: _model("qwen2vl", _biased | _ffn, rope__dimension_sections=(16, 24, 24, 0)),
    "qwen3vl": lambda: _model(
        *("qwen3vl", _normed | _ffn),
        n_deepstack_layers=0,
        rope__dimension_sections=(24, 20, 20, 0),
    ),
    "qwen2moe": lambda: _model(
        "qwen2moe",
        _biased | _sparse | {"ffn_gate_inp_shexp": (_WIDTH,)},
        **(_routed | {"expert_shared_feed_forward_length": 2816}),
    ),
    "deepseek": lambda: _mixed("deepseek", _attention, 1, {}),
    "bailingmoe": lambda: _mixed("bailingmoe", _attention, 0, {}, expert_weights_norm=True),
    "ernie4_5-moe": lambda: _mixed(
        *("ernie4_5-moe", _attention, 1, _chooser),
        expert_shared_feed_forward_length=2816,
        interleave_moe_layer_step=1,
    ),
    "bailingmoe2": lambda: _mixed(
        *("bailingmoe2", _grouped_joint | {"attn_q_norm": (128,), "attn_k_norm": (128,)}),
        *(1, _chooser),
        expert_shared_feed_forward_length=1408,
        expert_weights_norm=True,
        expert_gating_func=2,
        expert_group_count=8,
        expert_group_used_count=4,
    ),
}
