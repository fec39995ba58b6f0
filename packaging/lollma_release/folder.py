"""The folder with the program and all it needs, made by PyInstaller."""

import json
import os
import shutil
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

from lollma_bootstrap.places import clean_environment
from lollma_bootstrap.process import answer_of, run_logged
from lollma_bootstrap.say import ProgressLine, Trouble

from lollma_release.product import NAME, ROOT, Product

SPEC = Path("packaging", "lollma.spec")
#: Says of a build what it is; lies in its ``resources``.
BUILD_JSON = "build.json"
#: Python's own libraries may bring what debuggers want; of others, nothing is touched.
_OF_PYTHON = ("libpython3*.so*", "python3*/lib-dynload/*.so")


def build(product: Product, python: Path, options: Sequence[str] = (), root: Path = ROOT) -> Path:
    """Make the folder, of what is installed in an environment; takes a minute.

    Args:
        product: What is built.
        python: Python of the environment.
        options: More words for the specification, for example ``--icon`` and a file.
        root: The checkout.

    Returns:
        The folder.

    Raises:
        Trouble: If PyInstaller fails.
    """
    work = product.work / "pyinstaller"
    shutil.rmtree(product.folder.parent, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    log = product.work / "folder.log"
    log.unlink(missing_ok=True)
    words: list[str | Path] = [
        python,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--clean",
        "--log-level",
        "WARN",
    ]
    words += ["--distpath", product.folder.parent, "--workpath", work, root / SPEC, "--"]
    line = ProgressLine("Making the folder")
    status = run_logged(
        [*words, "--build-json", _build_json(product, work), *options],
        log,
        clean_environment() | {"SOURCE_DATE_EPOCH": str(product.time), "PYTHONHASHSEED": "1"},
        lambda _: line.show(),
    )
    line.end("failed" if status else "done")
    if status or not product.folder.is_dir():
        text = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise Trouble("PyInstaller could not make the folder.", f"read {log}", text)
    _strip(product.folder)
    return product.folder


def about(product: Product, kind: str) -> dict[str, str]:
    """What a build says of itself, in ``resources/build.json``.

    Args:
        product: What is built.
        kind: ``folder``, or what was made of it: ``deb``, ``appimage``, ``portable``,
            ``installer``, ``dmg``.
    """
    return {
        "kind": kind,
        "commit": product.commit,
        "date": time.strftime("%Y-%m-%d", time.gmtime(product.time)),
        "repository": os.environ.get("GITHUB_REPOSITORY", ""),
    }


def told_as(facts: Path, kind: str) -> str:
    """What a built folder says of itself, for what is made of it.

    Args:
        facts: ``build.json`` of the folder.
        kind: See ``about``.
    """
    told = json.loads(facts.read_text(encoding="utf-8")) | {"kind": kind}
    return json.dumps(told) + "\n"


def sizes(product: Product) -> tuple[int, int]:
    """Bytes of the folder, and of an archive of it as ``tar.xz``."""
    archive = product.work / f"{NAME}.tar.xz"
    with tarfile.open(archive, "w:xz", preset=6) as tar:
        tar.add(product.folder, NAME)
    size = archive.stat().st_size
    archive.unlink()
    files = (path for path in product.folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.is_file()), size


def _build_json(product: Product, work: Path) -> Path:
    path = work / BUILD_JSON
    path.write_text(json.dumps(about(product, "folder"), indent=2) + "\n", encoding="utf-8")
    return path


def _strip(folder: Path) -> None:
    """Take out of Python's libraries what only a debugger reads: up to 40 MB."""
    if not sys.platform.startswith("linux") or not shutil.which("strip"):
        return
    inside = folder / "_internal"
    found = [path for pattern in _OF_PYTHON for path in inside.glob(pattern)]
    status, _, error = answer_of(["strip", "--strip-unneeded", *found])
    if status:
        raise Trouble("strip failed on Python's libraries.", "read what it says", error)
