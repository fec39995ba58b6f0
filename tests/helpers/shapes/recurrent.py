"""Models with recurrent layers, alone or beside attention (src/models of llama.cpp)."""

from helpers.shapes.parts import Shape, ends, keys, stacked


def _ssm_keys(inner: int, state: int, steps: int, groups: int | None = None) -> dict[str, int]:
    found = {
        "ssm__conv_kernel": 4,
        "ssm__inner_size": inner,
        "ssm__state_size": state,
        "ssm__time_step_rank": steps,
    }
    return found if groups is None else {**found, "ssm__group_count": groups}


def _mamba(width: int, inner: int, state: int, rank: int) -> dict[str, tuple[int, ...]]:
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


def _mamba2(
    width: int, inner: int, state: int, ssm_heads: int, groups: int
) -> dict[str, tuple[int, ...]]:
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
