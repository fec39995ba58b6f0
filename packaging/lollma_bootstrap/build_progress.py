"""Makes sense of what pip, CMake and the compiler say."""

import re
from pathlib import PurePosixPath

_NINJA = re.compile(r"^\s*\[(\d+)/(\d+)\]\s+(.*)")
_MAKE = re.compile(r"^\s*\[\s*(\d+)%\]\s+(.*)")
_DOWNLOAD = re.compile(r"^\s*Downloading (\S+)(?: \(([^)]+)\))?")
_ERROR = re.compile(
    r"(?i)\berror\b[:\s]|CMake Error|^FAILED:|fatal error|undefined reference|not found|Killed"
)

_PHASES = (
    ("Installing build dependencies", "getting the build tools"),
    ("Preparing metadata", "reading the package"),
    ("Installing backend dependencies", "getting the build tools"),
    ("Configuring CMake", "looking at the compiler"),
    ("Building wheel for", "compiling"),
    ("Building editable for", "preparing the app"),
    ("Installing collected packages", "unpacking"),
)


def state_of(line: str) -> str | None:
    """What a line of output says about the progress, in a few words; None if nothing."""
    ninja = _NINJA.match(line)
    if ninja and int(ninja[2]):
        done, total = int(ninja[1]), int(ninja[2])
        return f"{done * 100 // total} % ({done} of {total}){_file(ninja[3])}"
    make = _MAKE.match(line)
    if make:
        return f"{int(make[1])} %{_file(make[2])}"
    download = _DOWNLOAD.match(line)
    if download:
        size = f", {download[2]}" if download[2] else ""
        return f"downloading {_package(download[1])}{size}"
    return next((words for start, words in _PHASES if line.strip("* \t").startswith(start)), None)


def _file(step: str) -> str:
    """The source file of a build step, as " name"; empty for links and other steps."""
    name = PurePosixPath(step.split()[-1].replace("\\", "/")).name if step.split() else ""
    source = name.removesuffix(".o").removesuffix(".obj")
    return f" {source}" if re.search(r"\.(c|cpp|cc|cu|m|mm|comp)$", source) else ""


def _package(address: str) -> str:
    name = address.rpartition("/")[2].partition("#")[0]
    match = re.match(r"([A-Za-z0-9._]+?)-\d", name)
    return match[1].replace("_", "-") if match else name


def last_errors(log: str, limit: int = 8) -> str:
    """The last lines of a log that speak of an error, or its last lines where none does."""
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    errors = [line[:300] for line in lines if _ERROR.search(line)]
    return "\n".join((errors or lines)[-limit:])
