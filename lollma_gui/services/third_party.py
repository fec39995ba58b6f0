"""Reads what LoLLMa is built of that others wrote, with the licences under which it is."""

import importlib.metadata as metadata
import json
import re
import ssl
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

from lollma_gui.core.bundled_works import QT_NOTICE, WITHOUT_TEXT, WORKS, Work
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.third_party import ThirdParty
from lollma_gui.services import own_program
from lollma_gui.services.places import resource

#: What a release build leaves in ``resources/``: there, nothing can be looked up any more.
WRITTEN = "third_party.json"
APP = "lollma-gui"

#: Licences that packages name without bringing them -> words that are in their whole text.
_REFERRED_TO = {"Apache-2.0": "TERMS AND CONDITIONS", "MPL-2.0": '1.1. "Contributor"'}
_TEXT_FILE = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)
#: What an old package says of itself -> SPDX. Others are passed on as they are.
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-or-later",
    "GPLv2-or-later with a special exception which allows to use PyInstaller to build and "
    "distribute non-free programs (including commercial ones)": "GPL-2.0-or-later WITH "
    "Bootloader-exception",
}


def third_party() -> tuple[ThirdParty, ...]:
    """All works of others, by name. Reads some hundred files: off the window's thread.

    Raises:
        LollmaError: If this installation is damaged.
    """
    try:
        path = resource(WRITTEN)
    except FileNotFoundError:
        if own_program.is_packaged():
            raise LollmaError(
                "The list of works by others is missing from this installation.",
                "Install LoLLMa anew; the licences are also beside every release.",
            ) from None
        return of_environment()
    return from_json(path.read_text(encoding="utf-8"))


def of_environment(more: Sequence[str] = ()) -> tuple[ThirdParty, ...]:
    """Look up what is installed beside this Python: packages, and works that lie inside them.

    Args:
        more: Packages that LoLLMa does not need itself but that leave something in a build.

    Raises:
        LollmaError: If LoLLMa itself is not installed here, so that nothing says what it needs.
    """
    packages = {_normal(found.name): found for found in _needed_packages(more)}
    works = [_of_package(name, found) for name, found in packages.items()]
    works += [
        _of_work(work, packages[work.inside])
        for work in WORKS
        if work.inside in packages and (not work.only_on or sys.platform in work.only_on)
    ]
    return tuple(sorted([*works, *_of_python()], key=lambda work: work.name.lower()))


def to_json(works: Iterable[ThirdParty]) -> str:
    """As a release keeps them."""
    return json.dumps([work._asdict() for work in works], indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> tuple[ThirdParty, ...]:
    """What ``to_json`` wrote.

    Raises:
        LollmaError: If it is something else.
    """
    try:
        return tuple(ThirdParty(**entry) for entry in json.loads(text))
    except (ValueError, TypeError) as error:
        raise LollmaError(
            f"The list of works by others cannot be read ({error}).", "Install LoLLMa anew."
        ) from error


def _needed_packages(more: Sequence[str]) -> list[metadata.Distribution]:
    """What LoLLMa needs, and what that needs, as far as it is installed."""
    from packaging.requirements import Requirement

    try:
        metadata.distribution(APP)
    except metadata.PackageNotFoundError:
        raise LollmaError(
            "LoLLMa is not installed in this Python, so nothing says what it is built of.",
            "Start it with: python packaging/run.py",
        ) from None
    waiting = [(APP, ""), *((name, "") for name in more)]
    seen: set[tuple[str, str]] = set()
    found: dict[str, metadata.Distribution] = {}
    while waiting:
        name, extra = waiting.pop()
        if (_normal(name), extra) in seen:
            continue
        seen.add((_normal(name), extra))
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[_normal(name)] = package
        if name in more:
            continue
        for need in map(Requirement, package.requires or ()):
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                waiting += [(need.name, one) for one in ("", *need.extras)]
    del found[APP]
    return list(found.values())


def _of_package(name: str, package: metadata.Distribution) -> ThirdParty:
    if name in WITHOUT_TEXT:
        return _of_work(WITHOUT_TEXT[name]._replace(name=package.name), package)
    licence = _licence(package)
    text = _completed(_texts(package) or _head_of_module(package), licence)
    purl = f"pkg:pypi/{name}@{package.version}"
    return ThirdParty(package.name, package.version, licence, text, _url(package), purl)


def _first(told: metadata.PackageMetadata, name: str) -> str:
    """What a package says of itself under a name, or nothing.

    Not ``told[name]``: where keyring brings the backport of importlib.metadata, that raises.
    """
    return str((told.get_all(name) or ("",))[0])


def _licence(package: metadata.Distribution) -> str:
    told = package.metadata
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or ()
        if line.startswith("License :: ") and line.count(" :: ") > 1
    ]
    said = _first(told, "License-Expression") or _first(told, "License")
    first = said.strip().partition("\n")[0]
    if not first or len(first) > 200:
        first = " AND ".join(_SPDX.get(one, one) for one in classified)
    return _SPDX.get(first, first) or "see its text"


def _texts(package: metadata.Distribution) -> str:
    """All licence files in the package's papers, one after the other."""
    parts = []
    for file in package.files or ():
        inside = [part for part in file.parts[:-1] if part.endswith(".dist-info")]
        if inside and file.parts[0] == inside[0] and _TEXT_FILE.search(file.name):
            path = Path(str(file.locate()))
            parts.append(path.read_text(encoding="utf-8", errors="replace").strip())
    return "\n\n\n".join(dict.fromkeys(parts))


def _head_of_module(package: metadata.Distribution) -> str:
    """The comment that a package of one file begins with, where that is its licence."""
    for file in package.files or ():
        if file.suffix == ".py" and len(file.parts) == 1:
            lines = Path(str(file.locate())).read_text(encoding="utf-8").splitlines()
            end = next((n for n, line in enumerate(lines) if not line.startswith("#")), 0)
            head = "\n".join(line.lstrip("#").removeprefix(" ") for line in lines[:end]).strip()
            if "Copyright" in head:
                return head
    return ""


def _completed(text: str, licence: str) -> str:
    """The text with the whole of a licence that it only refers to."""
    for name, beginning in _REFERRED_TO.items():
        if text and name in licence and beginning not in text:
            text += "\n\n\n" + resource("licences", f"{name}.txt").read_text(encoding="utf-8")
    return text


def _url(package: metadata.Distribution) -> str:
    told = package.metadata
    if page := _first(told, "Home-page"):
        return page
    lines: list[str] = told.get_all("Project-URL") or []
    pairs = [line.partition(", ") for line in lines]
    named = {label.strip().lower(): url.strip() for label, _, url in pairs}
    for label in ("homepage", "home", "repository", "source", "source code", "github"):
        if label in named:
            return named[label]
    return next(iter(named.values()), "")


def _of_work(work: Work, package: metadata.Distribution) -> ThirdParty:
    texts = [resource("licences", f"{name}.txt").read_text(encoding="utf-8") for name in work.texts]
    notice = [QT_NOTICE.format(name=work.name)] if "LGPL" in work.licence else []
    version = package.version if work.same_version else ""
    text = "\n\n\n".join([*notice, work.copyright, *(text.strip("\n") for text in texts)])
    purl = f"{work.purl}@{version}" if work.purl and version else work.purl
    return ThirdParty(work.name, version, work.licence, text, work.url, purl)


def _of_python() -> list[ThirdParty]:
    """Python itself, and what its library cannot do without."""
    import sqlite3

    version = ".".join(map(str, sys.version_info[:3]))
    apache = resource("licences", "Apache-2.0.txt").read_text(encoding="utf-8")
    openssl = ssl.OPENSSL_VERSION.split()[1]
    return [
        ThirdParty(
            "Python",
            version,
            "PSF-2.0",
            _python_text(),
            "https://www.python.org/",
            f"pkg:generic/python@{version}",
        ),
        ThirdParty(
            "OpenSSL",
            openssl,
            "Apache-2.0",
            f"Copyright (c) The OpenSSL Project Authors. All rights reserved.\n\n\n{apache}",
            "https://www.openssl.org/",
            f"pkg:generic/openssl@{openssl}",
        ),
        ThirdParty(
            "SQLite",
            sqlite3.sqlite_version,
            "blessing",
            "SQLite is in the public domain: its authors have given up all copyright in it, and "
            "anyone may copy, change, publish, use, sell and distribute it for any purpose.",
            "https://www.sqlite.org/",
            f"pkg:generic/sqlite@{sqlite3.sqlite_version}",
        ),
    ]


def _python_text() -> str:
    """Python's licence, where this kind of installation keeps it."""
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    homes = (
        Path(sysconfig.get_path("stdlib"), "LICENSE.txt"),
        Path(sys.base_prefix, "LICENSE.txt"),
        Path("/usr/share/doc", minor, "copyright"),
    )
    for path in homes:
        if path.is_file():
            return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
