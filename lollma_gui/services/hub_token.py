"""The person's access token for the Hub: where it is kept, and whose it is.

Kept in the system's keyring; where there is none, in a file that nobody else on this PC may read.
One that Hugging Face's own programs have left is used as it is found, and never copied.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import files, hub_address
from lollma_gui.services.hub_question import ask_json
from lollma_gui.services.places import Places, portable_home

#: Under which the keyring keeps it.
_SERVICE, _USER = "LoLLMa", "Hugging Face access token"
_FILE = "hugging-face-token"
#: Longer ones are no tokens; a whole file pasted by mistake is refused.
_LONGEST = 512


class TokenPlace(StrEnum):
    """Where a token lies; the value is said to people."""

    KEYRING = "in the system's keyring"
    FILE = "in a file that only you can read"
    ENVIRONMENT = "in the environment variable HF_TOKEN"
    HUGGING_FACE = "in Hugging Face's own token file"
    NOWHERE = "nowhere"


class FoundToken:
    """A token and where it lies. Never shown, not even in a traceback.

    Attributes:
        place: Where it lies.
        path: Of the file it lies in; empty elsewhere.
    """

    def __init__(self, value: str, place: TokenPlace, path: str = "") -> None:
        self._value = value
        self.place = place
        self.path = path

    def reveal(self) -> str:
        """The token itself. To be handed on at once, and not to be kept."""
        return self._value


class Account(NamedTuple):
    """Whose token it is.

    Attributes:
        name: Of the account; empty before it was asked for.
        place: Where the token lies.
        path: Of its file; empty elsewhere.
    """

    name: str = ""
    place: TokenPlace = TokenPlace.NOWHERE
    path: str = ""

    @property
    def where(self) -> str:
        """Where the token lies, for people; empty where there is none."""
        if self.place is TokenPlace.NOWHERE:
            return ""
        return f"{self.place}: {self.path}" if self.path else str(self.place)

    @property
    def is_ours(self) -> bool:
        """Whether LoLLMa can forget it."""
        return self.place in (TokenPlace.KEYRING, TokenPlace.FILE)


#: Keyrings are asked once for each file beside them: every header that is fetched needs the token.
_known: dict[Path, FoundToken | None] = {}
_lock = threading.Lock()


class TokenStore:
    """Keeps the token. For any thread but the window's: a keyring may ask the person first.

    Args:
        folder: Where the file goes if there is no keyring.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    @classmethod
    def usual(cls) -> "TokenStore":
        """The one of this installation."""
        return cls(Places.usual().config)

    def find(self) -> FoundToken | None:
        """The token that is used: the person's own, else one of Hugging Face's programs."""
        with _lock:
            if self._path not in _known:
                _known[self._path] = self._own()
            own = _known[self._path]
        return own or _foreign()

    def save(self, token: str) -> None:
        """Keep a token, in place of the one before.

        Raises:
            LollmaError: If it is none, or cannot be kept.
        """
        token = usable_token(token)
        with _lock:
            self._remove()
            if not _put_in_keyring(token):
                self._write(token)
            _known.pop(self._path, None)

    def forget(self) -> None:
        """Keep it no more; one of Hugging Face's own programs stays where it is."""
        with _lock:
            self._remove()
            _known.pop(self._path, None)

    def _own(self) -> FoundToken | None:
        value = _from_keyring()
        if value:
            return FoundToken(value, TokenPlace.KEYRING)
        with contextlib.suppress(OSError, UnicodeDecodeError):
            value = self._path.read_text(encoding="ascii").strip()
        return FoundToken(value, TokenPlace.FILE, str(self._path)) if value else None

    def _write(self, token: str) -> None:
        with files.trouble_in_words(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            # Made for the owner alone: it is readable by others at no moment.
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(token)

    def _remove(self) -> None:
        with files.trouble_in_words(self._path):
            self._path.unlink(missing_ok=True)
        _remove_from_keyring()


def usable_token(text: str) -> str:
    """A token as it was pasted, without what stands around it.

    Raises:
        LollmaError: If it is none.
    """
    token = text.strip()
    is_one = token.isascii() and token.isprintable() and " " not in token
    if not token or len(token) > _LONGEST or not is_one:
        raise LollmaError(
            "This is no access token.", "Copy one from your settings page on the Hub."
        )
    return token


def _from_keyring() -> str:
    if portable_home():
        return ""  # a portable program has all it keeps beside it, and leaves nothing on this PC
    import keyring

    # Locked, missing, refused: keyrings have errors of their own for it, and of what they use.
    with contextlib.suppress(Exception):
        return keyring.get_password(_SERVICE, _USER) or ""
    return ""


def _put_in_keyring(token: str) -> bool:
    """Whether the keyring has it now, and gives it back."""
    if portable_home():
        return False
    import keyring

    with contextlib.suppress(Exception):
        keyring.set_password(_SERVICE, _USER, token)
        return keyring.get_password(_SERVICE, _USER) == token
    return False


def _remove_from_keyring() -> None:
    if portable_home():
        return  # what is there belongs to an installed LoLLMa
    import keyring

    with contextlib.suppress(Exception):
        keyring.delete_password(_SERVICE, _USER)


def _foreign() -> FoundToken | None:
    """What huggingface_hub finds by itself."""
    value = hub_address.own_token()
    if not value:
        return None
    if os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN"):
        return FoundToken(value, TokenPlace.ENVIRONMENT)
    return FoundToken(value, TokenPlace.HUGGING_FACE, hub_address.token_file())


def name_of(token: str, cancelled: Callable[[], bool], endpoint: str | None = None) -> str:
    """The name of the account that a token belongs to, asked of the Hub.

    Raises:
        TransferError: If the Hub cannot be reached, or refuses the token.
        Cancelled: If it is no longer wanted.
    """
    reply = ask_json("/api/whoami-v2", {}, cancelled, endpoint, token)
    name = reply.value.get("name") if isinstance(reply.value, dict) else None
    return name if isinstance(name, str) else ""


def account_of(found: FoundToken | None, name: str = "") -> Account:
    """What may be told of a token."""
    return Account(name, found.place, found.path) if found else Account()
