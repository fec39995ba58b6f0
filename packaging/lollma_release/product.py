"""What is built, what it is called, and where it lies while it is built."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
NAME = "LoLLMa"
#: The program, the desktop file, the icon and the package of Linux are all called so.
PROGRAM = "lollma"
SUMMARY = "Desktop control panel for local language models"


class Product(NamedTuple):
    """One release of one checkout.

    Attributes:
        version: As the app says it.
        time: Of the last commit, in seconds since 1970: what a build says of when it was made, so
            that two builds of the same commit can be the same (``SOURCE_DATE_EPOCH``).
        commit: The commit, 40 hex digits; empty outside a git checkout.
        work: Where things lie while they are built.
        out: Where what people download is put.
    """

    version: str
    time: int
    commit: str
    work: Path
    out: Path

    @property
    def folder(self) -> Path:
        """The folder with the program and all it needs, as PyInstaller made it."""
        return self.work / "folder" / NAME

    @property
    def program(self) -> Path:
        """The program in that folder, the one that speaks to a terminal."""
        return self.folder / ("lollma-cli.exe" if sys.platform == "win32" else PROGRAM)

    @property
    def app_image(self) -> Path:
        """What any Linux runs."""
        return self.out / f"{NAME}-{self.version}-linux-x86_64.AppImage"

    @property
    def deb(self) -> Path:
        """What Debian and its children install."""
        return self.out / f"{PROGRAM}_{self.version}_amd64.deb"

    @property
    def setup(self) -> Path:
        """What Windows installs."""
        return self.out / f"{NAME}-{self.version}-windows-x64-setup.exe"

    @property
    def portable(self) -> Path:
        """What Windows runs from any folder."""
        return self.out / f"{NAME}-{self.version}-windows-x64-portable.zip"

    @property
    def dmg(self) -> Path:
        """What a Mac with Apple silicon opens."""
        return self.out / f"{NAME}-{self.version}-macos-arm64.dmg"


def this_product(root: Path = ROOT) -> Product:
    """Read from a checkout what it is.

    Raises:
        ValueError: If the version cannot be found.
    """
    text = (root / "lollma_gui" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise ValueError("lollma_gui/__init__.py says no __version__")
    commit, _, stamp = _git(root, "log", "-1", "--format=%H %ct").partition(" ")
    made = int(stamp) if stamp else int(time.time())
    return Product(found[1], made, commit, root / "build" / "release", root / "dist")


def _git(root: Path, *arguments: str) -> str:
    """What git says, or nothing where there is no git or no repository."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
