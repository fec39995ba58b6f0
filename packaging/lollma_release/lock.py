"""The locked dependencies of a release: reads the lists, and makes them anew with uv.

Four lists in ``packaging/locks/``, each for Python 3.12 and newer on all three systems:
``run.txt`` is what the app needs, ``engine.txt`` the engine's source, ``freeze.txt`` what makes a
folder of a program, ``tools.txt`` what builds wheels and papers.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

from lollma_bootstrap.engine import pinned_version
from lollma_bootstrap.say import Trouble, say
from lollma_bootstrap.wheel_pages import PACKAGE as ENGINE

from lollma_release.product import ROOT

LOCKS = Path("packaging", "locks")
RUN, LOCKED_ENGINE, FREEZE, TOOLS = "run.txt", "engine.txt", "freeze.txt", "tools.txt"
#: Oldest Python a release is built with: numpy has none for an older one any more.
PYTHON = "3.12"
#: For each of these every locked package must be there ready-made, the engine aside.
SYSTEMS = ("x86_64-manylinux_2_35", "x86_64-pc-windows-msvc", "aarch64-apple-darwin")

_HEADER = """\
# Made by packaging/lock.py: change pyproject.toml or the .in files here, and run that again.
"""
_AGAIN = "git checkout packaging/locks, or make the lists anew: python packaging/lock.py"
_ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\\n]+?))? \\\n"
    r"(?P<hashes>(?: +--hash=\S+(?: \\)?\n)+)",
    re.MULTILINE,
)


class Locked(NamedTuple):
    """One line of a list.

    Attributes:
        name: Normalised: small letters and single dashes.
        version: The only one that may be installed.
        marker: Where it is installed (PEP 508); empty means everywhere.
        hashes: SHA-256 of each file that may be installed, 64 hex digits.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read(name: str, root: Path = ROOT) -> tuple[Locked, ...]:
    """All entries of one list, in its order.

    Raises:
        Trouble: If it is not there, or has a line that is no entry with hashes.
    """
    path = root / LOCKS / name
    if not path.is_file():
        raise Trouble(f"{LOCKS / name} is missing.", "python packaging/lock.py")
    text = "".join(
        line
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.strip() and not line.lstrip().startswith("#")
    )
    rest = _ENTRY.sub("", text)
    if rest:
        raise Trouble(f"{LOCKS / name} has a line without hash: {rest.splitlines()[0]}", _AGAIN)
    return tuple(
        Locked(
            normal(found["name"]),
            found["version"],
            found["marker"] or "",
            tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", found["hashes"])),
        )
        for found in _ENTRY.finditer(text)
    )


def refresh(upgrade: bool, root: Path = ROOT) -> None:
    """Make all lists anew from ``pyproject.toml`` and the ``.in`` files.

    Args:
        upgrade: Take the newest versions; otherwise keep what still satisfies.
        root: The checkout.

    Raises:
        Trouble: If uv is missing, finds no solution, or a system lacks a ready-made package.
    """
    here = LOCKS.as_posix()
    version = pinned_version(root / "pyproject.toml")
    held = ["-c", f"{here}/held.in"]
    _compile(root, RUN, ["pyproject.toml", *held, "--no-emit-package", ENGINE], upgrade)
    _compile(root, FREEZE, [f"{here}/freeze.in", "-c", f"{here}/{RUN}"], upgrade)
    _compile(root, TOOLS, [f"{here}/tools.in"], upgrade)
    _compile(root, LOCKED_ENGINE, ["-", "--no-deps"], upgrade, f"{ENGINE}=={version}\n")
    for system in SYSTEMS:
        _is_ready_made(root, system)


def _compile(root: Path, name: str, what: list[str], upgrade: bool, given: str = "") -> None:
    say(f"Making {(LOCKS / name).as_posix()} ...")
    path = root / LOCKS / name
    command = [
        "compile", *what, "--universal", "--python-version", PYTHON, "--generate-hashes",
        "--no-header", "--quiet", "--output-file", LOCKS.joinpath(name).as_posix(),
        *(["--upgrade"] if upgrade else []),
    ]  # fmt: skip
    _uv(root, command, given)
    path.write_text(_HEADER + path.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")


def _is_ready_made(root: Path, system: str) -> None:
    """Ask, without fetching anything, whether a system would have to compile something."""
    say(f"Looking whether all is ready-made for {system} ...")
    lists = [word for name in (RUN, FREEZE, TOOLS) for word in ("-r", str(LOCKS / name))]
    with tempfile.TemporaryDirectory() as nowhere:
        command = [
            "install", "--dry-run", "--quiet", "--target", nowhere, "--no-deps",
            "--python", sys.executable, "--python-platform", system, "--python-version", PYTHON,
            "--only-binary", ":all:", "--require-hashes", *lists,
        ]  # fmt: skip
        _uv(root, command)


def _uv(root: Path, command: list[str], given: str = "") -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}") or shutil.which("uv")
    if uv is None:
        raise Trouble("The lists are made with uv, which is not here.", "pip install uv")
    done = subprocess.run(
        [uv, "--no-config", "pip", *command],
        cwd=root,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(
            "uv could not do it.", "read the lines above, then run this again", done.stderr.strip()
        )


def normal(name: str) -> str:
    """A package's name as all spell it: small letters and single dashes."""
    return re.sub(r"[-_.]+", "-", name).lower()


def dependencies(root: Path = ROOT) -> list[str]:
    """What ``pyproject.toml`` says the app needs."""
    data = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return list(data["project"]["dependencies"])


def main(arguments: list[str]) -> int:
    """Make the lists anew; returns the exit status."""
    if not set(arguments) <= {"--upgrade"}:
        print("python packaging/lock.py            make the lists of locked dependencies anew")
        print("python packaging/lock.py --upgrade  and take the newest versions")
        return 0 if set(arguments) <= {"-h", "--help"} else 2
    try:
        refresh(upgrade="--upgrade" in arguments)
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    return 0
