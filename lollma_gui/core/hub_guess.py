"""Whether a model on the Hub likely fits this PC, before anything of its files is known."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.architectures import Recurrent, cache_rule
from lollma_gui.core.hub_result import HubResult
from lollma_gui.core.planner import ROWS, Cell, PlannerFit, cell
from lollma_gui.core.planner_pc import PlannerPc
from lollma_gui.core.verdict import Fit

#: A middling quantisation, the one most people take.
_ROW = next(row for row in ROWS if row.mix == "Q4_K_M")
#: Context that room is counted for, as long as the model has so much; in tokens.
_CONTEXT = 8192
#: Share of a usual cache that is kept by models that keep less: about a ninth for latent attention
#: (DeepSeek-V2, arXiv 2405.04434, table 1, against grouped queries), a quarter where every fourth
#: layer attends (Qwen3-Next), nothing that grows in wholly recurrent ones.
_LATENT, _HYBRID = 1 / 9, 1 / 4

_FITS = MappingProxyType(
    {
        PlannerFit.GPU: Fit.FITS,
        PlannerFit.PARTLY: Fit.PARTLY,
        PlannerFit.RAM: Fit.MOSTLY_RAM,
        PlannerFit.NONE: Fit.DOES_NOT_FIT,
        PlannerFit.UNKNOWN: Fit.UNKNOWN,
    }
)
_WORDS: Mapping[Fit, str] = MappingProxyType(
    {
        Fit.FITS: "Likely fits",
        Fit.PARTLY: "Likely partly",
        Fit.MOSTLY_RAM: "Likely in RAM",
        Fit.DOES_NOT_FIT: "Likely too big",
        Fit.UNKNOWN: "Not known",
    }
)


class Guess(NamedTuple):
    """An estimate.

    Attributes:
        fit: The verdict it comes nearest to.
        words: For a badge.
        reason: What it is based on, a sentence.
    """

    fit: Fit
    words: str
    reason: str

    @property
    def is_hopeful(self) -> bool:
        """Whether it is worth a look for somebody who wants what fits."""
        return self.fit in (Fit.FITS, Fit.PARTLY, Fit.MOSTLY_RAM)


def guess(result: HubResult, pc: PlannerPc) -> Guess:
    """Estimate a repository's fit from parameters, context and architecture.

    Args:
        result: What the Hub says of it.
        pc: This PC with what is free on it.
    """
    if not result.parameters:
        return Guess(Fit.UNKNOWN, _WORDS[Fit.UNKNOWN], "The Hub does not say how large it is.")
    n_ctx = min(result.context or _CONTEXT, _CONTEXT)
    counted = cell(_ROW, result.parameters, pc, round(n_ctx * _cache_share(result.architecture)))
    # Without a GPU, RAM is where a model fits.
    is_whole = not pc.gpus and counted.fit is PlannerFit.RAM
    fit = Fit.FITS if is_whole else _FITS[counted.fit]
    return Guess(fit, _WORDS[fit], _reason(counted, n_ctx, pc))


def _cache_share(architecture: str) -> float:
    rule = cache_rule(architecture)
    if not rule.has_cache:
        return 0.0
    if rule.state is not None:
        return 0.0 if rule.recurrent is Recurrent.ALL else _HYBRID
    return _LATENT if rule.is_latent else 1.0


def _reason(counted: Cell, n_ctx: int, pc: PlannerPc) -> str:
    return (
        f"About {units.memory_size(counted.need)} at {counted.row.mix} with "
        f"{units.whole(n_ctx, 'tokens')} of context. {pc.room_sentence} Open it for the true "
        "figure."
    )
