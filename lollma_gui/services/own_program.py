"""How to start ourselves again, in a checkout, an installed wheel and a packaged program alike.

A packaged program (PyInstaller's word is "frozen") has no ``python -m``: it is started with the
same hidden arguments that ``lollma_gui.__main__`` knows. What packaging puts into our environment
is ours alone; ``without_packaging`` takes it out.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import lollma_gui

#: On Windows the program with the window has no standard input and output; this one beside it has.
_WITH_TERMINAL = "lollma-cli.exe"

#: Of an AppImage, its file, which stays when we have ended; what we run from does not.
_APP_IMAGE = os.environ.get("APPIMAGE", "")

#: Set by PyInstaller's start and by AppImages, about the program that runs: us.
_OURS = ("APPDIR", "APPIMAGE", "APPIMAGE_UUID", "ARGV0", "OWD", "DESKTOPINTEGRATION")
_OURS_BY_PREFIX = ("_PYI_", "_MEIPASS", "PYINSTALLER_")
#: Led to our plugins by PyInstaller's start; Qt itself finds them by other means.
_OF_QT = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH")
#: Lists of folders that the start puts ours into, in front.
_LISTS = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH")
#: What a variable was before the start changed it.
_BEFORE = "_ORIG"


def is_packaged() -> bool:
    """Whether we are a program with a Python of its own inside."""
    return bool(getattr(sys, "frozen", False))


def command(*arguments: str) -> list[str]:
    """The command line of a process of ours that lives no longer than we do.

    Start it in ``folder()``.

    Args:
        arguments: What makes of it what it is, for example ``--engine``.
    """
    if is_packaged():
        return [str(_beside(Path(sys.executable))), *arguments]
    return [sys.executable, "-m", "lollma_gui", *arguments]


def lasting_command(*arguments: str) -> list[str]:
    """The same for a process that may go on when we have ended.

    An AppImage is unpacked only as long as it runs: such a process is an AppImage run of its own.
    """
    if is_packaged() and _APP_IMAGE:
        return [_APP_IMAGE, *arguments]
    return command(*arguments)


def folder() -> Path:
    """Where a process of ours is started: ``-m`` looks into this folder first."""
    return Path(lollma_gui.__file__).parent.parent


def without_packaging(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment as it was before our packaged program started.

    Other programs would be led to our libraries and plugins by it, and would take themselves for
    a part of us. An environment that nothing was put into stays as it is.
    """
    if not is_packaged():
        return dict(environment)
    inside = str(getattr(sys, "_MEIPASS", ""))
    kept = {k: v for k, v in environment.items() if not _is_ours(k)}
    for name in _LISTS:
        if name + _BEFORE in kept:
            kept[name] = kept.pop(name + _BEFORE)
        _take_out(kept, name, inside)
    for name in _OF_QT:
        if kept.get(name, "").startswith(inside):
            del kept[name]
    return kept


def give_environment_back() -> None:
    """Take what packaging put into our own environment out of it, once and for all.

    The system's loader and Qt have read by now what is for them; whatever is started from here
    on, a browser by Qt for example, gets what the person's desktop gave us.
    """
    if not is_packaged():
        return
    kept = without_packaging(os.environ)
    for name in set(os.environ) - set(kept):
        del os.environ[name]
    # On Windows our folder stays on PATH for ourselves: libraries are loaded later on too.
    os.environ.update({k: v for k, v in kept.items() if k != "PATH"})


def _beside(program: Path) -> Path:
    beside = program.with_name(_WITH_TERMINAL)
    return beside if sys.platform == "win32" and beside.exists() else program


def _is_ours(name: str) -> bool:
    return name in _OURS or name.startswith(_OURS_BY_PREFIX)


def _take_out(environment: dict[str, str], name: str, ours: str) -> None:
    """Take our folder out of a list of folders, and the list with it if that was all."""
    parts = environment.get(name, "").split(os.pathsep)
    if ours not in parts:
        return
    left = [part for part in parts if part != ours]
    environment[name] = os.pathsep.join(left)
    if not left:
        del environment[name]
