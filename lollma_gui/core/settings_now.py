"""The settings as they are at one moment, for work in other threads."""

from collections.abc import Mapping
from typing import NamedTuple

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.profile_book import ProfileBook
from lollma_gui.core.recommendations import Recommendation, recommend
from lollma_gui.core.settings_facts import ModelFacts, PcFacts


class SettingsNow(NamedTuple):
    """The profiles of one moment.

    Attributes:
        book: The profiles; nobody changes them any more.
        pc: The PC that advice is given for.
    """

    book: ProfileBook
    pc: PcFacts

    def advice(self, model: ModelFacts) -> dict[str, Recommendation]:
        """What is advised for a model; some milliseconds the first time."""
        return recommend(self.pc, model)

    def values(self, key: str, advice: Mapping[str, Recommendation]) -> dict[str, SettingValue]:
        """Every setting's value in force for a model.

        Args:
            key: What its settings are kept under.
            advice: What is advised for it.
        """
        values: dict[str, SettingValue] = self.book.all(advice).values(self.book.used(key))
        return values
