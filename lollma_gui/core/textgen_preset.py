"""TextGen's presets, in both directions: flat YAML files below ``user_data/presets``.

A preset holds only what differs from TextGen's neutral values (modules/presets.py of v4.9), so a
key that is missing means that value, not ours.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.launch_textgen import breakers_text
from lollma_gui.core.profile import Profile
from lollma_gui.core.settings_table import SETTINGS

#: Our names for keys that mean the same, with TextGen's neutral value.
_SAME: dict[str, tuple[str, SettingValue]] = {
    "temperature": ("temperature", 1.0),
    "top_p": ("top_p", 1.0),
    "top_k": ("top_k", 0),
    "min_p": ("min_p", 0.0),
    "typical_p": ("typical_p", 1.0),
    "tfs": ("tfs", 1.0),
    "xtc_threshold": ("xtc_threshold", 0.1),
    "xtc_probability": ("xtc_probability", 0.0),
    "adaptive_decay": ("adaptive_decay", 0.9),
    "dry_multiplier": ("dry_multiplier", 0.0),
    "dry_allowed_length": ("dry_allowed_length", 2),
    "dry_base": ("dry_base", 1.75),
    "repetition_penalty": ("repetition_penalty", 1.0),
    "frequency_penalty": ("frequency_penalty", 0.0),
    "presence_penalty": ("presence_penalty", 0.0),
    "repetition_penalty_range": ("repeat_last_n", 1024),
    "dynatemp_exponent": ("dynatemp_exponent", 1.0),
    "mirostat_mode": ("mirostat", 0),
    "mirostat_tau": ("mirostat_tau", 5.0),
    "mirostat_eta": ("mirostat_eta", 0.1),
}
#: The same, but off is 0 there and a negative number here.
_OFF_IS_ZERO = {"top_n_sigma": "top_n_sigma", "adaptive_target": "adaptive_target"}
#: Keys that are read together with others.
_TOGETHER = (
    *("dynamic_temperature", "dynatemp_low", "dynatemp_high", "do_sample"),
    "dry_sequence_breakers",
)
#: Where a profile keeps what we have no setting for, so that an export has it again.
_KEPT = "textgen_preset"

#: The settings that a preset speaks of.
COVERED = (
    *(name for name, _ in _SAME.values()),
    *_OFF_IS_ZERO.values(),
    *("dynatemp_range", "dry_sequence_breakers", "dry_penalty_last_n"),
)


@dataclass(frozen=True)
class PresetExport:
    """A preset as YAML, and a sentence about each value that it cannot hold."""

    text: str
    problems: tuple[str, ...] = ()


def read_preset(text: str, name: str) -> tuple[Profile, list[str]]:
    """A profile from the text of a preset file.

    Args:
        text: YAML.
        name: What to call the profile; TextGen's name for it is that of the file.

    Returns:
        The profile, and a sentence about each key that was not understood.

    Raises:
        LollmaError: The text is no preset.
    """
    keys = _flat_yaml(text)
    problems: list[str] = []
    values: dict[str, SettingValue] = {}
    for key, (ours, neutral) in _SAME.items():
        values[ours] = _accepted(ours, keys.get(key, neutral), neutral, problems)
    for key, ours in _OFF_IS_ZERO.items():
        given = keys.get(key, 0)
        off = isinstance(given, int | float) and given <= 0
        values[ours] = -1.0 if off else _accepted(ours, given, -1.0, problems)
    # One window serves both there.
    values["dry_penalty_last_n"] = values["repeat_last_n"]
    values["dry_sequence_breakers"] = _breakers(keys.get("dry_sequence_breakers"), problems)
    values |= _temperatures(keys, problems)
    return _profile(name, keys, values, problems)


def _profile(
    name: str, keys: Mapping[str, Any], values: Mapping[str, SettingValue], problems: list[str]
) -> tuple[Profile, list[str]]:
    known = {*_SAME, *_OFF_IS_ZERO, *_TOGETHER}
    kept = {key: value for key, value in keys.items() if key not in known}
    problems += [f"{key} has no effect with llama.cpp; it is kept for TextGen." for key in kept]
    return (
        Profile(
            name,
            "From a preset of TextGen.",
            values=values,
            unknown={_KEPT: kept} if kept else {},
        ),
        problems,
    )


def _flat_yaml(text: str) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped, unused-ignore]

    try:
        keys = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise LollmaError(
            "This file is no preset of TextGen.",
            "Choose a .yaml file from its folder user_data/presets.",
            str(error),
        ) from error
    if not isinstance(keys, dict):
        raise LollmaError(
            "This file is no preset of TextGen.",
            "Choose a .yaml file from its folder user_data/presets.",
        )
    return {str(key): value for key, value in keys.items()}


def _accepted(name: str, value: Any, otherwise: SettingValue, problems: list[str]) -> SettingValue:
    try:
        return SETTINGS[name].accept(value)
    except ValueError as error:
        problems.append(f"{error} It was {value!r}.")
        return otherwise


def _breakers(given: Any, problems: list[str]) -> SettingValue:
    default = SETTINGS["dry_sequence_breakers"].default
    if given is None:
        return default
    text = str(given)
    try:
        texts = json.loads(text if text.startswith("[") else f"[{text}]")
    except ValueError:
        texts = None
    return _accepted("dry_sequence_breakers", texts, default, problems)


def _temperatures(keys: Mapping[str, Any], problems: list[str]) -> dict[str, SettingValue]:
    """Greedy choice and dynamic temperature, where the preset has them."""
    if keys.get("do_sample") is False:
        return {"temperature": 0.0, "dynatemp_range": 0.0}
    if keys.get("dynamic_temperature") is not True:
        return {"dynatemp_range": 0.0}
    low, high = keys.get("dynatemp_low", 1), keys.get("dynatemp_high", 1)
    if not all(isinstance(t, int | float) and math.isfinite(t) for t in (low, high)):
        problems.append("The limits of the dynamic temperature are no numbers.")
        return {"dynatemp_range": 0.0}
    middle, reach = round((low + high) / 2, 6), round(abs(high - low) / 2, 6)
    return {
        "temperature": _accepted("temperature", middle, 1.0, problems),
        "dynatemp_range": _accepted("dynatemp_range", reach, 0.0, problems),
    }


def write_preset(
    values: Mapping[str, SettingValue], profile: Profile | None = None
) -> PresetExport:
    """A preset of values in force.

    Args:
        values: By name; what is missing has our default.
        profile: Whose kept keys of TextGen to add.
    """
    import yaml

    full: dict[str, Any] = {**SETTINGS.defaults(), **values}
    keys = {k: full[n] for k, (n, neutral) in _SAME.items() if full[n] != neutral}
    keys |= {k: full[n] for k, n in _OFF_IS_ZERO.items() if full[n] > 0}
    if full["dry_sequence_breakers"] != SETTINGS["dry_sequence_breakers"].default:
        keys["dry_sequence_breakers"] = breakers_text(full["dry_sequence_breakers"])
    problems: list[str] = []
    if full["temperature"] == 0:
        keys.pop("temperature", None)
        keys["do_sample"] = False
    elif full["dynatemp_range"] > 0:
        keys |= _dynamic(full, problems)
    if full["dry_multiplier"] > 0 and full["dry_penalty_last_n"] != full["repeat_last_n"]:
        problems.append("TextGen has one window for DRY and the penalties: that of the penalties.")
    kept = profile.unknown.get(_KEPT, {}) if profile else {}
    said = {**kept, **keys}
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True) if keys else ""
    if keys and yaml.safe_load(text) != said:
        # PyYAML folds rare line ends such as U+0085 away unless everything foreign is escaped.
        text = yaml.safe_dump(said, sort_keys=False)
    return PresetExport(text or "{}\n", tuple(problems))


def _dynamic(full: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    low = round(full["temperature"] - full["dynatemp_range"], 6)
    if low < 0:
        problems.append("The dynamic temperature cannot go below 0 in TextGen.")
    return {
        "dynamic_temperature": True,
        "dynatemp_low": max(low, 0.0),
        "dynatemp_high": round(full["temperature"] + full["dynatemp_range"], 6),
    }
