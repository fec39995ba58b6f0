"""One setting: everything the window, the checks and the command lines need to know about it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.program_name import Program, ProgramName


class Kind(StrEnum):
    """What a value is; each kind has one editor."""

    SWITCH = "switch"
    WHOLE = "whole number"
    DECIMAL = "decimal"
    CHOICE = "choice"
    FRACTIONS = "fractions"
    TEXT = "text"
    LINES = "multi-line text"
    TEXTS = "list of texts"
    PATH = "path"
    PATHS = "path list"


class Section(StrEnum):
    """The two tables of the guide."""

    MODEL = "model"
    GENERATION = "generation"


@dataclass(frozen=True, eq=False)
class Setting:
    """One row of the settings table.

    Attributes:
        name: Key everywhere in our files; the guide's name in snake case.
        label: What the window calls it.
        kind: What a value is.
        section: Which of the guide's two tables it belongs to.
        group: Heading it stands under.
        default: What we start from.
        explanation: One or two sentences in our words.
        programs: Its name in every program.
        guide_name: As the guide prints it; empty if the guide does not have it.
        guide_value: The guide's recommended value in our terms; None where it has none.
        unit: Unit of a number, in words.
        minimum: Smallest number allowed, inclusive.
        maximum: Largest number allowed, inclusive.
        step: What one turn of the wheel adds.
        choices: The values of a choice, with the words for each.
        llama_cpp_default: What llama.cpp itself does, where that differs from ``default``.
        special: Values that mean something other than their number, in words.
        legacy: Values of older tables and what they mean today.
        essential: Whether it is shown before the rest is unfolded.
        needs_reload: Whether the model has to be loaded again.
        costs_memory: Whether it changes what lies in RAM or VRAM.
    """

    name: str
    label: str
    kind: Kind
    section: Section
    group: str
    default: SettingValue
    explanation: str
    programs: Mapping[Program, ProgramName]
    guide_name: str = ""
    guide_value: SettingValue = None
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    llama_cpp_default: SettingValue = None
    special: Mapping[SettingValue, str] = field(default_factory=dict)  # type: ignore[type-var]
    legacy: Mapping[SettingValue, SettingValue] = field(default_factory=dict)  # type: ignore[type-var]
    essential: bool = False
    needs_reload: bool = False
    costs_memory: bool = False

    @property
    def default_is_from(self) -> str:
        """Whose default it is: ``llama.cpp`` or ``LoLLMa``."""
        return "llama.cpp" if self.llama_cpp_default is None else "LoLLMa"

    @property
    def default_of_llama_cpp(self) -> SettingValue:
        """What llama.cpp's own programs do when nothing is said."""
        return self.default if self.llama_cpp_default is None else self.llama_cpp_default

    # ---- checking --------------------------------------------------------------------------

    def check(self, value: SettingValue) -> str:
        """What is wrong with a value of this setting by itself, in one sentence; else empty."""
        wrong = _CHECKS[self.kind](self, value)
        return f"{self.label} {wrong}." if wrong else ""

    def accept(self, value: SettingValue) -> SettingValue:
        """The value as this setting keeps it: older spellings and harmless types put right.

        Raises:
            ValueError: With the sentence of ``check`` if nothing could be made of it.
        """
        if isinstance(value, str | bool | int | float) and value in self.legacy:
            value = self.legacy[value]
        if self.kind is Kind.WHOLE and isinstance(value, float) and value.is_integer():
            value = int(value)
        if self.kind is Kind.DECIMAL and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if self.kind is Kind.FRACTIONS and isinstance(value, list):
            value = [float(v) if type(v) is int else v for v in value]
        if wrong := self.check(value):
            raise ValueError(wrong)
        return value

    # ---- text and back ---------------------------------------------------------------------

    def parse(self, text: str) -> SettingValue:
        """The value a person typed.

        Raises:
            ValueError: With one sentence for the person.
        """
        return self.accept(_PARSERS[self.kind](self, text))

    def format(self, value: SettingValue) -> str:
        """A value as text that ``parse`` understands."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, float):
            return number_text(value)
        if isinstance(value, list):
            if self.kind is Kind.FRACTIONS:
                return ", ".join(number_text(float(v)) for v in value)
            escape = str if self.kind is Kind.PATHS else _escape
            return "\n".join(escape(str(v)) for v in value)
        return "" if value is None else str(value)

    def describe(self, value: SettingValue) -> str:
        """A value in words for a person, with its unit: ``4,096 tokens``, ``as many as fit``."""
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            if value in self.special:
                return self.special[value]
            if value in self.choices:
                return self.choices[str(value)]
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value:,} {self.unit}".rstrip()
        if value in ("", []) or value is None:
            return "none"
        return f"{self.format(value)} {self.unit}".rstrip()


def number_text(value: float) -> str:
    """A decimal without needless digits, exactly readable back: ``0.7``, ``5000000``."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def _escape(text: str) -> str:
    r"""A text on one line: backslash, line break and tab as ``\\``, ``\n`` and ``\t``."""
    return json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')


def _unescape(text: str) -> str:
    r"""The reverse of ``_escape``; a backslash before anything else stands for itself."""
    out, rest = [], iter(text)
    known = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "b": "\b", "f": "\f"}
    for char in rest:
        if char != "\\":
            out.append(char)
            continue
        after = next(rest, "")
        if after == "u":
            code = "".join(next(rest, "") for _ in range(4))
            out.append(chr(int(code, 16)) if _is_hex(code) else "\\u" + code)
        else:
            out.append(known.get(after, "\\" + after))
    return "".join(out)


def _is_hex(code: str) -> bool:
    return len(code) == 4 and all(c in "0123456789abcdefABCDEF" for c in code)


# ---- what is wrong with a value, to be put behind the label --------------------------------


def _range(setting: Setting) -> str:
    low, high = setting.minimum, setting.maximum
    if low is not None and high is not None:
        return f" from {low:,g} to {_big(high)}"
    if low is not None:
        return f" of at least {low:,g}"
    return "" if high is None else f" of at most {_big(high)}"


def _big(number: float) -> str:
    return f"{int(number):,}" if float(number).is_integer() else f"{number:,g}"


def _outside(setting: Setting, number: float) -> bool:
    below = setting.minimum is not None and number < setting.minimum
    return below or (setting.maximum is not None and number > setting.maximum)


def _check_switch(_setting: Setting, value: SettingValue) -> str:
    return "" if isinstance(value, bool) else "is either on or off"


def _check_whole(setting: Setting, value: SettingValue) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and not _outside(setting, value):
        return ""
    return f"must be a whole number{_range(setting)}"


def _check_decimal(setting: Setting, value: SettingValue) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and math.isfinite(value) and not _outside(setting, value):  # type: ignore[arg-type]
        return ""
    return f"must be a number{_range(setting)}"


def _check_choice(setting: Setting, value: SettingValue) -> str:
    if isinstance(value, str) and value in setting.choices:
        return ""
    return f"must be one of {', '.join(setting.choices)}"


def _check_fractions(_setting: Setting, value: SettingValue) -> str:
    def is_share(v: object) -> bool:
        number = isinstance(v, int | float) and not isinstance(v, bool)
        return number and math.isfinite(v) and v >= 0  # type: ignore[arg-type,operator]

    if not isinstance(value, list) or not all(is_share(v) for v in value):
        return "must be numbers with commas between them, for example 60, 40"
    if value and not any(value):
        return "must give at least one GPU a share above 0"
    return ""


def _check_text(_setting: Setting, value: SettingValue) -> str:
    return "" if isinstance(value, str) else "must be a text"


def _check_one_line(_setting: Setting, value: SettingValue) -> str:
    if not isinstance(value, str):
        return "must be a text"
    return "must be on one line" if len(value.splitlines()) > 1 or "\n" in value else ""


def _check_texts(_setting: Setting, value: SettingValue) -> str:
    if isinstance(value, list) and all(isinstance(v, str) and v for v in value):
        return ""
    return "must be texts, one a line"


def _check_paths(setting: Setting, value: SettingValue) -> str:
    if _check_texts(setting, value) or any("\n" in path for path in value):  # type: ignore[union-attr]
        return "must be paths, one a line"
    return ""


_CHECKS = {
    Kind.SWITCH: _check_switch,
    Kind.WHOLE: _check_whole,
    Kind.DECIMAL: _check_decimal,
    Kind.CHOICE: _check_choice,
    Kind.FRACTIONS: _check_fractions,
    Kind.TEXT: _check_one_line,
    Kind.LINES: _check_text,
    Kind.TEXTS: _check_texts,
    Kind.PATH: _check_one_line,
    Kind.PATHS: _check_paths,
}

# ---- text to value -------------------------------------------------------------------------

_ON = ("on", "true", "yes", "1", "enabled")
_OFF = ("off", "false", "no", "0", "disabled")


def _parse_switch(setting: Setting, text: str) -> SettingValue:
    word = text.strip().lower()
    if word in (*_ON, *_OFF):
        return word in _ON
    raise ValueError(setting.check(None))


def _parse_whole(setting: Setting, text: str) -> SettingValue:
    """Also ``16,384`` and, for tokens, ``16k`` as everyone says it."""
    word = text.strip().replace(",", "").replace(" ", "").lower()
    thousands = word.endswith("k") and setting.unit == "tokens"
    try:
        return int(word.removesuffix("k")) * 1024 if thousands else int(word)
    except ValueError:
        raise ValueError(setting.check(None)) from None


def _parse_decimal(setting: Setting, text: str) -> SettingValue:
    if "," in text:
        # 0,7 means 0.7 to one half of the world and 10,000 means 10000 to the other.
        raise ValueError(f"{setting.label} is written with a point and no commas, as in 0.7.")
    try:
        return float(text)
    except ValueError:
        raise ValueError(setting.check(None)) from None


def _parse_choice(setting: Setting, text: str) -> SettingValue:
    word = text.strip()
    for value, words in setting.choices.items():
        if word.lower() in (value.lower(), words.lower()):
            return value
    if word.lower() in (*_ON, *_OFF):
        return word.lower() in _ON
    return word


def _parse_fractions(setting: Setting, text: str) -> SettingValue:
    try:
        return [float(part) for part in text.replace(",", " ").replace("/", " ").split()]
    except ValueError:
        raise ValueError(setting.check(None)) from None


def _parse_text(_setting: Setting, text: str) -> SettingValue:
    return text


def _parse_texts(_setting: Setting, text: str) -> SettingValue:
    return [_unescape(line) for line in text.split("\n") if line]


def _parse_paths(_setting: Setting, text: str) -> SettingValue:
    # A backslash is part of a path on Windows, so nothing is read into it here.
    return [line for line in text.split("\n") if line]


_PARSERS = {
    Kind.SWITCH: _parse_switch,
    Kind.WHOLE: _parse_whole,
    Kind.DECIMAL: _parse_decimal,
    Kind.CHOICE: _parse_choice,
    Kind.FRACTIONS: _parse_fractions,
    Kind.TEXT: _parse_text,
    Kind.LINES: _parse_text,
    Kind.TEXTS: _parse_texts,
    Kind.PATH: _parse_text,
    Kind.PATHS: _parse_paths,
}
