"""Profiles: named sets of setting values that build upon one another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_table import SETTINGS

#: Version of the stored form.
VERSION = 1

RECOMMENDED = "Recommended for this PC"
GUIDE = "Guide (RTX 4080)"
LLAMA_CPP = "llama.cpp defaults"
#: Where values come from that no profile gives.
DEFAULTS = "LoLLMa's defaults"


@dataclass(frozen=True)
class Profile:
    """A named set of values; what it does not say comes from its base.

    Attributes:
        name: As a person sees it; unique.
        note: What it is for, in the person's words.
        model: Key of the one model it is for; empty for all models.
        base: Name of the profile it builds upon; empty for our defaults.
        values: Only what it says itself, by name.
        built_in: Whether it comes with the app and cannot be changed.
        unknown: Further keys of its file, which a newer version may know.
        unknown_values: Further settings of its file, likewise.
    """

    name: str
    note: str = ""
    model: str = ""
    base: str = ""
    values: Mapping[str, SettingValue] = field(default_factory=dict)
    built_in: bool = False
    unknown: Mapping[str, Any] = field(default_factory=dict)
    unknown_values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """Whom it is for, in words."""
        return "One model" if self.model else "All models"

    def with_value(self, name: str, value: SettingValue) -> "Profile":
        """The profile saying one value more."""
        return replace(self, values={**self.values, name: value})

    def without(self, name: str) -> "Profile":
        """The profile leaving one value to its base again."""
        return replace(self, values={n: v for n, v in self.values.items() if n != name})


@dataclass(frozen=True)
class Sourced:
    """A value in force and the name of the profile that says it."""

    value: SettingValue
    source: str

    def sentence(self) -> str:
        """Where the value comes from, for the row of the table."""
        return f"This value comes from {self.source}."


@dataclass(frozen=True)
class Difference:
    """A setting that two profiles have different values for."""

    name: str
    first: Sourced
    second: Sourced


class Profiles:
    """All profiles by name.

    Args:
        profiles: Later ones take the place of earlier ones of the same name.
    """

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._by_name = {p.name: p for p in profiles}

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Profile:
        return self._by_name[name]

    def for_model(self, model: str) -> list[Profile]:
        """Profiles that can be chosen for a model: those for all, and its own."""
        return [p for p in self if p.model in ("", model)]

    def lineage(self, name: str) -> list[Profile]:
        """A profile, its base, the base of that and so on. A missing or circular base ends it."""
        found: dict[str, Profile] = {}
        while name in self._by_name and name not in found:
            found[name] = self._by_name[name]
            name = found[name].base
        return list(found.values())

    def may_build_upon(self, name: str, base: str) -> bool:
        """Whether a profile could have this base without building upon itself."""
        return name not in {p.name for p in self.lineage(base)}

    def resolve(self, name: str) -> dict[str, Sourced]:
        """Every setting's value in force under a profile, with where it comes from."""
        resolved = {n: Sourced(v, DEFAULTS) for n, v in SETTINGS.defaults().items()}
        for profile in reversed(self.lineage(name)):
            said = {n: v for n, v in profile.values.items() if n in SETTINGS}
            resolved |= {n: Sourced(v, profile.name) for n, v in said.items()}
        return resolved

    def values(self, name: str) -> dict[str, SettingValue]:
        """Every setting's value in force under a profile."""
        return {n: sourced.value for n, sourced in self.resolve(name).items()}

    def compare(self, first: str, second: str) -> list[Difference]:
        """What two profiles differ in, in the table's order."""
        one, other = self.resolve(first), self.resolve(second)
        return [
            Difference(name, one[name], other[name])
            for name in SETTINGS.names
            if one[name].value != other[name].value
        ]


# ---- those that come with the app ----------------------------------------------------------

_PRECISE: dict[str, SettingValue] = {
    "temperature": 0.2,
    "top_k": 20,
    "top_p": 0.9,
    "min_p": 0.1,
}
_BALANCED: dict[str, SettingValue] = {
    "temperature": 0.7,
    "top_k": 40,
    "top_p": 0.95,
    "min_p": 0.05,
    "repetition_penalty": 1.05,
}
_CREATIVE: dict[str, SettingValue] = {
    "temperature": 1.1,
    "top_k": 0,
    "top_p": 1.0,
    "min_p": 0.05,
    "xtc_probability": 0.3,
    "xtc_threshold": 0.1,
    "dry_multiplier": 0.8,
    "dry_penalty_last_n": 1024,
}


def guide_values() -> dict[str, SettingValue]:
    """The guide's recommended column, for all 35 of its settings."""
    return {s.name: s.guide_value for s in SETTINGS if s.guide_value is not None}


def built_in_profiles(recommended: Mapping[str, SettingValue] | None = None) -> list[Profile]:
    """The profiles that come with the app.

    Args:
        recommended: What was computed for this PC and the chosen model; our defaults without it.
    """
    base = RECOMMENDED
    theirs = {s.name: s.default_of_llama_cpp for s in SETTINGS}
    return [
        _built_in(RECOMMENDED, "Computed from this PC and the chosen model.", recommended or {}),
        _built_in(GUIDE, "The guide's own values, made for 16 GB of video memory.", guide_values()),
        _built_in(LLAMA_CPP, "What llama.cpp's own programs do when nothing is said.", theirs),
        _built_in("Precise", "Facts, code and extraction: keeps to the likeliest.", _PRECISE, base),
        _built_in("Balanced", "Everyday talk.", _BALANCED, base),
        _built_in("Creative", "Stories and ideas: surprising, without loops.", _CREATIVE, base),
    ]


def _built_in(name: str, note: str, values: Mapping[str, SettingValue], base: str = "") -> Profile:
    own = dict(values)
    if base:
        # A manner of writing is complete: nothing of the samplers below it shines through.
        neutral = {s.name: s.default for s in SETTINGS.section(Section.GENERATION) if _is_taste(s)}
        own = {**neutral, **own}
    return Profile(name, note, base=base, values=own, built_in=True)


def _is_taste(setting: Any) -> bool:
    return setting.group in ("Choice of words", "Repetition", "Rarely used samplers") and (
        setting.name != "seed"
    )


# ---- to and from what is stored ------------------------------------------------------------

_KEYS = ("version", "name", "note", "model", "base", "values")


def to_dict(profile: Profile) -> dict[str, Any]:
    """The readable form, as kept in files and exported."""
    return {
        **profile.unknown,
        "version": max(VERSION, _version(profile.unknown)),
        "name": profile.name,
        "note": profile.note,
        "model": profile.model,
        "base": profile.base,
        "values": {**profile.unknown_values, **profile.values},
    }


def _version(stored: Mapping[str, Any]) -> int:
    version = stored.get("version")
    return version if type(version) is int else VERSION


def from_dict(stored: Mapping[str, Any], name: str = "") -> tuple[Profile, list[str]]:
    """A profile from its readable form.

    Args:
        stored: What ``to_dict`` made, perhaps edited by hand or written by a newer version.
        name: What to call it where the form does not say.

    Returns:
        The profile, and a sentence for the person about each thing that was not as it should be.
        Values that are wrong are left out, so that the base's count; unknown ones are kept.
    """
    problems: list[str] = []
    texts = {key: _text(stored, key, problems) for key in ("name", "note", "model", "base")}
    texts["name"] = texts["name"].strip() or name or "Profile without a name"
    if _version(stored) > VERSION:
        problems.append("It was written by a newer LoLLMa; what this one does not know is kept.")
    given = stored.get("values", {})
    if not isinstance(given, Mapping):
        problems.append("Its values were not readable, so it has none.")
        given = {}
    values, unknown_values = _values(given, problems)
    unknown = {k: v for k, v in stored.items() if k not in _KEYS}
    if _version(stored) > VERSION:
        unknown["version"] = _version(stored)
    profile = Profile(
        **texts, values=values, unknown=unknown, unknown_values=unknown_values, built_in=False
    )
    return profile, [f"{profile.name}: {problem}" for problem in problems]


def _text(stored: Mapping[str, Any], key: str, problems: list[str]) -> str:
    value = stored.get(key, "")
    if isinstance(value, str):
        return value
    problems.append(f"Its {key} was no text and is empty now.")
    return ""


def _values(
    given: Mapping[str, Any], problems: list[str]
) -> tuple[dict[str, SettingValue], dict[str, Any]]:
    values: dict[str, SettingValue] = {}
    unknown: dict[str, Any] = {}
    for name, value in given.items():
        if name not in SETTINGS:
            unknown[name] = value
            continue
        try:
            values[name] = SETTINGS[name].accept(value)
        except ValueError as error:
            problems.append(f"{error} It was {_shown(value)}; the base's value counts instead.")
    return values, unknown


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
