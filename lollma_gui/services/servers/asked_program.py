"""What a program says of itself: its version, and which flags it has."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from lollma_gui.services.child_process import clean_environment, popen_options

#: A program that takes longer to tell its version will not tell it.
_PATIENCE_SECONDS = 20.0
_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


class Told(NamedTuple):
    """What a program printed.

    Attributes:
        code: Its exit code; None: it could not be run, or did not end.
        text: What it printed, errors included.
    """

    code: int | None
    text: str

    def flags(self) -> frozenset[str]:
        """Every flag in a ``--help``."""
        return frozenset(_FLAG.findall(self.text))


#: By file and flag, with the time of its last change: what it printed.
_known: dict[tuple[Path, str, int], Told] = {}


def ask(path: Path, flag: str) -> Told:
    """What a program prints for ``--help`` or ``--version``; kept as long as its file is the same.

    Takes as long as the program does: some hundredths of a second, the first time perhaps seconds.
    """
    try:
        known_by = (path, flag, path.stat().st_mtime_ns)
    except OSError as error:
        return Told(None, str(error))
    told = _known.get(known_by) or _asked(path, flag)
    # What fails for a missing library works as soon as that is there.
    if told.code == 0:
        _known[known_by] = told
    return told


def _asked(path: Path, flag: str) -> Told:
    try:
        done = subprocess.run(
            [str(path), flag],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE_SECONDS,
            env=clean_environment(),
            cwd=path.parent,
            check=False,
            **popen_options(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Told(None, str(error))
    return Told(done.returncode, done.stdout.decode("utf-8", "replace"))
