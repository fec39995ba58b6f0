"""A conversation as plain data: what was said, by whom, and how each answer ended."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from lollma_gui.core import units
from lollma_gui.core.engine_messages import ChatMessage, Stats

#: What an answer took; the engine's own count, kept with the answer.
AnswerStats = Stats

Role = Literal["user", "assistant", "system"]

#: Endings of an answer. An empty ending means that the model came to its own end.
STOPPED = "stopped"
LENGTH = "length"
CONTEXT = "context"
#: The answer is still being written. Found in storage, it means that the app was ended under it.
ANSWERING = "answering"
#: Starts the ending of an answer that failed; the reason follows, as one sentence.
FAILED = "failed: "
INTERRUPTED = FAILED + "LoLLMa was closed while this answer was being written."

UNTITLED = "New chat"
TITLE_LENGTH = 48


@dataclass(frozen=True)
class Turn:
    """One message of a conversation.

    Attributes:
        role: Who said it.
        text: The source text, Markdown in answers.
        model_name: The model that answered; empty for the person's messages.
        stats: What the answer took, None where unknown.
        ending: How the answer ended: empty (by itself), ``stopped``, ``length``, ``context``,
            ``answering`` or ``failed: <reason>``.
    """

    role: Role
    text: str
    model_name: str = ""
    stats: AnswerStats | None = None
    ending: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether the answer ended in an error."""
        return self.ending.startswith(FAILED)

    @property
    def can_be_retried(self) -> bool:
        """Whether asking again makes sense: the answer failed or was stopped."""
        return self.role == "assistant" and (self.has_failed or self.ending == STOPPED)


@dataclass(frozen=True)
class Conversation:
    """Everything said in one chat; ``created`` knows its time zone."""

    id: str
    title: str
    created: datetime
    turns: tuple[Turn, ...] = ()
    system_prompt: str = ""

    @property
    def last_answer(self) -> Turn | None:
        """The last turn, where it is an answer."""
        return self.turns[-1] if self.turns and self.turns[-1].role == "assistant" else None


@dataclass(frozen=True)
class ConversationSummary:
    """What the list of conversations shows of one; times know their time zone."""

    id: str
    title: str
    created: datetime
    updated: datetime
    turns: int


def failed(reason: str) -> str:
    """The ending of an answer that failed for this reason."""
    return FAILED + " ".join(reason.split())


def append(conversation: Conversation, turn: Turn) -> Conversation:
    """The conversation with one more turn; the first message of the person gives the title."""
    title = conversation.title
    if turn.role == "user" and title in ("", UNTITLED):
        title = title_from(turn.text)
    return replace(conversation, title=title, turns=(*conversation.turns, turn))


def without_last_answer(conversation: Conversation) -> Conversation:
    """The conversation up to the person's last message, as it is asked again."""
    turns = conversation.turns
    while turns and turns[-1].role == "assistant":
        turns = turns[:-1]
    return replace(conversation, turns=turns)


def replace_last_answer(conversation: Conversation, answer: Turn) -> Conversation:
    """The conversation with this answer as its last turn, in place of the one there is."""
    if conversation.last_answer is None:
        return append(conversation, answer)
    return replace(conversation, turns=(*conversation.turns[:-1], answer))


def title_from(message: str) -> str:
    """A title from a message: its first line of words, cut at a word's end."""
    for line in message.splitlines():
        words = " ".join(re.sub(r"[`*~]+|^[\s#>+-]+", "", line).split())
        if any(character.isalnum() for character in words):
            return _cut(words)
    return UNTITLED


def _cut(words: str) -> str:
    if len(words) <= TITLE_LENGTH:
        return words
    head = words[: TITLE_LENGTH - 1]
    # Scripts without spaces, and very long words, are cut where they stand.
    whole_words = head.rpartition(" ")[0]
    return (whole_words if len(whole_words) > TITLE_LENGTH // 2 else head).rstrip(" ,;:.-") + "…"


def messages_to_send(conversation: Conversation) -> tuple[ChatMessage, ...]:
    """What the model is given to answer the person's last message.

    Chat templates insist on user and assistant taking turns, and on the last word being the
    user's. So empty answers (failed before the first token) are left out and the messages around
    them joined; what an answer held when it was stopped or failed is kept; answers after the last
    message of the person are those being asked for again, and left out.
    """
    turns = conversation.turns
    system = [conversation.system_prompt, *(t.text for t in turns if t.role == "system")]
    system_text = "\n\n".join(text for text in system if text.strip())
    opening = (ChatMessage("system", system_text),) if system_text else ()
    return opening + tuple(_taking_turns(turns))


def _taking_turns(turns: tuple[Turn, ...]) -> Iterator[ChatMessage]:
    said = [t for t in turns if t.role != "system" and t.text.strip()]
    while said and said[0].role == "assistant":
        said = said[1:]
    while said and said[-1].role == "assistant":
        said = said[:-1]
    while said:
        role = said[0].role
        count = next((i for i, turn in enumerate(said) if turn.role != role), len(said))
        yield ChatMessage(role, "\n\n".join(turn.text for turn in said[:count]))
        said = said[count:]


def stats_line(stats: AnswerStats | None) -> str:
    """What an answer took, in a line: ``12 tokens · 51.8 tok/s · first token 0.21 s``."""
    if stats is None:
        return ""
    count = stats.generated_tokens
    tokens = units.whole(count, "token" if count == 1 else "tokens")
    return " · ".join(filter(None, [tokens, speed_line(stats)]))


def speed_line(stats: AnswerStats | None) -> str:
    """How fast an answer came: ``51.8 tok/s · first token 0.21 s``."""
    if stats is None:
        return ""
    parts = []
    if stats.tokens_per_second is not None:
        parts.append(units.speed(stats.tokens_per_second))
    if stats.first_token_seconds is not None:
        parts.append(f"first token {_wait(stats.first_token_seconds)}")
    return " · ".join(parts)


def _wait(value: float) -> str:
    """Always in seconds, so that waits can be compared down a transcript."""
    return f"{value:.2f} s" if value < 9.995 else units.seconds(value)


def ending_words(turn: Turn) -> str:
    """How an answer ended, for a person; empty where it came to its own end."""
    if turn.has_failed:
        return "Failed: " + (turn.ending.removeprefix(FAILED) or "no reason was given.")
    words = {
        STOPPED: "Stopped",
        LENGTH: "Reached max_new_tokens",
        CONTEXT: "The context is full",
    }
    return words.get(turn.ending, "")


def age_group(updated: datetime, now: datetime) -> str:
    """The heading a conversation stands under in the list, by the calendar of ``now``."""
    days = (now.date() - updated.astimezone(now.tzinfo).date()) / timedelta(days=1)
    for limit, words in ((1, "Today"), (2, "Yesterday"), (8, "Last week"), (31, "Last month")):
        if days < limit:
            return words
    return "Older"
