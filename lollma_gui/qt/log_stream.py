"""The log of one program: written by any thread, looked at by the window's."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.log_buffer import LogBuffer
from lollma_gui.core.log_line import LogLine
from lollma_gui.core.log_matches import LogMatches

#: Lines are handed out so many at a time: nobody who writes waits long for the lock.
_LINES_AT_ONCE = 500


class LogStream(QObject):
    """A bounded log with a bell. All methods may be called from any thread.

    Args:
        clock: The time, in seconds since 1970.
        parent: The Qt parent.

    Signals:
        news: Something was written since the log was last looked at. Rings once until
            ``hear`` is called, however much comes.
    """

    news = Signal()

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._lock = threading.Lock()
        self._log = LogBuffer()
        self._rang = False

    # ---- writing ---------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take what a program wrote, in pieces of any size."""
        with self._lock:
            self._log.feed(data, self._clock())
            rang, self._rang = self._rang, True
        if not rang:
            self.news.emit()

    def add_line(self, line: str) -> None:
        """Take a line."""
        self.feed(line.encode("utf-8", "replace") + b"\n")

    def finish(self) -> None:
        """The program has ended: its unfinished last line is a line."""
        with self._lock:
            self._log.finish()

    def hide(self, secrets: Iterable[str]) -> None:
        """Keys that must not be seen in any line there is or will be."""
        with self._lock:
            self._log.hide(secrets)

    # ---- looking ---------------------------------------------------------------------------

    def hear(self) -> tuple[int, int]:
        """Numbers of the oldest line and behind the newest; the bell rings again from now on."""
        with self._lock:
            self._rang = False
            return self._log.first, self._log.end

    def lines(self, start: int, stop: int) -> list[LogLine]:
        """Lines by their numbers; those that are gone are left out."""
        with self._lock:
            return self._log.lines(start, stop)

    def advance(self, matches: LogMatches) -> bool:
        """Let matches look at the next lines; whether there are more."""
        with self._lock:
            return matches.advance(self._log)

    def texts(self, numbers: Iterable[int] | None = None) -> Iterator[str]:
        """Lines with their times, as they are copied and saved; for a thread of its own.

        Args:
            numbers: Which lines, oldest first; None are all there are.
        """
        for line in self.some(range(*self._bounds()) if numbers is None else numbers):
            yield f"{time_of(line.at)} {line.text}"

    def some(self, numbers: Iterable[int]) -> Iterator[LogLine]:
        """These lines, oldest first; those that are gone are left out."""
        run: list[int] = []
        for number in numbers:
            if run and (number != run[-1] + 1 or len(run) == _LINES_AT_ONCE):
                yield from self.lines(run[0], run[-1] + 1)
                run = []
            run.append(number)
        if run:
            yield from self.lines(run[0], run[-1] + 1)

    def _bounds(self) -> tuple[int, int]:
        with self._lock:
            return self._log.first, self._log.end


def time_of(at: int) -> str:
    """The time of day of a line, as everybody here reads it: ``12:04:11``."""
    return time.strftime("%H:%M:%S", time.localtime(at))
