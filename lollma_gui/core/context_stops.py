"""Where a slider for the context length stops: fine steps where it is short, wide ones later."""

from bisect import bisect_left
from functools import lru_cache

from lollma_gui.core.plan_settings import CONTEXT_STEP

SHORTEST = 512
#: So many stops lie between a length and its double, from where that gives whole steps of 256.
_STOPS_EACH_DOUBLING = 16


@lru_cache(maxsize=8)
def context_stops(longest: int) -> tuple[int, ...]:
    """Lengths in tokens from 512 to ``longest``, multiples of 256 but perhaps for the last."""
    stops, n = [], SHORTEST
    while n < longest:
        stops.append(n)
        octave = 1 << (n.bit_length() - 1)
        n += max(CONTEXT_STEP, octave // _STOPS_EACH_DOUBLING)
    return (*stops, max(longest, SHORTEST))


def nearest_stop(stops: tuple[int, ...], n_ctx: int) -> int:
    """Index of the stop that is nearest to a length."""
    right = min(bisect_left(stops, n_ctx), len(stops) - 1)
    left = max(right - 1, 0)
    return left if n_ctx - stops[left] < stops[right] - n_ctx else right
