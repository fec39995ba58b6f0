"""TEMP."""

from typing import NamedTuple

from lollma_gui.core.gguf_header import GgufHeader
from lollma_gui.core.plan_settings import PlanSettings


class Layout(NamedTuple):
    n_blocks: int
    on_gpu_from: int
    devices: tuple[tuple[int, int], ...]


class Buffers(NamedTuple):
    host: int
    devices: tuple[int, ...]
    output: int
    error: float = 0.1


class ComputeSize:
    def __init__(self, header: GgufHeader) -> None: ...
    def buffers(self, settings: PlanSettings, layout: Layout) -> Buffers:
        return Buffers(100 << 20, tuple(300 << 20 for _ in layout.devices), 600_000)
