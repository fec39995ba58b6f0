"""Which system libraries Qt still lacks on this Linux, and which packages hold them."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lollma_bootstrap import system_packages
from lollma_bootstrap.places import Checkout, clean_environment
from lollma_bootstrap.process import answer_of
from lollma_bootstrap.say import Trouble, say

#: Library -> its package on Debian/Ubuntu, Fedora, Arch.
PACKAGES: dict[str, tuple[str, str, str]] = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libOpenGL.so.0": ("libopengl0", "libglvnd-opengl", "libglvnd"),
    "libGLX.so.0": ("libglx0", "libglvnd-glx", "libglvnd"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libzstd.so.1": ("libzstd1", "libzstd", "zstd"),
    "libbrotlidec.so.1": ("libbrotli1", "libbrotli", "brotli"),
    "libbrotlicommon.so.1": ("libbrotli1", "libbrotli", "brotli"),
    "libgssapi_krb5.so.2": ("libgssapi-krb5-2", "krb5-libs", "krb5"),
    "libpng16.so.16": ("libpng16-16", "libpng", "libpng"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": (
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
    ),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
}
#: The modules of Qt that the app imports; QtNetwork for one wants Kerberos.
_MODULES = ("QtWidgets", "QtSvgWidgets", "QtNetwork")
_COLUMN = {"apt": 0, "dnf": 1, "pacman": 2}


@dataclass(frozen=True)
class Missing:
    """Libraries that are not there.

    Attributes:
        everywhere: Without these no window can be made, not even an invisible one.
        x11: Without these there is no window on an X11 desktop.
    """

    everywhere: list[str]
    x11: list[str]

    def all(self) -> list[str]:
        """Both lists in one."""
        return [*self.everywhere, *self.x11]


def not_found(ldd_output: str) -> list[str]:
    """The libraries that ``ldd`` did not find, each once, in its order."""
    names = re.findall(r"^\s*(\S+) => not found", ldd_output, re.MULTILINE)
    return list(dict.fromkeys(names))


def packages_for(libraries: Iterable[str], manager: str) -> list[str]:
    """Packages that hold the libraries, sorted, in the spelling of that package manager."""
    column = _COLUMN.get(manager)
    if column is None:
        return []
    return sorted({PACKAGES[name][column] for name in libraries if name in PACKAGES})


def missing(checkout: Checkout) -> Missing:
    """Ask the loader which libraries of the installed Qt it cannot find."""
    folder = _pyside_folder(checkout)
    if folder is None or not shutil.which("ldd"):
        return Missing(_missing_by_import(checkout), [])
    everywhere = _ldd(path for name in _MODULES for path in folder.glob(f"{name}.*.so"))
    x11 = _ldd([folder / "Qt/plugins/platforms/libqxcb.so"])
    return Missing(everywhere, [name for name in x11 if name not in everywhere])


def _pyside_folder(checkout: Checkout) -> Path | None:
    return next(iter(checkout.venv.glob("lib/python3.*/site-packages/PySide6")), None)


def _ldd(files: Iterable[Path]) -> list[str]:
    status, output, _ = answer_of(["ldd", *files])
    return not_found(output) if status in (0, 1) else []


def _missing_by_import(checkout: Checkout) -> list[str]:
    """The loader names one missing library at a time."""
    _, _, error = answer_of(
        [checkout.python, "-c", "import PySide6.QtWidgets"], clean_environment()
    )
    return re.findall(r"ImportError: (\S+\.so\S*): cannot open shared object", error)


def blocks_window(lacking: Missing, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the window cannot open: the X11 libraries only count where X11 is used."""
    platform = environment.get("QT_QPA_PLATFORM", "")
    other_way = bool(environment.get("WAYLAND_DISPLAY")) or (platform and "xcb" not in platform)
    return bool(lacking.everywhere) or (bool(lacking.x11) and not other_way)


def ensure(checkout: Checkout) -> Missing:
    """Find what is missing and install it where we may; returns what is missing after that.

    Where we may not, the line that installs it is said.
    """
    if not sys.platform.startswith("linux"):
        return Missing([], [])
    lacking = missing(checkout)
    if not lacking.all():
        return lacking
    system = system_packages.this_system()
    what = f"Qt lacks {_count(lacking.all())} of this system: {', '.join(lacking.all())}."
    try:
        system_packages.have(
            system,
            packages_for(lacking.all(), system.manager),
            what,
            "install the packages of your distribution that hold these libraries",
        )
    except Trouble as trouble:
        say(str(trouble))
        return lacking
    left = missing(checkout)
    if left.all():
        say(f"Qt still lacks {', '.join(left.all())}; look for the packages that hold them.")
    return left


def _count(libraries: list[str]) -> str:
    return "one library" if len(libraries) == 1 else f"{len(libraries)} libraries"
