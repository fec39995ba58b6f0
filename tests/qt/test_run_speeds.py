"""Answers make a model's page: when it was loaded, how fast it wrote, and what says nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lollma_gui.core.engine_messages import Loaded, Stats
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.core.load_case import PlannedLoad
from lollma_gui.core.settings_facts import PcFacts
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.qt.run_speeds import RunSpeeds
from lollma_gui.services.engine.client import AnswerEnd
from lollma_gui.services.model_book_store import ModelBookStore

PATH = "/m/a.gguf"
LOADED = Loaded(1, 4096, 8192, 31, 20, 0.5, "llama.cpp")


class SaidEngine(QObject):
    """An engine of which only what it says counts."""

    status_changed = Signal(object)
    answer_ended = Signal(object)
    status = EngineStatus()

    def say(self, state: EngineState) -> None:
        loaded = LOADED if state is EngineState.READY else None
        self.status = EngineStatus(state, PATH, loaded=loaded)
        self.status_changed.emit(self.status)

    def answer(self, tokens: int, speed: float) -> None:
        stats = Stats(generated_tokens=tokens, tokens_per_second=speed, context_size=4096)
        self.answer_ended.emit(AnswerEnd("stop", stats))


class Desk:
    def __init__(self, qtbot: QtBot, parts: FitParts) -> None:
        self.is_slowed = False
        self.engine = SaidEngine(parts)
        self.book = ModelBook(ModelBookStore(parts.database), parts.keeper, parts)
        with qtbot.waitSignal(self.book.changed):
            self.book.open()
        self.speeds = RunSpeeds(
            *(self.engine, self.book, parts.background, lambda: self.is_slowed, parts)
        )


@pytest.fixture
def parts(qapp: QApplication, tmp_path: Path) -> Iterator[FitParts]:
    made = FitParts(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, parts: FitParts) -> Desk:
    return Desk(qtbot, parts)


def test_a_load_is_remembered_once_and_an_answer_with_its_settings(desk: Desk) -> None:
    desk.engine.say(EngineState.LOADING)
    assert desk.book.page(PATH).last_used == 0
    desk.engine.say(EngineState.READY)
    used = desk.book.page(PATH).last_used
    assert used > 0
    desk.engine.answer(100, 42.0)
    desk.engine.say(EngineState.GENERATING)
    desk.engine.say(EngineState.READY)
    assert desk.book.page(PATH).last_used == used
    (run,) = desk.book.page(PATH).runs
    assert (run.tokens_per_second, run.gpu_layers, run.n_ctx) == (42.0, 20, 4096)
    assert run.predicted is None  # nobody planned this load


def test_short_answers_and_those_held_back_on_purpose_say_nothing(desk: Desk) -> None:
    desk.engine.say(EngineState.READY)
    desk.engine.answer(5, 300.0)
    desk.is_slowed = True
    desk.engine.answer(100, 5.0)
    assert desk.book.page(PATH).runs == ()


def test_a_load_without_a_plan_is_no_trouble(qtbot: QtBot, desk: Desk) -> None:
    desk.speeds.expect(PlannedLoad(PATH, {}, None, None, PcFacts()))
    desk.engine.say(EngineState.READY)
    with qtbot.waitSignal(desk.book.speeds_changed):
        desk.engine.answer(100, 42.0)
    assert desk.book.page(PATH).runs[0].predicted is None
