"""SHA-256 of large files, with progress and a way to stop."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from lollma_gui.core.errors import Cancelled, LollmaError

_PIECE = 4 * 1024**2


def sha256_of(
    files: Sequence[Path],
    cancelled: Callable[[], bool],
    progress: Callable[[int, int], None],
) -> list[str]:
    """The SHA-256 of each file, in hexadecimal digits.

    Args:
        files: What to read.
        cancelled: Asked after every few megabytes.
        progress: Told bytes done, and all, of all files together.

    Raises:
        LollmaError: If a file cannot be read.
        Cancelled: If it is no longer wanted.
    """
    try:
        total = sum(file.stat().st_size for file in files)
        done, found = 0, []
        piece = memoryview(bytearray(_PIECE))
        for path in files:
            digest = hashlib.sha256()
            with path.open("rb", buffering=0) as file:
                while n_bytes := file.readinto(piece):
                    digest.update(piece[:n_bytes])
                    done += n_bytes
                    progress(done, total)
                    if cancelled():
                        raise Cancelled
            found.append(digest.hexdigest())
        return found
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise LollmaError(
            f"The file could not be read: {reason}.", "Is its drive there?"
        ) from error
