"""What a memory plan means for this PC, in words."""

from dataclasses import dataclass
from enum import StrEnum

from lollma_gui.core import units
from lollma_gui.core.memory_plan import DeviceShare, MemoryPlan


class Fit(StrEnum):
    """How a plan and the free memory go together."""

    FITS = "fits"
    AT_LEAST = "may fit"
    DOES_NOT_FIT = "does not fit"
    UNKNOWN = "not known"


_SEVERITY = (Fit.FITS, Fit.AT_LEAST, Fit.UNKNOWN, Fit.DOES_NOT_FIT)


@dataclass(frozen=True)
class Verdict:
    """The verdict on a plan: one word for a badge, and a sentence for each device that is used."""

    fit: Fit
    text: str


def judge(plan: MemoryPlan) -> Verdict:
    """Hold a plan against the memory that is free.

    "Fits" is only said when nothing is left out of the totals; else the most that can be said is
    "may fit".
    """
    used = [share for share in plan.devices if share.total] or list(plan.devices[:1])
    fits = [_fit(share) for share in used]
    worst = max(fits, key=_SEVERITY.index)
    if worst is Fit.FITS and plan.estimate:
        worst = Fit.AT_LEAST
    sentences = [_sentence(share, fit) for share, fit in zip(used, fits, strict=True)]
    if not all(share.is_complete for share in used):
        sentences.append("Working memory comes on top and is not counted yet.")
    if plan.estimate:
        sentences.append("This is an estimate: the model's architecture is not wholly known.")
    return Verdict(worst, " ".join(sentences))


def _fit(share: DeviceShare) -> Fit:
    if share.free is None:
        return Fit.UNKNOWN
    if share.total > share.free:
        return Fit.DOES_NOT_FIT
    return Fit.FITS if share.is_complete else Fit.AT_LEAST


def _sentence(share: DeviceShare, fit: Fit) -> str:
    need = units.memory_size(share.total)
    amount = need if share.is_complete else f"at least {need}"
    if fit is Fit.UNKNOWN:
        return f"Needs {amount} in {share.name}; how much is free there is not known."
    free = f"{units.memory_size(share.free)} free in {share.name}"
    if fit is Fit.DOES_NOT_FIT:
        return f"Does not fit: needs {amount}, more than the {free}."
    return f"Needs {amount} of the {free}."
