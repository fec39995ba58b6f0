"""Search on the Hub, a page at a time."""

from collections.abc import Callable
from typing import NamedTuple

from lollma_gui.core.hub_query import HubQuery
from lollma_gui.core.hub_result import HubResult, read_results
from lollma_gui.services import hub_address
from lollma_gui.services.hub_question import HubSilent, ask_json


class FoundPage(NamedTuple):
    """A page of what was found.

    Attributes:
        results: What the Hub lists; filters that it does not know are not applied.
        next_url: Where the list goes on; empty at its end.
    """

    results: tuple[HubResult, ...]
    next_url: str = ""


def search(
    query: HubQuery,
    cancelled: Callable[[], bool],
    endpoint: str | None = None,
    next_url: str = "",
) -> FoundPage:
    """Search for repositories with GGUF files; one request.

    Args:
        query: What is asked.
        cancelled: Asked ten times a second, on the calling thread.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
        next_url: ``FoundPage.next_url`` of the page before; empty for the first.

    Raises:
        TransferError: If the Hub cannot be reached or does not tell.
        Cancelled: If it is no longer wanted.
    """
    if next_url:
        reply = ask_json(next_url, {}, cancelled, endpoint)
    else:
        reply = ask_json("/api/models", query.asked(), cancelled, endpoint)
    try:
        return FoundPage(tuple(read_results(reply.value)), reply.next_url)
    except ValueError as error:
        host = endpoint or hub_address.endpoint()
        raise HubSilent(
            f"{host} did not answer as the Hub does.", "Try again later.", str(error)
        ) from error
