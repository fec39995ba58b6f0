"""Setting values as a program's command line sees them."""

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.program_name import How, Program
from lollma_gui.core.rope import effective_base, scale_from_compress
from lollma_gui.core.setting import Kind, Setting, number_text
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.core.settings_table import SETTINGS

Converter = Callable[["LaunchValues"], list[str]]


class LaunchValues:
    """Complete values for one program.

    Args:
        values: By name; what is missing has its default.
        model: What is known of the model.
        program: Whose command line is written.
    """

    def __init__(
        self, values: Mapping[str, SettingValue], model: ModelFacts, program: Program
    ) -> None:
        self._values = {**SETTINGS.defaults(), **values}
        self.model = model
        self.program = program

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def text(self, name: str) -> str:
        """A value as a word of a command line."""
        value = self[name]
        return number_text(value) if isinstance(value, float) else str(value)

    def shares(self) -> list[str]:
        """The share of each GPU as words."""
        return [number_text(float(share)) for share in self["tensor_split"]]

    def differs(self, name: str) -> bool:
        """Whether the program would do something else by itself."""
        return bool(self[name] != SETTINGS[name].programs[self.program].default)

    def extra_flags(self) -> list[str]:
        """The words of the extra flags.

        Raises:
            LollmaError: A quotation mark in them is never closed.
        """
        try:
            return shlex.split(self["extra_flags"])
        except ValueError as error:
            raise LollmaError(
                "A quotation mark in the extra flags is never closed.",
                "Correct them under Settings.",
            ) from error

    @property
    def split_mode(self) -> str:
        """How GPUs share the model: the guide's switch for rows wins."""
        return "row" if self["row_split"] else str(self["split_mode"])

    @property
    def rope_base(self) -> float:
        """RoPE base from the base itself or from NTK alpha; 0 = from the model."""
        base = float(self["rope_freq_base"])
        return effective_base(self["alpha_value"], base, self.model.rope_freq_base)

    @property
    def rope_scale(self) -> float:
        """Linear RoPE scale; 0 = from the model."""
        return scale_from_compress(self["compress_pos_emb"])

    def words(self, how: How, converters: Mapping[str, Converter]) -> list[str]:
        """All words for settings that the program is told in one way, in the table's order.

        A setting with a converter is said by that alone; any other by its flag and value.
        """
        words: list[str] = []
        for setting in SETTINGS:
            name = setting.programs[self.program]
            if setting.name in converters:
                words += converters[setting.name](self)
            elif name.how is how and self.differs(setting.name):
                words += self._plainly(setting, name.name)
        return words

    def _plainly(self, setting: Setting, flag: str) -> list[str]:
        if setting.kind is Kind.SWITCH:
            return [flag] if self[setting.name] else []
        return [flag, self.text(setting.name)]


def nothing(_values: LaunchValues) -> list[str]:
    """For settings that another one's converter says too."""
    return []
