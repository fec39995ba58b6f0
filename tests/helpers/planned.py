"""The app's own arithmetic, as tests compare it with the engine: all that knows how to call it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lollma_gui.core.cache_size import CacheSize
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_header import GgufHeader, read_header
from lollma_gui.core.memory_plan import PlanSettings, TargetDevice, plan_memory

#: What plans are made from.
Model = GgufHeader
#: Weights and cache of RAM and of each GPU; None = refused.
Planned = tuple[tuple[int, int], ...] | None


def prepared(path: Path) -> Model:
    """The model in a file."""
    with path.open("rb") as file:
        return read_header(file, path.stat().st_size)


def planned(model: Model, settings: Mapping[str, Any], n_gpus: int = 0) -> Planned:
    """Bytes by arithmetic; GPUs lay bytes out as the CPU does, like those of an RPC server."""
    gpus = [TargetDevice(f"GPU {i}", "rpc") for i in range(n_gpus)]
    try:
        plan = plan_memory(model, PlanSettings(**settings), gpus)
    except LollmaError:
        return None
    return tuple((device.weights, device.kv) for device in plan.devices)


def claims_to_be_exact(model: Model) -> bool:
    """Whether the app says that it knows weights and cache to the byte."""
    return CacheSize(model, PlanSettings()).is_exact
