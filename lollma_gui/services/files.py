"""Files written so that neither a crash nor a power cut leaves half of one behind."""

import contextlib
import errno
import os
import shutil
import sys
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError

#: Left free on a disk we fill: a system without any free space misbehaves in odd ways.
SPACE_MARGIN_BYTES = 200_000_000

#: A virus scanner holds a new file open for moments; Windows then refuses to rename it.
_RENAME_TRIES = 20
_RENAME_PAUSE_SECONDS = 0.1

#: No byte of a file lies here, so the lock there hinders nobody in reading or writing.
_LOCK_OFFSET = 2**62


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that at any moment either the old or the new one is there, whole.

    Raises:
        OSError: If it cannot be written; the old one is untouched.
    """
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        file.write(data)
        flush_to_disk(file)
    replace(temporary, path)


def flush_to_disk(file: BinaryIO | FileIO) -> None:
    """Wait until what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def replace(source: Path, target: Path) -> None:
    """Give a file its final name, in place of what has that name, and have that on the disk too.

    Raises:
        OSError: If that is not possible; both are untouched.
    """
    for tries_left in reversed(range(_RENAME_TRIES)):
        try:
            source.replace(target)
            break
        except PermissionError:
            if sys.platform != "win32" or not tries_left:
                raise
            time.sleep(_RENAME_PAUSE_SECONDS)
    if sys.platform != "win32":
        _flush_folder(target.parent)


def _flush_folder(folder: Path) -> None:
    # Some network file systems cannot do this; the new name is then merely a little less certain.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def set_aside(path: Path, as_name: str) -> Path:
    """Rename a damaged file in its folder, in place of one set aside earlier.

    Raises:
        OSError: If it cannot be renamed.
    """
    aside = path.with_name(as_name)
    replace(path, aside)
    return aside


def check_space(folder: Path, needed_bytes: int) -> None:
    """See that a disk has room for so many bytes more.

    Raises:
        LollmaError: If it has not, with the margin in the sentence.
    """
    free = shutil.disk_usage(folder).free
    if needed_bytes and free < needed_bytes + SPACE_MARGIN_BYTES:
        raise no_space(folder, needed_bytes, free)


def no_space(folder: Path, needed_bytes: int, free: int) -> LollmaError:
    """The error for a disk without room for so many bytes more, with the margin in the sentence."""
    return LollmaError(
        f"There is not enough free space: {units.file_size(needed_bytes)} are needed, and "
        f"{units.file_size(SPACE_MARGIN_BYTES)} more should stay free, but only "
        f"{units.file_size(free)} are.",
        f"Free some space on the disk of {folder}, or choose a folder on another disk.",
    )


@contextlib.contextmanager
def trouble_in_words(target: Path) -> Iterator[None]:
    """Errors of the system while a file is being made, as a sentence for the person.

    Raises:
        LollmaError: In place of an ``OSError``.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise LollmaError(
                f"The disk is full: {target.name} could not be written to its end.",
                f"Free some space on the disk of {target.parent}, then go on: nothing is lost.",
                details=str(error),
            ) from error
        raise LollmaError(
            f"{target.name} could not be written.",
            f"Check that there is free space, and that this folder may be written: {target.parent}",
            details=str(error),
        ) from error


def lock(file: BinaryIO | FileIO) -> bool:
    """Lock an open file against other holders of this lock, until it is closed.

    The system lets go of the lock when the process ends, however it ends.

    Returns:
        False if somebody else holds it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            position = file.tell()
            file.seek(_LOCK_OFFSET)
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            finally:
                file.seek(position)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
