"""One limit on the speed of all downloads together."""

import threading
import time
from collections.abc import Callable

from lollma_gui.services.http_stream import PIECE_BYTES

#: So much may come at once after a rest, in seconds' worth: more would be felt as a burst.
_BURST_SECONDS = 0.1
#: A piece is worth so many seconds, and has so many bytes at least.
_PIECE_SECONDS, _LEAST_PIECE_BYTES = 0.1, 8 * 1024
#: How often who waits looks whether it is in vain.
_TICK_SECONDS = 0.1


class SpeedLimit:
    """A bucket of bytes that fills at the speed allowed. For any thread.

    Whoever took more than there was leaves a debt, and the next one waits until it is paid: so
    pieces of any size keep to the limit, and downloads share it.
    """

    def __init__(self, bytes_per_second: float | None = None) -> None:
        self._changed = threading.Condition()
        self._rate = bytes_per_second
        self._there = 0.0
        self._looked_at = time.monotonic()

    def set(self, bytes_per_second: float | None) -> None:
        """Another limit from now on, also for those who wait just now; None for none."""
        with self._changed:
            self._rate = bytes_per_second
            self._there = 0.0
            self._looked_at = time.monotonic()
            self._changed.notify_all()

    def take(self, n_bytes: int, in_vain: Callable[[], bool]) -> int:
        """Wait until so many bytes may have come.

        Args:
            n_bytes: Bytes that came.
            in_vain: Asked some times a second: whether nobody wants to go on.

        Returns:
            How many bytes to take next, so that they come evenly.
        """
        with self._changed:
            self._refill()
            self._there -= n_bytes
            while self._rate is not None and self._there < 0 and not in_vain():
                self._changed.wait(min(-self._there / self._rate, _TICK_SECONDS))
                self._refill()
            if self._rate is None:
                return PIECE_BYTES
            return min(max(int(self._rate * _PIECE_SECONDS), _LEAST_PIECE_BYTES), PIECE_BYTES)

    def _refill(self) -> None:
        now = time.monotonic()
        if self._rate is None:
            self._there = 0.0
        else:
            more = (now - self._looked_at) * self._rate
            self._there = min(self._there + more, self._rate * _BURST_SECONDS)
        self._looked_at = now
