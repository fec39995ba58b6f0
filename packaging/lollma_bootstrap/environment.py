"""The virtual environment: makes it, and notices one that is broken or half filled."""

import importlib.util
import json
import os
import re
import shutil
import sys
from pathlib import Path

from lollma_bootstrap import stamp as stamps
from lollma_bootstrap import system_packages
from lollma_bootstrap.places import Checkout, clean_environment
from lollma_bootstrap.process import answer_of
from lollma_bootstrap.say import Trouble, say

#: Run by the environment's Python: names what is installed without all its files. A package
#: that was being unpacked when the power went has no RECORD yet, or files missing from it.
_DAMAGED = """
import importlib.metadata, json, pathlib
bad = []
for found in importlib.metadata.distributions():
    files = found.files
    if files is None or any(
        f.suffix != ".pyc" and not pathlib.Path(found.locate_file(f)).exists() for f in files
    ):
        bad.append([found.metadata["Name"] or "?", str(found._path)])
print(json.dumps(bad))
"""


def version_of(python: Path) -> str:
    """Version of an environment's Python ("3.11.7"), or empty where it cannot run pip's way.

    The search for modules is part of the question: after a system upgrade the link may lead to
    another Python that does not see what was installed.
    """
    # -S would be quicker, but then the environment's own packages are not found.
    code = (
        "import sys, pip; print('.'.join(map(str, sys.version_info[:3]))); "
        "print(sys.prefix != sys.base_prefix)"
    )
    status, output, _ = answer_of([python, "-c", code], clean_environment(), 60)
    version, _, inside = output.strip().partition("\n")
    return version if status == 0 and inside == "True" else ""


def quick_version_of(checkout: Checkout) -> str:
    """Version that pyvenv.cfg names, or empty where the environment's Python is gone."""
    try:
        lines = (checkout.venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    pairs = {key.strip(): value.strip() for key, _, value in (x.partition("=") for x in lines)}
    named = pairs.get("version") or pairs.get("version_info", "")
    minor = ".".join(named.split(".")[:2])
    if not checkout.python.exists():
        return ""
    # The link goes on to the system's Python, which an upgrade replaces under our feet.
    real = re.match(r"python(3\.\d+)", checkout.python.resolve().name)
    return "" if real and real[1] != minor else named


def ensure(checkout: Checkout, stamp: stamps.Stamp | None, fresh: bool) -> str:
    """Have a working environment; returns its Python's version.

    Raises:
        Trouble: If it cannot be made.
    """
    moved = stamp is not None and stamp.root != str(checkout.root)
    version = "" if fresh or moved else version_of(checkout.python)
    if version and _pair(version) >= (3, 11):
        return version
    if (checkout.venv / "pyvenv.cfg").exists():
        reason = (
            "asked for" if fresh else "the folder was moved" if moved else "the old one is broken"
        )
        say(f"Making .venv anew ({reason}) ...")
        _empty(checkout)
    else:
        say(f"Making .venv with Python {'.'.join(map(str, sys.version_info[:3]))} ...")
    _make(checkout)
    return version_of(checkout.python)


def _pair(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def _make(checkout: Checkout) -> None:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        _get_venv_module()
    python = Path(getattr(sys, "_base_executable", "") or sys.executable)
    status, output, error = answer_of(
        [python, "-m", "venv", checkout.venv], clean_environment(), 600
    )
    if status or not version_of(checkout.python):
        text = (output + error).strip()
        if "ensurepip" in text:
            _get_venv_module()
            status, output, error = answer_of(
                [python, "-m", "venv", checkout.venv], clean_environment(), 600
            )
            text = (output + error).strip()
        if status or not version_of(checkout.python):
            raise Trouble(
                "The virtual environment could not be made.",
                f"read the lines above, then run this again with {python}",
                text[-1500:],
            )


def _get_venv_module() -> None:
    """Debian packs venv and ensurepip apart from Python."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    system = system_packages.this_system()
    packages = {"apt": [name], "dnf": ["python3"], "pacman": ["python"]}
    system_packages.have(
        system,
        packages.get(system.manager, []),
        "This Python lacks its venv and ensurepip modules.",
        "install a complete Python 3.11 or newer (python.org/downloads)",
    )


def _empty(checkout: Checkout) -> None:
    """Remove all but the lock, which is held by us."""
    for path in checkout.venv.iterdir():
        if path in (checkout.lock, checkout.starter_declined):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def remove_damaged(checkout: Checkout) -> list[str]:
    """Forget packages that were left half installed, so that pip installs them again.

    Returns:
        Their names.
    """
    _, output, _ = answer_of([checkout.python, "-c", _DAMAGED], clean_environment())
    try:
        damaged = json.loads(output)
    except ValueError:
        return []
    for _, record in damaged:
        folder = Path(record)
        # Only ever below .venv, and only what describes the package.
        inside = os.path.commonpath([checkout.venv.resolve(), folder.resolve()]) == str(
            checkout.venv.resolve()
        )
        if inside and folder.suffix == ".dist-info":
            shutil.rmtree(folder)
    return [name for name, _ in damaged]
