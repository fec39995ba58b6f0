"""pip, where we have one: ours, or in a packaged program that of a Python on this PC."""

import importlib.util
import sys
from pathlib import Path

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import own_program, tethered
from lollma_gui.services.python_finder import find_python

#: pip itself wants 3.9; packages that we ask it for want no more.
_OLDEST, _NEWEST = (3, 9), (3, 15)


def is_here() -> bool:
    """Whether there is one. A packaged program looks through the PC: some tenths of a second."""
    return _python() is not None


def command(*arguments: str) -> list[str]:
    """The command line that runs pip so that it ends with us; start it in ``own_program.folder()``.

    Raises:
        LollmaError: If there is no pip.
    """
    python = _python()
    if python is None:
        raise LollmaError(
            "There is no pip on this PC.",
            "Install Python from python.org (on Linux with its pip package), and try again.",
        )
    return tethered.command("pip", *arguments, python=python)


def _python() -> Path | None:
    """The Python that has a pip."""
    if not own_program.is_packaged():
        return Path(sys.executable) if importlib.util.find_spec("pip") else None
    try:
        return find_python(_OLDEST, _NEWEST, needs=("pip",)).path
    except LollmaError:
        return None
