"""The token lies in the keyring, else in a file for its owner alone, and shows up nowhere else."""

import logging
import os
import stat
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from fakes.hub_server import HubFile, HubServer
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import hub_address
from lollma_gui.services.http_stream import HubClosed
from lollma_gui.services.hub_fetch import fetch_card
from lollma_gui.services.hub_token import TokenPlace, TokenStore, account_of, name_of

TOKEN = "hf_secretOfThisPerson42"


class OwnKeyring(KeyringBackend):
    """A keyring that holds what it is given, or is locked."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.is_locked = False
        self.asked = 0

    def _check(self) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        self.asked += 1
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if (service, username) not in self.held:
            raise PasswordDeleteError("not there")
        del self.held[service, username]


@pytest.fixture
def own_keyring() -> Iterator[OwnKeyring]:
    before = keyring.get_keyring()
    made = OwnKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def store(hub: HubServer) -> TokenStore:
    """The store that everybody asks; ``hub`` hides the token of whoever runs the test."""
    return TokenStore.usual()


def test_the_keyring_is_taken_where_there_is_one(
    store: TokenStore, own_keyring: OwnKeyring, own_home: Path
) -> None:
    store.save(f"  {TOKEN}\n")
    found = store.find()
    assert found is not None
    assert (found.reveal(), found.place) == (TOKEN, TokenPlace.KEYRING)
    assert list(own_keyring.held.values()) == [TOKEN]
    assert not list(own_home.rglob("*token*"))
    assert hub_address.token() == TOKEN


def test_it_is_asked_once_for_many_requests(store: TokenStore, own_keyring: OwnKeyring) -> None:
    store.save(TOKEN)
    before = own_keyring.asked
    for _ in range(5):
        assert hub_address.token() == TOKEN
    assert own_keyring.asked - before == 1


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are others there")
def test_without_a_keyring_a_file_holds_it_that_only_the_owner_can_read(
    store: TokenStore, own_home: Path
) -> None:
    before = os.umask(0)
    try:
        store.save(TOKEN)
    finally:
        os.umask(before)
    found = store.find()
    assert found is not None
    assert found.place is TokenPlace.FILE
    path = Path(found.path)
    assert path.is_relative_to(own_home / "config")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(path) in account_of(found).where  # said openly


def test_a_locked_keyring_is_as_none(store: TokenStore, own_keyring: OwnKeyring) -> None:
    own_keyring.is_locked = True
    store.save(TOKEN)
    found = store.find()
    assert found is not None
    assert found.place is TokenPlace.FILE


def test_forgetting_leaves_nothing(
    store: TokenStore, own_keyring: OwnKeyring, own_home: Path
) -> None:
    store.save(TOKEN)
    store.forget()
    assert store.find() is None
    assert own_keyring.held == {}
    own_keyring.is_locked = True
    store.save(TOKEN)
    store.forget()
    assert store.find() is None
    assert not list(own_home.rglob("*token*"))


def test_hugging_faces_own_are_used_as_they_are_found(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    from huggingface_hub import constants

    Path(constants.HF_TOKEN_PATH).write_text(TOKEN)
    found = store.find()
    assert found is not None
    assert found.place is TokenPlace.HUGGING_FACE
    assert found.path == constants.HF_TOKEN_PATH
    assert not account_of(found).is_ours
    monkeypatch.setenv("HF_TOKEN", "hf_ofTheEnvironment1")
    found = store.find()
    assert found is not None
    assert (found.reveal(), found.place) == ("hf_ofTheEnvironment1", TokenPlace.ENVIRONMENT)
    assert not list(own_home.rglob("*token*"))
    # What was given to LoLLMa goes before both.
    store.save(TOKEN + "x")
    assert hub_address.token() == TOKEN + "x"


@pytest.mark.parametrize("text", ["", "  ", "two words", "hf_ü", "x" * 600, "hf_a\nhf_b"])
def test_what_is_no_token_is_refused_and_not_repeated(store: TokenStore, text: str) -> None:
    with pytest.raises(LollmaError, match="no access token") as caught:
        store.save(text)
    assert not text.strip() or text not in str(caught.value)
    assert store.find() is None


def test_the_hub_says_whose_it_is(hub: HubServer) -> None:
    hub.catalog.tokens[TOKEN] = "somebody"
    assert name_of(TOKEN, lambda: False, hub.url) == "somebody"
    with pytest.raises(HubClosed):
        name_of("hf_wrong", lambda: False, hub.url)


def test_neither_errors_nor_tracebacks_nor_logs_hold_it(
    hub: HubServer, store: TokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.save(TOKEN)
    hub.catalog.error = (500, "")
    with caplog.at_level(logging.DEBUG), pytest.raises(LollmaError) as caught:
        name_of(TOKEN, lambda: False, hub.url)
    told = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in f"{told} {caught.value.details} {store.find()!r} {caplog.text}"
    assert hub.seen[-1].headers["authorization"] == f"Bearer {TOKEN}"


def test_it_is_sent_to_no_other_host(hub: HubServer, store: TokenStore) -> None:
    store.save(TOKEN)
    hub.sent_elsewhere.add("/api/whoami-v2")
    hub.catalog.tokens[TOKEN] = "somebody"
    with pytest.raises(HubClosed):
        name_of(TOKEN, lambda: False, hub.url)
    hub.add_to_repository("a/b", "main", "README.md", HubFile(b"# Card"))
    assert fetch_card("a/b", "main", lambda: False, hub.url) == "# Card"
    elsewhere = [seen for seen in hub.seen if seen.host == "cdn"]
    assert len(elsewhere) == 2
    assert all("authorization" not in seen.headers for seen in elsewhere)
