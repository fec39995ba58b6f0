"""A conversation answered by a server, through OpenAI's protocol, as a stream.

Nothing here trusts what a server sends: lines, answers and waits have limits, and whatever it is
becomes an answer or one sentence with a next step.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

from lollma_gui.core.engine_messages import Stats
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services.http_stream import Answer, HttpStream, TransferError

#: A server that reads a long prompt on a slow PC says nothing for minutes; stop is always heard.
_SILENCE_SECONDS = 900.0
#: No line of a stream, and no answer in one piece, is longer.
_MOST_BYTES = 4 * 1024**2
#: No answer is longer; more is no longer an answer.
_MOST_CHARACTERS = 8 * 1024**2


class ChatServer(NamedTuple):
    """Who is asked.

    Attributes:
        name: What the person calls it.
        url: Its API, as ``http://127.0.0.1:5000/v1``.
        key: Sent as ``Authorization`` and nowhere else; empty: none.
    """

    name: str
    url: str
    key: str = ""


class Heard(NamedTuple):
    """What has come so far.

    Attributes:
        text: The whole answer until now.
        read: Prompt tokens that are read, and all; None where the server does not say.
    """

    text: str
    read: tuple[int, int] | None = None


class Reply(NamedTuple):
    """How an answer ended.

    Attributes:
        text: The whole answer.
        reason: ``stop``, ``stopped``, ``length`` or ``failed``.
        stats: Tokens as the server counts them; where it does not, each piece of text counts as
            one. Seconds are measured here.
        error: Why it failed; what had come until then stands in ``text``.
    """

    text: str
    reason: str
    stats: Stats
    error: LollmaError | None = None


def ask(
    server: ChatServer,
    body: Mapping[str, Any],
    heard: Callable[[Heard], None],
    stopped: Callable[[], bool],
) -> Reply:
    """Ask, and listen until the answer is whole, fails or is stopped.

    Args:
        server: Who.
        body: A question as ``core.chat_request`` makes it.
        heard: Told of everything new, on this thread.
        stopped: Asked ten times a second; closing the connection is what stops a server.
    """
    listener = _Listener(server.name, heard)
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    if server.key:
        headers["Authorization"] = f"Bearer {server.key}"
    try:
        with HttpStream(
            "POST",
            f"{server.url.rstrip('/')}/chat/completions",
            headers,
            stopped,
            follow=False,  # the key goes to nobody else
            body=json.dumps(body).encode(),
            silence_seconds=_SILENCE_SECONDS,
            direct=True,
        ) as stream:
            listener.listen(stream, stream.answer(_SILENCE_SECONDS))
    except Cancelled:
        return listener.reply("stopped")
    except TransferError as error:
        return listener.reply("failed", _lost(server.name, error, bool(listener.text)))
    except LollmaError as error:
        return listener.reply("failed", error)
    return listener.reply(listener.reason)


@dataclass
class _Listener:
    """Takes an answer as it comes."""

    name: str
    heard: Callable[[Heard], None]
    text: str = ""
    reason: str = "stop"
    pieces: int = 0
    thinks: bool = False
    is_whole: bool = False
    usage: Mapping[str, Any] = field(default_factory=dict)
    began_at: float = field(default_factory=time.monotonic)
    first_at: float | None = None
    last_at: float = 0.0

    def listen(self, stream: HttpStream, answer: Answer) -> None:
        """Read the whole answer.

        Raises:
            LollmaError: If it is none, or breaks off.
            Cancelled: If it is no longer wanted.
        """
        is_refused = answer.status >= HTTPStatus.MULTIPLE_CHOICES
        if is_refused or "text/event-stream" not in answer.headers.get("content-type", ""):
            values = _json(b"".join(_bounded(stream.pieces(), self.name)))
            if is_refused:
                raise _refusal(self.name, answer.status, _message(values))
            self._take_at_once(values)
            return
        for line in _lines(stream.pieces(), self.name):
            if self._take_line(line):
                return
        if not self.is_whole:
            raise _broke_off(self.name)

    def _take_line(self, line: bytes) -> bool:
        """Take one line of the stream; whether it was the last one."""
        kind, _, said = line.partition(b":")
        said = said.strip()
        if kind not in (b"data", b"error") or not said:
            return False  # names of events, and comments that keep a connection alive
        if said == b"[DONE]":
            return True
        values = _json(said)
        if not isinstance(values, dict):
            raise _no_chat(self.name)
        if kind == b"error" or "error" in values:
            raise _told(self.name, _message(values))
        self._take(values)
        return False

    def _take(self, values: dict[str, Any]) -> None:
        if isinstance(usage := values.get("usage"), dict):
            self.usage = usage
        if isinstance(read := values.get("prompt_progress"), dict):
            done, total = _count(read.get("processed")), _count(read.get("total"))
            self.heard(Heard(self.text, (done, total)))
        choice = _first(values.get("choices"))
        delta = choice.get("delta")
        if isinstance(delta, dict):
            self._add_thought(delta.get("reasoning_content"))
            self._add_answer(delta.get("content"))
        self._take_reason(choice)

    def _take_at_once(self, values: Any) -> None:
        """An answer in one piece: some servers know no streams."""
        if isinstance(values, dict) and "error" in values:
            raise _told(self.name, _message(values))
        choice = _first(values.get("choices")) if isinstance(values, dict) else {}
        message = choice.get("message")
        if not isinstance(message, dict):
            raise _no_chat(self.name)
        if isinstance(usage := values.get("usage"), dict):
            self.usage = usage
        self._add_thought(message.get("reasoning_content"))
        self._add_answer(message.get("content"))
        self._take_reason(choice)

    def _take_reason(self, choice: Mapping[str, Any]) -> None:
        if isinstance(reason := choice.get("finish_reason"), str):
            self.reason = "length" if reason == "length" else "stop"
            self.is_whole = True

    def _add_thought(self, text: object) -> None:
        """Thoughts that come apart from the answer are written as models write them."""
        if isinstance(text, str) and text:
            self._add(text if self.thinks else f"<think>\n{text}")
            self.thinks = True

    def _add_answer(self, text: object) -> None:
        if isinstance(text, str) and text:
            self._add(f"\n</think>\n\n{text}" if self.thinks else text)
            self.thinks = False

    def _add(self, text: str) -> None:
        self.last_at = time.monotonic()
        if self.first_at is None:
            self.first_at = self.last_at
        self.pieces += 1
        self.text += text
        if len(self.text) > _MOST_CHARACTERS:
            raise LollmaError(f"{self.name} does not come to an end.", "Its answer was cut off.")
        self.heard(Heard(self.text))

    def reply(self, reason: str, error: LollmaError | None = None) -> Reply:
        """What became of it."""
        written = _count(self.usage.get("completion_tokens")) or self.pieces
        seconds = self.last_at - (self.first_at or 0.0)
        speed = (written - 1) / seconds if self.pieces > 1 and written > 1 and seconds > 0 else None
        first = None if self.first_at is None else self.first_at - self.began_at
        read = _count(self.usage.get("prompt_tokens"))
        stats = Stats(read, 0, written, first, speed, read + written if read else 0)
        return Reply(self.text, reason, stats, error)


# ---- bytes ---------------------------------------------------------------------------------


def _lines(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _MOST_BYTES:
            raise _no_chat(name)
        yield from (line.rstrip(b"\r") for line in lines)
    if rest:
        yield rest.rstrip(b"\r")


def _bounded(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    left = _MOST_BYTES
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise _no_chat(name)
        yield piece


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _first(choices: object) -> Mapping[str, Any]:
    found = choices[0] if isinstance(choices, list) and choices else None
    return found if isinstance(found, dict) else {}


def _count(value: object) -> int:
    return value if type(value) is int and value > 0 else 0


# ---- errors --------------------------------------------------------------------------------


def _message(values: object) -> str:
    """What a server says of its error; empty if it says nothing."""
    said = values.get("error", values) if isinstance(values, dict) else ""
    if isinstance(said, dict):
        said = said.get("message") or said.get("detail") or ""
    return " ".join(str(said).split())[:300]


def _refusal(name: str, status: int, said: str) -> LollmaError:
    details = f"HTTP {status} {said}".strip()
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        advice = "Restart it if its key was changed, or correct the key on its page under Servers."
        return LollmaError(f"{name} does not accept the key.", advice, details)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return LollmaError(f"{name} has no model ready.", "Wait until it has loaded one.", details)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return LollmaError(f"{name} has too much to do.", "Try again in a moment.", details)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) and not said:
        return _no_chat(name)
    if status < HTTPStatus.BAD_REQUEST:
        advice = "Give the address that it leads to."
        return LollmaError(f"{name} sends elsewhere with every question.", advice, details)
    return _told(name, said or f"HTTP {status}")


def _told(name: str, said: str) -> LollmaError:
    if "context" in said.lower() and ("exceed" in said.lower() or "size" in said.lower()):
        advice = "Begin a new chat, or let the server have a longer context."
        return LollmaError(f"The conversation is too long for {name}: its context is full.", advice)
    words = said.rstrip(".") or "it does not say why"
    return LollmaError(f"{name} could not answer: {words}.", "Its log says more; then try again.")


def _no_chat(name: str) -> LollmaError:
    return LollmaError(
        f"{name} does not answer as a server of OpenAI's protocol does.",
        "Check its address: it usually ends in /v1.",
    )


def _broke_off(name: str, details: str = "") -> LollmaError:
    return LollmaError(
        f"{name} broke off in the middle of its answer.",
        "See under Servers whether it still runs, then try again.",
        details,
    )


def _lost(name: str, error: TransferError, is_begun: bool) -> LollmaError:
    if is_begun or error.is_broken:
        return _broke_off(name, error.details)
    advice = "See under Servers whether it still runs."
    return LollmaError(f"{name} does not answer.", advice, error.details)
