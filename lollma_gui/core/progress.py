"""How far a transfer is, how fast it goes, and how long it still takes."""

from collections import deque
from dataclasses import dataclass

#: The speed shown is that of the last seconds: steady enough to read, quick enough to believe.
WINDOW_SECONDS = 5.0
#: Before that much was watched, a speed would be a guess.
_LEAST_SECONDS = 0.5


@dataclass(frozen=True)
class Progress:
    """One moment of a transfer.

    Attributes:
        done_bytes: Bytes that are here, those of earlier tries included.
        total_bytes: Bytes of the whole; None where the sender did not say.
        bytes_per_second: Speed of the last seconds; None until it is known.
        seconds_left: None until it is known, or while nothing arrives.
    """

    done_bytes: int
    total_bytes: int | None
    bytes_per_second: float | None = None
    seconds_left: float | None = None


class TransferMeter:
    """Turns counts of bytes into ``Progress``.

    Args:
        total_bytes: Bytes of the whole; None where the sender did not say.
    """

    def __init__(self, total_bytes: int | None) -> None:
        self._total = total_bytes
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, now: float, done_bytes: int) -> Progress:
        """Take note that so many bytes were here at that time.

        Args:
            now: Seconds of any clock that only goes forward.
            done_bytes: Bytes here. Fewer than before mean that it began anew.
        """
        if self._seen and done_bytes < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done_bytes))
        # The last one older than the window stays: the speed is measured from it.
        while len(self._seen) > 2 and self._seen[1][0] <= now - WINDOW_SECONDS:
            self._seen.popleft()
        speed = self._speed()
        left = None
        if speed and self._total is not None:
            left = max(self._total - done_bytes, 0) / speed
        return Progress(done_bytes, self._total, speed, left)

    def _speed(self) -> float | None:
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        return (after - before) / (last - first) if last - first >= _LEAST_SECONDS else None
