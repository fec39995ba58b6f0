"""What servers ask about models: which there are, with which settings, and what fits."""

from collections.abc import Callable, Mapping, Sequence

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_changes import Change, changes_that_fit
from lollma_gui.core.memory_plan import TargetDevice
from lollma_gui.core.plan_settings import PlanSettings, plan_settings
from lollma_gui.core.rpc_plan import spread_words, with_devices
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.library import Library
from lollma_gui.qt.settings import Settings


class ModelDesk:
    """Answers on the window's thread.

    Args:
        library: The models on this PC.
        knowledge: What is known of them and of the PC.
        settings: The settings in force.
    """

    def __init__(self, library: Library, knowledge: Knowledge, settings: Settings) -> None:
        self._library = library
        self._knowledge = knowledge
        self._settings = settings

    def models(self) -> list[tuple[str, str, str]]:
        """Path, name and quantisation of each model that can be talked to."""
        return [
            (str(entry.path), entry.name, entry.info.quantisation)
            for entry in self._library.entries
            if entry.info is not None and entry.info.can_chat and not entry.problem
        ]

    def learn(self, path: str, then: Callable[[], None]) -> None:
        """Read a model's header off the window's thread, then go on."""
        self._knowledge.learn(path, then)

    def load_values(self, path: str) -> Mapping[str, SettingValue]:
        """The settings in force for a model."""
        return self._settings.load_values(path)

    def facts(self, path: str) -> ModelFacts:
        """What is known of it."""
        return self._knowledge.facts(path)

    def changes(self, path: str, devices: Sequence[TargetDevice] = ()) -> list[Change]:
        """Up to three changes of its settings, each of which alone makes it fit.

        It failed for memory. Where it should have fitted, more is kept free; none is offered where
        there is room even so: memory that a change saves is not what was missing.

        Args:
            path: The model.
            devices: Memories of other PCs that it is spread over.
        """
        try:
            case, settings = self._case(path, self._knowledge.facts(path), devices)
            if case.fits(settings):
                case = case.after_failure()
            return [] if case.fits(settings) else changes_that_fit(case, settings)
        except LollmaError:
            return []  # it cannot be planned: the program itself says why

    def spread(
        self, path: str, devices: Sequence[TargetDevice], then: Callable[[str], None]
    ) -> None:
        """Find out what would lie where if a model were spread over other PCs' memories too.

        Args:
            path: The model.
            devices: Those memories.
            then: Given a sentence or some.
        """

        def take(facts: ModelFacts) -> None:
            try:
                case, settings = self._case(path, facts, devices)
                plan = case.plan(settings)
            except LollmaError as error:
                then(str(error))
            else:
                then(spread_words(plan, case.judge(plan)))

        self._knowledge.read(path, take, lambda error: then(str(error)))

    def _case(
        self, path: str, facts: ModelFacts, devices: Sequence[TargetDevice]
    ) -> tuple[FitCase, PlanSettings]:
        if facts.prepared is None:
            raise LollmaError("What this model needs is not known.")
        case = with_devices(FitCase.on(self._knowledge.pc_now, facts.prepared), devices)
        return case, plan_settings(self._settings.load_values(path))

    def take(self, path: str, values: Mapping[str, SettingValue]) -> None:
        """Put values into the model's profile."""
        self._settings.set_values_of(path, values)
