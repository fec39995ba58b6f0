"""Hashes a growing file and has the disk hold it, beside whoever writes it."""

import hashlib
import os
import queue
import threading

#: The disk is asked to hold what arrived each time so much more has: no more often, since a slow
#: disk needs a tenth of a second for it.
SYNC_BYTES = 8 * 1024**2
#: Pieces (512 KiB at most) that wait to be hashed: half of ``SYNC_BYTES``.
_PIECES = 8


class HashThread:
    """SHA-256 of the pieces given to it, on a thread that lives from the first one to ``close``.

    Whoever gives pieces waits while many are not hashed yet. So when a file has grown past a
    multiple of ``SYNC_BYTES`` and once more by that much, the disk holds it up to that multiple.

    Args:
        handle: Descriptor of the file that the pieces are written to before they are given.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._pieces: queue.Queue[bytes | None] = queue.Queue(_PIECES)
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None
        self._hash = hashlib.sha256()
        self._hashed = 0

    def add(self, piece: bytes) -> None:
        """Hash this too, soon.

        Raises:
            OSError: If the disk did not hold what was written.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="hash", daemon=True)
            self._thread.start()
        self._pieces.put(piece)
        self._raise_error()

    def sha256(self) -> str:
        """Hash of all that was given, in hexadecimal.

        Raises:
            OSError: If the disk did not hold what was written.
        """
        self._pieces.join()
        self._raise_error()
        return self._hash.hexdigest()

    @property
    def hashed_bytes(self) -> int:
        """How much of what was given is hashed by now."""
        return self._hashed

    def close(self) -> None:
        """End the thread; the file may be closed after it."""
        if self._thread is not None:
            self._pieces.put(None)
            self._thread.join()
            self._thread = None

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (piece := self._pieces.get()) is not None:
            before = self._hashed // SYNC_BYTES
            self._hash.update(piece)
            self._hashed += len(piece)
            if self._hashed // SYNC_BYTES > before:
                self._sync()
            self._pieces.task_done()
        self._pieces.task_done()

    def _sync(self) -> None:
        try:
            os.fsync(self._handle)
        except OSError as error:
            self._error = error
