"""What goes into the folder of a packaged program, and what of it PyInstaller need not bring.

PyInstaller takes whatever a module might ever want. Lists here are PyInstaller's own: triples of
the place in the folder, the file it comes from, and its kind.
"""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from lollma_release.lock import dependencies
from lollma_release.sums import sha256

Entry = tuple[str, str, str]

#: Modules that are imported by something we have, for a purpose that is not ours.
EXCLUDED_MODULES = (
    *("tkinter", "pip", "setuptools", "pkg_resources", "wheel", "PyInstaller"),
    "readline",  # its library is under the GPL; nobody types into this program's terminal
    *("pytest", "_pytest", "IPython", "matplotlib", "pandas", "torch", "PIL", "lxml"),
    *("numpy.f2py", "numpy.distutils", "numpy.testing._private.extbuild"),
    *("PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets"),
    *("PySide6.QtPrintSupport", "PySide6.QtSql", "PySide6.QtTest", "PySide6.QtXml"),
)

#: Plugins of Qt that are of use here; of the folders that are not named, none is.
QT_PLUGINS = {
    "platforms": {"xcb", "wayland", "offscreen", "windows", "cocoa", "minimal"},
    "platformthemes": {"xdgdesktopportal"},
    "platforminputcontexts": {
        "composeplatforminputcontextplugin",
        "ibusplatforminputcontextplugin",
    },
    "iconengines": {"svgicon"},
    "imageformats": {"svg", "jpeg", "gif", "webp", "ico", "icns"},
    "styles": {"modernwindowsstyle", "windowsvistastyle", "macstyle"},
    "wayland-shell-integration": {"xdg-shell"},
    "wayland-decoration-client": {"bradient", "adwaita"},
}
_QT_PLUGIN = re.compile(r"PySide6/(?:Qt/)?plugins/([\w-]+)/(?:libq?|q)?([\w-]+)\.(?:so|dll|dylib)")
_QT_LIBRARY = re.compile(r"PySide6/(?:Qt/lib/)?(?:lib)?Qt6?(\w+?)\.(?:so|abi3|dll|framework|pyd)")

#: Parts of Qt that are used, or that what is used links to.
QT_LIBRARIES = {
    *("Core", "Gui", "Widgets", "Network", "Svg", "DBus", "XcbQpa", "WaylandClient"),
    "WlShellIntegration",
}

#: Libraries that every Linux desktop has and that have to be its own: graphics drivers and the
#: system's fonts come with them, and an older copy of ours would get in their way. The list that
#: AppImages go by is the same in this ("excludelist" of the AppImage project's pkg2appimage).
OF_THE_SYSTEM = re.compile(
    r"lib(stdc\+\+|gcc_s|z|expat|fontconfig|freetype|X11|X11-xcb|xcb|Xau|Xdmcp|bsd|md|uuid"
    r"|wayland-client|wayland-cursor|wayland-egl|drm|gbm|EGL|GL|GLX|GLdispatch|OpenGL"
    r"|png16|brotlicommon|brotlidec|bz2)\.so(\.\d+)*$"
)


def requirements(project: Path) -> list[str]:
    """The packages that a ``pyproject.toml`` asks for, by name.

    Raises:
        OSError, KeyError: If there is no such file, or it is none.
    """
    names = (re.match(r"[\w.-]+", one) for one in dependencies(project.parent))
    return list(dict.fromkeys(name[0] for name in names if name))


def is_wanted(entry: Entry) -> bool:
    """Whether a file that PyInstaller found goes into the folder."""
    place = PurePosixPath(entry[0].replace("\\", "/"))
    text = str(place)
    if sys.platform.startswith("linux") and OF_THE_SYSTEM.match(place.name):
        # What lies in a folder of a package came with the package: that is for it alone.
        return len(place.parts) > 1
    if plugin := _QT_PLUGIN.match(text):
        return plugin[2] in QT_PLUGINS.get(plugin[1], ())
    if "PySide6/" in text and "/translations/" in text:
        return False  # LoLLMa speaks English
    if library := _QT_LIBRARY.match(text):
        return library[1] in QT_LIBRARIES
    if place.name.startswith("libllama-common."):
        return False  # for llama.cpp's own programs; the binding has no use for it
    # numpy's own tests and headers, and those of whoever else left some.
    return not {"tests", "include"} & set(place.parts[:-1])


def one_of_each(entries: Iterable[Entry], folder: str) -> list[Entry]:
    """Leave of a library that lies in a folder under several names one file.

    A wheel holds no links, so ``libllama.so``, ``.so.0`` and ``.so.0.5.0`` are the same file three
    times. The name that other libraries look for is kept, the one that ctypes opens becomes a link.

    Args:
        entries: PyInstaller's list.
        folder: Where in the packaged folder the libraries lie, as ``llama_cpp/lib``.
    """
    groups: dict[str, list[Entry]] = {}
    kept = []
    for entry in entries:
        place = PurePosixPath(entry[0].replace("\\", "/"))
        if str(place.parent) == folder and entry[2] != "SYMLINK" and ".so" in place.name:
            groups.setdefault(sha256(Path(entry[1])), []).append(entry)
        else:
            kept.append(entry)
    for same in groups.values():
        kept += _linked(same)
    return kept


def _linked(same: Sequence[Entry]) -> list[Entry]:
    """Of the same file under several names: the file as ``.so.0``, and ``.so`` leading to it."""
    by_length = sorted(same, key=lambda entry: len(entry[0]))
    if len(by_length) == 1:
        return by_length
    opened, needed = by_length[0], by_length[1]
    return [needed, (opened[0], PurePosixPath(needed[0]).name, "SYMLINK")]


def still_needed(entries: Sequence[Entry], needs: Callable[[str], Iterable[str]]) -> list[Entry]:
    """Leave out libraries that only what was left out has need of, and links that lead nowhere.

    Args:
        entries: PyInstaller's list.
        needs: Names of the libraries that a file links to.
    """
    shared = {_name(e): e for e in entries if e[2] == "BINARY" and _is_shared(e)}
    kept = [e for e in entries if e[2] != "SYMLINK" and e not in shared.values()]
    waiting = [e for e in kept if e[2] in ("BINARY", "EXTENSION")]
    while waiting:
        for name in needs(waiting.pop()[1]):
            if found := shared.pop(PurePosixPath(name).name, None):
                kept.append(found)
                waiting.append(found)
    places = {e[0] for e in kept}
    for entry in entries:
        if entry[2] == "SYMLINK" and str(PurePosixPath(entry[0]).parent / entry[1]) in places:
            kept.append(entry)
    return kept


def _name(entry: Entry) -> str:
    return PurePosixPath(entry[0].replace("\\", "/")).name


def _is_shared(entry: Entry) -> bool:
    """Whether it is there only for others: a library of the system, or of Qt."""
    if _name(entry).startswith("libpython"):
        return False  # what starts the program opens it by name
    return "/" not in entry[0] or "/Qt/lib/" in entry[0]
