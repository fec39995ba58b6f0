"""Real loads are recorded beside what was predicted, with what the GPU lost meanwhile."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts, card
from pytestqt.qtbot import QtBot

from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.plan_settings import PlanSettings, plan_settings
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.load_watch import LoadWatch
from lollma_gui.services.engine.links import ProcessLink

Make = Callable[..., FitParts]
VALUES = {"n_ctx": 2048, "cpu": True}


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[Engine]:
    made = Engine(ProcessLink)
    yield made
    with qtbot.waitSignal(made.ended, timeout=60_000):
        made.shut_down()


def watched(parts: FitParts, engine: Engine) -> LoadWatch:
    return LoadWatch(engine, parts.background, parts.keeper, parts.survey, parts.loads, parts)


@pytest.mark.engine
def test_a_real_load_was_predicted_within_a_hundredth(
    qtbot: QtBot, make_parts: Make, engine: Engine, starter_model: Path
) -> None:
    parts = make_parts()
    watch = watched(parts, engine)
    with qtbot.waitCallback() as told:
        parts.knowledge.learn(str(starter_model), told)
    prepared = parts.knowledge.facts(str(starter_model)).prepared
    assert prepared is not None
    plan = FitCase.on(parts.knowledge.pc, prepared).plan(plan_settings(VALUES))
    watch.expect(str(starter_model), plan)
    with qtbot.waitSignal(watch.recorded, timeout=60_000):
        engine.load(str(starter_model), VALUES)
    (record,) = parts.loads.all()
    assert record.model == str(starter_model)
    assert record.method == "arithmetic"
    assert abs(record.error) < 0.01


@pytest.mark.engine
def test_what_the_gpu_lost_between_start_and_ready_is_what_the_load_took(
    qtbot: QtBot, make_parts: Make, engine: Engine, starter_model: Path
) -> None:
    parts = make_parts(gpus=(card(free=15),))
    watch = watched(parts, engine)
    with qtbot.waitCallback() as told:
        parts.knowledge.learn(str(starter_model), told)
    prepared = parts.knowledge.facts(str(starter_model)).prepared
    assert prepared is not None
    plan = FitCase.on(parts.knowledge.pc, prepared).plan(PlanSettings(n_ctx=2048))
    watch.expect(str(starter_model), plan)
    surveys = []
    survey = parts.survey

    def sinking():
        surveys.append(1)
        parts.gpus = (card(free=15 - len(surveys)),)
        return survey()

    watch._survey = sinking  # the driver's answers fall from one look to the next
    with qtbot.waitSignal(watch.recorded, timeout=60_000):
        engine.load(str(starter_model), VALUES)
    (record,) = parts.loads.all()
    assert [device.key for device in record.devices] == ["RAM", "GPU-1"]
    assert [device.taken for device in record.devices] == [None, 2**30]


@pytest.mark.engine
def test_a_load_that_nobody_predicted_is_not_recorded(
    qtbot: QtBot, make_parts: Make, engine: Engine, starter_model: Path
) -> None:
    parts = make_parts()
    watch = watched(parts, engine)
    watch.expect(str(starter_model), None)
    engine.load(str(starter_model), VALUES)
    qtbot.waitUntil(lambda: engine.status.is_loaded, timeout=60_000)
    assert parts.background.is_idle()
    assert parts.loads.all() == []
