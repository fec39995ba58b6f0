"""The Python environments of a release build: made anew from the locked lists and nothing else.

Two of them: one holds the app, what it needs and what makes a folder of a program; the other, the
tools, builds wheels and writes papers, so that none of its packages can slip into the folder.
"""

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from lollma_bootstrap.places import clean_environment
from lollma_bootstrap.process import answer_of, run_logged
from lollma_bootstrap.say import ProgressLine, Trouble

from lollma_release.lock import FREEZE, LOCKS, RUN, TOOLS
from lollma_release.product import ROOT, Product

OLDEST = (3, 12)

#: Asks PyInstaller itself, which is the one to put Python's library into the folder.
_HAS_LIBRARY = """
import sys
from PyInstaller.depend.bindepend import get_python_library_path
try:
    get_python_library_path()
except Exception as error:
    sys.exit(str(error))
"""


def make_tools(product: Product, python: str, root: Path = ROOT) -> Path:
    """Make the environment that builds the wheels, and writes the papers.

    Args:
        product: What is built; the environments lie in its ``work`` folder.
        python: The Python to build with.
        root: The checkout.

    Returns:
        Its Python.

    Raises:
        Trouble: If that Python cannot be used, or a package is not the locked one.
    """
    _may_be_used(python)
    inside = _fresh(product, python, "tools")
    _install_lists(product, inside, [TOOLS], root)
    return inside


def make(product: Product, python: str, engine: Path, root: Path = ROOT) -> Path:
    """Make the environment with the app, its engine and PyInstaller. ``make_tools`` comes first.

    Args:
        product: What is built; the environments lie in its ``work`` folder.
        python: The Python to build with: its version and its library are what people get.
        engine: The engine's wheel, as ``engine_wheel`` built it.
        root: The checkout.

    Returns:
        Its Python.

    Raises:
        Trouble: If that Python cannot be used, a package is not the locked one, or a build fails.
    """
    _may_be_used(python)
    inside = _fresh(product, python, "environment")
    _install_lists(product, inside, [RUN, FREEZE], root)
    _has_library(inside, python)
    own = [str(engine), str(app_wheel(product, root))]
    _pip(product, inside, "Installing the app and its engine", ["install", "--no-deps", *own])
    _pip(product, inside, "Checking that nothing is missing", ["check"])
    return inside


def tools(product: Product) -> Path:
    """The Python of the environment that ``make_tools`` has made."""
    return _python_of(product.work / "tools")


def report_of(inside: Path) -> Path:
    """Where pip's report lies of what it installed of the lists, with the hash of each file.

    Args:
        inside: Python of one of the environments.
    """
    return inside.parents[1] / "installed.json"


def inside(product: Product) -> Path:
    """The Python of the environment that ``make`` has made."""
    return _python_of(product.work / "environment")


def app_wheel(product: Product, root: Path = ROOT) -> Path:
    """Build the app's own wheel with the locked tools, which ``make_tools`` has made.

    Raises:
        Trouble: If the build fails.
    """
    folder = product.work / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    command = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(root)]
    _pip(product, tools(product), "Building the app's wheel", command)
    return next(folder.glob("*.whl"))


def _may_be_used(python: str) -> None:
    code = "import sys; print(*sys.version_info[:3], sys.maxsize > 2**32)"
    status, output, error = answer_of([python, "-c", code], clean_environment())
    words = output.split()
    if status or len(words) != 4:
        raise Trouble(
            f"{python} does not run.", "name a Python with --python PATH", error.strip()[-500:]
        )
    version = ".".join(words[:3])
    if (int(words[0]), int(words[1])) < OLDEST or words[3] != "True":
        raise Trouble(
            f"A release is built with a 64-bit Python 3.12 or newer, and {python} is {version}.",
            "install Python 3.13 (python.org/downloads) and name it with --python PATH",
        )


def _has_library(inside: Path, python: str) -> None:
    status, _, error = answer_of([inside, "-c", _HAS_LIBRARY], clean_environment())
    if status:
        raise Trouble(
            f"{python} has no shared library of Python (libpython), which a program needs.",
            "use one that has: from python.org, from the system with its libpython package, or "
            "built with --enable-shared (pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared)",
            error.strip()[-500:],
        )


def _fresh(product: Product, python: str, name: str) -> Path:
    folder = product.work / name
    product.work.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    status, output, error = answer_of([python, "-m", "venv", folder], clean_environment(), 600)
    if status:
        raise Trouble(
            f"{python} cannot make a virtual environment.",
            "install its venv module (Debian and Ubuntu: apt install python3-venv)",
            (output + error).strip()[-500:],
        )
    return _python_of(folder)


def _python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _install_lists(product: Product, inside: Path, lists: Sequence[str], root: Path) -> None:
    words = [word for name in lists for word in ("-r", str(root / LOCKS / name))]
    command = ["install", "--require-hashes", "--no-deps", "--only-binary", ":all:", *words]
    command += ["--report", str(report_of(inside))]
    _pip(product, inside, f"Installing the locked packages ({', '.join(lists)})", command)


def _pip(product: Product, inside: Path, title: str, command: Sequence[str]) -> None:
    log = product.work / "environment.log"
    line = ProgressLine(title)
    # The same commit makes the same wheel: no file in it is younger than the commit.
    settings = {
        "SOURCE_DATE_EPOCH": str(product.time),
        "PIP_USER": "0",
        "PIP_TARGET": "",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    status = run_logged(
        [inside, "-m", "pip", *command],
        log,
        clean_environment() | settings,
        lambda _: line.show(),
    )
    line.end("failed" if status else "done")
    if status:
        raise _trouble(title, log)


def _trouble(title: str, log: Path) -> Trouble:
    text = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    if re.search("HASHES|hashes are required", text):
        return Trouble(
            "A package is not the one that was locked.",
            "if it was meant to change: python packaging/lock.py; if not, do not build",
            text,
        )
    return Trouble(f"{title} failed.", f"read {log}, mend it, and run the same again", text)
