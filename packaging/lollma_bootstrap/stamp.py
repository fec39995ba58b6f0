"""What a finished setup remembers, so that the next start knows at once it has nothing to do."""

import hashlib
import json
from collections.abc import Set
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lollma_bootstrap.places import Checkout


@dataclass(frozen=True)
class Stamp:
    """The facts a setup was made from.

    Attributes:
        project: SHA-256 of pyproject.toml.
        python: Version of the virtual environment's Python.
        root: The folder it was made in; an environment does not survive being moved.
        extras: Optional parts that are installed.
        engine_asked: Which engine was asked for ("auto", "cpu", "cuda" ...).
        engine: The engine's version and what it is ("0.3.36 cu125").
        libraries_ok: Whether Qt found all its system libraries.
    """

    project: str
    python: str
    root: str
    extras: list[str] = field(default_factory=list)
    engine_asked: str = "auto"
    engine: str = ""
    libraries_ok: bool = False


def digest(project_file: Path) -> str:
    """SHA-256 of the project file, the same on every system whatever its line ends."""
    return hashlib.sha256(project_file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def read(path: Path) -> Stamp | None:
    """The stamp of the last finished setup, or None where there is none or it is not readable."""
    try:
        return Stamp(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write(path: Path, stamp: Stamp) -> None:
    """Put the stamp there in one step: no half stamp may ever be read."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(asdict(stamp), indent=1), encoding="utf-8")
    new.replace(path)


def lacks(
    stamp: Stamp, checkout: Checkout, python: str, extras: Set[str], engine: str | None
) -> str:
    """Why the setup must be done again, as the end of a sentence; empty where it need not.

    Args:
        stamp: Of the last finished setup.
        checkout: Where we are.
        python: Version of the virtual environment's Python now.
        extras: Optional parts wanted now.
        engine: The engine asked for now, or None where the person did not say.
    """
    if stamp.root != str(checkout.root):
        return "the folder was moved"
    if stamp.project != digest(checkout.project_file):
        return "what the app needs has changed"
    if stamp.python != python:
        return "its Python has changed"
    if not extras <= set(stamp.extras):
        return "the parts for tests are not there yet"
    if engine is not None and engine != stamp.engine_asked:
        return f"another engine is asked for ({engine})"
    return ""
