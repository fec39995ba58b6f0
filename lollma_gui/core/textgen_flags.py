"""The flags that one checkout of TextGen has, and what a command line means to it.

Python's argparse, which TextGen uses, takes any unambiguous beginning of a flag for the flag: it
reads ``--chat`` as ``--chat-template-file``. Here only whole names count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lollma_gui.core.setting import number_text
from lollma_gui.core.textgen_history import GONE_FLAGS, GoneFlag

#: More values than that no flag is given; stands for "all that follow".
_MANY = 10_000


class UnknownDefault:
    """A default that is worked out when the program runs."""


@dataclass(frozen=True)
class TextGenFlag:
    """One flag.

    Attributes:
        options: All its names, the main one first.
        values: How many values it takes: 0, 1, or -1 for one or more.
        kind: What a value is: ``int``, ``float`` or ``str``.
        default: What it is when it is not said; ``UnknownDefault`` where only the program knows.
        choices: The only values allowed; empty: any.
        help: TextGen's own sentence.
        group: Heading it stands under.
    """

    options: tuple[str, ...]
    values: int = 1
    kind: str = "str"
    default: Any = None
    choices: tuple[str, ...] = ()
    help: str = ""
    group: str = ""

    @property
    def name(self) -> str:
        """Its main name."""
        return self.options[0]

    @property
    def dest(self) -> str:
        """What the program's API calls it: ``ctx_size``."""
        return self.name.lstrip("-").replace("-", "_")

    def is_off(self, name: str) -> bool:
        """Whether this name of it, as ``--no-do-sample``, says the opposite."""
        return name != self.name and name.startswith("--no-")

    def problem_with(self, value: str) -> str:
        """What is wrong with a value, to be put behind the flag; empty if nothing is."""
        if self.choices and value not in self.choices:
            return f"takes one of {', '.join(self.choices)}, not “{value}”"
        try:
            {"int": int, "float": float}.get(self.kind, str)(value)
        except ValueError:
            words = "a whole number" if self.kind == "int" else "a number"
            return f"takes {words}, not “{value}”"
        return ""


class Fate(StrEnum):
    """What becomes of a word of an old command line."""

    KEPT = "kept"
    RENAMED = "renamed"
    REMOVED = "removed"
    UNKNOWN = "unknown"
    WRONG = "wrong"


@dataclass(frozen=True)
class Explained:
    """One flag of a command line with its values.

    Attributes:
        words: As they stood there.
        fate: What becomes of them.
        now: What says the same to this checkout; empty if nothing does.
        extra: What says the same to llama-server.
        note: One sentence for the person; empty where there is nothing to say.
    """

    words: tuple[str, ...]
    fate: Fate
    now: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    note: str = ""


class TextGenFlags:
    """All flags of one checkout.

    Args:
        flags: In their order.
    """

    def __init__(self, flags: Iterable[TextGenFlag]) -> None:
        self._flags = tuple(flags)
        self._by_option = {option: flag for flag in self._flags for option in flag.options}

    def __iter__(self) -> Iterator[TextGenFlag]:
        return iter(self._flags)

    def __len__(self) -> int:
        return len(self._flags)

    def __contains__(self, option: object) -> bool:
        return option in self._by_option

    def __getitem__(self, option: str) -> TextGenFlag:
        return self._by_option[option]

    @property
    def options(self) -> frozenset[str]:
        """Every name of every flag."""
        return frozenset(self._by_option)

    def explain(self, words: Sequence[str]) -> tuple[Explained, ...]:
        """What each part of a command line means here.

        Args:
            words: Behind ``server.py``; what stands before the first flag is passed over.
        """
        found, rest = [], list(words)
        while rest and not rest[0].startswith("-"):
            rest.pop(0)
        while rest:
            explained = self._explain_first(rest)
            found.append(explained)
            rest = rest[len(explained.words) :]
        return tuple(found)

    def problems(self, words: Sequence[str]) -> tuple[Explained, ...]:
        """What of a command line this checkout would not understand as it is meant."""
        return tuple(one for one in self.explain(words) if one.fate is not Fate.KEPT)

    def values(self, words: Sequence[str]) -> dict[str, Any]:
        """A command line that has no problems, as the program's own names and values."""
        found: dict[str, Any] = {}
        for one in self.explain(words):
            name, given = _taken_apart(one.words)
            flag = self._by_option[name]
            cast = {"int": int, "float": float}.get(flag.kind, str)
            found[flag.dest] = cast(given[0]) if flag.values else not flag.is_off(name)
        return found

    def _explain_first(self, rest: Sequence[str]) -> Explained:
        name = rest[0].partition("=")[0]
        if name in self._by_option:
            return self._explain_known(self._by_option[name], rest)
        gone = GONE_FLAGS.get(name) or GONE_FLAGS.get(_other_dashes(name))
        if gone is not None:
            return self._explain_gone(name, gone, rest)
        taken = _with_values(rest, _MANY)
        taken_for = [option for option in self._by_option if option.startswith(name)]
        note = f"TextGen has no {name}."
        if len({self._by_option[option].name for option in taken_for}) == 1 and name != "--":
            note += f" It would take it for {taken_for[0]}."
        return Explained(taken, Fate.UNKNOWN, note=note)

    def _explain_known(self, flag: TextGenFlag, rest: Sequence[str]) -> Explained:
        words = _with_values(rest, flag.values if flag.values >= 0 else _MANY)
        name, given = _taken_apart(words)
        if wrong := _problem_with_values(flag, given):
            return Explained(words, Fate.WRONG, note=f"{name} {wrong}.")
        note = "" if name == flag.name else f"{name} is another name of {flag.name}."
        return Explained(words, Fate.KEPT, words, note=note)

    def _explain_gone(self, name: str, gone: GoneFlag, rest: Sequence[str]) -> Explained:
        words = _with_values(rest, gone.values if gone.values >= 0 else _MANY)
        _, given = _taken_apart(words)
        date = f"{name} is gone since {gone.since}."
        if gone.extra and given and "--extra-flags" in self._by_option:
            extra = (gone.extra, _value_now(gone, given))
            note = f"{date} llama-server has {gone.extra} instead. {gone.note}".strip()
            return Explained(words, Fate.RENAMED, extra=extra, note=note)
        if gone.now in self._by_option:
            value = _value_now(gone, given)
            now = (gone.now, *([value] if value else []))
            note = f"{date} {gone.now} has taken its place. {gone.note}".strip()
            return Explained(words, Fate.RENAMED, now, note=note)
        return Explained(words, Fate.REMOVED, note=f"{date} {gone.note}".strip())


def translated(explained: Iterable[Explained]) -> tuple[str, ...]:
    """The command line of today for an old one: what is kept, and what says the same."""
    words: list[str] = []
    extra: list[str] = []
    for one in explained:
        name, given = _taken_apart(one.now or ("",))
        if name == "--extra-flags":
            extra += given
            continue
        words += one.now
        extra += one.extra
    # As two words, argparse would take flags inside for its own.
    return (*words, *([f"--extra-flags={' '.join(extra)}"] if extra else []))


def _other_dashes(name: str) -> str:
    """``--flash-attn`` for ``--flash_attn``, and the other way round."""
    bare = name.removeprefix("--")
    return "--" + (bare.replace("_", "-") if "_" in bare else bare.replace("-", "_"))


def _with_values(rest: Sequence[str], most: int) -> tuple[str, ...]:
    """The first word and the values that follow it, as argparse would take them."""
    if "=" in rest[0]:
        return (rest[0],)
    count = 1
    while count < len(rest) and count <= most and not _looks_like_flag(rest[count]):
        count += 1
    return tuple(rest[:count])


def _looks_like_flag(word: str) -> bool:
    """Argparse takes negative numbers, and what has a space in its name, for values."""
    if not word.startswith("-") or " " in word.partition("=")[0]:
        return False
    try:
        float(word)
    except ValueError:
        return True
    return False


def _taken_apart(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    name, equals, value = words[0].partition("=")
    return name, (value,) if equals else tuple(words[1:])


def _problem_with_values(flag: TextGenFlag, given: Sequence[str]) -> str:
    if flag.values == 0:
        return "takes no value" if given else ""
    if not given:
        return "lacks its value"
    return next((wrong for value in given if (wrong := flag.problem_with(value))), "")


def _value_now(gone: GoneFlag, given: Sequence[str]) -> str:
    old = " ".join(given)
    if gone.value == "1/{}":
        try:
            return number_text(1 / float(old))
        except (ValueError, ZeroDivisionError):
            return "1"
    if not gone.values and gone.value == "{}":
        return ""
    return gone.value.format(old)
