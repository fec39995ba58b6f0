"""What each program calls a setting."""

from dataclasses import dataclass
from enum import StrEnum

from lollma_gui.core.engine_messages import SettingValue


class Program(StrEnum):
    """Programs that a setting can be handed to."""

    ENGINE = "Built-in engine"
    LLAMA_CPP_PYTHON = "llama-cpp-python"
    TEXTGEN = "TextGen"
    KOBOLDCPP = "KoboldCpp"
    LLAMA_SERVER = "llama-server"


class How(StrEnum):
    """How a program is told."""

    FLAG = "flag"
    KEYWORD = "keyword of Llama(...)"
    CALL = "keyword of create_completion(...)"
    REQUEST = "field of a request"
    FIELD = "argument of the engine"
    EXTRA = "flag passed on by --extra-flags"
    VERBATIM = "words added as they are"
    MISSING = "not there"


@dataclass(frozen=True)
class ProgramName:
    """What one program calls a setting, or that it has no such thing.

    Attributes:
        name: The flag, keyword or field as typed; empty where there is none.
        how: Where it is said.
        default: What the program does when it is not said, in the terms of our table. None means
            that this cannot be said in our terms, so that the value is always handed over.
        note: One sentence on a difference in meaning, or why there is none; may be empty.
        gone_since: Date (YYYY-MM-DD) or version of the removal; empty if never removed.
    """

    name: str
    how: How
    default: SettingValue = None
    note: str = ""
    gone_since: str = ""

    @property
    def exists(self) -> bool:
        """Whether the program of today knows the setting."""
        return self.how is not How.MISSING

    def sentence(self, program: Program) -> str:
        """What to tell a person about this setting in that program."""
        if self.exists:
            said = f"{program}: {self.name} ({self.how})."
        elif self.gone_since:
            said = f"{program} no longer has it (since {self.gone_since})."
        else:
            said = f"{program} never had it."
        return f"{said} {self.note}".strip()


def flag(name: str, default: SettingValue = None, note: str = "") -> ProgramName:
    """A command-line flag."""
    return ProgramName(name, How.FLAG, default, note)


def keyword(name: str, default: SettingValue = None, note: str = "") -> ProgramName:
    """A keyword of ``llama_cpp.Llama``."""
    return ProgramName(name, How.KEYWORD, default, note)


def call(name: str, default: SettingValue = None, note: str = "") -> ProgramName:
    """A keyword of ``Llama.create_chat_completion`` or ``create_completion``."""
    return ProgramName(name, How.CALL, default, note)


def request(name: str, note: str = "") -> ProgramName:
    """A field of each request; nothing for the command line."""
    return ProgramName(name, How.REQUEST, note=note)


def engine(name: str, note: str = "") -> ProgramName:
    """A field of ``LoadArguments`` or ``SamplingArguments``."""
    return ProgramName(name, How.FIELD, note=note)


def extra(name: str, default: SettingValue = None, note: str = "") -> ProgramName:
    """A flag of llama-server that TextGen only passes on."""
    return ProgramName(name, How.EXTRA, default, note)


def never(note: str = "") -> ProgramName:
    """The program never had the setting."""
    return ProgramName("", How.MISSING, note=note)


def gone(since: str, note: str = "") -> ProgramName:
    """The program had the setting and dropped it."""
    return ProgramName("", How.MISSING, note=note, gone_since=since)
