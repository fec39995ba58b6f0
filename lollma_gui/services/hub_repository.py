"""What files a repository on the Hub has, asked through huggingface_hub."""

import queue
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.hub_files import HubFile, hub_files
from lollma_gui.services import hub_address
from lollma_gui.services.http_stream import TransferError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

T = TypeVar("T")

#: The Hub answers this question in a second; a silent one need not be waited for longer.
_SECONDS = 15.0
_TICK_SECONDS = 0.1

_CHECK_NETWORK = "Check the internet connection (and the proxy, if you use one), then try again."
_CHECK_NAME = "Check the name of the repository; a private one needs your access token."


def gguf_files(
    repository: str, revision: str, cancelled: Callable[[], bool], endpoint: str | None = None
) -> list[HubFile]:
    """List the models of a repository; one request.

    Args:
        repository: ``owner/name``.
        revision: Branch, tag or commit.
        cancelled: Asked ten times a second, on the calling thread.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Raises:
        TransferError: If the Hub cannot be reached or does not tell.
        LollmaError: If there is no GGUF file in it.
        Cancelled: If it is no longer wanted.
    """
    if hub_address.is_offline():
        raise TransferError("HF_HUB_OFFLINE is set.", "Unset it to look into models on the Hub.")
    host = urlsplit(endpoint or hub_address.endpoint()).netloc.rpartition("@")[2]
    answer = heard(lambda: _listing(repository, revision, endpoint), cancelled)
    if isinstance(answer, Exception):
        raise explained(answer, host, repository, revision) from answer
    found = hub_files(answer)
    if not found:
        raise LollmaError(
            f"{repository} has no GGUF file.",
            "Look on its page for quantisations, or for a repository whose name ends in -GGUF.",
        )
    return found


#: Path and size of each file.
_Listing = list[tuple[str, int | None]]


def _listing(repository: str, revision: str, endpoint: str | None) -> _Listing:
    from huggingface_hub import HfApi

    # Unlike list_repo_tree this does not try again for half a minute, and knows a time limit.
    info = HfApi(endpoint=endpoint).model_info(
        repository,
        revision=revision,
        files_metadata=True,
        timeout=_SECONDS,
        token=hub_address.token() or False,
    )
    return [(file.rfilename, file.size) for file in info.siblings or []]


def heard(ask: Callable[[], T], cancelled: Callable[[], bool]) -> T | Exception:
    """Ask on a thread of its own: one that waits for a server cannot hear that it is unwanted.

    After a cancel it ends by itself, at the latest at its time limit.

    Raises:
        Cancelled: If it is no longer wanted.
    """
    answers: queue.SimpleQueue[T | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(ask())
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller's thread tells it
            answers.put(error)

    threading.Thread(target=work, name="hub-listing", daemon=True).start()
    while not cancelled():
        try:
            return answers.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            continue
    raise Cancelled


def explained(error: Exception, host: str, repository: str, revision: str) -> TransferError:
    """What went wrong with a question to the Hub, for a person."""
    import httpx2
    from huggingface_hub import errors

    details = f"{type(error).__name__}: {error}"
    if isinstance(error, errors.HfHubHTTPError):
        title, advice = _refusal(error, repository, revision)
        status = error.response.status_code
        may_pass = status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500
        title = f"{host} {title} (HTTP {status})."
        return TransferError(title, advice, details, may_pass=may_pass, status=status)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return TransferError("HF_HUB_OFFLINE is set.", "Unset it to look at the Hub.", details)
    if isinstance(error, httpx2.TransportError):
        title = f"The connection to {host} broke."
        if isinstance(error, httpx2.TimeoutException):
            title = f"{host} does not answer."
        elif isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
            title = f"{host} cannot be reached."
        return TransferError(title, _CHECK_NETWORK, details, may_pass=True)
    return TransferError(
        f"{host} did not answer as the Hub does.",
        "Perhaps a network wants you to log in first: open a web page, then try again.",
        details,
    )


def _refusal(error: "HfHubHTTPError", repository: str, revision: str) -> tuple[str, str]:
    """What a refused listing means for a person, and what to do."""
    from huggingface_hub import errors

    status = error.response.status_code
    if isinstance(error, errors.GatedRepoError):
        return (
            "wants you to accept the terms of this model first",
            "Accept them on the model's page, then try again with your access token.",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return (f"has no revision {revision} of {repository}", "Leave the revision out.")
    if isinstance(error, errors.RepositoryNotFoundError) or status == HTTPStatus.NOT_FOUND:
        return (f"has no repository {repository}, or does not show it to you", _CHECK_NAME)
    if status == HTTPStatus.UNAUTHORIZED:
        return (f"wants to know who you are before it shows {repository}", _CHECK_NAME)
    if status == HTTPStatus.FORBIDDEN:
        return (f"does not show {repository} to you", "Check your access token, then try again.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ("has had too many requests from here", "Wait some minutes, then try again.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ("has trouble of its own", "Try again later.")
    return (f"does not show {repository}", "Try again later.")
