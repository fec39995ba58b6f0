"""Naming the system packages that Qt lacks."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest
from lollma_bootstrap import qt_libraries, system_packages
from lollma_bootstrap.qt_libraries import Missing
from lollma_bootstrap.say import Trouble
from lollma_bootstrap.system_packages import System

QT = Path(PySide6.__file__).parent
PLUGIN = QT / "Qt" / "plugins" / "platforms" / "libqxcb.so"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")


def ldd(path: Path) -> str:
    return subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=True).stdout


@linux
def test_what_the_loader_does_not_find_is_named_and_nothing_else():
    real = ldd(PLUGIN)
    before = qt_libraries.not_found(real)
    doctored = re.sub(r"(libxcb-(?:icccm|keysyms)\.so\.\d) => .*", r"\1 => not found", real)
    assert doctored != real
    new = set(qt_libraries.not_found(doctored)) - set(before)
    assert new <= {"libxcb-icccm.so.4", "libxcb-keysyms.so.1"}
    assert {"libxcb-icccm.so.4", "libxcb-keysyms.so.1"} <= set(qt_libraries.not_found(doctored))


def test_two_files_that_lack_the_same_library_name_it_once():
    text = (
        "a.so:\n\tlibEGL.so.1 => not found\nb.so:\n\tlibEGL.so.1 => not found\n\tlibz => /z (0x1)\n"
    )
    assert qt_libraries.not_found(text) == ["libEGL.so.1"]


@linux
@pytest.mark.skipif(not shutil.which("readelf"), reason="needs readelf")
def test_every_system_library_that_qt_asks_for_has_a_package_on_three_distributions():
    names = ("Qt6XcbQpa", "Qt6Gui", "Qt6Core", "Qt6Widgets", "Qt6DBus", "Qt6Network", "Qt6Svg")
    files = [PLUGIN, *(path for n in names for path in (QT / "Qt" / "lib").glob(f"lib{n}.so.*"))]
    assert len(files) > len(names)
    needed = set()
    for path in files:
        output = subprocess.run(["readelf", "-d", str(path)], capture_output=True, text=True).stdout
        needed |= set(re.findall(r"\(NEEDED\).*\[(.+)\]", output))
    own = re.compile(r"libQt6|libicu|ld-linux|lib(c|m|z|gcc_s|stdc\+\+|resolv|dl|pthread|rt)\.so")
    assert {name for name in needed if not own.match(name)} <= set(qt_libraries.PACKAGES)


def test_the_line_names_only_what_is_missing_in_each_distributions_words():
    missing = ["libxcb-render.so.0", "libxcb-shm.so.0", "libEGL.so.1"]

    def line(manager):
        return System(manager, False).line(qt_libraries.packages_for(missing, manager))

    assert line("apt") == (
        "sudo apt-get update && sudo apt-get install -y libegl1 libxcb-render0 libxcb-shm0"
    )
    assert line("dnf") == "sudo dnf install -y libglvnd-egl libxcb"
    assert line("pacman") == "sudo pacman -S --needed libglvnd libxcb"
    assert line("") == ""


@pytest.mark.parametrize(
    ("release", "manager"),
    [
        ({"ID": "debian"}, "apt"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "apt"),
        ({"ID": "fedora"}, "dnf"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf"),
        ({"ID": "cachyos", "ID_LIKE": "arch"}, "pacman"),
        ({"ID": "nixos"}, ""),
    ],
)
def test_distributions_are_known_by_what_they_are_or_are_like(release, manager):
    assert system_packages.manager_of(release) == manager


def test_who_may_not_install_packages_is_given_the_line_to_run():
    with pytest.raises(Trouble) as caught:
        system_packages.have(System("apt", False), ["libegl1"], "Qt lacks libEGL.", "otherwise")
    assert str(caught.value) == (
        "Qt lacks libEGL.\nTo mend it: sudo apt-get update && sudo apt-get install -y libegl1"
    )
    with pytest.raises(Trouble, match="Qt lacks") as caught:
        system_packages.have(System("", False), [], "Qt lacks libEGL.", "ask your distribution")
    assert caught.value.mend == "ask your distribution"


@pytest.mark.parametrize(
    ("missing", "environment", "blocked"),
    [
        (Missing([], []), {}, False),
        (Missing([], ["libxcb-cursor.so.0"]), {}, True),
        (Missing([], ["libxcb-cursor.so.0"]), {"WAYLAND_DISPLAY": "wayland-0"}, False),
        (Missing([], ["libxcb-cursor.so.0"]), {"QT_QPA_PLATFORM": "offscreen"}, False),
        (Missing([], ["libxcb-cursor.so.0"]), {"QT_QPA_PLATFORM": "xcb"}, True),
        (Missing(["libEGL.so.1"], []), {"WAYLAND_DISPLAY": "wayland-0"}, True),
    ],
)
def test_x11_libraries_only_keep_the_window_shut_where_x11_is_used(missing, environment, blocked):
    assert qt_libraries.blocks_window(missing, environment) is blocked
