"""A search asks the Hub what it can filter, page by page, by the real client's session."""

import pytest
from fakes.hub_catalog import Listed
from fakes.hub_server import HubServer

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.hub_query import PARAMETERS, HubQuery, HubSort
from lollma_gui.services import hub_question
from lollma_gui.services.http_stream import HubClosed
from lollma_gui.services.hub_question import HubSilent
from lollma_gui.services.hub_search import FoundPage, search

TOKEN = "hf_onlyForTheHub123"


def never() -> bool:
    return False


def found(hub: HubServer, query: HubQuery) -> list[str]:
    return [result.repository for result in search(query, never, hub.url).results]


@pytest.fixture
def full(hub: HubServer) -> HubServer:
    hub.catalog.repositories += [
        Listed("a/Small-GGUF", 10, 5, trending=1, parameters=2_000_000_000, licence="mit"),
        Listed("b/Middle-GGUF", 500, 1, trending=9, created="2026-09-01T00:00:00.000Z"),
        Listed("b/Large-GGUF", 90, 80, trending=5, parameters=70_000_000_000, gated="auto"),
        Listed("c/Seeing-GGUF", 1, 2, trending=2, parameters=None, task="image-text-to-text"),
    ]
    return hub


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (HubQuery(), ["b/Middle-GGUF", "b/Large-GGUF", "c/Seeing-GGUF", "a/Small-GGUF"]),
        (HubQuery("large"), ["b/Large-GGUF"]),
        (HubQuery(author="b", sort=HubSort.LIKES), ["b/Large-GGUF", "b/Middle-GGUF"]),
        (HubQuery(licence="mit"), ["a/Small-GGUF"]),
        (HubQuery(task="image-text-to-text"), ["c/Seeing-GGUF"]),
        (HubQuery(parameters=PARAMETERS[-2]), ["b/Large-GGUF"]),
        (HubQuery("middle", sort=HubSort.NEWEST), ["b/Middle-GGUF"]),
    ],
)
def test_the_hub_is_asked_what_it_can_filter(
    full: HubServer, query: HubQuery, names: list[str]
) -> None:
    assert found(full, query) == names
    assert len(full.seen) == 1


def test_what_the_hub_says_of_a_repository_is_understood(full: HubServer) -> None:
    (result,) = search(HubQuery("large", quantisation="Q4_K_M"), never, full.url).results
    assert (result.downloads, result.likes, result.is_gated) == (90, 80, True)
    assert (result.parameters, result.context) == (70_000_000_000, 32_768)
    assert (result.licence, result.architecture) == ("apache-2.0", "llama")
    assert result.quantisations == ("Q4_K_M",)


def test_pages_follow_each_other_to_the_end(hub: HubServer) -> None:
    hub.catalog.repositories += [Listed(f"a/m-{n}", trending=n) for n in range(120)]
    page, names = FoundPage(()), []
    while page.next_url or not names:
        page = search(HubQuery(), never, hub.url, page.next_url)
        names += [result.repository for result in page.results]
    assert names == [f"a/m-{n}" for n in reversed(range(120))]
    assert len(hub.seen) == 3


def test_the_token_goes_to_the_hub_alone(
    full: HubServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    full.sent_elsewhere.add("/api/models")
    with caplog.at_level("DEBUG"):
        assert len(found(full, HubQuery())) == 4
    at_hub, elsewhere = full.seen
    assert at_hub.headers["authorization"] == f"Bearer {TOKEN}"
    assert elsewhere.host == "cdn"
    assert "authorization" not in elsewhere.headers
    assert TOKEN not in caplog.text


def test_a_list_is_not_followed_to_another_host(hub: HubServer) -> None:
    hub.catalog.repositories += [Listed(f"a/m-{n}") for n in range(60)]
    hub.catalog.next_host = hub.cdn_url
    assert search(HubQuery(), never, hub.url).next_url == ""


@pytest.mark.parametrize(
    ("status", "code", "kind", "says"),
    [
        (429, "", HubSilent, "too many requests"),
        (500, "", HubSilent, "trouble of its own"),
        (503, "", HubSilent, "trouble of its own"),
        (401, "", HubClosed, "who you are"),
        (403, "", HubClosed, "does not show"),
    ],
)
def test_a_refusal_is_told_at_once_and_not_asked_for_again(
    full: HubServer,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: str,
    kind: type[LollmaError],
    says: str,
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    full.catalog.error = (status, code)
    with pytest.raises(kind, match=says) as caught:
        found(full, HubQuery())
    assert TOKEN not in f"{caught.value} {caught.value.details} {caught.value!r}"
    assert len(full.seen) == 1


def test_no_network_is_told_without_half_a_minute_of_tries(hub: HubServer) -> None:
    with HubServer() as gone:
        pass
    with pytest.raises(HubSilent, match="cannot be reached"):
        found(gone, HubQuery())


def test_a_hub_that_stays_silent_is_told(full: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_question, "SECONDS", 0.3)
    full.catalog.hold = True
    with pytest.raises(HubSilent, match="does not answer"):
        found(full, HubQuery())


def test_a_cancel_is_heard_while_the_hub_is_silent(full: HubServer) -> None:
    full.catalog.hold = True
    with pytest.raises(Cancelled):
        search(HubQuery(), full.held.is_set, full.url)


def test_who_wants_no_network_is_heeded(full: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubSilent, match="HF_HUB_OFFLINE"):
        found(full, HubQuery())
    assert full.seen == []


@pytest.mark.parametrize("answer", ["<html>", {"error": "x"}])
def test_a_page_in_place_of_an_answer_is_told(hub: HubServer, answer: object) -> None:
    hub.catalog.instead = answer
    with pytest.raises(HubSilent, match="did not answer as the Hub does"):
        found(hub, HubQuery())
