"""The second command: the checks and the tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from lollma_bootstrap import qt_libraries, system_packages
from lollma_bootstrap.places import Checkout, clean_environment
from lollma_bootstrap.qt_libraries import Missing
from lollma_bootstrap.say import Trouble, say

#: Arguments of Python for each check, in the order they run.
CHECKS = (
    ["-m", "ruff", "check", "."],
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "mypy"],
)


def run(checkout: Checkout, pytest_arguments: Sequence[str], missing: Missing) -> int:
    """Run every check and then the tests; returns the status of the first that failed.

    One that fails does not keep the others from running: a person wants to know all at once.
    """
    environment = clean_environment() | _screen(missing)
    first_failure = 0
    failed = []
    for arguments in (*CHECKS, ["-m", "pytest", *pytest_arguments]):
        name = " ".join(arguments[1:])
        say(f"--- {name}")
        status = _run(checkout, arguments, environment)
        if status:
            failed.append(arguments[1] if arguments[2:3] != ["format"] else "ruff format")
            first_failure = first_failure or status
    say(f"--- Failed: {', '.join(failed)}." if failed else "--- All checks and tests passed.")
    return first_failure


def _run(checkout: Checkout, arguments: Sequence[str], environment: dict[str, str]) -> int:
    status = subprocess.call([str(checkout.python), *arguments], cwd=checkout.root, env=environment)
    # Ended by a signal, as a shell counts it: a negative status would be cut to another number.
    return 128 - status if status < 0 else status


def _screen(missing: Missing) -> dict[str, str]:
    """Where the tests draw: on a virtual screen if there can be one, else nowhere to be seen."""
    if not sys.platform.startswith("linux"):
        return {}
    if not shutil.which("Xvfb") and not os.environ.get("DISPLAY"):
        system = system_packages.this_system()
        names = {"apt": ["xvfb"], "dnf": ["xorg-x11-server-Xvfb"], "pacman": ["xorg-server-xvfb"]}
        try:
            system_packages.have(
                system, names.get(system.manager, []), "There is no Xvfb.", "install Xvfb"
            )
        except Trouble as trouble:
            say(f"{trouble}\nWithout it the tests draw offscreen, which is fine for most of them.")
    if qt_libraries.blocks_window(missing, {}):
        say("Qt cannot use X11 here; the tests draw offscreen.")
        return {"QT_QPA_PLATFORM": "offscreen"}
    return {}
