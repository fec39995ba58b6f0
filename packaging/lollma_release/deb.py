"""The package for Debian, Ubuntu and their kin.

Menus, file types and icons are brought up to date by triggers of the packages that own them, so
nothing of ours runs while it is installed or removed, and nothing of ours is left.
"""

import hashlib
import os
import re
import shutil
import time
from pathlib import Path

from lollma_release import desktop_files, needed, staging, tool
from lollma_release.product import PROGRAM, ROOT, SUMMARY, Product

#: Debian's tools want an address. Who looks after a copy only its builder knows, so this is one
#: that leads nowhere by the rules of the net (RFC 2606).
MAINTAINER = "The LoLLMa authors <nobody@lollma.invalid>"


def build(product: Product) -> Path:
    """Make the package of a folder that is built; the same bytes each time.

    Raises:
        Trouble: If the folder or a tool is missing, or dpkg-deb fails.
    """
    root = product.work / "deb"
    staging.lay_out(product, root, "deb")
    _write_documents(product, root / "usr" / "share" / "doc" / PROGRAM)
    depends = needed.packages(needed.needs(root / staging.PROGRAM_FOLDER))
    folder = root / "DEBIAN"
    folder.mkdir()
    (folder / "md5sums").write_text(_md5sums(root), encoding="utf-8")
    (folder / "control").write_text(_control(product, depends, _size(root)), encoding="utf-8")
    staging.settle(root, product.time)
    product.out.mkdir(parents=True, exist_ok=True)
    _pack(root, product)
    shutil.rmtree(root)
    return product.deb


def debian_version(version: str) -> str:
    """A Python version as Debian sorts it: ``1.0rc1`` comes before ``1.0`` as ``1.0~rc1``."""
    return re.sub(r"\.?(dev|a|b|rc)(?=\d)", r"~\1", version)


def _pack(root: Path, product: Product) -> None:
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(product.deb)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(product.time)}
    tool.run(command, "dpkg", "The package could not be made.", environment)


def _control(product: Product, depends: list[str], kibibytes: int) -> str:
    return f"""\
Package: {PROGRAM}
Version: {debian_version(product.version)}
Architecture: amd64
Maintainer: {MAINTAINER}
Installed-Size: {kibibytes}
Depends: {", ".join(depends)}
Recommends: git, xdg-utils
Suggests: gnome-keyring | kwalletmanager
Section: utils
Priority: optional
Description: {SUMMARY[0].lower() + SUMMARY[1:]}
 Run language models on your own PC: see what the machine can do, pick a model,
 talk to it, and run the servers of others. One window, no terminal, nothing
 leaves your computer.
 .
 The engine (llama.cpp) and a Python of its own are included.
"""


def _write_documents(product: Product, folder: Path) -> None:
    folder.mkdir(parents=True)
    stamp = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(product.time))
    change = (
        f"{PROGRAM} ({debian_version(product.version)}) stable; urgency=medium\n\n"
        f"  * The changes of all versions are shown in the program itself.\n\n"
        f" -- {MAINTAINER}  {stamp}\n"
    )
    desktop_files.write_gzip(folder / "changelog.gz", change.encode())
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").rstrip()
    told = f"{licence}\n\nWhat is included of others, and under which licences: About LoLLMa.\n"
    (folder / "copyright").write_text(told, encoding="utf-8")


def _files(root: Path) -> list[Path]:
    return [path for path in staging.everything(root) if path.is_file() and not path.is_symlink()]


def _md5sums(root: Path) -> str:
    """What ``dpkg --verify`` compares with. Against accidents, not against attacks."""
    lines = []
    for path in _files(root / "usr"):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        lines.append(f"{digest.hexdigest()}  {path.relative_to(root).as_posix()}\n")
    return "".join(lines)


def _size(root: Path) -> int:
    """What it takes when installed, in KiB, counted as Debian's policy 5.6.20 does."""
    links_and_folders = sum(1 for path in staging.everything(root / "usr")) - len(_files(root))
    return links_and_folders + sum(-(-path.stat().st_size // 1024) for path in _files(root))
