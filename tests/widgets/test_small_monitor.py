from dataclasses import replace

import pytest
from helpers.readings import FULL, NO_GPU
from PySide6.QtCore import Qt

from lollma_gui.core.readings import EngineReading
from lollma_gui.widgets.small_monitor import SmallMonitor


@pytest.fixture
def small(qtbot, theme) -> SmallMonitor:
    made = SmallMonitor(theme)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def said(small: SmallMonitor) -> list[str]:
    meters = (small.vram, small.gpu, small.cpu, small.ram)
    return [small.speed.text(), *(meter.accessibleDescription() for meter in meters)]


def test_it_stays_above_all_other_windows(small):
    assert small.windowFlags() & Qt.WindowType.WindowStaysOnTopHint


def test_it_says_how_fast_how_full_and_how_hot(small):
    small.show_reading(FULL)
    assert said(small) == [
        "51.8 tok/s",
        "12.0 / 16.0 GiB",
        "87 % · 64 °C · 231 W",
        "23 %",
        "21.0 / 64.0 GiB",
    ]
    assert small.model.text() == "Qwen3-14B-Instruct · generating"


def test_what_is_unknown_is_a_dash(small):
    small.show_reading(replace(NO_GPU, engine=EngineReading()))
    assert said(small)[:3] == ["-", "-", "-"]
    assert small.model.text() == "no model loaded"


def test_it_is_closed_by_its_button_and_by_escape(small, qtbot):
    with qtbot.waitSignal(small.shown) as hidden:
        qtbot.mouseClick(small.close_button, Qt.MouseButton.LeftButton)
    assert hidden.args == [False]
    with qtbot.waitSignal(small.shown) as shown:
        small.show()
    assert shown.args == [True]
    qtbot.keyClick(small, Qt.Key.Key_Escape)
    assert not small.isVisible()


def test_a_hidden_one_does_nothing(small):
    small.close()
    small.show_reading(FULL)
    assert small.speed.text() == "-"


def test_a_double_click_leads_to_the_large_window(small, qtbot):
    with qtbot.waitSignal(small.open_wanted):
        qtbot.mouseDClick(small, Qt.MouseButton.LeftButton)


def test_its_place_is_remembered(small, qtbot, theme):
    small.move(300, 200)
    qtbot.waitUntil(lambda: small.pos().x() == 300)
    other = SmallMonitor(theme)
    qtbot.addWidget(other)
    other.restore_geometry_text(small.geometry_text())
    assert other.pos() == small.pos()
    other.restore_geometry_text("bm9uc2Vuc2U=")
