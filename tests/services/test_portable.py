"""A portable program keeps all it knows beside itself, and nothing on the PC it runs on."""

import sys
from pathlib import Path

import keyring
import pytest
from services.test_hub_token import OwnKeyring

from lollma_gui.services.hub_token import TokenPlace, TokenStore
from lollma_gui.services.places import HOME_VARIABLE, PORTABLE_FILE, Places, portable_home
from lollma_gui.services.secrets import Secrets


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A packaged program in a folder of its own."""
    folder = tmp_path / "a stick" / "LoLLMa"
    folder.mkdir(parents=True)
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "LoLLMa.exe"))
    return folder


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> OwnKeyring:
    ring = OwnKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    monkeypatch.setattr(keyring, "get_password", ring.get_password)
    monkeypatch.setattr(keyring, "set_password", ring.set_password)
    monkeypatch.setattr(keyring, "delete_password", ring.delete_password)
    return ring


def test_with_the_file_beside_it_everything_lies_beside_it(program: Path) -> None:
    (program / PORTABLE_FILE).touch()
    assert Places.usual() == Places.below(program / "data")


def test_without_the_file_everything_lies_where_this_system_keeps_it(program: Path) -> None:
    assert portable_home() is None
    places = Places.usual()
    assert not any(place.is_relative_to(program) for place in places)


def test_a_checkout_is_never_portable(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program / PORTABLE_FILE).touch()
    monkeypatch.delattr(sys, "frozen")
    assert portable_home() is None


def test_a_home_that_is_set_comes_first(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program / PORTABLE_FILE).touch()
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "other"))
    assert Places.usual() == Places.below(tmp_path / "other")


def test_tokens_and_keys_lie_beside_it_and_not_in_the_keyring_of_this_pc(
    program: Path, ring: OwnKeyring
) -> None:
    (program / PORTABLE_FILE).touch()
    ring.held["LoLLMa", "Hugging Face access token"] = "hf_ofAnInstalledLollma"
    tokens = TokenStore.usual()
    tokens.save("hf_ofThisStick")
    found = tokens.find()
    assert found is not None
    assert found.reveal() == "hf_ofThisStick"
    assert found.place is TokenPlace.FILE
    assert Path(found.path).is_relative_to(program)
    secrets = Secrets(Places.usual().data / "secrets.json")
    secrets.set("a server", "the-key")
    assert secrets.get("a server") == "the-key"
    tokens.forget()
    assert ring.held == {("LoLLMa", "Hugging Face access token"): "hf_ofAnInstalledLollma"}


def test_an_installed_one_uses_the_keyring(program: Path, ring: OwnKeyring, tmp_path: Path) -> None:
    tokens = TokenStore(tmp_path / "config")
    tokens.save("hf_ofThisPerson")
    assert ring.held == {("LoLLMa", "Hugging Face access token"): "hf_ofThisPerson"}
    assert not (tmp_path / "config").exists()
