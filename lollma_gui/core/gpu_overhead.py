"""What a GPU's driver and the engine take beside llama.cpp's buffers: guessed, then learned.

No formula exists: it is the driver's context, the kernels that are loaded, the pools and work
areas of libraries. Reports: 120 MiB on an RTX 4060, 254 MiB on an RTX 4090. Once a model was loaded
on this PC, what was really taken is known, and counts instead.
"""

import statistics
from collections.abc import Sequence

_MIB = 1024**2
#: Where nothing is known of the GPU.
USUAL_OVERHEAD = 300 * _MIB
#: By the major number of the CUDA compute capability: newer chips have more units and kernels.
_BY_GENERATION = {5: 160, 6: 180, 7: 240, 8: 300, 9: 520, 10: 520, 12: 380}

#: Beyond these bounds nothing was learned: another program came or went at the same moment.
LEAST_OVERHEAD = 50 * _MIB
MOST_OVERHEAD = 2048 * _MIB
#: So many of the last loads count.
LOADS_KEPT = 9


def usual_overhead(compute_capability: tuple[int, int] | None) -> int:
    """Bytes to expect on a GPU on which nothing was measured yet."""
    if compute_capability is None:
        return USUAL_OVERHEAD
    return _BY_GENERATION.get(compute_capability[0], max(_BY_GENERATION.values())) * _MIB


def learned_overhead(measured: Sequence[int]) -> int | None:
    """Bytes to expect after real loads; None where there were none.

    Args:
        measured: For each load, the newest last: bytes taken of the GPU less llama.cpp's buffers.

    Returns:
        The median of the last loads within bounds, so that a single odd one does not count.
    """
    likely = [n_bytes for n_bytes in measured if LEAST_OVERHEAD <= n_bytes <= MOST_OVERHEAD]
    recent = likely[-LOADS_KEPT:]
    return round(statistics.median(recent)) if recent else None
