"""TextGen's presets, read and written."""

import pytest
import yaml
from helpers.setting_values import some_values
from hypothesis import example, given

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.settings_table import SETTINGS, defaults
from lollma_gui.core.textgen_preset import COVERED, read_preset, write_preset


@given(some_values())
@example({"dry_sequence_breakers": ["\x85"], "stop": ["\u2028"]})
def test_values_survive_the_way_into_a_preset_and_back(values: dict) -> None:
    # TextGen cannot say these: one window for two settings, a dynamic temperature around 0 or
    # below it, and "off" in more than one way.
    full = {**defaults(), **values}
    full["dry_penalty_last_n"] = full["repeat_last_n"]
    full["dynatemp_range"] = min(round(full["dynatemp_range"], 3), round(full["temperature"], 3))
    full["temperature"] = round(full["temperature"], 3)
    for name in ("top_n_sigma", "adaptive_target"):
        full[name] = full[name] if full[name] > 0 else -1.0
    written = write_preset(full)
    assert written.problems == ()
    profile, problems = read_preset(written.text, "mine")
    assert problems == []
    assert set(profile.values) == set(COVERED)
    assert {n: pytest.approx(full[n]) if type(full[n]) is float else full[n] for n in COVERED} == (
        profile.values
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The three presets that TextGen v4.9 comes with.
        ("min_p: 0.02\nxtc_probability: 0.5\n", {"min_p": 0.02, "xtc_probability": 0.5}),
        ("do_sample: false\ntop_k: 1\n", {"temperature": 0.0, "top_k": 1}),
        ("top_p: 0.95\n", {"top_p": 0.95}),
        (
            "dynamic_temperature: true\ndynatemp_low: 0.5\ndynatemp_high: 1.5\n",
            {"temperature": 1.0, "dynatemp_range": 0.5},
        ),
        ("repetition_penalty_range: 512\n", {"repeat_last_n": 512, "dry_penalty_last_n": 512}),
        ("top_n_sigma: 0\nadaptive_target: 0\n", {"top_n_sigma": -1.0, "adaptive_target": -1.0}),
        ("mirostat_mode: 2\nmirostat_tau: 4\n", {"mirostat": 2, "mirostat_tau": 4.0}),
        (
            'dry_sequence_breakers: \'"\\n", "###"\'\n',
            {"dry_sequence_breakers": ["\n", "###"]},
        ),
    ],
)
def test_a_preset_means_what_it_means_to_textgen(text: str, expected: dict) -> None:
    profile, problems = read_preset(text, "mine")
    assert problems == []
    assert {n: profile.values[n] for n in expected} == expected


def test_a_key_that_is_missing_means_textgens_neutral_value() -> None:
    profile, _ = read_preset("min_p: 0.1\n", "mine")
    said = {n: profile.values[n] for n in ("temperature", "top_k", "top_p", "repeat_last_n")}
    assert said == {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "repeat_last_n": 1024}


def test_a_preset_holds_only_what_differs() -> None:
    neutral, _ = read_preset("{}", "neutral")
    assert yaml.safe_load(write_preset(neutral.values).text) == {}
    written = write_preset({**neutral.values, "min_p": 0.1, "temperature": 0.0})
    assert yaml.safe_load(written.text) == {"min_p": 0.1, "do_sample": False}


def test_what_llama_cpp_has_no_setting_for_is_kept_for_textgen() -> None:
    profile, problems = read_preset("top_a: 0.2\nsmoothing_factor: 0.3\nmin_p: 0.1\n", "mine")
    assert problems == [
        "top_a has no effect with llama.cpp; it is kept for TextGen.",
        "smoothing_factor has no effect with llama.cpp; it is kept for TextGen.",
    ]
    again = yaml.safe_load(write_preset(profile.values, profile).text)
    assert again == {"top_a": 0.2, "smoothing_factor": 0.3, "min_p": 0.1}


def test_wrong_values_are_reported_and_neutral() -> None:
    text = "temperature: hot\ntop_k: -5\ndry_sequence_breakers: '\"'\ntop_n_sigma: [1]\n"
    profile, problems = read_preset(text, "mine")
    assert len(problems) == 4
    assert profile.values["temperature"] == 1.0
    assert all(SETTINGS[n].check(v) == "" for n, v in profile.values.items())


def test_what_textgen_cannot_say_is_said_to_the_person() -> None:
    values = {"dry_multiplier": 0.8, "dry_penalty_last_n": 9, "temperature": 0.2}
    said = write_preset({**values, "dynatemp_range": 0.5}).problems
    assert said == (
        "The dynamic temperature cannot go below 0 in TextGen.",
        "TextGen has one window for DRY and the penalties: that of the penalties.",
    )


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words", "a: [1", "", "\x00"])
def test_another_file_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(LollmaError, match="no preset of TextGen"):
        read_preset(text, "mine")
