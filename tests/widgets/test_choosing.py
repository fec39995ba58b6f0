"""Going from tab to tab and from choice to choice, by mouse and by keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.menu_button import MenuButton
from lollma_gui.widgets.navigation import NavigationRail, RailItem

LEFT = Qt.MouseButton.LeftButton


def in_front(qtbot, widget: QWidget) -> QWidget:
    """Show a widget as the active window: only there can anything have the focus."""
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    return widget


@pytest.fixture
def rail(qtbot, theme):
    return in_front(qtbot, NavigationRail(["Dashboard", "Models", "Settings"]))


def items(rail):
    return rail.findChildren(RailItem)


def test_a_click_on_a_tab_chooses_it(qtbot, rail):
    with qtbot.waitSignal(rail.chosen) as signal:
        qtbot.mouseClick(items(rail)[2], LEFT)
    assert signal.args == [2]
    assert rail.current == 2


def test_arrow_keys_go_up_and_down_the_tabs(qtbot, rail):
    seen = []
    rail.chosen.connect(seen.append)
    items(rail)[0].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(items(rail)[0].hasFocus)
    qtbot.keyClick(items(rail)[0], Qt.Key.Key_Down)
    qtbot.keyClick(items(rail)[1], Qt.Key.Key_Down)
    qtbot.keyClick(items(rail)[2], Qt.Key.Key_Up)
    assert seen == [1, 2, 1]
    assert rail.current == 1


def test_going_to_a_tab_by_its_number_tells_the_window(qtbot, rail):
    with qtbot.waitSignal(rail.chosen) as signal:
        rail.choose(1)
    assert signal.args == [1]
    assert [item.isChecked() for item in items(rail)] == [False, True, False]


def test_what_waits_in_a_tab_is_read_out_with_its_name(rail):
    rail.set_badge(1, "2")
    assert items(rail)[1].accessibleName() == "Models, 2"
    rail.set_badge(1, "")
    assert items(rail)[1].accessibleName() == "Models"
    assert items(rail)[1].accessibleDescription() == "Ctrl+2"


@pytest.fixture
def control(qtbot, theme):
    options = [("f16", "F16"), ("q8", "Q8_0"), ("q4", "Q4_0")]
    return in_front(qtbot, SegmentedControl(options, name="KV cache"))


def test_the_first_choice_is_taken_at_the_start(control):
    assert control.current() == "f16"


def test_a_click_takes_a_choice_once(qtbot, control):
    seen = []
    control.chosen.connect(seen.append)
    segment = control.findChildren(QPushButton)[1]
    qtbot.mouseClick(segment, LEFT)
    qtbot.mouseClick(segment, LEFT)
    assert seen == ["q8"]
    assert control.current() == "q8"


def test_arrow_keys_take_the_next_choice(qtbot, control):
    seen = []
    control.chosen.connect(seen.append)
    segments = control.findChildren(QPushButton)
    segments[0].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(segments[0].hasFocus)
    qtbot.keyClick(segments[0], Qt.Key.Key_Right)
    qtbot.keyClick(segments[1], Qt.Key.Key_Right)
    qtbot.keyClick(segments[2], Qt.Key.Key_Left)
    assert seen == ["q8", "q4", "q8"]


def test_showing_a_choice_is_not_taken_for_a_wish(qtbot, control):
    with qtbot.assertNotEmitted(control.chosen):
        control.choose("q4")
    assert control.current() == "q4"
    with pytest.raises(KeyError):
        control.choose("q2")


def test_a_choice_that_is_not_possible_says_why(qtbot, control):
    control.set_enabled("q8", False, "Needs flash attention.")
    segment = control.findChildren(QPushButton)[1]
    qtbot.mouseClick(segment, LEFT)
    assert control.current() == "f16"
    assert segment.toolTip() == "Needs flash attention."


def test_no_choice_moves_when_another_is_taken(control):
    before = [segment.geometry() for segment in control.findChildren(QPushButton)]
    control.choose("q4")
    control.layout().activate()
    assert [segment.geometry() for segment in control.findChildren(QPushButton)] == before


def test_a_button_is_named_without_marks_and_tells_its_keys(qtbot, theme):
    made = button("&Add folder…", tooltip="Search one more folder", shortcut="Ctrl+O")
    qtbot.addWidget(made)
    assert made.accessibleName() == "Add folder"
    assert made.toolTip() == "Search one more folder (Ctrl+O)"


def test_the_ring_shows_for_the_keyboard_and_not_for_the_mouse(qtbot, theme):
    made = in_front(qtbot, button("Load"))
    made.clearFocus()
    plain = made.grab().toImage()
    made.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.waitUntil(made.hasFocus)
    assert made.grab().toImage() == plain
    made.clearFocus()
    made.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(made.hasFocus)
    assert made.grab().toImage() != plain


def test_an_empty_place_offers_the_first_step(qtbot, theme):
    made = EmptyState("No models yet", "Get one.", [("starter", "Get it"), ("folder", "Choose…")])
    qtbot.addWidget(made)
    made.show()
    seen = []
    made.chosen.connect(seen.append)
    qtbot.mouseClick(made.buttons["folder"], LEFT)
    qtbot.keyClick(made.buttons["starter"], Qt.Key.Key_Space)
    assert seen == ["folder", "starter"]
    assert made.buttons["starter"].property("kind") == "primary"
    assert made.buttons["folder"].property("kind") is None
    made.set_text("Nothing was found.")
    assert made.accessibleDescription() == "Nothing was found."


def test_the_tab_key_goes_past_a_button_with_choices(qtbot):
    window, menu, after = QWidget(), MenuButton("Theme"), button("After")
    column = QVBoxLayout(window)
    column.addWidget(menu)
    column.addWidget(after)
    in_front(qtbot, window)
    menu.setFocus()
    qtbot.waitUntil(menu.button.hasFocus)
    qtbot.keyClick(menu.button, Qt.Key.Key_Tab)
    assert after.hasFocus()
    qtbot.keyClick(after, Qt.Key.Key_Backtab)
    assert menu.button.hasFocus()
