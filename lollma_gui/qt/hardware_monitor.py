"""Tells the window once a second how hardware and engine are doing, and remembers it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.history import History
from lollma_gui.core.reading_values import values_of
from lollma_gui.core.readings import EngineReading, Reading
from lollma_gui.qt.background import Background, Job
from lollma_gui.services.hardware_sampler import HardwareSampler

SHOWN_MS = 1000
HIDDEN_MS = 5000


class HardwareMonitor(QObject):
    """Samples off the window's thread, one sample at a time.

    Args:
        sampler: Takes the samples; whoever made it closes it after this was stopped.
        background: Where samples are taken.
        parent: The Qt parent.
        engine_now: Tells how our engine is doing, to stand in the same reading.
        servers_now: Tells which processes belong to our servers, and what those are called.

    Attributes:
        history: How the values of the readings went.

    Signals:
        reading: A new ``Reading``.
        failed: The ``LollmaError`` that kept a sample from being taken; the next beat tries again.
    """

    reading = Signal(Reading)
    failed = Signal(LollmaError)

    def __init__(
        self,
        sampler: HardwareSampler,
        background: Background,
        parent: QObject | None = None,
        *,
        engine_now: Callable[[], EngineReading] = EngineReading,
        servers_now: Callable[[], Mapping[int, str]] = dict,
    ) -> None:
        super().__init__(parent)
        self.history = History()
        self._sampler = sampler
        self._engine_now = engine_now
        self._servers_now = servers_now
        self._watchers: set[str] = set()
        self._window_seen = True
        self._background = background
        self._job: Job | None = None
        self._latest: Reading | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self._beat)

    @property
    def latest(self) -> Reading | None:
        """The newest reading, for whoever comes later; None before the first."""
        return self._latest

    @property
    def interval_ms(self) -> int:
        """Time between two samples in milliseconds."""
        return self._timer.interval()

    def start(self) -> None:
        """Take a sample now, and then at every beat."""
        if not self._timer.isActive():
            self._timer.start()
            self._beat()

    def stop(self) -> None:
        """Take no more samples; one under way is not told any more."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()

    def set_visible(self, window: bool, small: bool = False) -> None:
        """Whether anybody can see the readings: samples are rare while nobody can.

        Args:
            window: In the window.
            small: In the small window, which shows no processes.
        """
        interval = SHOWN_MS if window or small else HIDDEN_MS
        is_back = window and not self._window_seen
        self._window_seen = window
        is_faster = interval < self._timer.interval()
        self._timer.setInterval(interval)
        if (is_back or is_faster) and self._timer.isActive():
            self._beat()

    def set_watched(self, by: str, watched: bool) -> None:
        """Whether a page shows processes: nobody reads them otherwise.

        Args:
            by: The page.
            watched: Whether somebody looks at it.
        """
        if watched:
            self._watchers.add(by)
        else:
            self._watchers.discard(by)

    def _beat(self) -> None:
        # A driver can take seconds: the beats meanwhile are skipped, not queued.
        if self._job is not None and not self._job.finished():
            return
        watched = bool(self._watchers) and self._window_seen
        self._job = self._background.run(
            lambda _job: self._sampler.sample(with_processes=watched),
            on_result=self._take,
            on_error=self.failed.emit,
            owner=self,
        )

    def _take(self, reading: Reading) -> None:
        processes = reading.processes
        if processes is not None:
            processes = processes.with_servers(self._servers_now())
        reading = replace(reading, engine=self._engine_now(), processes=processes)
        self._latest = reading
        self.history.add(reading.taken_at, values_of(reading))
        self.reading.emit(reading)
