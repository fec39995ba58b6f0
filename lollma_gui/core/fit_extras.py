"""What is loaded beside a model: a draft model, or a projector for pictures and sound."""

from collections.abc import Sequence

from lollma_gui.core.fit_view import Extra
from lollma_gui.core.memory_plan import MemoryPlan

#: A projector's working memory as a part of its weights: no formula exists, it depends on the size
#: of pictures. Source: buffers that llama.cpp's tools/mtmd reports for usual projectors.
_PROJECTOR_WORK = 0.4


def projector_bytes(file_bytes: int) -> int:
    """About what a projector takes: its weights, and working memory for one picture."""
    return round(file_bytes * (1 + _PROJECTOR_WORK))


def with_extras(plan: MemoryPlan, extras: Sequence[Extra]) -> MemoryPlan:
    """The plan with what is chosen beside the model, on the first GPU that is used, else in RAM."""
    more = sum(extra.n_bytes for extra in extras if extra.is_chosen)
    if not more:
        return plan
    place = next((i for i, share in enumerate(plan.devices) if i and share.buffers), 0)
    devices = list(plan.devices)
    devices[place] = devices[place]._replace(weights=devices[place].weights + more)
    return plan._replace(devices=tuple(devices))
