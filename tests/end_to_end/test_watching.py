"""The whole app tells of trouble and shows its small window, whatever the window is doing."""

from dataclasses import replace

import pytest
from helpers.person import Person
from helpers.readings import FULL, GPU
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QPushButton

from lollma_gui.app import LollmaApp
from lollma_gui.core.readings import GpuSurvey, Reading
from lollma_gui.qt.hardware_monitor import HIDDEN_MS, SHOWN_MS
from lollma_gui.services.hardware_sampler import seconds_with_sleep
from lollma_gui.tabs.dashboard_tab import DashboardTab
from lollma_gui.widgets import tray

TITLE = "NVIDIA GeForce RTX 4080 is at its temperature limit: 90 of 88 °C."


class Tray(QObject):
    """The desktop's tray, which cannot be here."""

    messageClicked = Signal()  # noqa: N815
    activated = Signal(object)
    told: list[str]

    def __init__(self, _icon: object, parent: QObject) -> None:
        super().__init__(parent)
        self.is_shown = False
        Tray.made = self

    @staticmethod
    def isSystemTrayAvailable() -> bool:  # noqa: N802
        return True

    @staticmethod
    def supportsMessages() -> bool:  # noqa: N802
        return True

    def setToolTip(self, _words: str) -> None:  # noqa: N802
        return

    def icon(self) -> object:
        return None

    def show(self) -> None:
        self.is_shown = True

    def hide(self) -> None:
        self.is_shown = False

    def showMessage(self, title: str, *_more: object) -> None:  # noqa: N802
        Tray.told.append(title)


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> type[Tray]:
    Tray.told = []
    monkeypatch.setattr(tray, "QSystemTrayIcon", Tray)
    return Tray


def seconds_of_heat(app: LollmaApp) -> None:
    """Readings of a GPU that is too hot, later than all that were really taken."""
    app.parts.monitor.stop()
    hot: Reading = replace(FULL, gpu=GpuSurvey((replace(GPU, temperature_celsius=90.0),)))
    begin = seconds_with_sleep() + 10
    for second in range(20):
        app.parts.monitor.reading.emit(replace(hot, taken_at=begin + second))


def test_trouble_is_told_in_the_window_whatever_tab_is_open(person: Person, desktop) -> None:
    app = person.start()
    app.window.show_page("Chat")
    seconds_of_heat(app)
    assert app.window.notices.titles == [TITLE]
    assert desktop.told == [], "who looks at the window needs no second message"


def test_trouble_is_told_by_the_system_while_the_window_is_not_in_use(
    person: Person, desktop
) -> None:
    app = person.start()
    app.window.hide()
    seconds_of_heat(app)
    assert desktop.told == [TITLE]
    desktop.made.messageClicked.emit()
    person.wait(app.window.isVisible)
    person.close(app)
    assert not desktop.made.is_shown


def test_a_kind_turned_off_in_its_notice_stays_off(person: Person, desktop) -> None:
    app = person.start()
    seconds_of_heat(app)
    buttons = app.window.notices.findChildren(QPushButton)
    off = next(b for b in buttons if b.text() == "Not again")
    person.qtbot.mouseClick(off, Qt.MouseButton.LeftButton)
    assert app.parts.alerts.off == {"heat"}
    person.close(app)
    again = person.start()
    assert again.parts.alerts.off == {"heat"}
    seconds_of_heat(again)
    assert again.window.notices.titles == []


def test_the_small_window_keeps_the_pace_while_the_large_one_is_not_seen(person: Person) -> None:
    app = person.start()
    tab = app.window.show_page("Dashboard")
    assert isinstance(tab, DashboardTab)
    person.qtbot.mouseClick(tab.small_button, Qt.MouseButton.LeftButton)
    small = app.watch.small
    assert small is not None
    person.wait(small.isVisible)
    app.window.visibility_changed.emit(False)
    assert app.parts.monitor.interval_ms == SHOWN_MS
    person.wait(lambda: small.ram.accessibleDescription() != "-")
    person.qtbot.keyClick(small, Qt.Key.Key_Escape)
    assert app.parts.monitor.interval_ms == HIDDEN_MS
    app.window.visibility_changed.emit(True)
    assert app.parts.monitor.interval_ms == SHOWN_MS
    person.qtbot.mouseClick(tab.small_button, Qt.MouseButton.LeftButton)
    assert small.isVisible()
    person.close(app)
    assert app.watch.small is None
