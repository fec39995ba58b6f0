"""The answer to whether a model fits, for printing."""

from typing import NamedTuple

from lollma_gui.core.fit_changes import Change
from lollma_gui.core.memory_plan import MemoryPlan
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.verdict import Verdict


class FitResult(NamedTuple):
    """What was found.

    Attributes:
        info: What the model is.
        plan: The memory plan.
        verdict: What it means.
        most_layers: The most layers that fit on the GPUs; 0 without GPUs.
        longest_context: The longest context that fits, in tokens.
        changes: What would make it fit; empty where it does.
    """

    info: ModelInfo
    plan: MemoryPlan
    verdict: Verdict
    most_layers: int
    longest_context: int
    changes: tuple[Change, ...]
