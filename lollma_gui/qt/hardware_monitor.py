"""Tells the window once a second how the hardware is doing."""

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.readings import Reading
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

    Signals:
        reading: A new ``Reading``.
        failed: The ``LollmaError`` that kept a sample from being taken; the next beat tries again.
    """

    reading = Signal(Reading)
    failed = Signal(LollmaError)

    def __init__(
        self, sampler: HardwareSampler, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._sampler = sampler
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

    def set_visible(self, visible: bool) -> None:
        """Whether anybody can see the readings: samples are rare while nobody can."""
        interval = SHOWN_MS if visible else HIDDEN_MS
        if interval == self._timer.interval():
            return
        self._timer.setInterval(interval)
        if visible and self._timer.isActive():
            self._beat()

    def _beat(self) -> None:
        # A driver can take seconds: the beats meanwhile are skipped, not queued.
        if self._job is not None and not self._job.finished():
            return
        self._job = self._background.run(
            lambda _job: self._sampler.sample(),
            on_result=self._take,
            on_error=self.failed.emit,
            owner=self,
        )

    def _take(self, reading: Reading) -> None:
        self._latest = reading
        self.reading.emit(reading)
