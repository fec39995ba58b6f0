"""Facts of the PC and of models: measured off the window's thread, margins included."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.fit_parts import GIB, FitParts, card
from helpers.model_shapes import SHAPES, write_shape
from pytestqt.qtbot import QtBot

from lollma_gui.core.compute_series import Series
from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.load_record import DeviceRecord, LoadRecord
from lollma_gui.core.readings import GpuSurvey, MemoryReading, Reading
from lollma_gui.qt.knowledge import read_facts

MIB = 1024**2
Make = Callable[..., FitParts]


def load(beside: int) -> LoadRecord:
    """A load in which driver and engine took so much beside the buffers."""
    device = DeviceRecord("GPU-1", "RTX 4080", 5 * GIB, 300 * MIB, 5 * GIB, 5 * GIB + beside)
    return LoadRecord("/m.gguf", 1e9, "arithmetic", (device,))


def reading(free: float) -> Reading:
    """The card with so many GiB free, at one moment."""
    memory = MemoryReading(available_bytes=8 * GIB)
    return Reading(1.0, GpuSurvey((card(free=free),)), memory=memory)


def measured(qtbot: QtBot, make_parts: Make) -> FitParts:
    """A PC whose card was measured with 15 GiB free."""
    parts = make_parts(gpus=(card(free=15),))
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    return parts


def test_the_pc_is_measured_in_another_thread(qtbot: QtBot, make_parts: Make) -> None:
    parts = make_parts(gpus=(card(free=15),))
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    pc = parts.knowledge.pc
    assert pc.gpus[0].free_bytes == 15 * GIB
    assert pc.gpus[0].overhead_bytes == 300 * MIB
    assert 700e9 < (pc.gpus[0].bandwidth or 0) < 720e9
    assert pc.ram_available_bytes
    assert parts.surveyed_on
    assert threading.get_ident() not in parts.surveyed_on


def test_earlier_loads_teach_the_overhead_and_make_the_margin_smaller(
    qtbot: QtBot, make_parts: Make
) -> None:
    parts = make_parts(gpus=(card(),))
    assert parts.knowledge.pc.gpu_margin_bytes == GIB
    for beside in (410, 400, 420):
        parts.loads.add(load(beside * MIB))
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    assert parts.knowledge.pc.gpus[0].overhead_bytes == 410 * MIB
    assert parts.knowledge.pc.gpu_margin_bytes == GIB // 2
    assert len(parts.knowledge.records) == 3
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.forget_loads()
    assert parts.knowledge.pc.gpus[0].overhead_bytes == 300 * MIB
    assert parts.knowledge.records == []


def test_a_margin_of_ones_own_and_room_for_games_add_up(qtbot: QtBot, make_parts: Make) -> None:
    knowledge = make_parts().knowledge
    with qtbot.waitSignal(knowledge.pc_changed):
        knowledge.set_margins(256 * MIB, 4 * GIB)
    assert knowledge.pc.gpu_margin_bytes == 4 * GIB + 256 * MIB
    with qtbot.assertNotEmitted(knowledge.pc_changed):
        knowledge.set_margins(256 * MIB, 4 * GIB)
    knowledge.set_margins(None, 0)
    assert knowledge.pc.gpu_margin_bytes == GIB


def test_readings_move_what_is_free_and_tell_only_what_is_noticeable(
    qtbot: QtBot, make_parts: Make
) -> None:
    parts = measured(qtbot, make_parts)
    knowledge = parts.knowledge

    with qtbot.waitSignal(knowledge.memory_changed):
        knowledge.take_reading(reading(9))
    assert knowledge.pc_now.gpus[0].free_bytes == 9 * GIB
    with qtbot.assertNotEmitted(knowledge.memory_changed):
        knowledge.take_reading(reading(9.01))
    knowledge.set_held((Buffer("CUDA0", "model", 4 * GIB),))
    with qtbot.waitSignal(knowledge.memory_changed):
        knowledge.take_reading(reading(9))
    assert knowledge.pc_now.gpus[0].free_bytes == 13 * GIB + 300 * MIB


def test_measured_with_our_model_in_memory_the_pc_is_what_it_would_be_without(
    qtbot: QtBot, make_parts: Make
) -> None:
    parts = measured(qtbot, make_parts)
    knowledge = parts.knowledge
    knowledge.set_held((Buffer("CUDA0", "model", 4 * GIB),))
    parts.gpus = (card(free=3),)  # and a game has begun
    parts.loads.add(load(500 * MIB))
    with qtbot.waitSignal(knowledge.pc_changed):
        knowledge.measure()
    assert knowledge.pc.gpus[0].free_bytes == 7 * GIB + 500 * MIB
    assert knowledge.pc.gpus[0].overhead_bytes == 500 * MIB


def test_while_a_model_comes_or_goes_what_was_free_before_counts(
    qtbot: QtBot, make_parts: Make
) -> None:
    knowledge = measured(qtbot, make_parts).knowledge

    def free() -> int:
        return knowledge.pc_now.gpus[0].free_bytes

    knowledge.take_reading(reading(14))
    knowledge.set_held((), is_moving=True)
    with qtbot.assertNotEmitted(knowledge.memory_changed):
        knowledge.take_reading(reading(11))  # half of it is loaded
    assert free() == 14 * GIB
    knowledge.set_held((Buffer("CUDA0", "model", 6 * GIB),))
    assert free() == 14 * GIB
    knowledge.take_reading(reading(7))
    assert free() == 13 * GIB + 300 * MIB
    knowledge.set_held(())  # it is out, and no reading has seen that yet
    assert free() == 13 * GIB + 300 * MIB


def test_a_measurement_that_a_load_overtook_changes_only_what_was_learned(
    qtbot: QtBot, make_parts: Make
) -> None:
    parts = measured(qtbot, make_parts)
    knowledge = parts.knowledge
    parts.gpus = (card(free=9),)
    parts.loads.add(load(500 * MIB))
    with qtbot.waitSignal(knowledge.pc_changed):
        knowledge.measure()
        knowledge.set_held((), is_moving=True)
    assert knowledge.pc.gpus[0].free_bytes == 15 * GIB
    assert knowledge.pc.gpus[0].overhead_bytes == 500 * MIB


def test_a_models_header_is_read_once(qtbot: QtBot, make_parts: Make, starter_model: Path) -> None:
    knowledge = make_parts().knowledge
    assert knowledge.facts(str(starter_model)).prepared is None
    found: list[object] = []
    with qtbot.waitCallback() as told:
        knowledge.read(str(starter_model), told, found.append)
    assert told.args[0].prepared.n_layers == 31
    assert knowledge.read(str(starter_model), found.append, found.append) is None
    assert found == [knowledge.facts(str(starter_model))]
    knowledge.forget_models()  # until it is read again, what is known stands
    assert found == [knowledge.facts(str(starter_model))]
    with qtbot.waitCallback() as again:
        assert knowledge.read(str(starter_model), again, found.append)
    assert again.args[0] is not found[0]
    assert again.args[0] is knowledge.facts(str(starter_model))


def test_no_formula_is_made_on_the_windows_thread_when_the_margin_or_the_pc_changes(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_on: set[int] = set()
    make = Series._split

    def watched(self: Series, *args: Any) -> Any:
        made_on.add(threading.get_ident())
        return make(self, *args)

    monkeypatch.setattr(Series, "_split", watched)
    parts = make_parts(gpus=(card(free=9),))
    shape = SHAPES["qwen3-30b-a3b"]()
    # Nobody has seen this one: formulas are shared between models of the same shape.
    shape = shape._replace(keys={**shape.keys, "context_length": 40_000})
    path = str(write_shape(tmp_path, shape, "Q4_K_M"))
    with qtbot.waitCallback() as told:
        parts.knowledge.read(path, told, told)  # before the GPU is known
    for change in (
        parts.knowledge.measure,
        lambda: parts.knowledge.set_margins(3 * GIB, 0),
        lambda: parts.knowledge.set_margins(None, 8 * GIB),
    ):
        with qtbot.waitSignal(parts.knowledge.pc_changed):
            change()
        parts.settings.values_of(path)
        assert made_on
        assert threading.get_ident() not in made_on


def test_a_model_that_was_looked_at_stays_known_while_a_whole_library_passes_by(
    qtbot: QtBot, make_parts: Make, tmp_path: Path, starter_model: Path
) -> None:
    parts = make_parts()
    with qtbot.waitCallback() as loaded:
        parts.knowledge.learn(str(starter_model), loaded)
    values = parts.settings.values_of(str(starter_model))
    for n in range(40):
        copy = tmp_path / f"{n}.gguf"
        copy.symlink_to(starter_model)
        parts.knowledge.pass_by(str(copy), read_facts(str(copy), copy.name))
        assert parts.knowledge.facts(str(copy)).prepared is not None
    assert parts.knowledge.facts(str(starter_model)).prepared is not None
    assert parts.settings.values_of(str(starter_model)) == values


def test_a_file_that_cannot_be_read_is_told(qtbot: QtBot, make_parts: Make, tmp_path: Path) -> None:
    with qtbot.waitCallback() as told:
        make_parts().knowledge.read(str(tmp_path / "gone.gguf"), lambda _facts: None, told)
    assert isinstance(told.args[0], LollmaError)
    assert "There is no file" in told.args[0].title


def test_a_gpu_that_sleeps_stays_known_and_is_woken_only_for_a_load(
    qtbot: QtBot, make_parts: Make, starter_model: Path
) -> None:
    parts = make_parts(gpus=(card(free=15),))
    parts.sleeps = True
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    assert parts.knowledge.pc.gpus == ()
    assert parts.sleeps
    with qtbot.waitCallback() as told:
        parts.knowledge.learn(str(starter_model), told)
    assert not parts.sleeps
    assert parts.knowledge.pc.gpus[0].free_bytes == 15 * GIB
    parts.sleeps = True
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    assert parts.knowledge.pc.gpus[0].free_bytes == 15 * GIB
