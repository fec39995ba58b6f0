"""Profiles: inheritance, comparison, and no value lost on the way to a file and back."""

import json

import pytest
from helpers.setting_values import some_values
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.profile import (
    DEFAULTS,
    GUIDE,
    LLAMA_CPP,
    RECOMMENDED,
    VERSION,
    Profile,
    Profiles,
    built_in_profiles,
    from_dict,
    guide_values,
    to_dict,
)
from lollma_gui.core.settings_checks import check_settings
from lollma_gui.core.settings_table import SETTINGS, defaults

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip)


def some_profiles() -> st.SearchStrategy[Profile]:
    texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=10)
    return st.builds(
        Profile, NAMES.map(str.strip), note=texts, model=texts, base=texts, values=some_values()
    )


@given(some_profiles())
def test_any_profile_survives_its_readable_form(profile: Profile) -> None:
    back, problems = from_dict(json.loads(json.dumps(to_dict(profile))))
    assert back == profile
    assert problems == []


def test_a_value_comes_from_the_nearest_profile_that_says_it() -> None:
    profiles = Profiles(
        [
            Profile("house", values={"temperature": 0.5, "top_k": 10, "n_ctx": 8192}),
            Profile("chat", base="house", values={"top_k": 20}),
            Profile("chat with Qwen", base="chat", model="qwen", values={"n_ctx": 4096}),
        ]
    )
    resolved = profiles.resolve("chat with Qwen")
    said = {n: (resolved[n].value, resolved[n].source) for n in ("n_ctx", "top_k", "temperature")}
    assert said == {
        "n_ctx": (4096, "chat with Qwen"),
        "top_k": (20, "chat"),
        "temperature": (0.5, "house"),
    }
    assert resolved["min_p"].sentence() == f"This value comes from {DEFAULTS}."
    assert set(resolved) == set(SETTINGS.names)


def test_a_missing_or_circular_base_ends_the_line() -> None:
    profiles = Profiles([Profile("a", base="b"), Profile("b", base="a"), Profile("c", base="gone")])
    assert [p.name for p in profiles.lineage("a")] == ["a", "b"]
    assert [p.name for p in profiles.lineage("c")] == ["c"]
    assert not profiles.may_build_upon("a", "b")
    assert not profiles.may_build_upon("a", "a")
    assert profiles.may_build_upon("c", "b")


def test_a_model_is_offered_its_own_profiles_and_those_for_all() -> None:
    profiles = Profiles([Profile("all"), Profile("q", model="qwen"), Profile("g", model="gemma")])
    assert [p.name for p in profiles.for_model("qwen")] == ["all", "q"]
    assert [p.scope for p in profiles.for_model("qwen")] == ["All models", "One model"]


def test_two_profiles_are_compared_in_the_tables_order() -> None:
    profiles = Profiles(built_in_profiles())
    found = profiles.compare("Precise", "Creative")
    assert [d.name for d in found][:4] == ["temperature", "top_p", "top_k", "min_p"]
    assert (found[0].first.value, found[0].second.value) == (0.2, 1.1)
    assert found[0].first.source == "Precise"
    assert profiles.compare("Precise", "Precise") == []


def test_a_profile_can_say_a_value_and_leave_it_to_its_base_again() -> None:
    profile = Profile("mine").with_value("top_k", 7)
    assert profile.values == {"top_k": 7}
    assert profile.without("top_k").values == {}


# ---- those that come with the app ----------------------------------------------------------


def test_the_guides_profile_is_exactly_its_35_recommended_values() -> None:
    guide = Profiles(built_in_profiles())[GUIDE]
    assert len(guide.values) == 35
    assert guide.values == guide_values()
    assert guide.values["n_gpu_layers"] == 63
    assert guide.values["repetition_penalty"] == 1.2


def test_llama_cpps_profile_says_every_setting() -> None:
    profiles = Profiles(built_in_profiles())
    values = profiles.values(LLAMA_CPP)
    differing = {n for n, v in defaults().items() if values[n] != v}
    assert differing == {"n_ctx", "attention_sink_size", "max_new_tokens"}


def test_manners_of_writing_build_upon_what_suits_the_pc() -> None:
    profiles = Profiles(built_in_profiles({"n_gpu_layers": 41, "typical_p": 0.9}))
    for name in ("Precise", "Balanced", "Creative"):
        resolved = profiles.resolve(name)
        assert resolved["n_gpu_layers"].value == 41
        assert resolved["n_gpu_layers"].source == RECOMMENDED
        assert resolved["typical_p"].value == 1.0
        assert check_settings(profiles.values(name)) == ()


@pytest.mark.parametrize("profile", built_in_profiles(), ids=lambda p: p.name)
def test_what_comes_with_the_app_is_valid(profile: Profile) -> None:
    assert profile.built_in
    assert profile.note
    assert [SETTINGS[n].check(v) for n, v in profile.values.items() if SETTINGS[n].check(v)] == []


# ---- files that are not as they should be --------------------------------------------------


def test_wrong_values_are_left_to_the_base_and_reported() -> None:
    stored = {
        "name": "mine",
        "values": {"n_ctx": "long", "top_k": 20, "flash_attn": True, "temperature": 1},
    }
    profile, problems = from_dict(stored)
    assert profile.values == {"top_k": 20, "flash_attn": "on", "temperature": 1.0}
    assert len(problems) == 1
    assert problems[0].startswith("mine: Context length must be a whole number")
    assert "'long'" in problems[0]


def test_what_a_newer_version_wrote_is_kept() -> None:
    stored = {
        "version": VERSION + 1,
        "name": "mine",
        "colour": "blue",
        "values": {"top_k": 20, "telepathy": 0.5},
    }
    profile, problems = from_dict(stored)
    assert problems == [
        "mine: It was written by a newer LoLLMa; what this one does not know is kept."
    ]
    written = to_dict(profile.with_value("top_k", 30))
    assert written["version"] == VERSION + 1
    assert written["colour"] == "blue"
    assert written["values"] == {"telepathy": 0.5, "top_k": 30}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(["version", "name", "note", "model", "base", "values", "other"])
_VALUES = st.dictionaries(st.sampled_from([*SETTINGS.names, "other"]), _JSON, max_size=6)


@given(st.dictionaries(_KEYS, _JSON | _VALUES))
def test_any_json_makes_a_profile_whose_values_are_valid(stored: dict) -> None:
    profile, problems = from_dict(stored, "file name")
    assert profile.name
    assert all(SETTINGS[n].check(v) == "" for n, v in profile.values.items())
    assert all(isinstance(p, str) and p.endswith(".") for p in problems)
    assert from_dict(to_dict(profile))[0] == profile
