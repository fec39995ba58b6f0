"""Keys are kept in the keyring, or in a file that nobody else can read, and are never logged."""

import logging
import sys
from pathlib import Path

import keyring.backend
import keyring.errors
import pytest

from lollma_gui.services.secrets import Secrets, new_key


class Ring(keyring.backend.KeyringBackend):
    """A keyring at the boundary: what a desktop's would do."""

    priority = 1  # type: ignore[assignment]
    #: Nobody else's tests are to find it.
    viable = False  # type: ignore[assignment]

    def __init__(self, broken: bool = False) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise keyring.errors.KeyringLocked("the-secret is locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.broken:
            raise keyring.errors.PasswordSetError(f"cannot keep {password}")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def test_the_keyring_is_used_where_there_is_one(tmp_path: Path) -> None:
    ring = Ring()
    secrets = Secrets(tmp_path / "secrets.json", ring)
    secrets.set("a", "the-secret")
    assert ring.kept == {("LoLLMa", "a"): "the-secret"}
    assert not (tmp_path / "secrets.json").exists()
    assert Secrets(tmp_path / "secrets.json", ring).get("a") == "the-secret"
    secrets.set("a", "")
    assert secrets.get("a") == ""
    assert ring.kept == {}
    assert secrets.where == "the system's keyring"


def test_without_a_keyring_a_private_file_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring.backends.fail

    monkeypatch.setattr(keyring, "get_keyring", keyring.backends.fail.Keyring)
    path = tmp_path / "below" / "secrets.json"
    secrets = Secrets(path)
    secrets.set("a", "the-secret")
    secrets.set("b", "another")
    assert Secrets(path).get("a") == "the-secret"
    assert str(path) in secrets.where
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
    secrets.forget("a")
    assert Secrets(path).get("a") == ""
    assert Secrets(path).get("b") == "another"


def test_a_locked_keyring_loses_nothing_and_says_no_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = Secrets(tmp_path / "secrets.json", Ring(broken=True))
    secrets.set("a", "the-secret")
    assert secrets.get("a") == "the-secret"
    assert "the-secret" not in caplog.text


def test_a_keyring_that_comes_later_takes_over(tmp_path: Path) -> None:
    path, ring = tmp_path / "secrets.json", Ring(broken=True)
    secrets = Secrets(path, ring)
    secrets.set("a", "the-secret")
    ring.broken = False
    assert secrets.get("a") == "the-secret"
    secrets.set("a", "a-newer-one")
    assert "secret" not in path.read_text()
    assert secrets.get("a") == "a-newer-one"


def test_keys_cannot_be_guessed() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= 32 for key in keys)
