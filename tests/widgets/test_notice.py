"""Notices say what happened in the window itself, and go when they are not needed."""

import pytest
from helpers.pictures import colours_in, picture
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.theme import LIGHT, Role


@pytest.fixture
def bar(qtbot, theme):
    whole = QWidget()
    qtbot.addWidget(whole)
    made = NoticeBar(theme)
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(made)
    column.addWidget(QLineEdit())
    column.addStretch(1)
    whole.resize(640, 480)
    whole.show()
    qtbot.waitExposed(whole)
    made.whole = whole
    return made


def pressable(bar, name):
    return next(b for b in bar.findChildren(QPushButton) if b.accessibleName() == name)


def test_an_empty_bar_takes_no_room(bar):
    field = bar.whole.findChild(QLineEdit)
    assert not bar.isVisible()
    assert field.y() == 0


def test_the_newest_notice_is_on_top_and_there_are_at_most_three(bar):
    for word in ("One.", "Two.", "Three.", "Four."):
        bar.show_notice(Notice(word))
    assert bar.titles == ["Four.", "Three.", "Two."]


def test_a_notice_of_the_same_key_takes_the_place_of_the_old_one(bar):
    bar.show_notice(Notice("The engine ended.", key="engine"))
    bar.show_notice(Notice("A folder could not be read."))
    bar.show_notice(Notice("The engine ended again.", key="engine"))
    assert bar.titles == ["The engine ended again.", "A folder could not be read."]


def test_a_notice_said_twice_stands_there_once(bar):
    bar.show_notice(Notice("The disk is full."))
    bar.show_notice(Notice("The disk is full."))
    assert bar.titles == ["The disk is full."]


def test_clearing_a_key_takes_its_notice_away_and_others_stay(bar):
    bar.show_notice(Notice("One.", key="one"))
    bar.show_notice(Notice("Two.", key="two"))
    bar.clear("one")
    bar.clear("never shown")
    assert bar.titles == ["Two."]
    bar.clear("two")
    assert not bar.isVisible()


def test_the_close_button_closes(qtbot, bar):
    bar.show_notice(Notice("The chat was deleted."))
    qtbot.mouseClick(pressable(bar, "Close: The chat was deleted."), Qt.MouseButton.LeftButton)
    assert bar.titles == []


def test_escape_closes_the_notice_one_is_in(qtbot, bar):
    bar.show_notice(Notice("Old."))
    bar.show_notice(Notice("New.", action="Undo"))
    qtbot.keyClick(pressable(bar, "Undo"), Qt.Key.Key_Escape)
    assert bar.titles == ["Old."]


def test_the_action_is_done_once_and_may_say_something_new(qtbot, bar):
    done = []

    def act():
        done.append("undone")
        bar.show_notice(Notice("The chat is back.", key="chat"))

    bar.show_notice(Notice("The chat was deleted.", action="Undo", key="chat"), act)
    qtbot.mouseClick(pressable(bar, "Undo"), Qt.MouseButton.LeftButton)
    assert done == ["undone"]
    assert bar.titles == ["The chat is back."]


def test_the_words_can_be_marked_and_copied_with_the_keyboard_too(bar):
    bar.show_notice(Notice("Not enough memory.", "Use fewer layers.", Role.BAD))
    texts = {t.text(): t.textInteractionFlags() for t in bar.findChildren(QLabel) if t.text()}
    wanted = Qt.TextInteractionFlag.TextSelectableByMouse
    wanted |= Qt.TextInteractionFlag.TextSelectableByKeyboard
    assert {text: flags & wanted for text, flags in texts.items()} == {
        "Not enough memory.": wanted,
        "Use fewer layers.": wanted,
    }


def test_a_screen_reader_hears_title_and_advice(bar):
    bar.show_notice(Notice("Not enough memory.", "Use fewer layers."))
    row = bar.layout().itemAt(0).widget()
    assert row.accessibleName() == "Not enough memory."
    assert row.accessibleDescription() == "Use fewer layers."


def test_a_problem_has_the_colour_of_problems(bar):
    bar.show_notice(Notice("Broken.", role=Role.BAD))
    assert LIGHT.colour(Role.BAD).name() in colours_in(picture(bar))


def test_long_advice_goes_on_in_new_lines_and_nothing_is_cut(qtbot, bar):
    bar.whole.resize(320, 480)
    bar.show_notice(Notice("The engine ended.", "Use fewer GPU layers. " * 12, Role.BAD, "Log"))
    advice = next(t for t in bar.findChildren(QLabel) if t.text().startswith("Use"))
    qtbot.waitUntil(lambda: advice.height() >= advice.heightForWidth(advice.width()) > 60)
    assert pressable(bar, "Log").width() >= pressable(bar, "Log").minimumSizeHint().width()
