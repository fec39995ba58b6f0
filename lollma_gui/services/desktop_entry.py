"""Our entry in a Linux desktop's menu, and ".gguf opens with LoLLMa", for one person.

The .deb brings both for everybody. An AppImage, a wheel and a checkout have no installer, so the
program writes them itself when asked to, into the person's own folder, and takes them away again.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lollma_gui.services.child_process import clean_environment
from lollma_gui.services.places import resource

#: Where they lie below ``~/.local/share``, and which of our files each is.
_FILES = {
    Path("applications", "lollma.desktop"): ("desktop", "lollma.desktop"),
    Path("mime", "packages", "lollma.xml"): ("desktop", "lollma.xml"),
    Path("icons", "hicolor", "scalable", "apps", "lollma.svg"): ("lollma.svg",),
}
#: What a desktop's own index of these files is made anew with, where there is such a program.
_INDEXERS = {"update-desktop-database": "applications", "update-mime-database": "mime"}
#: Characters that an ``Exec`` line may have only between quotation marks.
_RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")


def data_home(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder for what programs keep for one person (XDG Base Directory Specification)."""
    told = environment.get("XDG_DATA_HOME", "")
    return Path(told) if told.startswith("/") else Path.home() / ".local" / "share"


def install(command: Sequence[str], home: Path) -> list[Path]:
    """Write the entry, the file type and the icon; what is there is replaced.

    Args:
        command: How we are started, without a file.
        home: See ``data_home``.

    Returns:
        The files that were written.

    Raises:
        OSError: If one cannot be written.
    """
    for place, source in _FILES.items():
        content = resource(*source).read_text(encoding="utf-8")
        if place.suffix == ".desktop":
            line = " ".join(quoted(word) for word in command)
            content = content.replace("\nExec=lollma ", f"\nExec={line} ")
        target = home / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    _index(home)
    return [home / place for place in _FILES]


def remove(home: Path) -> list[Path]:
    """Take away what ``install`` wrote; returns the files that were there.

    Raises:
        OSError: If one cannot be removed.
    """
    there = [home / place for place in _FILES if (home / place).exists()]
    for path in there:
        path.unlink()
    if there:
        _index(home)
    return there


def quoted(word: str) -> str:
    """A word of an ``Exec`` line.

    Desktop Entry Specification 1.5, "The Exec key": marks around it, a backslash before what the
    marks do not cover, each backslash twice since it is a string too, and ``%`` as ``%%``.
    """
    word = word.replace("%", "%%")
    if word and not _RESERVED & set(word):
        return word
    covered = "".join("\\" + one if one in '"`$\\' else one for one in word)
    return '"' + covered.replace("\\", "\\\\") + '"'


def _index(home: Path, find: Callable[[str], str | None] = shutil.which) -> None:
    """Have the desktop take note. One without these programs looks for itself."""
    for name, folder in _INDEXERS.items():
        program = find(name)
        if program and (home / folder).is_dir():
            subprocess.run(
                [program, str(home / folder)],
                env=clean_environment(),
                capture_output=True,
                check=False,
            )
