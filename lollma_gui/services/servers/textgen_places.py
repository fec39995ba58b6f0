"""Looks at a TextGen that is on the disk, however it came there, and touches nothing."""

import json
import re
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import git_checkout
from lollma_gui.services.child_process import clean_environment, popen_options
from lollma_gui.services.servers.textgen_flags import ask_help

#: The guide's name for the environment.
ENVIRONMENT = "lollma"
#: In the environment: which requirements were installed to the end.
NEEDS_FILE = "lollma-needs.json"

#: Where a folder may have the program inside.
_INSIDE = ("", "app", "textgen", "text-generation-webui")
_ENVIRONMENTS = (ENVIRONMENT, "venv", ".venv", "env")
_ASK_SECONDS = 60.0
#: What running GGUF models takes beside what --help needs, by module.
_MODULES = ("llama_cpp_binaries", "fastapi", "uvicorn", "jinja2", "requests", "numpy")
_ASK_MODULES = (
    "import importlib.util as u, sys, platform\n"
    "print('LOLLMA', platform.python_version(), "
    "*[m for m in sys.argv[1:] if u.find_spec(m) is None])"
)


class Kind(StrEnum):
    """How a TextGen came here."""

    GIT = "git checkout"
    PORTABLE = "portable build"
    ONE_CLICK = "one-click installation"
    COPY = "folder without git"


class TextGenPlace(NamedTuple):
    """One TextGen on the disk.

    Attributes:
        folder: Where its ``server.py`` lies.
        kind: How it came here.
        version: As far as it can be told; empty: it cannot.
        python: The Python it runs with; None: none was found.
        user_data: Its models, presets and characters.
    """

    folder: Path
    kind: Kind
    version: str
    python: Path | None
    user_data: Path


class Missing(NamedTuple):
    """What a TextGen lacks.

    Attributes:
        python: Version of its Python; empty: it has none that runs.
        problems: One sentence each; empty: it can start.
    """

    python: str
    problems: tuple[str, ...]


def look_at(folder: Path) -> TextGenPlace:
    """Which TextGen lies in a folder, or right below it; asks git for the version.

    Raises:
        LollmaError: If there is none.
    """
    place = place_at(folder)
    return place._replace(version=_version(place.folder))


def place_at(folder: Path) -> TextGenPlace:
    """The same without the version, and so at once.

    Raises:
        LollmaError: If there is none.
    """
    inside = (folder / name for name in _INSIDE)
    found = next((p for p in inside if is_textgen(p)), None)
    if found is None:
        raise LollmaError(
            f"There is no TextGen in {folder}.",
            "Choose the folder that has server.py in it, or install it there.",
        )
    kind = _kind(found)
    return TextGenPlace(found, kind, "", _python(found), user_data_of(found, kind))


def is_textgen(folder: Path) -> bool:
    """Whether a folder has the program in it."""
    return (folder / "server.py").is_file() and (folder / "modules" / "shared.py").is_file()


def what_is_missing(place: TextGenPlace) -> Missing:
    """Whether it can start; runs its Python twice, some 0.3 s."""
    if place.python is None:
        return Missing("", ("It has no Python of its own.",))
    said = _ask_python(place.python, place.folder)
    if not said:
        return Missing("", ("Its Python does not run.",))
    version, *lacking = said
    problems = [f"It lacks {name}." for name in lacking]
    try:
        ask_help(place.python, place.folder)
    except LollmaError as error:
        problems.append(error.title)
    if _needs_are_old(place):
        problems.append("What it needs has changed with an update.")
    return Missing(version, tuple(problems))


def user_data_of(folder: Path, kind: Kind) -> Path:
    """Where TextGen keeps what is the person's own (its modules/paths.py, v4.9)."""
    ways = [folder / "user_data"]
    if kind is Kind.PORTABLE:
        parent = folder.parent
        beside = [parent / "user_data"]
        ways = [*([parent.parent / "user_data"] if folder.name == "app" else []), *beside, *ways]
    # Before v3.1 it had no folder of its own.
    return next((way for way in ways if way.is_dir()), folder)


def is_portable(place: TextGenPlace) -> bool:
    """Whether it has only what GGUF models need, and so must be started with ``--portable``."""
    if place.python is None or place.kind in (Kind.PORTABLE, Kind.ONE_CLICK):
        return place.kind is Kind.PORTABLE
    environment = place.python.parent.parent
    packages = [*environment.glob("lib/python*/site-packages"), environment / "Lib/site-packages"]
    return not any((one / "torch").is_dir() for one in packages)


def environment_python(environment: Path) -> Path:
    """The Python of a virtual environment."""
    windows = sys.platform == "win32"
    return environment / ("Scripts/python.exe" if windows else "bin/python")


def _kind(folder: Path) -> Kind:
    if (folder / "portable_env").is_dir():
        return Kind.PORTABLE
    if (folder / "installer_files").is_dir():
        return Kind.ONE_CLICK
    return Kind.GIT if git_checkout.is_checkout(folder) else Kind.COPY


def _version(folder: Path) -> str:
    if git_checkout.is_checkout(folder):
        try:
            return git_checkout.state(folder).version
        except LollmaError:
            return ""
    names = (folder.name, folder.parent.name)
    found = (re.search(r"textgen-(?:portable-)?(\d[\d.]*\d)", name) for name in names)
    return next((f"v{one[1]}" for one in found if one), "")


def _python(folder: Path) -> Path | None:
    bundled = (("portable_env",), ("installer_files", "env"))
    ways = [folder.joinpath(*parts, name) for parts in bundled for name in _names_of_python()]
    ways += [environment_python(folder / name) for name in _ENVIRONMENTS]
    return next((way for way in ways if way.is_file()), None)


def _names_of_python() -> tuple[str, ...]:
    return ("python.exe",) if sys.platform == "win32" else ("bin/python3", "bin/python")


def _ask_python(python: Path, folder: Path) -> list[str]:
    """Its version, and which modules it lacks; empty if it does not run."""
    try:
        answer = subprocess.run(
            [str(python), "-c", _ASK_MODULES, *_MODULES],
            cwd=folder,
            env=clean_environment({"PYTHONDONTWRITEBYTECODE": "1"}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASK_SECONDS,
            check=False,
            **popen_options(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    _, found, rest = answer.stdout.decode("utf-8", "replace").partition("LOLLMA")
    return rest.split() if found else []


def _needs_are_old(place: TextGenPlace) -> bool:
    """Whether we installed what it needed, and it needs something else now."""
    needs = place.folder / ENVIRONMENT / NEEDS_FILE
    if not needs.exists():
        return False
    try:
        noted = json.loads(needs.read_text(encoding="utf-8"))
        return bool(noted != noted_needs(place.folder, str(noted["requirements"])))
    except (OSError, ValueError, KeyError, TypeError):
        return True


def noted_needs(folder: Path, requirements: str) -> dict[str, str]:
    """What is noted once requirements are installed to the end."""
    import hashlib

    content = (folder / requirements).read_bytes()
    return {"requirements": requirements, "sha256": hashlib.sha256(content).hexdigest()}
