"""Room on a disk: really set aside for a file on its way, and never promised to two.

A reserved file keeps the size of what has arrived, so that anyone can see how far it is; the
blocks behind its end are its own already.
"""

import ctypes
import errno
import os
import shutil
import struct
import sys
import threading
from io import FileIO
from pathlib import Path

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.files import SPACE_MARGIN_BYTES, no_space

#: FALLOC_FL_KEEP_SIZE of linux/falloc.h.
_KEEP_SIZE = 1
#: FileAllocationInfo of FILE_INFO_BY_HANDLE_CLASS in minwinbase.h.
_FILE_ALLOCATION_INFO = 5
#: F_PREALLOCATE, F_ALLOCATEALL and F_PEOFPOSMODE of sys/fcntl.h on macOS.
_F_PREALLOCATE, _F_ALLOCATEALL, _F_PEOFPOSMODE = 42, 4, 3
_BLOCK_BYTES = 512


def held_bytes(path: Path) -> int:
    """Bytes of the disk that a file holds: those that arrived, and those reserved for the rest."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return max(found.st_size, getattr(found, "st_blocks", 0) * _BLOCK_BYTES)


def reserve(file: FileIO, size: int) -> bool:
    """Have the disk set aside blocks for a file that is to grow to this many bytes.

    Args:
        file: Open for writing; its size stays what it is.
        size: Bytes it will have in the end.

    Returns:
        False where the file system knows no such thing; the file can grow all the same.

    Raises:
        OSError: If there is not enough room.
    """
    now = os.fstat(file.fileno()).st_size
    if size <= now:
        return True
    try:
        _reserve(file.fileno(), now, size)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        return False
    return True


def _reserve(handle: int, now: int, size: int) -> None:
    """Raises ``OSError`` also where the system knows no such thing."""
    if sys.platform == "win32":
        import msvcrt

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        wanted = ctypes.c_int64(size)
        where = ctypes.c_void_p(msvcrt.get_osfhandle(handle))
        if not kernel.SetFileInformationByHandle(
            where, _FILE_ALLOCATION_INFO, ctypes.byref(wanted), ctypes.sizeof(wanted)
        ):
            raise ctypes.WinError(ctypes.get_last_error())
    elif sys.platform == "darwin":
        import fcntl

        # struct fstore: flags, counted from where, offset, length, bytes allocated (told back).
        wish = struct.pack("@IiqqQ", _F_ALLOCATEALL, _F_PEOFPOSMODE, 0, size - now, 0)
        fcntl.fcntl(handle, _F_PREALLOCATE, wish)
    elif sys.platform == "linux":
        _reserve_linux(handle, size)
    else:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


def _reserve_linux(handle: int, size: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # The one with 64-bit offsets by name where plain fallocate takes 32 bits.
    allocate = getattr(libc, "fallocate64", None) or libc.fallocate
    allocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    while allocate(handle, _KEEP_SIZE, 0, size) != 0:
        code = ctypes.get_errno()
        if code != errno.EINTR:
            raise OSError(code, os.strerror(code))


class DiskLedger:
    """Who was promised how much of which disk. For any thread.

    What a file system has really reserved is missing from its free space already; this counts
    what nobody has taken yet.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._promised: dict[str, tuple[int, int]] = {}

    def promise(self, key: str, folder: Path, needed: int) -> None:
        """Promise room to somebody, in place of what was promised to them before.

        Args:
            key: Who.
            folder: Where; it need not exist yet.
            needed: Bytes that are still to be taken.

        Raises:
            LollmaError: If there is not so much beside what others were promised.
        """
        there = _existing(folder)
        device = there.stat().st_dev
        with self._lock:
            self._promised.pop(key, None)
            free = shutil.disk_usage(there).free
            others = sum(n for disk, n in self._promised.values() if disk == device)
            if needed and free - others < needed + SPACE_MARGIN_BYTES:
                raise self._refusal(folder, needed, free, others)
            self._promised[key] = (device, needed)

    def take(self, key: str, left: int) -> None:
        """Somebody has taken room by now: only so many bytes are still to come."""
        with self._lock:
            if key in self._promised:
                self._promised[key] = (self._promised[key][0], left)

    def release(self, key: str) -> None:
        """Nothing is promised to them any more."""
        with self._lock:
            self._promised.pop(key, None)

    @staticmethod
    def _refusal(folder: Path, needed: int, free: int, others: int) -> LollmaError:
        if not others:
            return no_space(folder, needed, free)
        return LollmaError(
            f"There is not enough free space: {units.file_size(needed)} are needed, and "
            f"{units.file_size(SPACE_MARGIN_BYTES)} more should stay free, but of "
            f"{units.file_size(free)} that are, other downloads need {units.file_size(others)}.",
            f"Free some space on the disk of {folder}, cancel another download, or choose a "
            "folder on another disk.",
        )


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
