"""The settings in force: edited, kept, undone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.facts import LLAMA
from pytestqt.qtbot import QtBot

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.profile import GUIDE, RECOMMENDED
from lollma_gui.core.program_name import Program
from lollma_gui.core.settings_facts import GpuFacts, PcFacts
from lollma_gui.qt.background import Background
from lollma_gui.qt.settings import Settings, model_key
from lollma_gui.services.profile_store import ProfileStore

GIB = 1024**3
MODEL = "/models/Big-8B-Q4_K_M.gguf"
FACTS = replace(LLAMA, name="Big", rope_freq_base=500_000.0)
PC = PcFacts(8, 16, None, 32 * GIB, 28 * GIB, (GpuFacts("RTX", 16 * GIB, 15 * GIB, "NVIDIA"),))


@pytest.fixture
def keeper(qtbot: QtBot) -> Iterator[Background]:
    keeper = Background(threads=1)
    yield keeper
    assert keeper.shutdown(cancel=False)


@pytest.fixture
def begin(tmp_path: Path, keeper: Background, qtbot: QtBot) -> Callable[[], Settings]:
    """Settings as after a start of the app; what was set before has been stored."""

    def make() -> Settings:
        qtbot.waitUntil(keeper.is_idle)
        settings = Settings(ProfileStore(tmp_path), keeper, lambda _path: FACTS)
        settings.failed.connect(lambda error: pytest.fail(str(error)))
        settings.set_pc(PC)
        return settings

    return make


def test_the_first_start_has_what_suits_this_pc(begin: Callable[[], Settings]) -> None:
    settings = begin()
    assert settings.profile.name == RECOMMENDED
    assert settings.values() == {n: a.value for n, a in settings.advice().items()}
    assert settings.values()["threads"] == 8


def test_a_change_is_kept_and_the_built_in_profile_stays_as_it_is(
    begin: Callable[[], Settings], qtbot: QtBot
) -> None:
    settings = begin()
    with qtbot.waitSignal(settings.changed):
        settings.set_value("temperature", 0.3)
    assert settings.values()["temperature"] == 0.3
    assert settings.own("temperature")
    assert not settings.own("top_p")
    assert settings.profile.name == "My settings"
    assert settings.profile.base == RECOMMENDED

    again = begin()
    assert again.values()["temperature"] == 0.3
    again.use_profile(RECOMMENDED)
    assert again.values()["temperature"] != 0.3


def test_every_step_can_be_taken_back_and_done_again(begin: Callable[[], Settings]) -> None:
    settings = begin()
    start = settings.values()
    settings.set_value("top_k", 7)
    settings.set_value("top_k", 9)
    settings.reset("top_k")
    assert settings.values() == start
    settings.undo_stack.undo()
    assert settings.values()["top_k"] == 9
    settings.undo_stack.undo()
    assert settings.values()["top_k"] == 7
    settings.undo_stack.undo()
    assert settings.profile.name == RECOMMENDED
    assert [p.name for p in settings.profiles() if not p.built_in] == []
    settings.undo_stack.redo()
    assert settings.values()["top_k"] == 7
    assert begin().values()["top_k"] == 7


def test_a_value_that_is_refused_changes_nothing_and_says_why(
    begin: Callable[[], Settings],
) -> None:
    settings = begin()
    before = settings.values()
    with pytest.raises(LollmaError) as caught:
        settings.set_values({"top_k": 5, "n_ctx": -4})
    assert "Context" in caught.value.title
    assert settings.values() == before


def test_one_model_may_have_settings_of_its_own(begin: Callable[[], Settings]) -> None:
    settings = begin()
    settings.set_model(MODEL)
    assert [key for key, _ in settings.scopes()] == ["", model_key(MODEL)]
    settings.set_value("top_p", 0.5)
    settings.set_scope(model_key(MODEL))
    settings.set_value("top_p", 0.25)
    assert settings.generation_values(MODEL)["top_p"] == 0.25
    assert settings.generation_values("/models/other.gguf")["top_p"] == 0.5
    settings.set_scope("")
    assert settings.values()["top_p"] == 0.5
    again = begin()
    assert again.generation_values(MODEL)["top_p"] == 0.25


def test_setting_another_models_values_shows_nobody_that_model(
    begin: Callable[[], Settings],
) -> None:
    settings = begin()
    settings.set_model("/m/one.gguf")
    seen: list[list[tuple[str, str]]] = []
    settings.changed.connect(lambda: seen.append(settings.scopes()))
    settings.set_values_of("/m/two.gguf", {"n_ctx": 1024})
    assert seen == [settings.scopes()]
    assert settings.values_of("/m/two.gguf")["n_ctx"] == 1024
    assert settings.values_of("/m/one.gguf")["n_ctx"] != 1024


def test_the_recommended_values_can_be_taken_at_once(begin: Callable[[], Settings]) -> None:
    settings = begin()
    settings.use_profile(GUIDE)
    differing = [n for n, a in settings.advice().items() if settings.values()[n] != a.value]
    assert "threads" in differing
    settings.take(differing)
    assert all(settings.values()[n] == settings.advice()[n].value for n in differing)
    settings.undo_stack.undo()
    assert settings.profile.name == GUIDE


def test_what_needs_a_reload_is_known(begin: Callable[[], Settings]) -> None:
    settings = begin()
    settings.set_model(MODEL)
    settings.set_loaded(settings.load_values(MODEL))
    assert settings.pending() == []
    settings.set_value("temperature", 0.1)
    assert settings.pending() == []
    settings.set_value("n_ctx", 1024)
    assert settings.pending() == ["n_ctx"]
    settings.undo_stack.undo()
    assert settings.pending() == []


def test_profiles_are_saved_renamed_deleted_and_brought_back(
    begin: Callable[[], Settings],
) -> None:
    settings = begin()
    settings.set_value("top_k", 3)
    settings.save_as("Tight", "for code")
    assert settings.profile.name == "Tight"
    assert settings.values()["top_k"] == 3
    with pytest.raises(LollmaError, match="already"):
        settings.save_as("Tight")
    with pytest.raises(LollmaError, match="comes with"):
        settings.delete(GUIDE)
    settings.rename("Tight", "Tighter")
    assert begin().profile.name == "Tighter"
    settings.delete("Tighter")
    assert settings.profile.name != "Tighter"
    settings.undo_stack.undo()
    assert settings.profile.name == "Tighter"
    assert begin().values()["top_k"] == 3


def test_a_profile_goes_out_and_comes_in_again(
    begin: Callable[[], Settings], qtbot: QtBot, tmp_path: Path
) -> None:
    settings = begin()
    settings.set_values({"top_k": 3, "stop": ["END"]})
    file = tmp_path / "out" / "mine.json"
    file.parent.mkdir()
    settings.export_json(file)
    qtbot.waitUntil(file.exists)
    done: list[str] = []
    settings.import_file(file, lambda name, _problems: done.append(name))
    qtbot.waitUntil(lambda: bool(done))
    assert settings.profile.name == done[0]
    assert settings.values()["top_k"] == 3
    assert settings.values()["stop"] == ["END"]
    preset = tmp_path / "out" / "mine.yaml"
    told: list[list[str]] = []
    settings.export_preset(preset, told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert "top_k: 3" in preset.read_text()


def test_prices_and_findings_follow_the_values(begin: Callable[[], Settings]) -> None:
    settings = begin()
    settings.set_model(MODEL)
    settings.set_values({"n_ctx": 8192, "n_gpu_layers": 33})
    small = settings.price("n_ctx")
    settings.set_value("n_ctx", 65536)
    large = settings.price("n_ctx")
    assert small is not None
    assert large is not None
    assert large > 7 * small > 0
    assert settings.price("temperature") is None
    settings.set_values({"flash_attn": "off", "type_v": "q8_0"})
    assert any("flash" in f.sentence.lower() for f in settings.findings()["type_v"])


def test_the_command_line_says_what_was_changed(begin: Callable[[], Settings]) -> None:
    settings = begin()
    settings.set_model(MODEL)
    settings.set_value("n_ctx", 12288)
    line = settings.command_line(Program.LLAMA_SERVER)
    assert line.startswith("llama-server")
    assert "12288" in line
    assert MODEL in line


def test_alpha_stretches_the_models_own_rope_base(begin: Callable[[], Settings]) -> None:
    settings = begin()
    assert settings.load_values(MODEL)["rope_freq_base"] == 0.0
    settings.set_value("alpha_value", 2.0)
    base = settings.load_values(MODEL)["rope_freq_base"]
    assert base == pytest.approx(500_000 * 2 ** (64 / 63))


def test_as_many_layers_as_fit_becomes_a_number(begin: Callable[[], Settings]) -> None:
    settings = begin()
    settings.set_value("n_gpu_layers", -1)
    assert settings.load_values(MODEL)["n_gpu_layers"] == 33
