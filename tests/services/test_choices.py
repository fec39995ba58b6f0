"""The app is as it was left, whatever somebody did to its file meanwhile."""

import json

import pytest

from lollma_gui.services.choices import Choices, ChoiceStore

CHOSEN = Choices(
    model_folders=("/models", "/mehr Modelle"),
    theme="dark",
    window_geometry="AdnQywADAAA=",
    tab="Chat",
    last_model="/models/one.gguf",
    engine_transport="thread",
    chat_splitter="AAAA/w==",
    alerts_off=("heat", "spill"),
    system_notifications=False,
    small_window="AdnQywADAAA=",
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "choices.json"


def test_choices_are_there_after_a_new_start(path):
    ChoiceStore(path).save(CHOSEN)
    store = ChoiceStore(path)
    assert store.load() == CHOSEN
    assert store.problems == []
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == 1


def test_a_first_start_has_the_defaults_and_makes_no_file(path):
    store = ChoiceStore(path)
    assert store.load() == Choices()
    assert store.problems == []
    assert not path.exists()


@pytest.mark.parametrize("loads_first", [True, False])
def test_what_a_newer_version_put_there_is_kept_and_told(path, loads_first):
    path.parent.mkdir()
    path.write_text('{"version": 7, "theme": "light", "colour_of_the_future": ["green"]}')
    store = ChoiceStore(path)
    if loads_first:
        assert store.load().theme == "light"
        assert "newer LoLLMa" in store.problems[0]
    store.save(CHOSEN)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["colour_of_the_future"] == ["green"]
    assert kept["version"] == 7
    assert kept["theme"] == "dark"


@pytest.mark.parametrize(
    ("name", "wrong", "used"),
    [
        ("model_folders", "/models", ()),
        ("model_folders", ["/good", 7, "", "/good"], ("/good",)),
        ("theme", "pink", "system"),
        ("theme", ["dark"], "system"),
        ("window_geometry", "ü", ""),
        ("window_geometry", "a*b", ""),
        ("tab", None, ""),
        ("last_model", 3, ""),
        ("engine_transport", "pigeon", "process"),
        ("chat_splitter", {}, ""),
        ("alerts_off", "heat", ()),
        ("system_notifications", "no", True),
        ("small_window", 5, ""),
    ],
)
def test_a_wrong_value_is_replaced_and_reported_and_the_others_stand(path, name, wrong, used):
    ChoiceStore(path).save(CHOSEN)
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(values | {name: wrong}))
    store = ChoiceStore(path)
    choices = store.load()
    assert getattr(choices, name) == used
    others = {field: getattr(CHOSEN, field) for field in values if field not in (name, "version")}
    assert {field: getattr(choices, field) for field in others} == others
    assert len(store.problems) == 1
    assert name in store.problems[0]


def test_a_version_that_is_none_is_reported(path):
    path.parent.mkdir()
    path.write_text('{"version": "new"}')
    store = ChoiceStore(path)
    assert store.load() == Choices()
    assert "version was 'new'; 1 is used instead" in store.problems[0]


def test_a_damaged_file_is_reported_and_the_choices_before_it_stand(path):
    store = ChoiceStore(path)
    store.save(CHOSEN)
    store.save(Choices(theme="light"))
    path.write_text("{")
    assert store.load() == CHOSEN
    assert "damaged" in store.problems[0]
