"""What the app remembers between two starts, apart from profiles and conversations."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from lollma_gui.services.json_file import read_json, write_json

VERSION = 1
_MIB = 1024**2


class Choices(NamedTuple):
    """What a person chose, or left as it was.

    Attributes:
        model_folders: Folders looked through for models, beside the app's own.
        places_off: Folders of other programs that are not to be looked through.
        theme: ``system``, ``light`` or ``dark``.
        window_geometry: Size and place of the window as Qt saves it, base64.
        tab: The page shown last, by its name.
        last_model: Path of the model loaded last.
        engine_transport: ``process``, or ``thread`` for debugging.
        chat_splitter: How the chat page is divided, as Qt saves it, base64.
        gpu_margin_mib: What is to stay free on each GPU, in MiB; -1 leaves it to LoLLMa.
        games_mib: What is kept free on each GPU for games, in MiB.
        alerts_off: Kinds of alerts that the person does not want.
        system_notifications: Whether alerts are told by the system too, while the window is not
            in use.
        small_window: Size and place of the small window, as Qt saves it, base64.
        seen_version: The version that was used last; empty before the first start.
        about_geometry: Size and place of the window "About", as Qt saves it, base64.
        models_sort: Column the list of models is sorted by; a minus before it turns it round.
        models_grouped: Whether quantisations of a model stand together.
        models_columns: Places and widths of its columns as Qt saves them, base64; empty leaves
            them to LoLLMa.
        downloads_at_once: How many downloads run at the same time, 1 to 8.
        downloads_kb: Limit on the speed of all downloads together, in kB/s; 0 for none.
        open_folder: Where the dialog for files begins; empty leaves that to the system.
    """

    model_folders: tuple[str, ...] = ()
    theme: str = "system"
    window_geometry: str = ""
    tab: str = ""
    last_model: str = ""
    engine_transport: str = "process"
    chat_splitter: str = ""
    gpu_margin_mib: int = -1
    games_mib: int = 0
    alerts_off: tuple[str, ...] = ()
    system_notifications: bool = True
    small_window: str = ""
    places_off: tuple[str, ...] = ()
    seen_version: str = ""
    about_geometry: str = ""
    models_sort: str = "name"
    models_grouped: bool = False
    models_columns: str = ""
    downloads_at_once: int = 2
    downloads_kb: int = 0
    open_folder: str = ""

    @property
    def gpu_margin_bytes(self) -> int | None:
        """What is to stay free on each GPU; None leaves it to LoLLMa."""
        return None if self.gpu_margin_mib < 0 else self.gpu_margin_mib * _MIB

    @property
    def games_bytes(self) -> int:
        """What is kept free on each GPU for games."""
        return self.games_mib * _MIB


class ChoiceStore:
    """Keeps choices in a JSON file.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] | None = None
        self._problems: list[str] = []

    @property
    def problems(self) -> list[str]:
        """What was wrong with the file when it was loaded, each as a sentence."""
        return list(self._problems)

    def load(self) -> Choices:
        """The choices; what cannot be used is replaced by its default and reported."""
        self._values, self._problems = read_json(self._path)
        self._check_version(self._values)
        usable = {}
        for name in Choices._fields:
            if name not in self._values:
                continue
            try:
                usable[name] = _CHECKS[name](self._values[name])
            except _WrongError as error:
                usable[name] = error.usable
                self._problems.append(f"{self._path.name}: {name} {error}")
        return Choices(**usable)

    def save(self, choices: Choices) -> None:
        """Save the choices. What a newer version has put into the file stays there.

        Raises:
            LollmaError: If the file cannot be written.
        """
        if self._values is None:
            self._values, _ = read_json(self._path)
        version = self._values.get("version")
        newer = isinstance(version, int) and version > VERSION
        self._values = {
            **self._values,
            "version": version if newer else VERSION,
            **choices._asdict(),
        }
        write_json(self._path, self._values)

    def _check_version(self, values: dict[str, Any]) -> None:
        version = values.get("version", VERSION)
        if not isinstance(version, int):
            self._problems.append(f"{self._path.name}: version {_instead(version, VERSION)}")
        elif version > VERSION:
            self._problems.append(
                f"{self._path.name} was written by a newer LoLLMa; what this one does not know "
                "is kept."
            )


def _instead(value: object, usable: object) -> str:
    shown = repr(value)
    return f"was {shown if len(shown) <= 40 else shown[:40] + '…'}; {usable!r} is used instead."


class _WrongError(ValueError):
    """A value that cannot be used, and what is used in its place."""

    def __init__(self, value: object, usable: Any) -> None:
        super().__init__(_instead(value, usable))
        self.usable = usable


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _WrongError(value, "")
    return value


def _one_of(*allowed: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value not in allowed:
            raise _WrongError(value, allowed[0])
        return str(value)

    return check


def _base64_text(value: object) -> str:
    text = _text(value)
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        raise _WrongError(text, "") from None
    return text


def _yes_or_no(usual: bool) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise _WrongError(value, usual)
        return value

    return check


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _WrongError(value, ())
    good = tuple(dict.fromkeys(item for item in value if item and isinstance(item, str)))
    if not all(item in good for item in value):
        raise _WrongError(value, good)
    return good


def _whole(least: int, most: int, usual: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _WrongError(value, usual)
        return value

    return check


#: No GPU has more: 1 TiB, in MiB.
_MOST_MIB = 1024**2

_CHECKS: dict[str, Callable[[object], Any]] = {
    "model_folders": _texts,
    "theme": _one_of("system", "light", "dark"),
    "window_geometry": _base64_text,
    "tab": _text,
    "last_model": _text,
    "engine_transport": _one_of("process", "thread"),
    "chat_splitter": _base64_text,
    "gpu_margin_mib": _whole(-1, _MOST_MIB, -1),
    "games_mib": _whole(0, _MOST_MIB, 0),
    "alerts_off": _texts,
    "system_notifications": _yes_or_no(True),
    "small_window": _base64_text,
    "places_off": _texts,
    "seen_version": _text,
    "about_geometry": _base64_text,
    "models_sort": _text,
    "models_grouped": _yes_or_no(False),
    "models_columns": _base64_text,
    "downloads_at_once": _whole(1, 8, 2),
    "downloads_kb": _whole(0, 999_999, 0),
    "open_folder": _text,
}
