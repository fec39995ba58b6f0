"""Writes into a built folder what it holds that others wrote, and refuses one without licence."""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from lollma_bootstrap.places import clean_environment
from lollma_bootstrap.process import answer_of
from lollma_bootstrap.say import Trouble

from lollma_gui.core.third_party import ThirdParty
from lollma_gui.services.third_party import WRITTEN, from_json, to_json
from lollma_release import debian
from lollma_release.product import Product

#: Each leaves a part of itself in the folder: the program's first code, and what runs before ours.
LEFT_BY_BUILD = ("pyinstaller", "pyinstaller-hooks-contrib")
#: Told by Python of itself; where Debian's own library is bundled, Debian's paper is the true one.
_SAME = {"openssl": "OpenSSL", "sqlite3": "SQLite"}

_LOOK_UP = f"""
import sys
from lollma_gui.services.third_party import of_environment, to_json
sys.stdout.reconfigure(encoding="utf-8")
print(to_json(of_environment({LEFT_BY_BUILD!r})))
"""


def write(product: Product, python: Path) -> Path:
    """Write the list into the folder that PyInstaller has made of the environment.

    Args:
        product: Its folder is built.
        python: The Python of the environment the folder was made of.

    Returns:
        The list, in the folder's ``resources``.

    Raises:
        Trouble: If something in the folder has no licence text, or nobody knows whose it is.
    """
    works = [*of_build(python), *of_system(product.folder, python)]
    from_debian = {work.name.partition(" ")[0] for work in works if "pkg:deb/" in work.purl}
    twice = {name for source, name in _SAME.items() if source in from_debian}
    works = sorted(
        (work for work in works if work.name not in twice), key=lambda work: work.name.lower()
    )
    refuse_without_text(works)
    path = written(product)
    path.write_text(to_json(works), encoding="utf-8", newline="\n")
    return path


def written(product: Product) -> Path:
    """Where the list lies in a built folder, or will.

    Raises:
        Trouble: If there is no such folder.
    """
    found = sorted(product.folder.rglob("resources/style.qss"))
    if not found:
        raise Trouble(f"{product.folder} holds no program.", "build the folder first")
    return found[0].parent / WRITTEN


def of_build(python: Path) -> tuple[ThirdParty, ...]:
    """What the build environment says of itself.

    Raises:
        Trouble: If it cannot.
    """
    # Not from the checkout, which would be found first from there.
    status, output, error = answer_of([python, "-P", "-c", _LOOK_UP], clean_environment())
    if status:
        raise Trouble(
            "The build environment cannot say what it holds.",
            "make it anew: remove the build folder and run the same again",
            error.strip()[-1500:],
        )
    return from_json(output)


def of_system(folder: Path, python: Path) -> tuple[ThirdParty, ...]:
    """The libraries of this system that were put into the folder, by their packages.

    On Windows and macOS none is: what is there came with Python, whose licence covers it, and
    with the packages.

    Raises:
        Trouble: If a library belongs neither to a Python package nor to one of this system.
    """
    if not sys.platform.startswith("linux"):
        return ()
    theirs = _names_in(Path(python).parents[1])
    libraries = {
        path.name
        for path in folder.rglob("*.so*")
        if path.is_file()
        and not path.is_symlink()
        and path.name not in theirs
        and path.parent.name != "lib-dynload"
        and not path.name.startswith("libpython")
    }
    owners, unknown = debian.owners(libraries)
    if unknown:
        raise Trouble(
            f"Nobody knows whose these are: {', '.join(sorted(unknown))}.",
            "build on Debian or Ubuntu with these libraries from its packages, or keep them out",
        )
    return debian.works(owners)


def refuse_without_text(works: Iterable[ThirdParty]) -> None:
    """Let nothing go out whose licence does not go with it.

    Raises:
        Trouble: If a work has no text.
    """
    missing = [work.name for work in works if not work.text.strip()]
    if missing:
        raise Trouble(
            f"There is no licence text for {', '.join(missing)}.",
            "name the work and its texts in lollma_gui/core/bundled_works.py (WITHOUT_TEXT)",
        )


def _names_in(environment: Path) -> set[str]:
    """Names of the libraries that the packages brought."""
    found: set[str] = set()
    for _, _, files in os.walk(environment):
        found.update(name for name in files if re.search(r"\.so(\.|$)", name))
    return found
