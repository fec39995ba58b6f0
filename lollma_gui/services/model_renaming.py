"""Renames model files: all parts of a model or none, and never over another file."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from lollma_gui.core.errors import LollmaError


def rename_files(files: Sequence[Path], names: Sequence[str]) -> list[Path]:
    """Give files other names in their folders.

    Args:
        files: The files of one model.
        names: Their new names, in the same order.

    Returns:
        Their new paths.

    Raises:
        LollmaError: A name is taken, or a file cannot be renamed; then all are as they were.
    """
    targets = [file.with_name(name) for file, name in zip(files, names, strict=True)]
    for file, target in zip(files, targets, strict=True):
        if os.path.lexists(target) and not _is_same(file, target):
            raise LollmaError(f"There is a file {target.name} already.", "Choose another name.")
    done: list[tuple[Path, Path]] = []
    try:
        for file, target in zip(files, targets, strict=True):
            file.rename(target)
            done.append((file, target))
    except OSError as error:
        for file, target in reversed(done):
            with contextlib.suppress(OSError):
                target.rename(file)
        reason = (error.strerror or "unknown reason").lower()
        raise LollmaError(
            f"The model could not be renamed: {reason}.", "It is as it was."
        ) from error
    return targets


def _is_same(file: Path, target: Path) -> bool:
    """Whether both names mean one file: another case, where case does not count."""
    return file.name.casefold() == target.name.casefold() and file.samefile(target)
