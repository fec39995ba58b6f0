"""How the guide's two knobs for longer contexts become llama.cpp's RoPE base and scale.

Rotary position embedding (RoPE) turns each pair of numbers by an angle that grows with the
position. A larger base or a smaller scale slows that down, so that positions beyond those of the
training still look familiar to the model.
"""

#: The base of Llama 1 and 2, for which TextGen's formula was published.
CLASSIC_BASE = 10_000.0

#: d / (d - 2) for heads of d = 128 numbers, the exponent of NTK-aware scaling.
_ALPHA_EXPONENT = 64 / 63


def base_from_alpha(alpha: float, model_base: float | None = None) -> float:
    """RoPE base that an NTK-aware ``alpha_value`` stands for.

    Source: ``get_rope_freq_base`` in modules/RoPE.py of TextGen (until 2026-03-14):
    ``10000 * alpha ** (64 / 63)``. Models of today are trained with other bases (500,000 and
    more), for which 10,000 would shorten the context; their own base takes its place.

    Args:
        alpha: How many times longer the context is to be; 1 leaves the model as it is.
        model_base: ``{arch}.rope.freq_base`` of the model; None or 0 where it says nothing.

    Returns:
        The base; 0 ("from the model") for an alpha of 1.
    """
    if alpha == 1 or alpha <= 0:
        return 0.0
    return float((model_base or CLASSIC_BASE) * alpha**_ALPHA_EXPONENT)


def alpha_from_base(base: float, model_base: float | None = None) -> float:
    """The ``alpha_value`` that a RoPE base amounts to; 1 for a base of 0.

    The inverse of ``base_from_alpha``. TextGen's own ``get_alpha_value`` has the exponent 63/64.
    """
    if base <= 0:
        return 1.0
    return float((base / (model_base or CLASSIC_BASE)) ** (1 / _ALPHA_EXPONENT))


def effective_base(alpha: float, rope_freq_base: float, model_base: float | None = None) -> float:
    """The base for llama.cpp: an explicit base wins over alpha, 0 means "from the model".

    Source: ``get_rope_freq_base`` of TextGen, as above.
    """
    return rope_freq_base if rope_freq_base > 0 else base_from_alpha(alpha, model_base)


def scale_from_compress(compress_pos_emb: float) -> float:
    """Linear RoPE scale: ``1 / compress_pos_emb``; 0 ("from the model") for 1.

    Source: ``rope_freq_scale = 1 / compress_pos_emb`` in modules/llamacpp_model.py of TextGen
    (until 2025-04-18) and its advice ``--rope-freq-scale 1/N`` since.
    """
    if compress_pos_emb == 1 or compress_pos_emb <= 0:
        return 0.0
    return 1 / compress_pos_emb
