"""Puts an installation of TextGen into the bin; models and what else is the person's own stay."""

import filecmp
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.servers.textgen_places import is_textgen

#: What is the person's own: since v3.1 all in one folder, before that in these.
_OWN = ("user_data", "models", "loras", "presets", "characters")
_OWN_FILES = ("settings.yaml", "CMD_FLAGS.txt")


class Removed(NamedTuple):
    """What became of an installation.

    Attributes:
        kept: Where models and what else was the person's own are now; None: there was nothing.
    """

    kept: Path | None

    def in_words(self) -> str:
        """One sentence for the person."""
        if self.kept is None:
            return "TextGen is in the bin."
        return f"TextGen is in the bin. Its models and what you made are in {self.kept}."


def remove(folder: Path, to_bin: Callable[[Path], None]) -> Removed:
    """Move an installation to the bin.

    Args:
        folder: The installation; it must not be running.
        to_bin: Moves a folder to the bin of this system, or raises ``OSError``.

    Raises:
        LollmaError: If it is none, or cannot be moved; then everything is where it was.
    """
    if not is_textgen(folder) and not (folder / ".git").is_dir():
        raise LollmaError(f"There is no TextGen in {folder}.", "Nothing was removed.")
    kept = _free_name(_kept(folder))
    moved = [name for name in (*_OWN, *_OWN_FILES) if (folder / name).exists()]
    try:
        for name in moved:
            kept.mkdir(exist_ok=True)
            (folder / name).rename(kept / name)
        to_bin(folder)
    except OSError as error:
        _bring_back(moved, kept, folder)
        raise LollmaError(
            f"{folder.name} could not be removed.",
            "Stop TextGen if it runs, close its folder elsewhere, then try again.",
            str(error),
        ) from error
    return Removed(kept if moved else None)


def has_kept(folder: Path) -> bool:
    """Whether an installation that was removed from this folder has left something."""
    return _kept(folder).is_dir()


def take_back(folder: Path) -> int:
    """Move what an earlier installation left into the one that is there now.

    Nothing is overwritten: what is there already stays, and the older one stays where it is kept.

    Args:
        folder: The installation.

    Returns:
        How many files could not be moved, since there are others of their names.

    Raises:
        LollmaError: If the system refuses it; what was moved until then stays moved.
    """
    try:
        return _merge(_kept(folder), folder)
    except OSError as error:
        raise LollmaError(
            f"What was kept of {folder.name} could not be moved back.",
            "Check that its folder may be written, then try again.",
            str(error),
        ) from error


def _merge(source: Path, target: Path) -> int:
    left = 0
    for path in sorted(source.iterdir()):
        there = target / path.name
        is_folder = path.is_dir() and not path.is_symlink()
        if not there.exists() and not there.is_symlink():
            path.rename(there)
        elif is_folder and there.is_dir() and not there.is_symlink():
            left += _merge(path, there)
        elif not is_folder and _is_same(path, there):
            path.unlink()
        else:
            left += 1
    if not any(source.iterdir()):
        source.rmdir()
    return left


def _is_same(one: Path, other: Path) -> bool:
    """Whether both are files of the same bytes; a link is never looked through."""
    if one.is_symlink() or other.is_symlink() or not (one.is_file() and other.is_file()):
        return False
    return filecmp.cmp(one, other, shallow=False)


def _kept(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-kept")


def _bring_back(names: list[str], kept: Path, folder: Path) -> None:
    for name in names:
        if (kept / name).exists():
            (kept / name).rename(folder / name)
    if kept.exists():
        kept.rmdir()


def _free_name(path: Path) -> Path:
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.name}-{number}")
        number += 1
    return free
