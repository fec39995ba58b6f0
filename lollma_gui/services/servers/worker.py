"""One thread that does what it is given, in order, with one alarm; there only while needed."""

import logging
import queue
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Worker:
    """Does work on a thread of its own.

    The thread ends when there is nothing to do, no alarm is set and ``is_needed`` says no, and
    comes back with the next work.

    Args:
        name: Of the thread.
        is_needed: Whether the thread must stay although there is nothing to do; asked on it.
        on_trouble: Called on it after work that failed unexpectedly; that is in our log by then.
    """

    def __init__(
        self, name: str, is_needed: Callable[[], bool], on_trouble: Callable[[], None]
    ) -> None:
        self._name = name
        self._is_needed = is_needed
        self._on_trouble = on_trouble
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._alarm: tuple[float, Callable[[], None]] | None = None

    def post(self, work: Callable[[], None]) -> None:
        """Do this soon. Called from any thread."""
        with self._lock:
            self._inbox.put(work)
            if self._thread is None:
                # A daemon: a program that cannot be killed must not keep ours from ending.
                self._thread = threading.Thread(target=self._live, name=self._name, daemon=True)
                self._thread.start()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do this after a while, in place of what was to be done later. On the thread only."""
        self._alarm = time.monotonic() + seconds, work

    def not_later(self) -> None:
        """Nothing is to be done later any more. On the thread only."""
        self._alarm = None

    def join(self, seconds: float) -> bool:
        """Wait until the thread has nothing to do any more; whether that is so."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _live(self) -> None:
        while True:
            alarm = self._alarm
            seconds = None if alarm is None else max(0.0, alarm[0] - time.monotonic())
            try:
                work = self._inbox.get(timeout=seconds)
            except queue.Empty:
                assert alarm is not None
                self._alarm, work = None, alarm[1]
            try:
                work()
            except Exception:  # noqa: BLE001 - a server dies with this thread
                _log.exception("unexpected trouble with a server")
                self._on_trouble()
            with self._lock:
                if self._inbox.empty() and self._alarm is None and not self._is_needed():
                    self._thread = None
                    return
