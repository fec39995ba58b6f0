"""What is sent, how a chat is named, and what is said about an answer."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.conversation import (
    LENGTH,
    STOPPED,
    UNTITLED,
    AnswerStats,
    Conversation,
    Turn,
    age_group,
    append,
    ending_words,
    failed,
    messages_to_send,
    replace_last_answer,
    stats_line,
    title_from,
    without_last_answer,
)

BERLIN = timezone(timedelta(hours=1))
EMPTY = Conversation("1", UNTITLED, datetime(2026, 5, 4, tzinfo=BERLIN))


def chat(*turns: Turn, system: str = "") -> Conversation:
    return Conversation("1", "t", EMPTY.created, turns, system)


def user(text: str) -> Turn:
    return Turn("user", text)


def answer(text: str, ending: str = "") -> Turn:
    return Turn("assistant", text, "m", ending=ending)


def sent(conversation: Conversation) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in messages_to_send(conversation)]


def test_the_first_message_names_the_chat_and_later_ones_do_not() -> None:
    named = append(append(EMPTY, user("\n## Why `VRAM`?\nmore")), user("other"))
    assert named.title == "Why VRAM?"
    assert append(chat(), user("x")).title == "t"


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("  spaces   and\ttabs ", "spaces and tabs"),
        ("***\n\n", UNTITLED),
        ("word " * 20, "word word word word word word word word word…"),
        ("字" * 60, "字" * 47 + "…"),
    ],
)
def test_a_title_is_the_first_line_of_words_cut_at_a_word(message: str, title: str) -> None:
    assert title_from(message) == title


def test_a_partial_answer_is_sent_and_an_empty_failed_one_is_not() -> None:
    talk = chat(
        *[user("a"), answer("half", failed("crash")), user("b"), answer(" ", failed("x"))],
        *[user("c")],
        system="Be brief.",
    )
    assert sent(talk) == [
        *[("system", "Be brief."), ("user", "a"), ("assistant", "half"), ("user", "b\n\nc")]
    ]


def test_asking_again_sends_what_was_sent_the_first_time() -> None:
    asked = chat(user("a"), answer("b"), user("c"))
    assert sent(append(asked, answer("half", STOPPED))) == sent(asked)
    assert without_last_answer(append(asked, answer("x"))) == asked


TURNS = st.lists(
    st.builds(
        Turn,
        st.sampled_from(["user", "assistant", "system"]),
        st.sampled_from(["", " \n", "a", "b"]),
    ),
    max_size=12,
)


@given(TURNS, st.sampled_from(["", "S"]))
def test_what_is_sent_takes_turns_and_ends_with_the_person(turns: list[Turn], system: str) -> None:
    roles = [m.role for m in messages_to_send(chat(*turns, system=system))]
    assert "system" not in roles[1:]
    talk = [role for role in roles if role != "system"]
    assert talk == ["user" if i % 2 == 0 else "assistant" for i in range(len(talk))]
    assert not talk or talk[-1] == "user"


def test_the_last_answer_is_replaced_and_an_earlier_one_is_not() -> None:
    talk = chat(user("a"), answer("x"))
    assert replace_last_answer(talk, answer("y")).turns == (user("a"), answer("y"))
    asked = append(talk, user("b"))
    assert replace_last_answer(asked, answer("y")).turns == (*asked.turns, answer("y"))


def test_what_an_answer_took_stands_in_one_line_without_what_is_unknown() -> None:
    full = AnswerStats(generated_tokens=1204, tokens_per_second=51.8, first_token_seconds=0.21)
    assert stats_line(full) == "1,204 tokens · 51.8 tok/s · first token 0.21 s"
    assert stats_line(AnswerStats(generated_tokens=1)) == "1 token"
    assert stats_line(AnswerStats(first_token_seconds=75.0)) == "0 tokens · first token 1 min 15 s"
    assert stats_line(None) == ""


def test_each_ending_has_its_words() -> None:
    assert ending_words(answer("x")) == ""
    assert ending_words(answer("x", STOPPED)) == "Stopped"
    assert ending_words(answer("x", LENGTH)) == "Reached max_new_tokens"
    assert ending_words(answer("x", failed("Out of\nmemory."))) == "Failed: Out of memory."


def test_only_failed_and_stopped_answers_can_be_retried() -> None:
    assert answer("x", STOPPED).can_be_retried
    assert answer("", failed("x")).can_be_retried
    assert not answer("x", LENGTH).can_be_retried
    assert not user("x").can_be_retried


def test_age_goes_by_the_calendar_of_where_the_person_is() -> None:
    now = datetime(2026, 5, 4, 0, 30, tzinfo=BERLIN)
    hours = {0.25: "Today", 1: "Yesterday", 24.6: "Last week", 24 * 20: "Last month", 9999: "Older"}
    for ago, words in hours.items():
        utc = (now - timedelta(hours=ago)).astimezone(timezone.utc)  # noqa: UP017 - any zone will do
        assert age_group(utc, now) == words
