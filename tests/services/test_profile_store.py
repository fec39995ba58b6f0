"""Profiles on disk: nothing a person saved is lost, and nothing wrong goes unsaid."""

import json
from pathlib import Path

import pytest
from helpers.setting_values import some_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.profile import GUIDE, RECOMMENDED, Profile
from lollma_gui.services.profile_store import ProfileStore

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80).map(str.strip)


def reloaded(folder: Path) -> ProfileStore:
    store = ProfileStore(folder)
    store.load()
    return store


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return reloaded(tmp_path / "profiles")


@given(st.dictionaries(NAMES.filter(bool), some_values(), max_size=3))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_profiles_survive_saving_and_loading(
    tmp_path_factory: pytest.TempPathFactory, kept: dict
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    store = ProfileStore(folder)
    profiles = [Profile(name, values=values) for name, values in kept.items()]
    for profile in profiles:
        store.save(profile)
    again = reloaded(folder)
    assert again.problems == []
    assert [p for p in again.profiles() if not p.built_in] == sorted_like(again, profiles)


def sorted_like(store: ProfileStore, profiles: list[Profile]) -> list[Profile]:
    by_name = {p.name: p for p in profiles}
    assert {p.name for p in store.profiles() if not p.built_in} == set(by_name)
    return [by_name[p.name] for p in store.profiles() if not p.built_in]


@given(some_values())
@settings(max_examples=30)
def test_any_profile_survives_export_and_import(
    tmp_path_factory: pytest.TempPathFactory, values: dict
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    store = ProfileStore(folder / "kept")
    profile = Profile("Mine", "Note", "qwen", GUIDE, values)
    store.export_json(profile, folder / "mine.json")
    assert store.import_file(folder / "mine.json") == (profile, [])
    assert sorted(p.name for p in folder.iterdir()) == ["mine.json"]


def test_a_file_is_readable_and_named_like_its_profile(store: ProfileStore, tmp_path: Path) -> None:
    store.save(Profile("Für Code: C:\\x?", "Notiz", values={"temperature": 0.2}))
    (path,) = (tmp_path / "profiles").glob("*.json")
    assert path.name == "Für Code_ C__x_.json"
    text = path.read_text(encoding="utf-8")
    assert '"name": "Für Code: C:\\\\x?"' in text
    assert json.loads(text)["values"] == {"temperature": 0.2}


def test_names_that_make_the_same_file_name_do_not_overwrite_each_other(
    store: ProfileStore, tmp_path: Path
) -> None:
    names = ["a/b", "a\\b", "A/B", "in use", "...", "???"]
    for number, name in enumerate(names):
        store.save(Profile(name, values={"top_k": number}))
    again = reloaded(tmp_path / "profiles")
    assert [again.profiles().values(n)["top_k"] for n in names] == list(range(len(names)))


def test_what_comes_with_the_app_cannot_be_overwritten(store: ProfileStore) -> None:
    with pytest.raises(LollmaError, match="comes with LoLLMa"):
        store.save(Profile(GUIDE))
    store.save(Profile("mine"))
    with pytest.raises(LollmaError, match="comes with LoLLMa"):
        store.rename("mine", RECOMMENDED)


def test_a_profile_that_would_build_upon_itself_is_refused(store: ProfileStore) -> None:
    store.save(Profile("a"))
    store.save(Profile("b", base="a"))
    for base in ("b", "a"):
        with pytest.raises(LollmaError, match="cannot build upon itself"):
            store.save(Profile("a", base=base))


def test_a_new_name_is_followed_by_all_that_build_upon_it(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile("old", values={"top_k": 7}))
    store.save(Profile("child", base="old"))
    store.use("old", "qwen")
    store.rename("old", "new")
    again = reloaded(tmp_path / "profiles")
    assert again.profiles().resolve("child")["top_k"].source == "new"
    assert again.used_for("qwen") == "new"
    assert "old" not in again.profiles()
    with pytest.raises(LollmaError, match="already"):
        again.rename("child", "new")


def test_a_deleted_profile_leaves_its_values_to_those_that_build_upon_it(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile("a", base=GUIDE, values={"top_k": 7, "min_p": 0.2}))
    store.save(Profile("b", base="a", values={"min_p": 0.1}))
    store.save(Profile("b", base="a", values={"min_p": 0.3}))
    before = store.profiles().values("b")
    store.use("a")
    store.delete("a")
    again = reloaded(tmp_path / "profiles")
    assert again.profiles().values("b") == before
    assert again.profiles()["b"].base == GUIDE
    assert "a" not in again.profiles()
    assert again.used_for() == RECOMMENDED


def test_a_model_uses_its_own_choice_before_that_for_all(
    store: ProfileStore, tmp_path: Path
) -> None:
    assert store.used_for("qwen") == RECOMMENDED
    store.use("Creative")
    store.use(GUIDE, "qwen")
    again = reloaded(tmp_path / "profiles")
    assert again.used_for("qwen") == GUIDE
    assert again.used_for("gemma") == "Creative"


def test_a_damaged_file_costs_at_most_the_last_change_and_is_said(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile("mine", values={"top_k": 1}))
    store.save(Profile("mine", values={"top_k": 2}))
    (tmp_path / "profiles" / "mine.json").write_bytes(b'{"name": "mi')
    again = reloaded(tmp_path / "profiles")
    assert again.profiles()["mine"].values == {"top_k": 1}
    assert len(again.problems) == 1
    assert "damaged" in again.problems[0]
    assert reloaded(tmp_path / "profiles").problems == []


def test_a_file_that_vanished_comes_back_from_its_backup(
    store: ProfileStore, tmp_path: Path
) -> None:
    store.save(Profile("mine", values={"top_k": 1}))
    store.save(Profile("mine", values={"top_k": 2}))
    (tmp_path / "profiles" / "mine.json").unlink()
    again = reloaded(tmp_path / "profiles")
    assert again.profiles()["mine"].values == {"top_k": 1}
    assert "missing" in again.problems[0]


def test_two_files_of_one_name_are_both_kept(store: ProfileStore, tmp_path: Path) -> None:
    store.save(Profile("mine", values={"top_k": 1}))
    copy = {"name": "mine", "values": {"top_k": 2, "n_ctx": "x"}}
    (tmp_path / "profiles" / "mine2.json").write_text(json.dumps(copy))
    again = reloaded(tmp_path / "profiles")
    assert again.profiles()["mine"].values == {"top_k": 1}
    assert again.profiles()["mine (2)"].values == {"top_k": 2}
    assert len(again.problems) == 2


def test_unknown_keys_of_a_newer_version_stay_in_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    newer = {"version": 9, "name": "mine", "icon": "cat", "values": {"warp": 9}}
    (folder / "mine.json").write_text(json.dumps(newer))
    store = reloaded(folder)
    store.save(store.profiles()["mine"].with_value("top_k", 3))
    kept = json.loads((folder / "mine.json").read_text())
    assert (kept["version"], kept["icon"]) == (9, "cat")
    assert kept["values"] == {"warp": 9, "top_k": 3}


def test_a_preset_of_textgen_is_imported_under_a_free_name_and_exported(
    store: ProfileStore, tmp_path: Path
) -> None:
    preset = tmp_path / "Creative.yaml"
    preset.write_text("min_p: 0.02\nxtc_probability: 0.5\n")
    profile, problems = store.import_file(preset)
    assert problems == []
    assert profile.name == "Creative (2)"
    store.save(profile)
    written = store.export_preset(store.profiles().values(profile.name), profile, preset)
    assert written.problems == ()
    assert preset.read_text() == "min_p: 0.02\nxtc_probability: 0.5\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[]"),
        ("a.json", b'{"name": "x"}'),
        ("a.json", b"{"),
        ("a.json", b"\xff\xfe"),
        ("a.yaml", b"- 1"),
        ("a.yaml", b"\xff"),
    ],
)
def test_a_file_that_is_no_profile_is_refused_in_plain_words(
    store: ProfileStore, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LollmaError) as caught:
        store.import_file(tmp_path / name)
    assert caught.value.advice


def test_a_file_that_cannot_be_written_is_an_error_with_advice(
    store: ProfileStore, tmp_path: Path
) -> None:
    (tmp_path / "profiles").write_text("a file where the folder should be")
    with pytest.raises(LollmaError, match="could not be saved") as caught:
        store.save(Profile("mine"))
    assert caught.value.advice
    assert "mine" not in store.profiles()
