"""Where things live: in a checkout, in an installed wheel and in a frozen build alike."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

import lollma_gui

#: Set to a folder, everything the app keeps lives below it (portable use, tests).
HOME_VARIABLE = "LOLLMA_HOME"


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
        """Where this system keeps such things, or below ``LOLLMA_HOME`` where that is set."""
        home = os.environ.get(HOME_VARIABLE)
        if home:
            return cls.below(Path(home).expanduser().absolute())
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("LoLLMa", appauthor=False)
        data = Path(dirs.user_data_dir)
        return cls(
            Path(dirs.user_config_dir), data, Path(dirs.user_log_dir), Path.home() / "LoLLMa models"
        )


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
