"""What tests of services turned into signals share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.hub_server import HubServer
from helpers.fit_parts import FitParts, card
from helpers.hub_user import Looker
from pytestqt.qtbot import QtBot


@pytest.fixture
def make_parts(qapp: object, tmp_path: Path) -> Iterator[Callable[..., FitParts]]:
    """Makes the parts behind the fit panel, and ends them."""
    made: list[FitParts] = []

    def make(**given: Any) -> FitParts:
        made.append(FitParts(tmp_path / "home", **given))
        return made[-1]

    yield make
    for parts in made:
        parts.close()


@pytest.fixture
def looker(qtbot: QtBot, make_parts: Callable[..., FitParts], hub: HubServer) -> Looker:
    parts = make_parts(gpus=(card(free=7, total=8),), hub=hub.url)
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    return Looker(qtbot, parts)
