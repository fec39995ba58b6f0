"""A repository's names of files become paths inside a folder, and nothing but that.

What a stranger named a file is not to be trusted: names that lead out of the folder are refused,
names that some system cannot hold are repaired. The rules of Windows hold everywhere, since folders
of models are carried from one PC to another.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from lollma_gui.core.errors import LollmaError

#: Bytes of one name: 255 is the most of every usual file system, and ``.part.json.tmp`` is added.
_MOST_BYTES = 200
#: Folders below each other; no repository of models has so many.
_MOST_PARTS = 16

#: What Windows takes for devices, whatever follows the first dot.
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{kind}{digit}" for kind in ("com", "lpt") for digit in "0123456789¹²³"
}
#: Control characters (C0, DEL, C1), those that turn the direction of writing, surrogates, and what
#: has a meaning to Windows.
_UNUSABLE = re.compile(
    r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff<>:"|?*\\]'
)
_DRIVE = re.compile(r"[A-Za-z]:")
#: ``model-00001-of-00003.gguf``: llama.cpp finds the other parts by it.
_TAIL = re.compile(r"(-\d{5}-of-\d{5})?(\.[A-Za-z0-9]{1,8})?$")


def safe_paths(folder: Path, names: Sequence[str]) -> list[Path]:
    """Where the files of a repository go.

    Args:
        folder: Nothing is put outside it. It need not exist.
        names: Paths inside the repository, with ``/`` between folders.

    Returns:
        A path for each, in order; no two of them are the same on any system.

    Raises:
        LollmaError: If a name leads out of the folder, or a link in the folder does.
    """
    paths: list[Path] = []
    taken: set[str] = set()
    for name in names:
        parts = [_usable(part) for part in _parts(name)]
        if _alike(parts) in taken:
            parts[-1] = _marked(parts[-1], name)
        taken.add(_alike(parts))
        path = folder.joinpath(*parts)
        check_inside(folder, path)
        paths.append(path)
    return paths


def check_inside(folder: Path, path: Path) -> None:
    """See that a path does not leave a folder, through links neither.

    Raises:
        LollmaError: If it does.
    """
    inside = folder.resolve()
    leads_out = not path.parent.resolve().is_relative_to(inside)
    # What is written through a link would land elsewhere; so would what is written beside it.
    beside = (path, *(path.with_name(path.name + end) for end in _OURS))
    if leads_out or any(one.is_symlink() for one in beside):
        raise LollmaError(
            f"{path.name} would be put outside its folder: there is a link in the way.",
            f"Look at {path.parent}, and remove the link or choose another folder.",
        )


#: What is written beside a file while it is on its way.
_OURS = (".new", ".part", ".part.json", ".part.json.tmp", ".new.part", ".new.part.json")


def marked(path: Path, mark: str) -> Path:
    """The path with a mark in its name, before what llama.cpp and systems read at its end."""
    head, tail = _split(path.name)
    return path.with_name(f"{head}.{mark}{tail}")


def _parts(name: str) -> list[str]:
    parts = name.split("/")
    is_bad = (
        not name
        or "\0" in name
        or name.startswith(("/", "\\"))
        or _DRIVE.match(name)
        or len(parts) > _MOST_PARTS
        or any(part.strip(" .") == "" for part in re.split(r"[/\\]", name))
    )
    if is_bad:
        raise LollmaError(
            f"The repository has a file with a name that cannot be used: {_shown(name)}",
            "It may have been made to do harm: choose another repository.",
        )
    return parts


def _alike(parts: Sequence[str]) -> str:
    """The same for names that some system takes for one: of other case, or composed otherwise."""
    return unicodedata.normalize("NFC", "/".join(parts).casefold())


def _usable(part: str) -> str:
    """A name that every system can hold; the same name if it is one already."""
    # A leading dot would hide it, a trailing dot or space is lost on Windows.
    usable = _UNUSABLE.sub("_", part).lstrip(" ").rstrip(" .")
    if usable.startswith("."):
        usable = "_" + usable[1:]
    if usable.split(".")[0].rstrip().casefold() in _DEVICES:
        usable = "_" + usable
    if len(usable.encode()) > _MOST_BYTES:
        usable = _marked(usable, part)
    return usable


def _marked(usable: str, original: str) -> str:
    """Another name for the same, short enough and told from others by a piece of a hash."""
    head, tail = _split(usable)
    mark = hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    room = _MOST_BYTES - len(tail.encode()) - len(mark) - 1
    head = head.encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{head}.{mark}{tail}"


def _split(name: str) -> tuple[str, str]:
    found = _TAIL.search(name)
    assert found is not None
    return name[: found.start()], name[found.start() :]


def _shown(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:60] + "…")
