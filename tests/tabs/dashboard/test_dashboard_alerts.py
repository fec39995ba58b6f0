"""Alerts over real readings, and the menu in which they are turned on and off."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from helpers.readings import FULL, GPU
from PySide6.QtCore import Qt

from lollma_gui.core.alerts import WORDS, Alert, AlertKind
from lollma_gui.core.readings import GpuSurvey, Reading
from lollma_gui.qt.alerts import HardwareAlerts
from lollma_gui.qt.background import Background
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.services.hardware_sampler import HardwareSampler
from lollma_gui.services.system_sampler import SystemSampler
from lollma_gui.tabs.dashboard_alerts import AlertMenu

HOT = replace(FULL, gpu=GpuSurvey((replace(GPU, temperature_celsius=90.0),)))


class NoGpu:
    """The driver, which cannot be here."""

    def survey(self) -> GpuSurvey:
        return GpuSurvey()

    def close(self) -> None:
        return


@pytest.fixture
def monitor(qapp) -> Iterator[HardwareMonitor]:
    background = Background()
    yield HardwareMonitor(HardwareSampler(NoGpu(), SystemSampler([])), background)
    assert background.shutdown()


@pytest.fixture
def alerts(monitor) -> HardwareAlerts:
    return HardwareAlerts(monitor)


def seconds_of(monitor: HardwareMonitor, reading: Reading, begin: int, end: int) -> None:
    for second in range(begin, end):
        monitor.reading.emit(replace(reading, taken_at=float(second)))


def test_an_alert_is_raised_once_and_is_over_once(alerts, monitor):
    raised: list[Alert] = []
    over: list[str] = []
    alerts.raised.connect(raised.append)
    alerts.over.connect(over.append)
    seconds_of(monitor, HOT, 0, 100)
    assert [alert.kind for alert in raised] == [AlertKind.HEAT]
    seconds_of(monitor, FULL, 100, 300)
    assert over == [raised[0].key]
    assert len(raised) == 1


def test_the_menu_turns_each_kind_off_and_on(alerts, monitor, qtbot):
    menu = AlertMenu(alerts)
    qtbot.addWidget(menu)
    assert set(menu.kinds) == set(WORDS)
    assert all(action.isChecked() for action in menu.kinds.values())
    with qtbot.waitSignal(alerts.choices_changed):
        menu.kinds[AlertKind.HEAT].trigger()
    assert alerts.off == {"heat"}
    with qtbot.assertNotEmitted(alerts.raised):
        seconds_of(monitor, HOT, 0, 100)
    menu.kinds[AlertKind.HEAT].trigger()
    with qtbot.waitSignal(alerts.raised):
        seconds_of(monitor, HOT, 100, 200)


def test_the_menu_shows_what_was_chosen_before_and_elsewhere(monitor, qtbot):
    alerts = HardwareAlerts(monitor, ["spill"], notify=False)
    menu = AlertMenu(alerts)
    qtbot.addWidget(menu)
    assert [kind for kind, action in menu.kinds.items() if not action.isChecked()] == [
        AlertKind.SPILL
    ]
    assert not menu.system.isChecked()
    alerts.set_wanted(AlertKind.DISK_FULL, False)
    assert not menu.kinds[AlertKind.DISK_FULL].isChecked()
    menu.system.trigger()
    assert alerts.notify


def test_the_menu_opens_by_a_click(alerts, qtbot):
    menu = AlertMenu(alerts)
    qtbot.addWidget(menu)
    with qtbot.waitExposed(menu):
        menu.show()
    qtbot.mouseClick(menu.button, Qt.MouseButton.LeftButton)
    assert menu.menu.isVisible()
    menu.menu.close()
