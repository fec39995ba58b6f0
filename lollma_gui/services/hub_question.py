"""One question to the Hub through huggingface_hub's own session, and its refusals in sentences.

``HfApi.list_models`` is not used: it asks for a thousand models at a time, without a time limit,
and tries again for half a minute before it says that there is no network. Its session, headers and
errors are.
"""

import queue
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from lollma_gui.core.errors import Cancelled
from lollma_gui.services import hub_address
from lollma_gui.services.http_stream import HubClosed, TransferError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

T = TypeVar("T")

#: The Hub answers these questions in a second; a silent one need not be waited for longer.
SECONDS = 15.0
_TICK_SECONDS = 0.1

_CHECK_NETWORK = "Check the internet connection (and the proxy, if you use one), then try again."
_CHECK_NAME = "Check the name of the repository; a private one needs your access token."
_OFFLINE = "Unset it to ask the Hub."


class HubSilent(TransferError):  # noqa: N818 - a state of the Hub, told as one
    """The Hub could not be asked, or is in trouble: what it said before may be shown instead."""

    def __init__(self, title: str, advice: str, details: str = "", *, status: int = 0) -> None:
        super().__init__(title, advice, details, may_pass=True, status=status)


class Reply(NamedTuple):
    """What the Hub said.

    Attributes:
        value: The JSON.
        next_url: Where the list goes on; empty at its end.
    """

    value: Any
    next_url: str = ""


def ask_json(
    path: str,
    params: Mapping[str, Any],
    cancelled: Callable[[], bool],
    endpoint: str | None = None,
    token: str | None = None,
) -> Reply:
    """Ask for JSON, once.

    Args:
        path: Below the Hub's address, or a whole address at the Hub.
        params: What stands behind the question mark.
        cancelled: Asked ten times a second, on the calling thread.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
        token: Who asks; None is the person's usual one.

    Raises:
        TransferError: If the Hub cannot be reached or does not tell.
        Cancelled: If it is no longer wanted.
    """
    base = endpoint or hub_address.endpoint()
    url = path if path.startswith(base) else base + path
    return ask(lambda: _get(url, params, token), cancelled, base)


def _get(url: str, params: Mapping[str, Any], token: str | None) -> Reply:
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        build_hf_headers,
        get_session,
        hf_raise_for_status,
    )

    headers = build_hf_headers(token=token or hub_address.token() or False)
    answer = get_session().get(url, params=params or None, headers=headers, timeout=SECONDS)
    hf_raise_for_status(answer)
    further = answer.links.get("next", {}).get("url", "")
    # The token goes along: nobody is to send it elsewhere.
    is_same = urlsplit(further)[:2] == urlsplit(url)[:2]
    return Reply(answer.json(), further if is_same else "")


def ask(
    question: Callable[[], T], cancelled: Callable[[], bool], endpoint: str, repository: str = ""
) -> T:
    """Have huggingface_hub ask something, on a thread of its own, and tell its errors in words.

    A thread that waits for a server cannot hear that it is unwanted. After a cancel it ends by
    itself, at the latest at its time limit.

    Args:
        question: Asks, with a time limit. A ``TransferError`` of its own is passed on as it is.
        cancelled: Asked ten times a second, on the calling thread.
        endpoint: Address of the Hub, for errors.
        repository: What is asked for, for errors; may name a revision behind an ``@``.

    Raises:
        TransferError: If the Hub cannot be reached or does not tell.
        Cancelled: If it is no longer wanted.
    """
    if hub_address.is_offline():
        raise HubSilent("HF_HUB_OFFLINE is set.", _OFFLINE)
    answers: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put((True, question()))
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller's thread tells it
            answers.put((False, error))

    threading.Thread(target=work, name="hub-question", daemon=True).start()
    while not cancelled():
        try:
            is_answer, answer = answers.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            continue
        if is_answer:
            return answer  # type: ignore[no-any-return]
        host = urlsplit(endpoint).netloc.rpartition("@")[2]
        raise _explained(answer, host, repository) from answer
    raise Cancelled


def _explained(error: Exception, host: str, repository: str) -> TransferError:
    import httpx2
    from huggingface_hub import errors

    if isinstance(error, TransferError):
        return error
    details = f"{type(error).__name__}: {error}"
    if isinstance(error, errors.HfHubHTTPError):
        return _refused(error, host, repository, details)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return HubSilent("HF_HUB_OFFLINE is set.", _OFFLINE, details)
    if isinstance(error, httpx2.TimeoutException):
        return HubSilent(f"{host} does not answer.", _CHECK_NETWORK, details)
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return HubSilent(f"{host} cannot be reached.", _CHECK_NETWORK, details)
    if isinstance(error, httpx2.TransportError):
        return HubSilent(f"The connection to {host} broke.", _CHECK_NETWORK, details)
    return HubSilent(
        f"{host} did not answer as the Hub does.",
        "Perhaps a network wants you to log in first: open a web page, then try again.",
        details,
    )


def _refused(error: "HfHubHTTPError", host: str, repository: str, details: str) -> TransferError:
    from huggingface_hub import errors

    status = error.response.status_code
    what, advice = _refusal(error, *repository.partition("@")[::2])
    title = f"{host} {what} (HTTP {status})."
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return HubSilent(title, advice, details, status=status)
    is_gated = isinstance(error, errors.GatedRepoError)
    if is_gated or status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return HubClosed(title, advice, details, is_gated=is_gated, status=status)
    return TransferError(title, advice, details, status=status)


def _refusal(error: "HfHubHTTPError", repository: str, revision: str) -> tuple[str, str]:
    """What a refusal means for a person, and what to do."""
    from huggingface_hub import errors

    status, what = error.response.status_code, repository or "this"
    if isinstance(error, errors.GatedRepoError):
        return (
            "wants you to accept the terms of this model first",
            "Accept them on the model's page, then try again with your access token.",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return (f"has no revision {revision} of {repository}", "Leave the revision out.")
    if isinstance(error, errors.RepositoryNotFoundError) or status == HTTPStatus.NOT_FOUND:
        return (f"has no repository {what}, or does not show it to you", _CHECK_NAME)
    if status == HTTPStatus.UNAUTHORIZED:
        return (f"wants to know who you are before it shows {what}", _CHECK_NAME)
    if status == HTTPStatus.FORBIDDEN:
        return (f"does not show {what} to you", "Check your access token, then try again.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ("has had too many requests from here", "Wait some minutes, then try again.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ("has trouble of its own", "Try again later.")
    return (f"does not show {what}", "Try again later.")
