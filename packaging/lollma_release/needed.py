"""Which packages of Debian a folder of programs needs: what its libraries ask for and lack."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lollma_bootstrap.say import Trouble

from lollma_release import tool

#: Who has a library. Where a package was renamed since (``libglib2.0-0t64``), the new one says that
#: it is the old one too.
PACKAGES = {
    "libbsd.so.0": "libbsd0",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libbz2.so.1.0": "libbz2-1.0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libEGL.so.1": "libegl1",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgbm.so.1": "libgbm1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libOpenGL.so.0": "libopengl0",
    "libpng16.so.16": "libpng16-16",
    "libuuid.so.1": "libuuid1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libXau.so.6": "libxau6",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libXdmcp.so.6": "libxdmcp6",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
}
#: The C library, which is many files.
_OF_LIBC = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|mvec))\.so\.\d+$")
#: Which GCC's library first had which version of its symbols (GCC's manual, "ABI Policy and
#: Guidelines"). Debian's package is numbered as the GCC it comes from.
_GLIBCXX = {22: "6", 23: "7", 24: "7.2", 25: "8", 26: "9", 27: "9.2", 28: "9.3", 29: "11"} | {
    30: "12",
    31: "13",
    32: "13.2",
    33: "14",
    34: "15",
}


class Needs(NamedTuple):
    """What the programs and libraries of a folder want from outside of it.

    Attributes:
        libraries: Each library that is wanted and not there, and one file that wants it.
        glibc: The oldest C library that will do, as (2, 35).
        glibcxx: The oldest ``GLIBCXX_3.4.N`` that will do, as N; 0 if none is asked for.
    """

    libraries: dict[str, Path]
    glibc: tuple[int, int]
    glibcxx: int


def needs(folder: Path) -> Needs:
    """Read from programs and libraries what they need.

    Raises:
        Trouble: If the program that reads them is missing, or cannot read one.
    """
    wanted: dict[str, Path] = {}
    there: set[str] = set()
    glibc, glibcxx = (2, 0), 0
    for path, lines in _objdump(_elf_files(folder)):
        there.add(path.name)
        for line in lines:
            words = line.split()
            if words[:1] == ["NEEDED"]:
                wanted.setdefault(words[1], path)
            elif words[:1] == ["SONAME"]:
                there.add(words[1])
            elif found := re.search(r"\sGLIBC_(\d+)\.(\d+)", line):
                glibc = max(glibc, (int(found[1]), int(found[2])))
            elif found := re.search(r"\sGLIBCXX_3\.4\.(\d+)", line):
                glibcxx = max(glibcxx, int(found[1]))
    lacking = {name: path for name, path in wanted.items() if name not in there}
    return Needs(lacking, glibc, glibcxx)


def packages(wanted: Needs) -> list[str]:
    """What a ``Depends`` line lists, sorted.

    Raises:
        Trouble: If nobody is known who has a library.
    """
    found = {f"libc6 (>= {wanted.glibc[0]}.{wanted.glibc[1]})"}
    for library, path in wanted.libraries.items():
        if library == "libstdc++.so.6":
            found.add(f"libstdc++6 (>= {_gcc(wanted.glibcxx)})")
        elif library == "libgcc_s.so.1":
            found.add("libgcc-s1")
        elif library in PACKAGES:
            found.add(PACKAGES[library])
        elif not _OF_LIBC.match(library):
            mend = "add the package that has it to PACKAGES in packaging/lollma_release/needed.py"
            raise Trouble(f"{path.name} needs {library}, and no package is known for it.", mend)
    return sorted(found)


def _gcc(symbols: int) -> str:
    """The version of the package that has these symbols; the newest known for later ones."""
    return _GLIBCXX[min(max(symbols, min(_GLIBCXX)), max(_GLIBCXX))]


def _elf_files(folder: Path) -> list[Path]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return [path for path in files if _mark(path) == b"\x7fELF"]


def _mark(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _objdump(files: Iterable[Path]) -> Iterable[tuple[Path, list[str]]]:
    """What binutils' objdump says of each file, line by line."""
    for path in files:
        said = tool.run(["objdump", "-p", path], "binutils", f"{path} could not be read.")
        yield path, said.splitlines()
