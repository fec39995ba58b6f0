"""What Debian, and its children, say of the libraries they bring: package, version, licence."""

import platform
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from lollma_bootstrap.process import answer_of

from lollma_gui.core.third_party import ThirdParty

DOCUMENTS = Path("/usr/share/doc")
COMMON = Path("/usr/share/common-licenses")
#: Begins the name of what is no work but a licence that papers refer to.
TEXT_ONLY = "Licence text: "
#: Where the system's own libraries lie; a program may have others of the same name to itself.
_OF_SYSTEM = re.compile(r"(/usr)?/lib(64)?/([\w-]+-linux-gnu\w*/.+|[^/]+)$")
_COMMON_NAME = re.compile(r"/usr/share/common-licenses/([A-Z][A-Za-z]*(?:-[\d.]*\d)?)")


class Source(NamedTuple):
    """A source package: what several packages of libraries are built of.

    Attributes:
        name: As Debian calls it.
        version: Its version with Debian's part.
    """

    name: str
    version: str


def owners(libraries: Iterable[str]) -> tuple[dict[Source, str], set[str]]:
    """Find whose libraries are, by their file names.

    Returns:
        For each source package one of its packages here, whose papers are the same; and the
        names that belong to none.
    """
    wanted = sorted(libraries)
    if not wanted:
        return {}, set()
    _, output, _ = answer_of(["dpkg-query", "--search", *(f"*/{name}" for name in wanted)])
    packages: dict[str, str] = {}
    for line in output.splitlines():
        package, _, path = line.partition(": ")
        if _OF_SYSTEM.match(path):
            packages.setdefault(path.rpartition("/")[2], package.partition(",")[0])
    names = {name: packages[name] for name in wanted if name in packages}
    sources = _sources_of(set(names.values()))
    found: dict[Source, str] = {}
    for package in names.values():
        if package in sources:
            found.setdefault(sources[package], package.partition(":")[0])
    unknown = {name for name in wanted if names.get(name, "") not in sources}
    return found, unknown


def works(packages: Mapping[Source, str]) -> tuple[ThirdParty, ...]:
    """Each source package with its paper, and the licences that the papers only refer to."""
    found = []
    common: set[str] = set()
    for source, package in packages.items():
        paper = DOCUMENTS / package / "copyright"
        text = paper.read_text(encoding="utf-8", errors="replace") if paper.is_file() else ""
        common.update(_COMMON_NAME.findall(text))
        found.append(
            ThirdParty(
                f"{source.name} ({_system()})",
                source.version,
                licence_of(text),
                text,
                _first(r"^Source: *(\S+)", text),
                f"pkg:deb/{_system().lower()}/{source.name}@{quote(source.version)}",
            )
        )
    for name in sorted(common):
        path = COMMON / name
        if path.is_file():
            words = path.read_text(encoding="utf-8", errors="replace")
            found.append(ThirdParty(f"{TEXT_ONLY}{name}", "", name, words))
    return tuple(found)


def licence_of(paper: str) -> str:
    """The licence of most files, by the short name a machine-readable paper gives it."""
    body = _first(r"^Files: *\*\s*\n((?:.+\n)+)", paper)
    return _first(r"^License: *(\S.*)$", body) or "see its text"


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return found[1].strip() if found else ""


def _sources_of(packages: Iterable[str]) -> dict[str, Source]:
    """What packages, as dpkg calls them with their architecture, are built of."""
    wanted = "${Package}:${Architecture} ${source:Package} ${source:Version}\\n"
    _, output, _ = answer_of(["dpkg-query", "--show", f"--showformat={wanted}", *packages])
    lines = (line.split(" ") for line in output.splitlines())
    told = {line[0]: Source(line[1], line[2]) for line in lines if len(line) == 3}
    return {package: told[full] for package in packages for full in told if _is(package, full)}


def _is(package: str, full: str) -> bool:
    return full in (package, f"{package}:all") or full.partition(":")[0] == package


def _system() -> str:
    """Debian or Ubuntu, as the system names itself."""
    return platform.freedesktop_os_release().get("ID", "debian").capitalize()
