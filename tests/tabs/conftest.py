"""The Settings tab over real settings, a real engine and the real theme."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.servers_user import ServersDesk, ServersUser, open_desk
from helpers.settings_user import MODEL, PC
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.settings import Settings
from lollma_gui.services.engine.links import ThreadLink
from lollma_gui.services.places import resource
from lollma_gui.services.profile_store import ProfileStore
from lollma_gui.tabs.settings_tab import SettingsTab
from lollma_gui.widgets.theme import Theme, ThemeChoice


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    yield Theme(qapp, resource("style.qss").read_text(encoding="utf-8"), ThemeChoice.LIGHT)
    qapp.setStyleSheet("")


@pytest.fixture
def keeper(qapp: QApplication) -> Iterator[Background]:
    made = Background(threads=1)
    yield made
    assert made.shutdown(cancel=False)


@pytest.fixture
def settings(keeper: Background, tmp_path: Path) -> Settings:
    made = Settings(ProfileStore(tmp_path / "profiles"), keeper, lambda _path: MODEL)
    made.set_pc(PC)
    return made


@pytest.fixture
def engine(qtbot) -> Iterator[Engine]:
    made = Engine(ThreadLink)
    yield made
    with qtbot.waitSignal(made.ended, timeout=60_000):
        made.shut_down()


@pytest.fixture
def settings_tab(qtbot, settings, engine, theme) -> SettingsTab:
    made = SettingsTab(settings, engine, theme)
    qtbot.addWidget(made)
    made.resize(1112, 735)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    qtbot.waitUntil(lambda: made.page.is_complete)
    return made


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, keeper: Background) -> Iterator[ServersDesk]:
    with open_desk(qtbot, tmp_path, keeper) as made:
        yield made


@pytest.fixture
def user(qtbot: QtBot, desk: ServersDesk, engine: Engine, theme: Theme) -> ServersUser:
    tab = desk.tab(engine, theme)
    qtbot.addWidget(tab)
    tab.resize(1096, 720)
    with qtbot.waitActive(tab):
        tab.show()
        tab.activateWindow()
    return ServersUser(qtbot, tab, desk.servers)
