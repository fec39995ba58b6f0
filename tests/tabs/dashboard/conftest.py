"""The dashboard over a real monitor with its real history; only the hardware is made up."""

from collections.abc import Iterator

import pytest
from helpers.dashboard_user import Actions, Hardware
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lollma_gui.qt.background import Background
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.tabs.dashboard_tab import DashboardTab
from lollma_gui.widgets.theme import Theme


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    made = Background()
    yield made
    assert made.shutdown()


@pytest.fixture
def hardware() -> Hardware:
    return Hardware()


@pytest.fixture
def monitor(background: Background, hardware: Hardware) -> HardwareMonitor:
    return HardwareMonitor(hardware, background)


@pytest.fixture
def actions(background: Background) -> Actions:
    return Actions(background)


@pytest.fixture
def tab(qtbot: QtBot, monitor: HardwareMonitor, actions: Actions, theme: Theme) -> DashboardTab:
    made = DashboardTab(monitor, actions, theme)
    qtbot.addWidget(made)
    made.resize(1112, 735)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made
