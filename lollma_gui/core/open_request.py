"""Files that a person wants opened: as words of a command line, and as a message to a window."""

import json
import ntpath
import posixpath
from collections.abc import Callable, Iterable, Sequence

from lollma_gui.core.errors import LollmaError

#: Words that are commands of ``lollma``; a file of such a name is opened as ``./fit``.
COMMANDS = ("fit", "doctor", "get-starter", "integrate")
#: So many files are opened at once; whoever has more adds their folder.
MOST = 50
#: No message is longer, in bytes: so many paths as long as Linux allows, each byte of them escaped.
LONGEST_MESSAGE = 2 * 1024**2

_ENDING = ".gguf"
_HERE = ("", "localhost")


def is_model_name(path: str) -> bool:
    """Whether a file's name says that it is a model."""
    return path.lower().endswith(_ENDING)


def looks_like_files(words: Sequence[str], *, exists: Callable[[str], bool]) -> bool:
    """Whether the words of a command line are files rather than a command or options.

    Args:
        words: The words.
        exists: Whether there is something of this name: a misspelt command is no file.
    """
    first = words[0] if words else ""
    if not first or first in COMMANDS or any(word.startswith("-") for word in words):
        return False
    return is_model_name(first) or "/" in first or "\\" in first or exists(first)


def local_path(word: str, folder: str, *, windows: bool) -> str:
    """The whole path of a file as a desktop or a terminal names it.

    Args:
        word: A path, or a ``file://`` URI (RFC 8089) as ``%u`` of a desktop file gives it.
        folder: Where a path begins that is not whole.
        windows: Whether paths are those of Windows.

    Raises:
        LollmaError: It is the address of something that is not on this PC.
    """
    paths = ntpath if windows else posixpath
    if "://" in word:
        word = _from_uri(word, windows=windows)
    whole: str = paths.normpath(paths.join(folder, word))
    return whole


def _from_uri(uri: str, *, windows: bool) -> str:
    from urllib.parse import unquote, urlsplit  # not at the top: the window need not wait for it

    parts = urlsplit(uri)
    path = unquote(parts.path, errors="surrogateescape")
    if parts.scheme.lower() != "file" or not (windows or parts.netloc.lower() in _HERE):
        raise not_on_this_pc(uri)
    if not windows:
        return path
    if parts.netloc.lower() not in _HERE:
        return f"//{parts.netloc}{path}"
    return path.lstrip("/")


def not_on_this_pc(address: str) -> LollmaError:
    """What is said of an address of something that is no file here."""
    return LollmaError(
        f"{address} is not a file on this PC.",
        "Download it first: Hugging Face, in Models, shows whether it fits before you do.",
    )


def local_paths(words: Iterable[str], folder: str, *, windows: bool) -> list[str]:
    """The paths of several files, each once; what is no file of this PC stays as it is written."""
    found = []
    for word in words:
        try:
            found.append(local_path(word, folder, windows=windows))
        except LollmaError:
            found.append(word)  # whoever opens it says why it cannot
    return list(dict.fromkeys(found))


def message(paths: Sequence[str]) -> bytes:
    """What a second start tells the first: one line of JSON, in which any file name is ASCII."""
    return json.dumps({"open": list(paths[: MOST + 1])}).encode("ascii") + b"\n"


def read_message(line: bytes) -> list[str]:
    """The paths of a message.

    Raises:
        ValueError: It is no such message.
    """
    said = json.loads(line.decode("utf-8"))
    paths = said.get("open") if isinstance(said, dict) else None
    if not isinstance(paths, list) or not all(isinstance(path, str) and path for path in paths):
        raise ValueError("not a message of a second start")
    return paths[: MOST + 1]
