"""Packages of the operating system: names the line that installs them, or installs them as root."""

import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from lollma_bootstrap.process import answer_of
from lollma_bootstrap.say import Trouble, say


@dataclass(frozen=True)
class System:
    """How this system gets its packages.

    Attributes:
        manager: "apt", "dnf", "pacman", "brew", "winget" or empty where it is none we know.
        root: Whether we may install without asking for a password.
    """

    manager: str
    root: bool

    def line(self, packages: Sequence[str]) -> str:
        """The exact line a person runs to get packages; empty where we do not know it."""
        heads = {
            "apt": "apt-get update && {sudo}apt-get install -y",
            "dnf": "dnf install -y",
            "pacman": "pacman -S --needed",
        }
        if self.manager not in heads or not packages:
            return ""
        sudo = "" if self.root else "sudo "
        return f"{sudo}{heads[self.manager].format(sudo=sudo)} {' '.join(packages)}"


def this_system() -> System:
    """Read what this system is from os-release and from what is installed."""
    if sys.platform == "win32":
        return System("winget", False)
    root = os.geteuid() == 0
    if sys.platform == "darwin":
        return System("brew", root)
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    return System(manager_of(release) if release else "", root)


def manager_of(release: dict[str, str]) -> str:
    """The package manager of a Linux distribution, from its os-release."""
    names = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    if names & {"debian", "ubuntu"}:
        return "apt"
    if names & {"fedora", "rhel", "centos"}:
        return "dnf"
    if names & {"arch"}:
        return "pacman"
    return ""


def have(system: System, packages: Sequence[str], what: str, otherwise: str) -> None:
    """Install packages where we may (root on Debian and its children), else say how.

    Args:
        system: Of ``this_system``.
        packages: Names in this system's own spelling.
        what: The sentence that says what is missing.
        otherwise: What to do where we know no command.

    Raises:
        Trouble: With the exact command, where we may not or could not install them.
    """
    if system.manager == "apt" and system.root and packages and shutil.which("apt-get"):
        say(f"Installing {', '.join(packages)} ...")
        text = _apt(packages)
        if not text:
            return
        raise Trouble(what, system.line(packages), text[-1500:])
    raise Trouble(what, system.line(packages) or otherwise)


def _apt(packages: Sequence[str]) -> str:
    """Install with apt; returns what it said if it failed, else nothing."""
    environment = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    status, output, error = answer_of(["apt-get", "update", "-q"], environment, 300)
    if status == 0:
        status, output, error = answer_of(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages],
            environment,
            900,
        )
    return (output + error).strip() or f"apt-get ended with {status}" if status else ""
