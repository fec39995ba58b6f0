"""Keys and tokens: in the system's keyring, or in a file that only this account can read.

They are never logged, and never on a command line.
"""

import json
import logging
import os
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import files
from lollma_gui.services.places import portable_home

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

#: Under this name they stand in the keyring.
_SERVICE = "LoLLMa"

_log = logging.getLogger(__name__)


def new_key() -> str:
    """A key for a server, impossible to guess and easy to paste."""
    return secrets.token_urlsafe(24)


class Secrets:
    """Keeps secrets by name. Any thread may ask; a keyring may take its time to answer.

    Args:
        path: The file that is used where this system has no keyring.
        keyring: In place of the system's own; for tests.
    """

    def __init__(self, path: Path, keyring: "KeyringBackend | None" = None) -> None:
        self._path = path
        self._keyring = keyring
        self._was_sought = keyring is not None
        self._lock = threading.RLock()

    @property
    def where(self) -> str:
        """Where secrets are kept, for a person."""
        with self._lock:
            backend = self._backend()
        return "the system's keyring" if backend else f"{self._path} (readable by you only)"

    def get(self, name: str) -> str:
        """A secret; empty if there is none."""
        with self._lock:
            backend = self._backend()
            found = _asked(backend, name) if backend else None
            return found or self._read().get(name, "")

    def set(self, name: str, secret: str) -> None:
        """Keep a secret; an empty one is forgotten.

        Raises:
            LollmaError: If it can be kept nowhere.
        """
        with self._lock:
            if not secret:
                self.forget(name)
            elif self._put(name, secret):
                self._drop_from_file(name)
            else:
                self._write({**self._read(), name: secret})

    def forget(self, name: str) -> None:
        """Keep it no longer; nothing happens if there is none.

        Raises:
            LollmaError: If the file cannot be written.
        """
        with self._lock:
            backend = self._backend()
            if backend and _asked(backend, name):
                import keyring.errors

                try:
                    backend.delete_password(_SERVICE, name)
                except keyring.errors.KeyringError as error:
                    raise LollmaError(
                        "The system's keyring does not let go of a key.",
                        "Remove it there by hand.",
                        type(error).__name__,
                    ) from error
            self._drop_from_file(name)

    def _put(self, name: str, secret: str) -> bool:
        """Whether the keyring took it."""
        backend = self._backend()
        if backend is None:
            return False
        import keyring.errors

        try:
            backend.set_password(_SERVICE, name, secret)
        except (keyring.errors.KeyringError, OSError) as error:
            # Without its words: nobody knows what a backend puts into them.
            _log.info("the keyring refused a secret (%s); the file is used", type(error).__name__)
            return False
        return True

    def _backend(self) -> "KeyringBackend | None":
        if not self._was_sought:
            self._was_sought = True
            self._keyring = _usual_keyring()
        return self._keyring

    # ---- the file --------------------------------------------------------------------------

    def _read(self) -> dict[str, str]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}

    def _drop_from_file(self, name: str) -> None:
        values = self._read()
        if values.pop(name, None) is not None:
            self._write(values)

    def _write(self, values: dict[str, str]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_name(self._path.name + ".tmp")
            # Nobody else may read it at any moment, so it is made like that.
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(values, file)
                file.flush()
                os.fsync(file.fileno())
            files.replace(temporary, self._path)
        except OSError as error:
            raise LollmaError(
                "The key could not be kept.",
                f"Check that there is free space, and that this file may be written: {self._path}",
                str(error),
            ) from error


def _usual_keyring() -> "KeyringBackend | None":
    """The system's keyring; None where there is none that works, or that is not to be used."""
    if portable_home():
        return None  # a portable program leaves nothing on this PC
    import keyring
    import keyring.backends.fail

    try:
        backend = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - backends of others may fail in any way
        _log.info("no keyring: %s", type(error).__name__)
        return None
    is_usable = not isinstance(backend, keyring.backends.fail.Keyring) and backend.priority > 0
    return backend if is_usable else None


def _asked(backend: "KeyringBackend", name: str) -> str | None:
    import keyring.errors

    try:
        return backend.get_password(_SERVICE, name)
    except (keyring.errors.KeyringError, OSError) as error:
        _log.info("the keyring does not answer (%s)", type(error).__name__)
        return None
