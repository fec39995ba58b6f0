"""What servers ask about models: which there are, with which settings, and what fits."""

from collections.abc import Callable, Mapping

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_changes import Change, changes_that_fit
from lollma_gui.core.plan_settings import plan_settings
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

    def changes(self, path: str) -> list[Change]:
        """Up to three changes of its settings, each of which alone makes it fit.

        They are offered too where the settings of now should have fitted: it failed all the same.
        """
        prepared = self._knowledge.facts(path).prepared
        if prepared is None:
            return []
        try:
            case = FitCase.on(self._knowledge.pc_now, prepared)
            return changes_that_fit(case, plan_settings(self._settings.load_values(path)))
        except LollmaError:
            return []  # settings that cannot be planned: the program itself says why

    def take(self, path: str, values: Mapping[str, SettingValue]) -> None:
        """Put values into the model's profile."""
        self._settings.set_values_of(path, values)
