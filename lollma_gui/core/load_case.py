"""A load that is about to begin: what the engine is given, and whether that will fit."""

from collections.abc import Mapping
from typing import NamedTuple

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_changes import Change
from lollma_gui.core.fit_request import FitRequest
from lollma_gui.core.fit_summary import predicted_speed
from lollma_gui.core.fit_view import FitView, PastErrors
from lollma_gui.core.memory_plan import MemoryPlan
from lollma_gui.core.plan_settings import plan_settings
from lollma_gui.core.prepared_model import PreparedModel
from lollma_gui.core.rope import effective_base
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_facts import ModelFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.verdict import Fit

#: Settings that a load takes; those of generation come with each answer.
MODEL_SETTINGS = frozenset(setting.name for setting in SETTINGS.section(Section.MODEL))


class Offer(NamedTuple):
    """A change that makes the model fit, and what comes of it in words."""

    change: Change
    effect: str


class LoadQuestion(NamedTuple):
    """Whether to load a model that will not fit.

    Attributes:
        path: The model's file.
        view: Where its bytes would go, and the verdict.
        offers: What would make it fit.
        load: The load, for those who want it all the same.
    """

    path: str
    view: FitView
    offers: tuple[Offer, ...]
    load: "PlannedLoad"


class PlannedLoad(NamedTuple):
    """A load with everything decided.

    Attributes:
        path: The model's file.
        values: What the engine is given, by names in the settings table.
        plan: What it should take; None where that cannot be known.
        model: What the plan was made from; None where the file could not be read.
        pc: The PC it was made for.
    """

    path: str
    values: dict[str, SettingValue]
    plan: MemoryPlan | None
    model: PreparedModel | None
    pc: PcFacts


class LoadCase(NamedTuple):
    """A model, the settings in force for it, and the PC. Any thread may work on it.

    Attributes:
        path: The model's file.
        in_force: Every setting's value.
        facts: What is known of the model.
        pc: The PC as it is without a model of ours.
    """

    path: str
    in_force: Mapping[str, SettingValue]
    facts: ModelFacts
    pc: PcFacts

    def asked(self) -> dict[str, SettingValue]:
        """What the engine is given, but "as many layers as fit" not yet written out."""
        values = {name: v for name, v in self.in_force.items() if name in MODEL_SETTINGS}
        return values | self._stretched_base(values)

    def values(self) -> dict[str, SettingValue]:
        """What the engine is given."""
        values = self.asked()
        values["n_gpu_layers"] = self._layers(values)
        return values

    def planned(self) -> PlannedLoad:
        """The load, planned."""
        values = self.values()
        return PlannedLoad(self.path, values, self._plan(values), self.facts.prepared, self.pc)

    def question(self, load: PlannedLoad) -> LoadQuestion | None:
        """What is to be asked before this load; None where it fits, or nobody knows."""
        model = load.model
        if model is None or load.plan is None:
            return None
        case = FitCase.on(self.pc, model)
        if case.judge(load.plan).fit is not Fit.DOES_NOT_FIT:
            return None
        view = self._request(case).view()
        offers = (Offer(change, self._effect(case, change)) for change in view.changes)
        return LoadQuestion(self.path, view, tuple(offers), load)

    # ---- inside ----------------------------------------------------------------------------

    def _layers(self, values: Mapping[str, SettingValue]) -> SettingValue:
        """GPU layers, "as many as fit" written out where GPUs could be measured."""
        layers, prepared = values["n_gpu_layers"], self.facts.prepared
        if layers != -1 or prepared is None or not self.pc.gpus:
            return layers
        return FitCase.on(self.pc, prepared).written_out(plan_settings(values)).n_gpu_layers

    def _stretched_base(self, values: Mapping[str, SettingValue]) -> dict[str, SettingValue]:
        """``alpha_value`` as a RoPE base: it stretches that of the model, known only here."""
        alpha, base = values["alpha_value"], values["rope_freq_base"]
        if alpha == 1 or base or not isinstance(alpha, float):
            return {}
        return {"rope_freq_base": effective_base(alpha, 0.0, self.facts.rope_freq_base)}

    def _plan(self, values: Mapping[str, SettingValue]) -> MemoryPlan | None:
        if self.facts.prepared is None:
            return None
        try:
            return FitCase.on(self.pc, self.facts.prepared).plan(plan_settings(values))
        except LollmaError:
            return None  # the engine will say why it refuses

    def _request(self, case: FitCase) -> FitRequest:
        return FitRequest(
            name=self.facts.name,
            quantisation="",
            case=case,
            asked=plan_settings(self.asked()),
            games_bytes=0,
            margin_wish=None,
            maps_file=not self.in_force["no_mmap"],
            extras=(),
            exact={},
            problems={},
            past=PastErrors(),
            has_failed=False,
            is_changed=False,
            is_measuring=False,
        )

    def _effect(self, case: FitCase, change: Change) -> str:
        """The verdict with a change, and how fast it would write."""
        plan = case.plan(plan_settings({**self.asked(), **change.values}))
        words = case.judge(plan).headline
        speed = predicted_speed(case.model, self.pc, plan)
        return f"{words}; about {speed.text.lstrip('~')} tok/s." if speed else f"{words}."
