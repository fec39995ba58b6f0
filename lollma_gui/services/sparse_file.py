"""Files that are as large as they say, but of which only the beginning takes room on the disk."""

import sys
from pathlib import Path
from typing import BinaryIO

#: From winioctl.h: marks a file whose holes need not be stored.
_FSCTL_SET_SPARSE = 0x000900C4


def write_sparse_file(path: Path, head: bytes, size: int) -> None:
    """Write a file that begins with these bytes; the rest is a hole that reads as zeros.

    Args:
        path: Where; a file of that name is replaced.
        head: Its first bytes.
        size: Bytes of the whole file.

    Raises:
        OSError: If it cannot be written, also where the disk knows neither holes nor such sizes.
    """
    with path.open("wb") as file:
        # NTFS would reserve the full size otherwise, and fill it with zeros.
        _mark_sparse(file)
        file.write(head)
        file.truncate(size)


def _mark_sparse(file: BinaryIO) -> None:
    """Needed on Windows only. Where the disk refuses, the file takes its full size there."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(file.fileno()))
        returned = ctypes.c_uint32()
        kernel.DeviceIoControl(
            handle, _FSCTL_SET_SPARSE, None, 0, None, 0, ctypes.byref(returned), None
        )
