"""Writing a message: by keys, by clicks, and never losing the draft."""

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QProgressBar

from lollma_gui.widgets.composer import Composer


@pytest.fixture
def composer(theme, qtbot) -> Composer:
    made = Composer(theme)
    qtbot.addWidget(made)
    made.resize(600, 100)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.setFocus()
    return made


def sent(composer: Composer) -> list[str]:
    texts: list[str] = []
    composer.send_wanted.connect(texts.append)
    return texts


def test_enter_sends_and_shift_enter_begins_a_line(composer, qtbot) -> None:
    texts = sent(composer)
    qtbot.keyClicks(composer.draft, "one")
    qtbot.keyClick(composer.draft, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.draft, "two")
    assert texts == []
    qtbot.keyClick(composer.draft, Qt.Key.Key_Return)
    assert texts == ["one\ntwo"]


def test_the_draft_stays_until_it_was_taken(composer, qtbot) -> None:
    texts = sent(composer)
    composer.set_text("keep me")
    qtbot.mouseClick(composer.send_button, Qt.MouseButton.LeftButton)
    assert texts == ["keep me"]
    assert composer.text() == "keep me"
    composer.accept()
    assert composer.text() == ""


@pytest.mark.parametrize("mode", ["generating", "stopping", "disabled"])
def test_nothing_is_sent_and_the_draft_grows_while_sending_is_impossible(composer, qtbot, mode):
    texts = sent(composer)
    composer.set_mode(mode)
    qtbot.keyClicks(composer.draft, "next question")
    qtbot.keyClick(composer.draft, Qt.Key.Key_Enter)
    assert texts == []
    assert composer.text() == "next question"
    assert not composer.send_button.isEnabled()
    composer.set_mode("idle")
    qtbot.keyClick(composer.draft, Qt.Key.Key_Enter)
    assert texts == ["next question"]


def test_an_empty_message_is_not_sent(composer, qtbot) -> None:
    texts = sent(composer)
    composer.set_text(" \n ")
    qtbot.keyClick(composer.draft, Qt.Key.Key_Return)
    assert texts == []
    assert not composer.send_button.isEnabled()


def test_the_one_button_sends_or_stops(composer, qtbot) -> None:
    stops: list[bool] = []
    composer.stop_wanted.connect(lambda: stops.append(True))
    assert (composer.send_button.isVisible(), composer.stop_button.isVisible()) == (True, False)
    qtbot.keyClick(composer.draft, Qt.Key.Key_Escape)
    assert stops == []
    composer.set_mode("generating")
    assert (composer.send_button.isVisible(), composer.stop_button.isVisible()) == (False, True)
    qtbot.keyClick(composer.draft, Qt.Key.Key_Escape)
    qtbot.mouseClick(composer.stop_button, Qt.MouseButton.LeftButton)
    assert stops == [True, True]
    composer.set_mode("stopping")
    assert composer.stop_button.text() == "Stopping…"
    qtbot.mouseClick(composer.stop_button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(composer.draft, Qt.Key.Key_Escape)
    assert stops == [True, True]


def test_the_field_grows_from_one_line_to_eight_and_then_scrolls(composer, qtbot) -> None:
    heights = []
    for lines in (1, 2, 8, 30):
        composer.set_text("\n".join("x" * lines))
        heights.append(composer.draft.height())
    assert heights[0] < heights[1] < heights[2] == heights[3]
    line = heights[1] - heights[0]
    assert heights[2] == heights[0] + 7 * line
    assert composer.draft.verticalScrollBar().maximum() > 0
    composer.accept()
    assert composer.draft.height() == heights[0]


def test_a_long_line_is_broken_and_the_field_grows(composer, qtbot) -> None:
    one = composer.draft.height()
    composer.set_text("word " * 60)
    assert composer.draft.height() > 2 * one


def test_rich_text_is_pasted_as_its_letters(composer, qtbot) -> None:
    rich = QMimeData()
    rich.setHtml('<b>bold</b> <img src="file:///etc/hostname">')
    rich.setText("bold\n  plain")
    QGuiApplication.clipboard().setMimeData(rich)
    qtbot.keyClick(composer.draft, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert composer.text() == "bold\n  plain"


def test_keys_of_an_input_method_belong_to_it(composer, qtbot) -> None:
    texts, stops = sent(composer), []
    composer.stop_wanted.connect(lambda: stops.append(True))
    composer.set_text("ok ")
    composer.draft.moveCursor(composer.draft.textCursor().MoveOperation.End)
    QApplication.sendEvent(composer.draft, QInputMethodEvent("にほ", []))
    composer.set_mode("generating")
    qtbot.keyClick(composer.draft, Qt.Key.Key_Escape)
    composer.set_mode("idle")
    qtbot.keyClick(composer.draft, Qt.Key.Key_Return)
    assert (texts, stops) == ([], [])
    chosen = QInputMethodEvent()
    chosen.setCommitString("日本")
    QApplication.sendEvent(composer.draft, chosen)
    composer.set_text(composer.text().replace("\n", ""))
    qtbot.keyClick(composer.draft, Qt.Key.Key_Return)
    assert texts == ["ok 日本"]


def test_the_figures_say_how_full_the_context_is(composer) -> None:
    bar = composer.findChild(QProgressBar)
    composer.set_status(1204, 16384, "51.8 tok/s · first token 0.21 s")
    assert bar.accessibleDescription() == "1,204 of 16,384 tokens"
    assert bar.value() == 73
    composer.set_status(15000, 16384, "")
    assert bar.accessibleDescription() == "15,000 of 16,384 tokens · nearly full"
    composer.set_status(0, 0, "")
    assert not bar.isVisible()


def test_the_focus_goes_back_to_the_draft_when_its_button_cannot_be_used(composer, qtbot) -> None:
    composer.set_mode("generating")
    composer.stop_button.setFocus()
    composer.set_mode("stopping")
    assert composer.draft.hasFocus()
    qtbot.keyClick(composer.draft, Qt.Key.Key_Tab)
    assert composer.text() == ""
