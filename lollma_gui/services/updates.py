"""Asks GitHub which version of LoLLMa is the newest. Only after a person said so; only that."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.releases import Release, release_of
from lollma_gui.services.http_stream import Answer, HttpStream, TransferError

GITHUB_API = "https://api.github.com"
#: The whole answer has to be here by then.
WITHIN_SECONDS = 10.0
#: An answer has a few kB for each file of the release, and its notes.
_MOST_BYTES = 1_000_000
_LATER = "Nothing is lost; ask again later."


class Newest(NamedTuple):
    """GitHub's answer.

    Attributes:
        release: The newest release; None where there is none yet.
        etag: GitHub's mark of this answer; may be empty.
        is_same: Whether it is still the answer of the mark that was sent; then there is no release.
    """

    release: Release | None = None
    etag: str = ""
    is_same: bool = False


def ask_newest(
    repository: str,
    etag: str,
    cancelled: Callable[[], bool],
    *,
    within_seconds: float = WITHIN_SECONDS,
) -> Newest:
    """Ask once: no token, no cookie, no version, nothing of this PC.

    Args:
        repository: Whose releases, ``owner/name``.
        etag: The mark of an earlier answer; may be empty.
        cancelled: Asked ten times a second.
        within_seconds: So long the whole may take.

    Raises:
        LollmaError: If GitHub cannot be reached, has no release, or will not answer for a while.
        Cancelled: If it is no longer wanted.
    """
    until = time.monotonic() + within_seconds
    url = f"{GITHUB_API}/repos/{repository}/releases/latest"
    headers = {"User-Agent": "LoLLMa", "Accept": "application/vnd.github+json"}
    if etag:
        headers["If-None-Match"] = etag
    # A repository that has moved has other pages too: nothing is asked there unseen.
    with HttpStream("GET", url, headers, cancelled, follow=False) as stream:
        answer = stream.answer(within_seconds)
        if etag and answer.status == HTTPStatus.NOT_MODIFIED:
            return Newest(etag=etag, is_same=True)
        if answer.status != HTTPStatus.OK:
            raise _refusal(stream, answer, repository)
        body = _body(stream, until)
    return Newest(_release(body, repository), answer.headers.get("etag", ""))


def _body(stream: HttpStream, until: float) -> bytes:
    got = bytearray()
    for piece in stream.pieces(with_silence=True):
        got += piece
        if time.monotonic() > until:
            raise TransferError("GitHub's answer takes too long.", _LATER, may_pass=True)
        if len(got) > _MOST_BYTES:
            raise _nonsense("the answer is too long")
    return bytes(got)


def _release(body: bytes, repository: str) -> Release | None:
    try:
        return release_of(json.loads(body), repository)
    except (ValueError, RecursionError) as error:
        raise _nonsense(str(error)) from error


def _nonsense(details: str) -> LollmaError:
    return LollmaError("GitHub answered something that is no release.", _LATER, details)


def _refusal(stream: HttpStream, answer: Answer, repository: str) -> LollmaError:
    if answer.status == HTTPStatus.NOT_FOUND:
        return LollmaError(f"GitHub knows no release of {repository}.", _LATER)
    if answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
        return LollmaError(f"GitHub answers no more questions from here {_until(answer)}.", _LATER)
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return LollmaError(f"{repository} has moved on GitHub.", "Look for its page in a browser.")
    return stream.refusal(answer)


def _until(answer: Answer) -> str:
    """Until when GitHub's limit lasts: ``x-ratelimit-reset`` is in seconds since 1970, UTC."""
    try:
        reset = datetime.fromtimestamp(
            int(answer.headers.get("x-ratelimit-reset", ""))
        ).astimezone()
    except (ValueError, OverflowError, OSError):
        return "for a while"
    return f"until {reset:%H:%M}"
