"""The built-in engine on its page, with the real model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from lollma_gui.core.engine_status import EngineState
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.services.engine.links import ProcessLink
from lollma_gui.tabs.engine_page import EnginePage
from lollma_gui.widgets.theme import Theme


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[Engine]:
    engine = Engine(ProcessLink)
    yield engine
    if engine.status.state not in (EngineState.NOT_LOADED, EngineState.CRASHED):
        with qtbot.waitSignal(engine.ended, timeout=20_000):
            engine.shut_down()


def click(qtbot: QtBot, tab: EnginePage, text: str) -> None:
    found = next(b for b in tab.findChildren(QPushButton) if b.text() == text)
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


@pytest.mark.engine
def test_the_engine_is_shown_as_it_is(
    qtbot: QtBot, engine: Engine, keeper: Background, theme: Theme, starter_model: Path
) -> None:
    log = LogStream()
    engine.log_line.connect(log.add_line)
    log.add_line("a line from before the tab was made")
    tab = EnginePage(engine, log, keeper, theme)
    qtbot.addWidget(tab)
    tab.show()
    assert dict(tab.facts.facts())["Process"] == "-"

    engine.load(str(starter_model), {"n_ctx": 512})
    ready = EngineState.READY
    qtbot.waitUntil(lambda: engine.status.state is ready, timeout=30_000)
    facts = dict(tab.facts.facts())
    assert facts["Process"] == f"PID {engine.status.pid}"
    assert facts["Weights"] == "92.1 MiB"
    assert facts["Context"] == "512 tokens"
    qtbot.waitUntil(lambda: any("KV buffer size" in text for text in log.texts()))
    click(qtbot, tab, "Copy")
    qtbot.waitUntil(lambda: "a line from before" in QApplication.clipboard().text())

    click(qtbot, tab, "Unload")
    gone = EngineState.NOT_LOADED
    qtbot.waitUntil(lambda: engine.status.state is gone, timeout=20_000)
    assert dict(tab.facts.facts())["Process"] == "-"


def test_why_a_load_failed_stands_in_the_card(
    qtbot: QtBot, engine: Engine, keeper: Background, theme: Theme, tmp_path: Path
) -> None:
    tab = EnginePage(engine, LogStream(), keeper, theme)
    qtbot.addWidget(tab)
    tab.show()
    assert not tab.problem.isVisible()
    engine.load(str(tmp_path / "none.gguf"), {})
    qtbot.waitUntil(lambda: tab.problem.isVisible(), timeout=20_000)
    assert "There is no file" in tab.problem.text()
    qtbot.waitUntil(lambda: not engine.status.is_busy, timeout=20_000)
