"""Where the checkout and its virtual environment lie."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """A checkout of the project and the files that setting it up keeps in it."""

    root: Path

    @property
    def project_file(self) -> Path:
        """Says what the app needs."""
        return self.root / "pyproject.toml"

    @property
    def venv(self) -> Path:
        """The virtual environment; everything else is below it."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The virtual environment's Python."""
        windows = sys.platform == "win32"
        return self.venv / ("Scripts/python.exe" if windows else "bin/python")

    @property
    def stamp(self) -> Path:
        """What a finished setup leaves behind; not there, the setup is not finished."""
        return self.venv / "lollma-stamp.json"

    @property
    def under_way(self) -> Path:
        """There while packages are being installed; found later, that was cut short."""
        return self.venv / "lollma-under-way"

    @property
    def lock(self) -> Path:
        """Held while setting up."""
        return self.venv / "lollma-setup.lock"

    @property
    def starter_declined(self) -> Path:
        """There once a person did not want the starter model."""
        return self.venv / "lollma-no-starter"

    @property
    def setup_log(self) -> Path:
        """All that pip said."""
        return self.venv / "setup.log"

    @property
    def engine_log(self) -> Path:
        """All that building the engine said."""
        return self.venv / "engine-build.log"


def this_checkout() -> Checkout:
    """The checkout this file belongs to."""
    return Checkout(Path(__file__).resolve().parents[2])


def clean_environment() -> dict[str, str]:
    """The environment without what would lead the virtual environment's Python astray."""
    strays = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in strays}
