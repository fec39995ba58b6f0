"""What a memory plan means for this PC, in words."""

from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan


class Fit(StrEnum):
    """How a plan and the free memory go together."""

    FITS = "fits"
    PARTLY = "partly"
    MOSTLY_RAM = "mostly in RAM"
    MAY_FIT = "may fit"
    ONLY_JUST = "only just"
    DOES_NOT_FIT = "does not fit"
    UNKNOWN = "not known"


class Margins(NamedTuple):
    """What is to stay free for known errors and for what other programs take meanwhile, bytes.

    Attributes:
        gpu: On each GPU.
        ram: In RAM.
    """

    gpu: int
    ram: int

    def of(self, share: DeviceShare, error: float) -> int:
        """The margin on a device, room for the compute buffer's known error included.

        None is kept on a GPU that holds no layer: there is nothing to move away from it.
        """
        kept = self.ram if share.kind == "cpu" else self.gpu * bool(share.layers)
        return kept + round(share.compute * error)


class Verdict(NamedTuple):
    """The verdict on a plan.

    Attributes:
        fit: One word, for a badge.
        headline: One short sentence without a full stop.
        detail: A few words beside the badge: what is spare, or how many layers.
        text: A sentence for each device, and what is kept free.
        spare: Bytes left beside the margin on the tightest device; negative: so much is missing.
    """

    fit: Fit
    headline: str
    detail: str
    text: str
    spare: int | None


def judge(plan: MemoryPlan, margins: Margins) -> Verdict:
    """Hold a plan against the memory that is free.

    "Fits" is only said where the margin stays free on every device.
    """
    used = [share for share in plan.devices if share.buffers] or [plan.ram]
    text = _sentences(plan, used, margins)
    unknown = [share for share in used if share.spare is None]
    if unknown:
        need = units.memory_size(unknown[0].total)
        headline = f"Needs {need} in {unknown[0].name}; how much is free there is not known"
        return Verdict(Fit.UNKNOWN, headline, need, text, None)
    tight = min(used, key=lambda share: _left(share, margins, plan.error))
    left = _left(tight, margins, plan.error)
    fit, headline, detail = _words(plan, tight, left)
    return Verdict(fit, headline, detail, text, left)


def _left(share: DeviceShare, margins: Margins, error: float) -> int:
    assert share.spare is not None
    return share.spare - margins.of(share, error)


def _words(plan: MemoryPlan, tight: DeviceShare, left: int) -> tuple[Fit, str, str]:
    missing, spare = units.memory_size(-left), units.memory_size(left)
    where = "" if len(plan.devices) == 1 else f" on {tight.name}"
    if tight.kind == "cpu":
        where = " in RAM"
    if (tight.spare or 0) < 0:
        short = units.memory_size(-(tight.spare or 0))
        return Fit.DOES_NOT_FIT, f"Needs {short} more{where}", f"{short} too much"
    if left < 0:
        headline = f"Fits only just: {missing} less than is to stay free{where}"
        return Fit.ONLY_JUST, headline, f"{missing} short of the margin"
    if plan.estimate:
        return Fit.MAY_FIT, f"May fit, with about {spare} to spare{where}", f"about {spare} spare"
    if plan.gpus and not _is_whole(plan):
        return _partly(plan)
    return Fit.FITS, f"Fits with {spare} to spare{where}", f"{spare} spare"


def _is_whole(plan: MemoryPlan) -> bool:
    return plan.gpu_layers >= plan.layers and not plan.settings.n_cpu_moe


def _partly(plan: MemoryPlan) -> tuple[Fit, str, str]:
    layers = f"{plan.gpu_layers} of {plan.layers} layers"
    if plan.gpu_layers >= plan.layers:
        blocks = f"experts of {plan.settings.n_cpu_moe} blocks in RAM"
        return Fit.PARTLY, f"All layers on the GPU, {blocks}", blocks
    if not plan.gpu_layers:
        return Fit.MOSTLY_RAM, "Runs in RAM alone, without the GPU", "in RAM alone"
    fit = Fit.PARTLY if 2 * plan.gpu_layers >= plan.layers else Fit.MOSTLY_RAM
    return fit, f"{layers} on the GPU", layers


def _sentences(plan: MemoryPlan, used: list[DeviceShare], margins: Margins) -> str:
    sentences = [_sentence(share, margins.of(share, plan.error)) for share in used]
    if plan.estimate:
        sentences.append("This is an estimate: the model's architecture is not wholly known.")
    return " ".join(sentences)


def _sentence(share: DeviceShare, margin: int) -> str:
    need = units.memory_size(share.total)
    if share.free is None:
        return f"{share.name}: needs {need}."
    free = units.memory_size(share.free)
    kept = f" {units.memory_size(margin)} of it are to stay free." if margin else ""
    return f"{share.name}: needs {need} of {free} free.{kept}"
