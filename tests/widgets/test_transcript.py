"""The talk on the screen: followed at the end, left alone elsewhere, whatever its length."""

import itertools
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton

from lollma_gui.core.conversation import (
    LENGTH,
    STOPPED,
    AnswerStats,
    Conversation,
    Turn,
    failed,
)
from lollma_gui.widgets.theme import ThemeChoice
from lollma_gui.widgets.transcript import Transcript
from lollma_gui.widgets.turn_view import AnswerView, TurnView, UserTurnView

STATS = AnswerStats(generated_tokens=12, tokens_per_second=51.8, first_token_seconds=0.21)


def user(text: str) -> Turn:
    return Turn("user", text)


def answer(text: str, ending: str = "", stats: AnswerStats | None = None) -> Turn:
    return Turn("assistant", text, "Model", stats, ending)


def talk(*turns: Turn) -> Conversation:
    return Conversation("1", "t", datetime.now(UTC), turns)


def long_talk(count: int) -> Conversation:
    text = "Some **text** of an answer.\n\n- one\n- two\n\n```\ncode\n```\n" * 3
    turns = [user(f"Question {n}") if n % 2 == 0 else answer(f"{n}: {text}") for n in range(count)]
    return talk(*turns)


@pytest.fixture
def transcript(theme, qtbot) -> Transcript:
    made = Transcript(theme)
    qtbot.addWidget(made)
    made.resize(600, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


def views(transcript: Transcript) -> list[TurnView]:
    """The turns that have widgets, from top to bottom."""
    found = [v for v in transcript.findChildren(TurnView) if not v.isHidden()]
    return sorted(found, key=lambda v: v.y())


def last_answer(transcript: Transcript) -> AnswerView:
    view = views(transcript)[-1]
    assert isinstance(view, AnswerView)
    return view


def words_below(view: AnswerView) -> str:
    return view.findChildren(QLabel)[1].text()


def at_end(transcript: Transcript) -> bool:
    bar = transcript.verticalScrollBar()
    return bar.value() == bar.maximum()


def wheel(transcript: Transcript, steps: int) -> None:
    place = QPoint(300, 200)
    event = QWheelEvent(
        QPointF(place),
        QPointF(transcript.viewport().mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(transcript.viewport(), event)


def top_of(transcript: Transcript, view: TurnView) -> int:
    return view.mapTo(transcript.viewport(), QPoint(0, 0)).y()


def test_messages_stand_on_the_right_and_answers_on_the_left(transcript) -> None:
    transcript.show_conversation(talk(user("Why?\n  indented"), answer("Because.", stats=STATS)))
    mine, theirs = views(transcript)
    assert isinstance(mine, UserTurnView)
    assert isinstance(theirs, AnswerView)
    assert mine.text.toPlainText() == "Why?\n  indented"
    assert mine.text.mapTo(transcript, QPoint(0, 0)).x() > 300
    assert theirs.text.mapTo(transcript, QPoint(0, 0)).x() < 40
    assert mine.text.accessibleName() == "Your message"
    assert theirs.text.accessibleName() == "Answer by Model"
    assert words_below(theirs) == "12 tokens · 51.8 tok/s · first token 0.21 s"


def test_text_is_never_wider_than_can_be_read(transcript, qtbot) -> None:
    transcript.show_conversation(talk(answer("word " * 300)))
    transcript.resize(1400, 500)
    view = last_answer(transcript)
    qtbot.waitUntil(lambda: view.text.width() == 760)
    assert abs(view.x() * 2 + view.width() - 1400) < 30


def test_an_answer_grows_as_it_comes_and_ends_with_its_figures(transcript, qtbot) -> None:
    transcript.add_turn(user("Why?"))
    transcript.begin_answer("Model")
    view = last_answer(transcript)
    before = view.height()
    for part in ("First.\n\n", "Second", " line\n\n", "Third"):
        transcript.append_text(part)
    qtbot.waitUntil(lambda: "Third" in view.text.toPlainText())
    assert view.height() > before
    transcript.finish_answer(answer("First.\n\nSecond line\n\nThird", stats=STATS))
    assert words_below(view) == "12 tokens · 51.8 tok/s · first token 0.21 s"
    assert not view.retry_button.isVisible()


def test_what_was_kept_of_an_answer_is_shown_even_if_it_is_not_what_streamed(transcript) -> None:
    transcript.begin_answer("Model")
    transcript.append_text("streamed")
    transcript.finish_answer(answer("kept"))
    assert last_answer(transcript).source() == "kept"


def test_reading_the_prompt_is_shown_where_the_text_will_be(transcript, qtbot) -> None:
    transcript.add_turn(user("Why?"))
    transcript.begin_answer("Model")
    transcript.show_progress("Reading the prompt, 512 of 2,048 tokens", 0.25)
    view = last_answer(transcript)
    bar = view.findChild(QProgressBar)
    (said,) = [w for w in view.findChildren(QLabel) if w.text().startswith("Reading")]
    assert (bar.isVisible(), bar.value()) == (True, 250)
    line, height = said.y(), view.height()
    transcript.append_text("Because")
    assert not bar.isVisible()
    assert not said.isVisible()
    assert (view.text.isVisible(), view.text.y(), view.height()) == (True, line, height)


@pytest.mark.parametrize(
    ("ending", "words", "can_retry"),
    [
        (STOPPED, "Stopped · 12 tokens", True),
        (LENGTH, "Reached max_new_tokens · 12 tokens", False),
        (failed("The engine crashed."), "Failed: The engine crashed.\n12 tokens", True),
        ("", "12 tokens", False),
    ],
)
def test_each_ending_is_said_and_what_can_be_retried_is_offered(
    transcript, qtbot, ending, words, can_retry
) -> None:
    transcript.add_turn(user("Why?"))
    transcript.begin_answer("Model")
    transcript.append_text("Bec")
    turn = answer("Bec", ending, AnswerStats(generated_tokens=12))
    transcript.finish_answer(turn)
    for _ in ("as it ended", "as it is opened later"):
        view = last_answer(transcript)
        assert words_below(view) == words
        assert view.retry_button.isVisible() is can_retry
        if can_retry:
            view.retry_button.setFocus()
            with qtbot.waitSignal(transcript.retry_wanted):
                qtbot.mouseClick(view.retry_button, Qt.MouseButton.LeftButton)
        transcript.show_conversation(talk(user("Why?"), turn))


def test_only_the_last_answer_can_be_retried(transcript) -> None:
    transcript.show_conversation(talk(user("a"), answer("", failed("x")), user("b")))
    assert not [
        b
        for b in transcript.findChildren(QPushButton, "")
        if b.text() == "Try again" and b.isVisible()
    ]
    transcript.show_conversation(talk(user("a"), answer("", STOPPED)))
    assert last_answer(transcript).retry_button.isVisible()
    transcript.add_turn(user("b"))
    assert not any(
        v.retry_button.isVisible() for v in views(transcript) if isinstance(v, AnswerView)
    )


def test_each_turn_is_copied_as_its_source(transcript, qtbot) -> None:
    transcript.show_conversation(talk(user(" a\n  b "), answer("**bold**\n\n| a |\n|---|\n")))
    for view, source in zip(
        views(transcript), (" a\n  b ", "**bold**\n\n| a |\n|---|\n"), strict=True
    ):
        qtbot.mouseClick(view.copy_button, Qt.MouseButton.LeftButton)
        assert QGuiApplication.clipboard().text() == source
        assert view.copy_button.text() == "Copied"


def test_the_end_is_followed_while_one_is_there(transcript, qtbot) -> None:
    transcript.show_conversation(long_talk(20))
    assert at_end(transcript)
    transcript.begin_answer("Model")
    for n in range(30):
        transcript.append_text(f"line {n}\n\n")
    view = last_answer(transcript)
    qtbot.waitUntil(lambda: "line 29" in view.text.toPlainText())
    assert at_end(transcript)
    assert not transcript.newest_button.isVisible()
    transcript.resize(450, 400)
    assert at_end(transcript)


def test_one_who_scrolled_up_is_not_dragged_down_and_can_jump(transcript, qtbot) -> None:
    transcript.show_conversation(long_talk(20))
    transcript.begin_answer("Model")
    streamed = last_answer(transcript)
    wheel(transcript, 5)
    assert not at_end(transcript)
    seen = next(v for v in views(transcript) if top_of(transcript, v) > 0)
    before = top_of(transcript, seen)
    for n in range(30):
        transcript.append_text(f"line {n}\n\n")
    qtbot.waitUntil(lambda: "line 29" in streamed.text.toPlainText())
    assert top_of(transcript, seen) == before
    assert transcript.newest_button.isVisible()
    qtbot.mouseClick(transcript.newest_button, Qt.MouseButton.LeftButton)
    assert at_end(transcript)
    assert not transcript.newest_button.isVisible()
    transcript.append_text("more\n\n" * 20)
    qtbot.waitUntil(lambda: streamed.text.toPlainText().count("more") == 20)
    assert at_end(transcript)


def test_a_message_of_ones_own_goes_to_the_end(transcript) -> None:
    transcript.show_conversation(long_talk(20))
    wheel(transcript, 8)
    transcript.add_turn(user("new"))
    assert at_end(transcript)
    assert views(transcript)[-1].source() == "new"


def test_only_turns_near_to_sight_are_made_and_each_when_it_is_reached(transcript, qtbot) -> None:
    transcript.show_conversation(long_talk(400))
    assert len(views(transcript)) < 10
    assert views(transcript)[-1].source().startswith("399:")
    qtbot.keyClick(transcript, Qt.Key.Key_Home)
    assert transcript.verticalScrollBar().value() == 0
    first = next(v for v in views(transcript) if v.y() < 100)
    assert first.source() == "Question 0"
    seen = [v for v in views(transcript) if 0 <= top_of(transcript, v) < 500]
    for upper, lower in itertools.pairwise(seen):
        assert upper.geometry().bottom() < lower.y() <= upper.geometry().bottom() + 40
    qtbot.keyClick(transcript, Qt.Key.Key_End)
    assert at_end(transcript)


def test_turns_do_not_move_under_the_eyes_when_others_are_measured(transcript, qtbot) -> None:
    transcript.show_conversation(long_talk(200))
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    seen = next(v for v in views(transcript) if top_of(transcript, v) > 0)
    before = top_of(transcript, seen)
    made = len(views(transcript))
    qtbot.waitUntil(lambda: len(views(transcript)) > made)
    qtbot.wait(30)
    assert top_of(transcript, seen) == before


def test_a_new_width_keeps_the_place_that_is_read(transcript, qtbot) -> None:
    transcript.show_conversation(long_talk(100))
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.maximum() // 3)
    seen = next(v for v in views(transcript) if top_of(transcript, v) >= 0)
    transcript.resize(420, 500)
    assert 0 <= top_of(transcript, seen) < 500


def test_other_colours_reach_the_turns_in_sight_and_those_made_later(transcript, theme) -> None:
    transcript.show_conversation(long_talk(60))
    theme.choose(ThemeChoice.DARK)
    transcript.verticalScrollBar().setValue(0)
    wanted = theme.palette.colour("text").name()
    for view in views(transcript):
        if isinstance(view, AnswerView):
            fragment = view.text.document().begin().begin().fragment()
            assert fragment.charFormat().foreground().color().name() == wanted


def test_a_clicked_link_is_told(transcript, qtbot) -> None:
    transcript.show_conversation(talk(answer("[go](https://a.example/x)")))
    with qtbot.waitSignal(transcript.link_clicked) as clicked:
        view = last_answer(transcript)
        qtbot.mouseClick(view.text.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(6, 8))
    assert clicked.args == ["https://a.example/x"]


def test_selecting_by_keys_keeps_the_cursor_in_sight(transcript, qtbot) -> None:
    transcript.show_conversation(talk(answer("line\n\n" * 80)))
    qtbot.keyClick(transcript, Qt.Key.Key_Home)
    view = last_answer(transcript)
    view.text.setFocus()
    for _ in range(60):
        qtbot.keyClick(view.text, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    cursor = view.text.viewport().mapTo(transcript.viewport(), view.text.cursorRect().center())
    assert 0 <= cursor.y() <= transcript.viewport().height()
    assert transcript.verticalScrollBar().value() > 0


def test_an_answer_that_failed_before_its_first_word_takes_no_room_for_text(transcript) -> None:
    transcript.show_conversation(talk(answer("", failed("No.")), answer("x", failed("No."))))
    empty, short = views(transcript)
    assert not empty.text.isVisible()
    assert empty.height() < short.height()


def test_the_end_is_still_followed_after_try_again_was_pressed(transcript, qtbot) -> None:
    asked = long_talk(21)
    transcript.show_conversation(talk(*asked.turns, answer("half", STOPPED)))
    transcript.activateWindow()
    button = last_answer(transcript).retry_button
    button.setFocus()
    transcript.retry_wanted.connect(lambda: transcript.show_conversation(asked))
    transcript.retry_wanted.connect(lambda: transcript.begin_answer("Model"))
    qtbot.keyClick(button, Qt.Key.Key_Space)
    transcript.append_text("line\n\n" * 40)
    assert at_end(transcript)
    assert views(transcript)[-1].source().startswith("line")
