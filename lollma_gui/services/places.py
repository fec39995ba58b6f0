"""Where things live: in a checkout, in an installed wheel and in a frozen build alike."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

import lollma_gui
from lollma_gui.services import own_program

#: Set to a folder, everything the app keeps lives below it (portable use, tests).
HOME_VARIABLE = "LOLLMA_HOME"

#: Beside a packaged program: it keeps everything in a folder beside it, and nothing on this PC.
PORTABLE_FILE = "portable.txt"


class Places(NamedTuple):
    """The folders the app keeps things in. None of them need exist yet.

    Attributes:
        config: Choices and profiles, as readable JSON.
        data: The database, and lock and socket of the running instance.
        logs: Log files.
        models: Where models we fetch are put, visible to a person.
    """

    config: Path
    data: Path
    logs: Path
    models: Path

    @classmethod
    def below(cls, home: Path) -> "Places":
        """All folders below one home folder."""
        return cls(home / "config", home / "data", home / "logs", home / "models")

    @classmethod
    def usual(cls) -> "Places":
        """Where this system keeps such things.

        Below ``LOLLMA_HOME`` where that is set, else below ``data`` beside a portable program.
        """
        home = os.environ.get(HOME_VARIABLE)
        if home:
            return cls.below(Path(home).expanduser().absolute())
        if portable := portable_home():
            return cls.below(portable)
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("LoLLMa", appauthor=False)
        data = Path(dirs.user_data_dir)
        return cls(
            Path(dirs.user_config_dir), data, Path(dirs.user_log_dir), Path.home() / "LoLLMa models"
        )


def portable_home() -> Path | None:
    """The folder a portable program keeps everything in; None for any other."""
    program = Path(sys.executable)
    if own_program.is_packaged() and program.with_name(PORTABLE_FILE).is_file():
        return program.with_name("data")
    return None


def resource(*parts: str) -> Path:
    """Path of a file in ``resources/``, wherever that lies in this kind of installation.

    Raises:
        FileNotFoundError: If the installation is damaged and the file is not there.
    """
    package = Path(lollma_gui.__file__).parent
    homes = [package / "_resources", package.parent / "resources"]
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        homes.insert(0, Path(frozen) / "resources")
    for home in homes:
        path = home.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"resources/{'/'.join(parts)} is missing from this installation")
