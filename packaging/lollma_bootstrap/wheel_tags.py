"""Whether a wheel's file name says that it fits this Python on this PC."""

import os
import platform
import re
import sys
import sysconfig
from dataclasses import dataclass

#: Old names of manylinux, as the glibc they mean.
_LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


@dataclass(frozen=True)
class Target:
    """What a wheel must fit.

    Attributes:
        python: Version of the Python as (major, minor).
        system: "linux", "darwin" or "win32".
        processor: As in wheel names: "x86_64", "amd64", "arm64", "aarch64" ...
        release: Version of glibc on Linux (None: another libc), of macOS on a Mac.
    """

    python: tuple[int, int]
    system: str
    processor: str
    release: tuple[int, int] | None = None


def this_target() -> Target:
    """The Python that runs this, on this PC."""
    processor = sysconfig.get_platform().rpartition("-")[2].lower()
    if sys.platform == "win32":
        processor = {"win32": "win32"}.get(sysconfig.get_platform(), processor)
    if sys.platform == "darwin":
        processor = platform.machine()
        return Target(_python(), "darwin", processor, _pair(platform.mac_ver()[0]))
    return Target(_python(), sys.platform, processor, _glibc())


def _python() -> tuple[int, int]:
    return sys.version_info[0], sys.version_info[1]


def _pair(text: str) -> tuple[int, int] | None:
    match = re.match(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


def _glibc() -> tuple[int, int] | None:
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION") if hasattr(os, "confstr") else None
    except (OSError, ValueError):
        return None
    return _pair(name.removeprefix("glibc ")) if name and name.startswith("glibc ") else None


def fits(file_name: str, target: Target) -> bool:
    """Whether a wheel can be installed, by the tags in its name (PEP 425, 600)."""
    parts = file_name.removesuffix(".whl").split("-")
    if not file_name.endswith(".whl") or len(parts) not in (5, 6):
        return False
    pythons, abis, platforms = (part.split(".") for part in parts[-3:])
    return any(_python_fits(p, a, target) for p in pythons for a in abis) and any(
        _platform_fits(p, target) for p in platforms
    )


def _python_fits(python: str, abi: str, target: Target) -> bool:
    major, minor = target.python
    exact = f"cp{major}{minor}"
    if abi == "none":
        return python in (f"py{major}", f"py{major}{minor}", exact)
    if abi == "abi3":
        match = re.fullmatch(rf"cp{major}(\d+)", python)
        return bool(match) and int(match[1]) <= minor if match else False
    return python == exact and abi == exact


def _platform_fits(name: str, target: Target) -> bool:
    if name == "any":
        return True
    if target.system == "win32":
        return name == ("win32" if target.processor == "win32" else f"win_{target.processor}")
    if target.system == "darwin":
        return _mac_fits(name, target)
    return _linux_fits(name, target)


def _mac_fits(name: str, target: Target) -> bool:
    match = re.fullmatch(r"macosx_(\d+)_(\d+)_(\w+)", name)
    if not match or target.release is None:
        return False
    processors = {target.processor, "universal2"}
    return match[3] in processors and (int(match[1]), int(match[2])) <= target.release


def _linux_fits(name: str, target: Target) -> bool:
    if name == f"linux_{target.processor}":
        return True
    match = re.fullmatch(r"manylinux_(\d+)_(\d+)_(\w+)", name)
    if match:
        needs, processor = (int(match[1]), int(match[2])), match[3]
    else:
        legacy, _, processor = name.partition("_")
        if legacy not in _LEGACY:
            return False
        needs = _LEGACY[legacy]
    return processor == target.processor and target.release is not None and needs <= target.release
