"""One line of a program's log: its letters, its colours, and how bad it is."""

import re
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Ink(StrEnum):
    """What a program meant by a colour; the window has a legible one for each, light and dark."""

    TEXT = "text"
    MUTED = "muted"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    ACCENT = "accent"


class Level(IntEnum):
    """How bad a line is."""

    PLAIN = 0
    WARNING = 1
    ERROR = 2


class Span(NamedTuple):
    """Letters ``start`` to ``end`` (not included) in one colour."""

    start: int
    end: int
    ink: Ink
    strong: bool


class LogLine(NamedTuple):
    """A line as it is shown.

    Attributes:
        number: Counted from the first line there ever was, beginning with 0.
        at: When it came, in whole seconds since 1970.
        text: Its letters, without colours and control characters.
        spans: Where it is coloured; the rest is plain.
        level: How bad it is.
    """

    number: int
    at: int
    text: str
    spans: tuple[Span, ...]
    level: Level


#: Colour codes (SGR), all other sequences for terminals, and lone control characters.
_COLOUR = re.compile(r"\x1b\[([0-9;]*)m")
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
_I = Ink
_SIXTEEN = (
    *(_I.TEXT, _I.BAD, _I.GOOD, _I.WARNING, _I.ACCENT, _I.ACCENT, _I.ACCENT, _I.TEXT),
    *(_I.MUTED, _I.BAD, _I.GOOD, _I.WARNING, _I.ACCENT, _I.ACCENT, _I.ACCENT, _I.TEXT),
)
_NORMAL = dict(zip((*range(30, 38), *range(90, 98)), _SIXTEEN, strict=True))
#: Levels of the cube of 256 colours, 0 to 255.
_CUBE = (0, 95, 135, 175, 215, 255)

#: llama.cpp's own letter for a level, behind its time: ``0.12.345.678 E ...`` (common/log.cpp).
_LLAMA = re.compile(r"^(?:\d+\.\d\d\.\d{3}\.\d{3} )?([EWID]) ")
_LLAMA_LEVELS = {"E": Level.ERROR, "W": Level.WARNING, "I": Level.PLAIN, "D": Level.PLAIN}
#: The level that Python's loggers, Rich and uvicorn write, behind a time or at the start.
_NAMED = re.compile(r"^[\d:,.\-\[\] TZ]*\[?(INFO|DEBUG|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b")
_BAD = re.compile(
    r"\b(?:error|fatal|traceback|exception|abort(?:ed|ing)?|segmentation fault|panic)\b"
    r"|\w(?:Error|Exception)\b|\b(?:failed to|failed:|cannot|could ?n[o']t|unable to|no such)\b"
    r"|GGML_ASSERT|out of memory",
    re.IGNORECASE,
)
_DOUBTFUL = re.compile(r"\b(?:warn(?:ing)?|deprecated|\w*Warning)\b", re.IGNORECASE)
#: ``0 errors``, ``error = 0``: said when all is well.
_NONE_OF_IT = re.compile(r"\b(?:0|no) errors?\b|\berrors?\s*[=:]\s*(?:0\b|none)", re.IGNORECASE)


#: Without one of these, in small letters, a line is plain: looked for first, since that is faster.
_HINTS = (
    *("error", "exception", "warn", "fail", "fatal", "traceback", "abort", "panic", "fault"),
    *("cannot", "could", "unable", "no such", "assert", "memory", "critical", "deprecat"),
)


def strip_colours(text: str) -> str:
    """A text without what is meant for terminals; line breaks and tabs stay."""
    if "\x1b" in text:
        text = _SEQUENCE.sub("", text)
    return _CONTROL.sub("", text)


def level_of(text: str) -> Level:
    """How bad a line without colours is, by the words of the programs."""
    if llama := _LLAMA.match(text):
        return _LLAMA_LEVELS[llama[1]]
    if named := _NAMED.match(text):
        if named[1] in ("INFO", "DEBUG"):
            return Level.PLAIN
        return Level.WARNING if named[1].startswith("WARN") else Level.ERROR
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return Level.PLAIN
    if _DOUBTFUL.search(text):
        return Level.WARNING
    if _BAD.search(text) and not _NONE_OF_IT.search(text):
        return Level.ERROR
    return Level.PLAIN


def parse_line(number: int, at: int, raw: str) -> LogLine:
    """A line out of a program's own letters.

    Args:
        number: Its number.
        at: When it came, seconds since 1970.
        raw: The line without its end, colours included.
    """
    raw = raw.replace("\t", "    ")
    if "\x1b" not in raw:
        text = _CONTROL.sub("", raw)
        return LogLine(number, at, text, (), level_of(text))
    letters: list[str] = []
    spans: list[Span] = []
    length, ink, strong, last = 0, Ink.TEXT, False, 0
    for code in [*_COLOUR.finditer(raw), None]:
        piece = strip_colours(raw[last : code.start() if code else len(raw)])
        if piece and (ink is not Ink.TEXT or strong):
            spans.append(Span(length, length + len(piece), ink, strong))
        letters.append(piece)
        length += len(piece)
        if code:
            last = code.end()
            ink, strong = _after(code[1], ink, strong)
    text = "".join(letters)
    return LogLine(number, at, text, tuple(spans), level_of(text))


def _after(codes: str, ink: Ink, strong: bool) -> tuple[Ink, bool]:
    """Colour and weight after a colour code: ``1;31`` is strong and red."""
    numbers = [int(code or 0) for code in codes.split(";")]
    while numbers:
        number = numbers.pop(0)
        if number == 0:
            ink, strong = Ink.TEXT, False
        elif number == 1:
            strong = True
        elif number == 2:
            ink = Ink.MUTED
        elif number == 22:
            strong = False
        elif number == 39:
            ink = Ink.TEXT
        elif number in (38, 48):
            named = _large_palette(numbers)
            ink = named if number == 38 else ink
        else:
            ink = _NORMAL.get(number, ink)
    return ink, strong


def _large_palette(numbers: list[int]) -> Ink:
    """Takes ``5;n`` or ``2;r;g;b`` off the numbers; what that colour means."""
    kind = numbers.pop(0) if numbers else 0
    if kind == 2:
        red, green, blue = (numbers.pop(0) if numbers else 0 for _ in range(3))
        return _by_hue(red, green, blue)
    index = numbers.pop(0) if kind == 5 and numbers else 7
    if index < 16:
        return _SIXTEEN[index]
    if index >= 232:
        return Ink.MUTED if index < 250 else Ink.TEXT
    cube = index - 16
    return _by_hue(_CUBE[cube // 36 % 6], _CUBE[cube // 6 % 6], _CUBE[cube % 6])


def _by_hue(red: int, green: int, blue: int) -> Ink:
    """The ink nearest to a colour, whatever its lightness."""
    most, least = max(red, green, blue), min(red, green, blue)
    if most - least < 48:
        return Ink.TEXT if most > 170 or most < 60 else Ink.MUTED
    if red == most and green > (red + blue) // 2:
        return Ink.WARNING
    if red == most and blue < red * 3 // 4:
        return Ink.BAD
    return Ink.GOOD if green == most and blue < green * 4 // 5 else Ink.ACCENT
