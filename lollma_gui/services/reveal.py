"""Shows a file in the system's file manager, selected in its folder."""

import subprocess
import sys
from pathlib import Path

from lollma_gui.services.child_process import clean_environment, popen_options

_LIMIT_SECONDS = 5.0


def reveal(path: Path) -> bool:
    """Show a file, selected. Blocks for some tenths of a second.

    Returns:
        Whether the system could; else its folder can still be opened.
    """
    try:
        done = subprocess.run(
            _command(path),
            timeout=_LIMIT_SECONDS,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **popen_options(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    # Windows' file manager says 1 whatever happened.
    return done.returncode == 0 or sys.platform == "win32"


def _command(path: Path) -> list[str] | str:
    if sys.platform == "win32":
        # One text: quoted as a list it would be "/select,C:\\…", which opens another folder.
        return f'explorer /select,"{path}"'
    if sys.platform == "darwin":
        return ["open", "-R", str(path)]
    # What file managers on Linux offer each other (freedesktop.org, "FileManager1").
    uri = path.absolute().as_uri().replace("'", "%27")
    return [
        *("gdbus", "call", "--session", "--timeout", "3"),
        *("--dest", "org.freedesktop.FileManager1"),
        *("--object-path", "/org/freedesktop/FileManager1"),
        *("--method", "org.freedesktop.FileManager1.ShowItems", f"['{uri}']", ""),
    ]
