"""What the list of models can be narrowed to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lollma_gui.core.kind_words import KIND_WORDS
from lollma_gui.core.units import UNKNOWN
from lollma_gui.qt.model_columns import Row

#: Group to the options of it that are on; a group of which none is on lets everything through.
Wanted = Mapping[str, frozenset[str]]

_YES = "yes"
_TITLES = {"kind": "Kind", "source": "Source", "fit": "Fit", "quantisation": "Quantisation"}
#: Groups of one option, and its words.
ALONE = {"favourite": "Favourites", "newer": "Newer upload exists", "problem": "Problems"}


class Option(NamedTuple):
    """Something to narrow the list to.

    Attributes:
        group: What it is about.
        key: Its value.
        words: How it is called.
        models: How many there are of it.
    """

    group: str
    key: str
    words: str
    models: int


class Group(NamedTuple):
    """Options of which one or several can be on. An empty title: its only option stands alone."""

    key: str
    title: str
    options: tuple[Option, ...]


def _values(row: Row) -> dict[str, str]:
    """What a row is, for each group."""
    info = row.entry.info
    return {
        "kind": info.kind.value if info else "",
        "source": row.entry.source.value,
        "fit": row.fit.fit.value if row.fit else "",
        "quantisation": info.quantisation if info else "",
        "favourite": _YES if row.page.favourite else "",
        "newer": _YES if row.has_newer else "",
        "problem": _YES if row.entry.problem else "",
    }


def accepts(row: Row, wanted: Wanted) -> bool:
    """Whether a row is among what is wanted."""
    values = _values(row)
    return all(values[group] in keys for group, keys in wanted.items() if keys)


def groups(rows: Iterable[Row]) -> list[Group]:
    """What these rows can be narrowed to, with how many there are of each."""
    counted: dict[str, Counter[str]] = {key: Counter() for key in (*_TITLES, *ALONE)}
    for row in rows:
        for group, value in _values(row).items():
            if value:
                counted[group][value] += 1
    found = [
        Group(key, title, tuple(_options(key, counted[key]))) for key, title in _TITLES.items()
    ]
    alone = [
        Group(key, "", (Option(key, _YES, words, counted[key][_YES]),))
        for key, words in ALONE.items()
    ]
    return [*found, *alone]


def _options(group: str, counted: Counter[str]) -> Iterable[Option]:
    for key in sorted(counted, key=str.casefold):
        yield Option(group, key, option_words(group, key), counted[key])


def option_words(group: str, key: str) -> str:
    """How an option is called."""
    if group in ALONE:
        return ALONE[group]
    if group == "kind":
        return next((words for kind, words in KIND_WORDS.items() if kind.value == key), UNKNOWN)
    return key[:1].upper() + key[1:] if group == "fit" else key
