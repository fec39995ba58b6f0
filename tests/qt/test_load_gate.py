"""The one way to a load: planned away from the window, and asked about where it will not fit."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts, card
from helpers.model_shapes import write_shape
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.load_case import LoadCase, LoadQuestion
from lollma_gui.qt.load_gate import LoadGate
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.services.model_book_store import ModelBookStore

HUGE = {"n_ctx": 10_485_760}


@pytest.fixture
def parts(qapp: QApplication, tmp_path: Path) -> Iterator[FitParts]:
    made = FitParts(tmp_path / "home", gpus=(card(),))
    yield made
    made.close()


@pytest.fixture
def book(qtbot: QtBot, parts: FitParts) -> ModelBook:
    made = ModelBook(ModelBookStore(parts.database), parts.keeper, parts)
    with qtbot.waitSignal(made.changed):
        made.open()
    return made


@pytest.fixture
def gate(parts: FitParts, book: ModelBook) -> LoadGate:
    return LoadGate(parts.knowledge, parts.settings, book, parts.background, parts)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_shape(tmp_path, "llama3.1-8b", "Q4_K_M"))


def asked(qtbot: QtBot, parts: FitParts, gate: LoadGate, model: str) -> LoadQuestion:
    parts.settings.set_values_of(model, HUGE)
    with qtbot.waitSignal(gate.asked, timeout=20_000) as told:
        gate.load(model)
    question = told.args[0]
    assert isinstance(question, LoadQuestion)
    return question


def test_a_model_that_fits_is_loaded_unasked_with_its_layers_written_out(
    qtbot: QtBot, gate: LoadGate, model: str
) -> None:
    with qtbot.assertNotEmitted(gate.asked), qtbot.waitSignal(gate.ready) as told:
        gate.load(model)
    load = told.args[0]
    assert load.path == model
    assert load.values["n_gpu_layers"] == 33
    assert load.plan is not None
    assert load.plan.gpu_layers == 33


def test_one_that_will_not_fit_waits_for_an_answer(
    qtbot: QtBot, parts: FitParts, gate: LoadGate, model: str
) -> None:
    with qtbot.assertNotEmitted(gate.ready):
        question = asked(qtbot, parts, gate, model)
    assert question.view.verdict.headline.startswith("Needs ")
    assert 1 <= len(question.offers) <= 3
    for offer in question.offers:
        assert offer.effect.startswith(("Fits with", "All layers", "Runs in RAM")) or (
            "layers on the GPU" in offer.effect
        )


@pytest.mark.parametrize("number", [0, -1])
def test_each_change_that_is_offered_is_kept_and_loads_without_another_question(
    qtbot: QtBot, parts: FitParts, gate: LoadGate, model: str, number: int
) -> None:
    question = asked(qtbot, parts, gate, model)
    change = question.offers[number].change
    with qtbot.assertNotEmitted(gate.asked), qtbot.waitSignal(gate.ready) as told:
        gate.load_with(question, change.values)
    load = told.args[0]
    assert {name: load.values[name] for name in change.values} == change.values
    case = FitCase.on(load.pc, load.model)
    assert case.fits(load.plan.settings)
    in_force = parts.settings.values_of(model)
    assert {name: in_force[name] for name in change.values} == change.values


def test_load_anyway_really_loads_what_was_asked_for(
    qtbot: QtBot, parts: FitParts, gate: LoadGate, model: str
) -> None:
    question = asked(qtbot, parts, gate, model)
    with qtbot.waitSignal(gate.ready) as told:
        gate.load_anyway(question)
    assert told.args[0].values["n_ctx"] == HUGE["n_ctx"]
    with qtbot.waitSignal(gate.asked):
        gate.load(model)


def test_whoever_wants_no_question_gets_none_until_it_is_wanted_again(
    qtbot: QtBot, parts: FitParts, gate: LoadGate, book: ModelBook, model: str
) -> None:
    gate.load_anyway(asked(qtbot, parts, gate, model), ask_no_more=True)
    with qtbot.assertNotEmitted(gate.asked), qtbot.waitSignal(gate.ready):
        gate.load(model)
    book.set_loads_anyway(model, False)
    with qtbot.waitSignal(gate.asked):
        gate.load(model)


def test_of_several_wishes_only_the_last_one_counts(
    qtbot: QtBot, gate: LoadGate, model: str, starter_model: Path
) -> None:
    loads: list[str] = []
    gate.ready.connect(lambda load: loads.append(load.path))
    gate.load(model)
    gate.load(str(starter_model))
    qtbot.waitUntil(lambda: bool(loads))
    with qtbot.waitSignal(gate.ready):
        gate.load(str(starter_model))
    assert set(loads) == {str(starter_model)}


def test_a_file_that_cannot_be_read_is_left_to_the_engine(
    qtbot: QtBot, gate: LoadGate, tmp_path: Path
) -> None:
    path = tmp_path / "none.gguf"
    with qtbot.waitSignal(gate.ready) as told:
        gate.load(str(path))
    assert told.args[0].plan is None


def test_nothing_is_planned_on_the_windows_thread(
    qtbot: QtBot, parts: FitParts, gate: LoadGate, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    plan, question = LoadCase.planned, LoadCase.question

    def planned(case: LoadCase):
        threads.append(threading.get_ident())
        return plan(case)

    def questioned(case: LoadCase, load):
        threads.append(threading.get_ident())
        return question(case, load)

    monkeypatch.setattr(LoadCase, "planned", planned)
    monkeypatch.setattr(LoadCase, "question", questioned)
    asked(qtbot, parts, gate, model)
    assert len(threads) == 2
    assert threading.get_ident() not in threads
