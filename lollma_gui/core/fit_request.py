"""What a fit view is made from: everything at one moment, so that any thread can make it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.exact_plan import exact_plan
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_changes import Change, changes_that_fit
from lollma_gui.core.fit_extras import chosen_bytes
from lollma_gui.core.fit_view import Extra, FitView, PastErrors
from lollma_gui.core.memory_plan import MemoryPlan
from lollma_gui.core.plan_settings import PlanSettings
from lollma_gui.core.verdict import Fit

#: Verdicts that changes are offered for.
_NOT_GOOD = frozenset({Fit.DOES_NOT_FIT, Fit.ONLY_JUST})


@dataclass(frozen=True)
class FitRequest:
    """One model with some settings on one PC.

    Attributes:
        name: The model's name.
        quantisation: For example ``Q4_K_M``.
        case: The model and the PC.
        asked: Settings; -1 GPU layers = as many as fit.
        games_bytes: What is kept free for games; part of the margin on GPUs.
        margin_wish: What else a person wants to stay free on GPUs; None = automatic.
        maps_file: Whether the file is mapped rather than read.
        extras: What can be loaded beside the model.
        exact: What the engine said of settings it was asked about.
        problems: Why it could not say, by settings.
        past: Errors of earlier predictions.
        has_failed: Whether the last load of this model failed for memory.
        is_changed: Whether something was changed that the model's profile does not say.
        is_measuring: Whether the engine is being asked.
    """

    name: str
    quantisation: str
    case: FitCase
    asked: PlanSettings
    games_bytes: int
    margin_wish: int | None
    maps_file: bool
    extras: tuple[Extra, ...]
    exact: Mapping[PlanSettings, DryRunResult]
    problems: Mapping[PlanSettings, str]
    past: PastErrors
    has_failed: bool
    is_changed: bool
    is_measuring: bool

    def view(self) -> FitView:
        """Make the view.

        Raises:
            LollmaError: If llama.cpp would refuse these settings for this model.
        """
        asked = self.asked
        case = replace(self.case, beside_bytes=chosen_bytes(self.extras))
        arithmetic = case.plan(asked)
        found = self.exact.get(arithmetic.settings)
        plan = exact_plan(arithmetic, found) if found else arithmetic
        verdict = case.judge(plan)
        needs_change = self.has_failed or verdict.fit in _NOT_GOOD
        return FitView(
            name=self.name,
            quantisation=self.quantisation,
            asked=asked,
            plan=plan,
            verdict=verdict,
            margins=case.margins,
            games_bytes=self.games_bytes,
            margin_wish=self.margin_wish,
            maps_file=self.maps_file,
            layers=case.model.n_layers,
            expert_blocks=case.model.expert_blocks,
            n_ctx_train=case.model.n_ctx_train,
            longest_context=case.longest_context(asked),
            most_layers=case.most_layers(asked) if case.gpus else 0,
            arithmetic_total=_total(arithmetic) if found else None,
            is_measuring=self.is_measuring,
            measuring_problem=self.problems.get(arithmetic.settings, ""),
            changes=self._changes(case) if needs_change else (),
            extras=self.extras,
            past=self.past,
            is_changed=self.is_changed,
        )

    def _changes(self, case: FitCase) -> tuple[Change, ...]:
        case = case.after_failure() if self.has_failed else case
        return tuple(changes_that_fit(case, self.asked))


def _total(plan: MemoryPlan) -> int:
    return sum(share.total for share in plan.devices)
