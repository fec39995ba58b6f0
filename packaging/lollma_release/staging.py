"""The tree of files that a package of Linux installs, the same on every machine that builds it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from lollma_bootstrap.say import Trouble

from lollma_release import desktop_files, folder
from lollma_release.product import PROGRAM, Product

#: Where the program lies, below the folder that stands for ``/``.
PROGRAM_FOLDER = Path("usr", "lib", PROGRAM)


def lay_out(product: Product, root: Path, kind: str) -> None:
    """Put the program and all that tells a desktop of it where Linux wants it.

    Args:
        product: The release; its folder has to be built.
        root: What stands for ``/``; whatever is there goes.
        kind: What the program shall say it came as: ``deb`` or ``appimage``.

    Raises:
        Trouble: If the folder is not built.
    """
    if not (product.folder / PROGRAM).exists():
        raise Trouble(
            f"There is no program in {product.folder}.", "python packaging/build_linux.py"
        )
    shutil.rmtree(root, ignore_errors=True)
    target = root / PROGRAM_FOLDER
    shutil.copytree(product.folder, target, symlinks=True)
    for facts in target.rglob(f"resources/{folder.BUILD_JSON}"):
        facts.write_text(folder.told_as(facts, kind), encoding="utf-8")
    link = root / "usr" / "bin" / PROGRAM
    link.parent.mkdir()
    link.symlink_to(Path("..", "lib", PROGRAM, PROGRAM))
    desktop_files.install(product, root / "usr")


def settle(root: Path, time: int) -> None:
    """Give everything below a folder the rights that packages have, and one time.

    Rights depend on who unpacked the checkout, times on when: neither may show in a package.

    Args:
        root: The folder, which is meant too.
        time: In seconds since 1970.
    """
    for path in [root, *everything(root)]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or _is_run(path) else 0o644)
    for path in [*everything(root), root]:
        os.utime(path, (time, time), follow_symlinks=False)


def everything(root: Path) -> Iterator[Path]:
    """All files, folders and links below a folder, in the same order everywhere."""
    return iter(sorted(root.rglob("*")))


def _is_run(path: Path) -> bool:
    # Libraries are loaded, never run; whoever made a wheel may have thought otherwise.
    return bool(path.stat().st_mode & 0o100) and ".so" not in path.suffixes
