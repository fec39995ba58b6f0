"""Small files from the Hub and pictures of model cards, never more than was agreed to."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from lollma_gui.services import hub_address
from lollma_gui.services.http_stream import HttpStream, TransferError
from lollma_gui.services.hub_question import HubSilent

#: Bytes of a README.md that are read; the rest is left out.
_MOST_CARD = 1_000_000
#: Bytes of one picture; a larger one is not shown.
MOST_PICTURE = 4_000_000
_MOST_REDIRECTS = 4


def fetch_card(
    repository: str, revision: str, cancelled: Callable[[], bool], endpoint: str | None = None
) -> str:
    """The README.md of a repository; empty where it has none.

    Args:
        repository: ``owner/name``.
        revision: Branch, tag or commit.
        cancelled: Asked some times a second, on the calling thread.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Raises:
        TransferError: If the Hub cannot be reached or does not give it.
        Cancelled: If it is no longer wanted.
    """
    if hub_address.is_offline():
        raise HubSilent("HF_HUB_OFFLINE is set.", "Unset it to ask the Hub.")
    url = hub_address.file_url(repository, revision, "README.md", endpoint)
    token = hub_address.token()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with HttpStream("GET", url, headers, cancelled) as stream:
        try:
            answer = stream.answer()
        except TransferError as trouble:
            raise HubSilent(trouble.title, trouble.advice, trouble.details) from trouble
        if answer.status == HTTPStatus.NOT_FOUND:
            return ""
        if answer.status >= HTTPStatus.BAD_REQUEST:
            error = stream.refusal(answer)
            if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise HubSilent(error.title, error.advice, error.details)
            raise error
        return _bounded(stream, _MOST_CARD).decode("utf-8", errors="replace")


def _bounded(stream: HttpStream, most: int) -> bytes:
    """At most so many bytes of an answer."""
    got = bytearray()
    for piece in stream.pieces():
        got += piece
        if len(got) >= most:
            break
    return bytes(got[:most])


def fetch_picture(url: str, own_host: str, cancelled: Callable[[], bool]) -> bytes:
    """The bytes of a picture, asked for without saying who asks.

    Args:
        url: Its address.
        own_host: Host of the Hub, the only one that need not be asked by https.
        cancelled: Asked some times a second, on the calling thread.

    Raises:
        TransferError: If it cannot be had, is too large, or its address leads elsewhere.
        Cancelled: If it is no longer wanted.
    """
    for _ in range(_MOST_REDIRECTS):
        _check_address(url, own_host)
        with HttpStream("GET", url, {}, cancelled, follow=False) as stream:
            answer = stream.answer()
            if answer.status in (301, 302, 303, 307, 308):
                url = urljoin(url, answer.headers.get("location", ""))
                continue
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise stream.refusal(answer)
            picture = _bounded(stream, MOST_PICTURE + 1)
        if len(picture) > MOST_PICTURE:
            raise TransferError("A picture of the card is too large.", "Look at it on its page.")
        return picture
    raise TransferError("A picture of the card leads round in circles.", "Look at its page.")


def _check_address(url: str, own_host: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.netloc) != ("http", own_host):
        raise TransferError("A picture of the card is not at a safe address.", "Look at its page.")
