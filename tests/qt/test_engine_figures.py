"""The engine's figures, taken from a real engine with the starter model."""

import pytest

from lollma_gui.core.engine_messages import ChatMessage
from lollma_gui.core.engine_status import EngineState
from lollma_gui.core.readings import EngineReading
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.engine_figures import EngineFigures
from lollma_gui.services.engine.links import ProcessLink

PATIENCE_MS = 60_000


@pytest.mark.engine
def test_figures_of_a_load_an_answer_and_an_unload(qtbot, starter_model):
    engine = Engine(ProcessLink)
    figures = EngineFigures(engine, lambda path: f"name of {path[-4:]}")
    assert figures.now() == EngineReading()

    engine.load(str(starter_model), {"n_ctx": 1024})
    qtbot.waitUntil(lambda: engine.status.state is EngineState.READY, timeout=PATIENCE_MS)
    ready = figures.now()
    assert (ready.state, ready.model) == ("ready", "name of gguf")
    assert (ready.context_used, ready.context_size) == (0, 1024)
    assert ready.pid == engine.status.pid
    assert {buffer.kind for buffer in ready.buffers} >= {"model", "KV"}
    assert ready.tokens_per_second is None

    speeds: list[float | None] = []
    engine.text.connect(lambda _text: speeds.append(figures.now().tokens_per_second))
    with qtbot.waitSignal(engine.answer_ended, timeout=PATIENCE_MS) as ended:
        engine.generate([ChatMessage("user", "Count to ten.")], {"max_new_tokens": 24, "seed": 1})
    stats = ended.args[0].stats
    done = figures.now()
    assert any(speeds), "there is a speed while it writes"
    assert done.tokens_per_second is None, "and none afterwards"
    assert done.last_tokens_per_second == stats.tokens_per_second
    assert done.first_token_seconds == stats.first_token_seconds
    assert done.context_used == stats.context_used > 0

    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS):
        engine.shut_down()
    assert figures.now() == EngineReading()


@pytest.mark.engine
def test_an_engine_that_dies_leaves_the_reason(qtbot, starter_model):
    engine = Engine(ProcessLink)
    figures = EngineFigures(engine, str)
    engine.load(str(starter_model), {"n_ctx": 512})
    qtbot.waitUntil(lambda: engine.status.state is EngineState.READY, timeout=PATIENCE_MS)
    engine._client._link.kill()
    qtbot.waitUntil(lambda: engine.status.state is EngineState.CRASHED, timeout=PATIENCE_MS)
    assert figures.now().problem == engine.status.problem != ""
    assert figures.now().buffers == ()
    engine.shut_down()
