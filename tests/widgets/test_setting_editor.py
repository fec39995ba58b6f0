"""One editor for each kind of setting: what a person can do with it, by mouse and keyboard."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.setting import Kind
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.widgets.setting_editor import SettingEditor, editor_for

LEFT = Qt.MouseButton.LeftButton


class Desk:
    """An editor in a window, what it said, and another field to go to."""

    def __init__(self, qtbot: QtBot, name: str, value: object = None) -> None:
        self.qtbot = qtbot
        self.window = QWidget()
        self.editor: SettingEditor = editor_for(SETTINGS[name])
        self.elsewhere = QLineEdit()
        column = QVBoxLayout(self.window)
        column.addWidget(self.editor)
        column.addWidget(self.elsewhere)
        self.wanted: list[object] = []
        self.refused: list[str] = []
        self.editor.committed.connect(self.wanted.append)
        self.editor.refused.connect(self.refused.append)
        self.editor.show_value(SETTINGS[name].default if value is None else value)
        self.refused.clear()
        qtbot.addWidget(self.window)
        self.window.resize(420, 200)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        self.elsewhere.setFocus()

    def go_in(self) -> None:
        self.editor.control.setFocus(Qt.FocusReason.TabFocusReason)
        self.qtbot.waitUntil(self.editor.control.hasFocus)

    def type(self, text: str) -> None:
        self.go_in()
        self.press("A", Qt.KeyboardModifier.ControlModifier)
        self.qtbot.keyClicks(self.editor.control, text)

    def press(
        self,
        key: Qt.Key | str,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        self.qtbot.keyClick(self.editor.control, key, modifier)

    def leave(self) -> None:
        self.elsewhere.setFocus()
        self.qtbot.waitUntil(self.elsewhere.hasFocus)

    def turn_wheel(self) -> None:
        control = self.editor.control
        middle = QPointF(control.rect().center())
        event = QWheelEvent(
            middle,
            control.mapToGlobal(middle),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(control, event)


@pytest.fixture
def desk(qtbot, theme) -> Callable[..., Desk]:
    return lambda name, value=None: Desk(qtbot, name, value)


def test_there_is_an_editor_for_every_setting_and_it_shows_and_keeps_every_default(qtbot, theme):
    for setting in SETTINGS:
        editor = editor_for(setting)
        qtbot.addWidget(editor)
        wanted: list[object] = []
        editor.committed.connect(wanted.append)
        editor.show_value(setting.default)
        assert not editor.is_typed, setting.name
        assert setting.label in editor.control.accessibleName()
        for stop in editor.stops:
            assert stop.accessibleName(), setting.name
            assert stop.focusPolicy() & Qt.FocusPolicy.TabFocus, setting.name
        assert wanted == []
    assert {setting.kind for setting in SETTINGS} == set(Kind)


def test_a_switch_is_clicked_or_pressed_and_says_on_or_off(desk, qtbot):
    place = desk("mlock")
    assert place.editor.box.text() == "Off"
    qtbot.mouseClick(place.editor.box, LEFT, pos=QPoint(12, place.editor.box.height() // 2))
    assert place.wanted == [True]
    assert place.editor.box.text() == "On"
    place.go_in()
    place.press(Qt.Key.Key_Space)
    assert place.wanted == [True, False]


def test_nothing_is_wanted_while_a_number_is_typed_but_on_enter(desk):
    place = desk("n_ctx")
    assert place.editor.box.text() == "4,096 tokens"
    place.type("8k")
    assert place.wanted == []
    place.press(Qt.Key.Key_Return)
    assert place.wanted == [8192]
    assert place.editor.box.text() == "8192"
    place.leave()
    assert place.editor.box.text() == "8,192 tokens"
    assert place.wanted == [8192]


def test_going_elsewhere_takes_a_decimal_over(desk):
    place = desk("temperature")
    place.type("0.65")
    place.leave()
    assert place.wanted == [0.65]


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("n_ctx", "many", "Context length must be a whole number from 0 to 10,485,760."),
        ("n_ctx", "", "Context length must be a whole number from 0 to 10,485,760."),
        ("temperature", "9", "Temperature must be a number from 0 to 5."),
        ("temperature", "0,7", "Temperature is written with a point and no commas, as in 0.7."),
        (
            "tensor_split",
            "a, b",
            "Share of each GPU must be numbers with commas between them, for example 60, 40.",
        ),
    ],
)
def test_what_is_typed_wrong_is_told_and_stays_to_be_put_right(desk, name, typed, sentence):
    place = desk(name)
    place.type(typed)
    if not typed:
        place.press(Qt.Key.Key_Delete)
    place.leave()
    assert place.refused == [sentence]
    assert place.wanted == []
    assert place.editor.control.text() == typed
    place.go_in()
    place.press(Qt.Key.Key_Escape)
    assert place.refused[-1] == ""
    assert not place.editor.is_typed
    place.leave()
    assert place.wanted == []


def test_special_values_are_shown_and_typed_in_words(desk):
    place = desk("n_gpu_layers")
    assert place.editor.box.text() == "as many as fit"
    place.type("12")
    place.press(Qt.Key.Key_Return)
    place.type("As many as fit")
    place.press(Qt.Key.Key_Return)
    assert place.wanted == [12, -1]


def test_numbers_beyond_what_usual_boxes_hold(desk):
    place = desk("seed")
    place.type("4294967294")
    place.press(Qt.Key.Key_Return)
    assert place.wanted == [4294967294]


def test_arrow_keys_step_from_multiple_to_multiple_and_count_as_one_change(desk, qtbot):
    place = desk("top_p", 0.943)
    place.go_in()
    place.press(Qt.Key.Key_Up)
    place.press(Qt.Key.Key_Up)
    assert place.wanted == []
    qtbot.waitUntil(lambda: place.wanted == [0.96])
    for _ in range(6):
        place.press(Qt.Key.Key_Up)
    assert place.editor.box.text() == "off"
    place.press(Qt.Key.Key_Return)
    assert place.wanted == [0.96, 1.0]


def test_the_wheel_changes_a_number_only_where_the_keyboard_is(desk, qtbot):
    place = desk("threads", 4)
    place.turn_wheel()
    assert not place.editor.is_typed
    place.go_in()
    place.turn_wheel()
    qtbot.waitUntil(lambda: place.wanted == [5])


def test_the_wheel_changes_a_choice_only_where_the_keyboard_is(desk):
    place = desk("flash_attn", "off")
    place.turn_wheel()
    assert place.wanted == []
    place.go_in()
    place.turn_wheel()
    assert place.wanted == ["on"]


def test_a_choice_is_made_in_words(desk, qtbot):
    place = desk("flash_attn")
    box = place.editor.box
    assert isinstance(box, QComboBox)
    assert box.currentText() == "Automatic"
    qtbot.mouseClick(box, LEFT)
    qtbot.waitUntil(box.view().isVisible)
    qtbot.keyClick(box.view(), Qt.Key.Key_Down)
    qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    assert place.wanted == ["on"]


def test_fractions_are_typed_with_commas(desk):
    place = desk("tensor_split")
    place.type("60, 40")
    place.press(Qt.Key.Key_Return)
    assert place.wanted == [[60.0, 40.0]]
    place.type("1,1")
    place.leave()
    assert place.wanted[-1] == [1.0, 1.0]


def test_a_text_of_several_lines_is_taken_by_control_enter_and_by_going_elsewhere(desk):
    place = desk("system_prompt")
    low = place.editor.control.height()
    place.type("One")
    for line in ("two", "three", "four"):
        place.press(Qt.Key.Key_Return)
        place.qtbot.keyClicks(place.editor.control, line)
    assert place.wanted == []
    assert place.editor.control.height() > low
    place.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert place.wanted == ["One\ntwo\nthree\nfour"]
    place.type("Be brief.")
    place.leave()
    assert place.wanted[-1] == "Be brief."


def test_a_list_has_one_text_a_line(desk):
    place = desk("stop", ["User:"])
    assert place.editor.text() == "User:"
    place.go_in()
    place.press(Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    place.press(Qt.Key.Key_Return)
    place.qtbot.keyClicks(place.editor.control, "\\n\\n")
    place.press(Qt.Key.Key_Tab)
    assert place.wanted == [["User:", "\n\n"]]


def test_files_are_typed_or_chosen(desk):
    place = desk("draft_model")
    place.type("small.gguf")
    place.press(Qt.Key.Key_Return)
    place.editor.take_file("other.gguf")
    assert place.wanted == ["small.gguf", "other.gguf"]
    adapters = desk("lora", ["a.gguf"])
    adapters.editor.add_files(["a.gguf", "b.gguf"])
    assert adapters.wanted == [["a.gguf", "b.gguf"]]


@pytest.mark.parametrize("name", ["n_ctx", "extra_flags", "system_prompt"])
def test_a_value_that_changes_elsewhere_does_not_disturb_what_is_being_typed(desk, name):
    news = {"n_ctx": 2048, "extra_flags": "--new", "system_prompt": "New."}[name]
    place = desk(name)
    place.type("123")
    place.editor.show_value(news)
    assert place.editor.is_typed
    place.press(Qt.Key.Key_Escape)
    assert not place.editor.is_typed
    place.leave()
    assert place.wanted == []
    place.editor.show_value(SETTINGS[name].default)
    place.editor.show_value(news)
    assert not place.editor.is_typed


def test_a_refused_text_gives_way_when_the_value_changes_elsewhere(desk):
    place = desk("n_ctx")
    place.type("many")
    place.leave()
    place.editor.show_value(2048)
    assert place.editor.box.text() == "2,048 tokens"
    assert place.refused[-1] == ""
