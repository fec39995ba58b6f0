"""What servers are told about models: changes only where they help, and what lies on other PCs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts, card
from pytestqt.qtbot import QtBot

from lollma_gui.core.memory_plan import PLAIN, TargetDevice
from lollma_gui.qt.model_desk import ModelDesk

MIB = 1024**2

pytestmark = pytest.mark.engine


@pytest.fixture
def desk_with(tmp_path: Path, qtbot: QtBot, starter_model: Path) -> Iterator[Callable]:
    made: list[FitParts] = []

    def make(free_gib: float) -> ModelDesk:
        parts = FitParts(tmp_path, (card(free=free_gib),))
        made.append(parts)
        desk = ModelDesk(parts.library, parts.knowledge, parts.settings)
        learnt: list[bool] = []
        desk.learn(str(starter_model), lambda: learnt.append(True))
        qtbot.waitUntil(lambda: bool(learnt))
        return desk

    yield make
    for parts in made:
        parts.close()


def test_no_change_is_offered_where_memory_was_not_what_was_missing(
    desk_with: Callable, starter_model: Path
) -> None:
    assert desk_with(15).changes(str(starter_model)) == []


def test_changes_are_offered_though_it_should_have_fitted_with_little_room(
    desk_with: Callable, starter_model: Path
) -> None:
    path = str(starter_model)
    desk = desk_with(2.0)
    desk.take(path, {"n_gpu_layers": 99, "n_ctx": 2048})
    offered = desk.changes(path)
    assert offered
    assert all(change.words for change in offered)


def test_what_lies_on_another_pc_is_said(
    desk_with: Callable, starter_model: Path, qtbot: QtBot
) -> None:
    desk = desk_with(15)
    far = TargetDevice("192.168.1.20:50052", PLAIN, 2048 * MIB, 4096 * MIB)
    said: list[str] = []
    desk.spread(str(starter_model), (far,), said.append)
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].startswith("Fits with ")
    assert "192.168.1.20:50052: needs" in said[0]
    desk.spread("no such file.gguf", (far,), said.append)
    qtbot.waitUntil(lambda: len(said) > 1)
    assert "192.168.1.20" not in said[1]
