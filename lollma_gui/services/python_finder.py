"""A Python on this PC that other programs' environments can be made with."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import own_program
from lollma_gui.services.child_process import clean_environment, popen_options

_ASK_SECONDS = 20.0
_ASK = "import sys, {needs}; print(*sys.version_info[:2])"
#: What making an environment takes; Debian puts it into a package of its own.
_FOR_ENVIRONMENTS = ("venv", "ensurepip")


class Python(NamedTuple):
    """One Python: its program and version."""

    path: Path
    version: tuple[int, int]


def find_python(
    oldest: tuple[int, int], newest: tuple[int, int], needs: Sequence[str] = _FOR_ENVIRONMENTS
) -> Python:
    """A Python of one of these versions that can make environments.

    Args:
        oldest: Major and minor number.
        newest: Major and minor number.
        needs: Modules it has to have; for something else than environments others.

    Raises:
        LollmaError: If there is none; with what was found instead.
    """
    seen: list[str] = []
    for path in _candidates(newest[1], oldest[1]):
        version = _version_of(path, needs)
        if version and oldest <= version <= newest:
            return Python(path, version)
        if version:
            seen.append(f"{version[0]}.{version[1]}")
    span = f"{oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]}"
    found = f"only {', '.join(dict.fromkeys(seen))} is here" if seen else "none is here"
    raise LollmaError(
        f"A Python from {span} is needed, and {found}.",
        f"Install Python {newest[0]}.{newest[1]} from python.org (on Linux with its venv package).",
    )


def _candidates(newest: int, oldest: int) -> Iterator[Path]:
    if not own_program.is_packaged():
        yield Path(sys.executable)
    names = [f"python3.{minor}" for minor in range(newest, oldest - 1, -1)]
    for name in (*names, "python3", "python"):
        if way := shutil.which(name):
            yield Path(way)


def _version_of(python: Path, needs: Sequence[str]) -> tuple[int, int] | None:
    """Its version; None if it does not run, or lacks a module."""
    try:
        answer = subprocess.run(
            [str(python), "-I", "-c", _ASK.format(needs=", ".join(needs))],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASK_SECONDS,
            check=False,
            **popen_options(),
        )
        major, minor = answer.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
