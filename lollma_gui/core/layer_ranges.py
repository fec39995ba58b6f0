"""Which layers lie on which GPU.

Source: ``get_layer_buft_list`` in src/llama-model.cpp of llama.cpp (llama-cpp-python 0.3.36): GPUs
take layers from the end, the output counts as the last layer, and each GPU gets its share of them
by cumulative fractions in single precision.
"""

import itertools
import math
import struct
from collections.abc import Sequence


def layer_ranges(
    n_layers: int, n_gpu_layers: int, shares: Sequence[float]
) -> tuple[tuple[int, int], ...]:
    """For each GPU the layers it holds, as ``[first, behind the last)``.

    Args:
        n_layers: Blocks and the output.
        n_gpu_layers: Layers on GPUs; negative = all.
        shares: Share of each GPU, in any unit.
    """
    on_gpu = n_layers if n_gpu_layers < 0 else min(n_gpu_layers, n_layers)
    start = n_layers - on_gpu
    if len(shares) == 1:
        return ((start, n_layers),)
    ranges, first = [], start
    for bound in _cumulative(shares):
        last = start + _layers_below(bound, on_gpu)
        ranges.append((first, max(first, last)))
        first = max(first, last)
    return tuple(ranges)


def _layers_below(bound: float, on_gpu: int) -> int:
    """How many of the first layers have a fraction below the bound."""
    near = min(max(math.ceil(bound * on_gpu), 0), on_gpu)
    # Single precision may decide otherwise for the layer at the bound.
    while near > 0 and not _float32((near - 1) / on_gpu) < bound:
        near -= 1
    while near < on_gpu and _float32(near / on_gpu) < bound:
        near += 1
    return near


def _cumulative(shares: Sequence[float]) -> list[float]:
    """Upper bound of each GPU's part of the layers, rounded as llama.cpp's floats are."""
    sums = [_float32(s) for s in itertools.accumulate(shares)]
    return [_float32(s / sums[-1]) for s in sums] if sums and sums[-1] else [1.0] * len(sums)


def _float32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])
