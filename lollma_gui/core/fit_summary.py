"""What a list shows of each model's fit: a badge, a few words, a speed."""

from collections.abc import Mapping
from typing import NamedTuple

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.gpu_catalog import USUAL_RAM
from lollma_gui.core.memory_plan import MemoryPlan
from lollma_gui.core.placement import HOST, Placement
from lollma_gui.core.plan_settings import plan_settings
from lollma_gui.core.prepared_model import PreparedModel
from lollma_gui.core.settings_facts import PcFacts
from lollma_gui.core.speed import Speed, predict, reading
from lollma_gui.core.verdict import Fit


class FitSummary(NamedTuple):
    """One model on one PC.

    Attributes:
        fit: The verdict in one word.
        headline: The verdict as a sentence.
        detail: A few words beside the badge.
        spare: Bytes left beside the margin; negative: so much is missing; None if unknown.
        gpu_layers: Layers on GPUs with these settings.
        layers: All layers.
        longest_context: The longest context that fits, in tokens.
        speed: Predicted; None where a bandwidth is not known.
        is_whole: Whether no experts of layers on a GPU stay in RAM.
    """

    fit: Fit
    headline: str
    detail: str
    spare: int | None = None
    gpu_layers: int = 0
    layers: int = 0
    longest_context: int = 0
    speed: Speed | None = None
    is_whole: bool = True


def summarise(model: PreparedModel, pc: PcFacts, values: Mapping[str, SettingValue]) -> FitSummary:
    """Sum up a model's fit.

    Args:
        model: The model.
        pc: The PC.
        values: Settings by their names in the table.
    """
    case = FitCase.on(pc, model)
    try:
        settings = plan_settings(values)
        plan = case.plan(settings)
        speed = predicted_speed(model, pc, plan)
    except LollmaError as error:
        return FitSummary(Fit.UNKNOWN, str(error), "these settings are refused")
    verdict = case.judge(plan)
    return FitSummary(
        verdict.fit,
        verdict.headline,
        verdict.detail,
        verdict.spare,
        plan.gpu_layers,
        plan.layers,
        case.longest_context(settings),
        speed,
        is_whole=not settings.n_cpu_moe,
    )


def predicted_speed(
    model: PreparedModel, pc: PcFacts, plan: MemoryPlan, depth: int | None = None
) -> Speed | None:
    """The speed of writing.

    RAM counts as the usual kind of today's PCs: no system says what kind it has.

    Args:
        model: The model.
        pc: The PC.
        plan: How it is loaded.
        depth: Tokens in the context already; half of what it holds by default.
    """
    settings = plan.settings
    shares = [float(share.layers) for share in plan.gpus]
    placement = Placement(model.header, settings.n_gpu_layers, shares if any(shares) else ())
    if depth is None:
        depth = (settings.n_ctx or model.n_ctx_train or 4096) // 2
    bandwidths: dict[int, float | None] = {HOST: USUAL_RAM.bandwidth}
    bandwidths |= {i: gpu.bandwidth for i, gpu in enumerate(pc.gpus)}
    return predict(reading(model.header, settings, placement, depth), bandwidths)
