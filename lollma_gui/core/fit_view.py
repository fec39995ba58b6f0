"""Everything the fit panel shows of one model with some settings on this PC."""

from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_changes import Change
from lollma_gui.core.memory_plan import MemoryPlan
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.verdict import Margins, Verdict


class Extra(NamedTuple):
    """Something that is loaded beside the model.

    Attributes:
        key: What ``FitPanel`` says when a person chooses it: a path.
        name: For people.
        kind: ``draft`` or ``projector``.
        n_bytes: What it adds.
        is_chosen: Whether it counts now.
    """

    key: str
    name: str
    kind: str
    n_bytes: int
    is_chosen: bool = False


class PastErrors(NamedTuple):
    """How far predictions were off, as a part of what was measured; None where nothing was.

    Attributes:
        model: In the last load of this model.
        pc: The worst of this PC's last loads.
        loads: How many loads on this PC are known.
    """

    model: float | None = None
    pc: float | None = None
    loads: int = 0


class FitView(NamedTuple):
    """What is shown.

    Attributes:
        name: The model's name.
        quantisation: For example ``Q4_K_M``; may be empty.
        asked: The settings as a person set them; -1 GPU layers = as many as fit.
        plan: The memory plan that counts: the engine's where there is one, else arithmetic.
        verdict: What it means.
        margins: What is to stay free.
        games_bytes: What is kept free on each GPU for games; part of ``margins.gpu``.
        layers: Layers of the model, the output included.
        expert_blocks: Blocks with experts; 0 for models without.
        n_ctx_train: Context the model was trained on; 0 if unknown.
        longest_context: The longest that fits with the other settings; 0 if none does.
        most_layers: The most layers that fit on the GPUs with the other settings.
        arithmetic_total: Bytes by arithmetic, where ``plan`` is the engine's; for the difference.
        is_measuring: Whether the engine's dry run is under way.
        measuring_problem: Why there is no dry run of these settings; empty if there is none.
        changes: What would make it fit; empty where it fits.
        extras: What can be loaded beside it.
        past: Errors of earlier predictions.
        is_changed: Whether a person changed something here that the model's profile does not say.
        refusal: Why llama.cpp would refuse these settings; ``plan`` is that of the last good ones.
        margin_wish: Bytes a person wants kept free on each GPU; None = automatic.
        maps_file: Whether weights in RAM are mapped from the file rather than read.
    """

    name: str
    quantisation: str
    asked: PlanSettings
    plan: MemoryPlan
    verdict: Verdict
    margins: Margins
    games_bytes: int
    layers: int
    expert_blocks: int
    n_ctx_train: int
    longest_context: int
    most_layers: int
    arithmetic_total: int | None = None
    is_measuring: bool = False
    measuring_problem: str = ""
    changes: tuple[Change, ...] = ()
    extras: tuple[Extra, ...] = ()
    past: PastErrors = PastErrors()
    is_changed: bool = False
    refusal: LollmaError | None = None
    margin_wish: int | None = None
    maps_file: bool = True
