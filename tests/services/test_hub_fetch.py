"""Cards and their pictures: bounded, over safe ways only, and pictures without saying who asks."""

import pytest
from fakes.hub_server import HubFile, HubServer

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import hub_fetch
from lollma_gui.services.http_stream import HubClosed, TransferError
from lollma_gui.services.hub_fetch import fetch_card, fetch_picture
from lollma_gui.services.hub_question import HubSilent

REPOSITORY = "some-one/Model-8B-GGUF"


def never() -> bool:
    return False


def serve(hub: HubServer, content: bytes, name: str = "README.md", **options: object) -> str:
    file = HubFile(content, is_large=False, **options)  # type: ignore[arg-type]
    return hub.add_to_repository(REPOSITORY, "main", name, file)


def card(hub: HubServer) -> str:
    return fetch_card(REPOSITORY, "main", never, hub.url)


def test_a_card_is_fetched_and_none_is_no_error(hub: HubServer) -> None:
    assert card(hub) == ""
    serve(hub, "# Größe".encode())
    assert card(hub) == "# Größe"


def test_of_a_huge_card_the_beginning_is_read(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_fetch, "_MOST_CARD", 1000)
    serve(hub, b"a" * 500, zeros=10**9)
    assert len(card(hub)) == 1000


@pytest.mark.parametrize(
    ("error", "kind"),
    [((500, "", ""), HubSilent), ((403, "GatedRepo", ""), HubClosed), ((418, "", ""), LollmaError)],
)
def test_refusals_are_told(
    hub: HubServer, error: tuple[int, str, str], kind: type[LollmaError]
) -> None:
    serve(hub, b"", error=error)
    with pytest.raises(kind):
        card(hub)


def test_without_a_network_what_was_kept_may_be_shown(hub: HubServer) -> None:
    with HubServer() as gone:
        pass
    with pytest.raises(HubSilent):
        card(gone)


# ---- pictures ------------------------------------------------------------------------------


def host(hub: HubServer) -> str:
    return hub.url.removeprefix("http://")


def test_a_picture_of_the_hub_comes_without_saying_who_asks(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_onlyForTheHub123")
    url = serve(hub, b"picture", "a.png")
    assert fetch_picture(url, host(hub), never) == b"picture"
    assert all("authorization" not in seen.headers for seen in hub.seen)


def test_a_picture_elsewhere_needs_https(hub: HubServer) -> None:
    url = hub.add("/a.png", HubFile(b"picture", is_large=False))
    with pytest.raises(TransferError, match="safe address"):
        fetch_picture(url, "another.host", never)
    assert hub.seen == []


def test_a_redirect_to_an_unsafe_address_is_not_followed(hub: HubServer) -> None:
    url = hub.add("/a.png", HubFile(b"picture"))  # large: sent to the other host, by http
    with pytest.raises(TransferError, match="safe address"):
        fetch_picture(url, host(hub), never)
    assert [seen.host for seen in hub.seen] == ["hub"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b.png", "data:image/png;base64,x"])
def test_other_addresses_are_none(url: str) -> None:
    with pytest.raises(TransferError, match="safe address"):
        fetch_picture(url, "", never)


def test_a_picture_that_is_too_large_is_given_up(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_fetch, "MOST_PICTURE", 1000)
    url = serve(hub, b"", "a.png", zeros=10**9)
    with pytest.raises(TransferError, match="too large"):
        fetch_picture(url, host(hub), never)
