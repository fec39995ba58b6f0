"""The one way to run something off the window's thread."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import Shiboken

from lollma_gui.core.errors import Cancelled, LollmaError

T = TypeVar("T")

#: Progress is shown at most this often: faster than anyone reads, slow enough to cost nothing.
PROGRESS_INTERVAL_MS = 50

_log = logging.getLogger(__name__)


class Job:
    """One piece of work under way. All methods may be called from any thread."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._cancelled = threading.Event()
        self._finished = threading.Event()
        self._lock = threading.Lock()
        self._progress: object = None
        self._has_news = False

    def cancel(self) -> None:
        """Ask the work to stop, and promise that nothing of it is delivered from now on."""
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Whether somebody asked for a stop; long work asks often, and raises ``Cancelled``."""
        return self._cancelled.is_set()

    def finished(self) -> bool:
        """Whether the work has ended: with a result, with an error, or cancelled."""
        return self._finished.is_set()

    def report(self, progress: object) -> None:
        """Say how far the work is. Of many reports in a short while only the last is shown."""
        with self._lock:
            self._progress = progress
            was_known, self._has_news = self._has_news, True
        if not was_known:
            self._ring()

    def take_progress(self) -> tuple[bool, object]:
        """Whether there is progress not yet shown, and what it is; after that it counts as shown.

        For ``Background`` only.
        """
        with self._lock:
            has_news, self._has_news = self._has_news, False
            return has_news, self._progress

    def mark_finished(self) -> None:
        """The work has ended. For ``Background`` only."""
        self._finished.set()


@dataclass(frozen=True, eq=False)
class _Task:
    """A job with its work and its listeners."""

    job: Job
    work: Callable[[Job], Any]
    on_result: Callable[[Any], None]
    on_error: Callable[[LollmaError], None]
    on_progress: Callable[[Any], None] | None
    on_finished: Callable[[], None] | None
    owner: QObject | None

    def owner_lives(self) -> bool:
        return self.owner is None or Shiboken.isValid(self.owner)

    def wants_news(self) -> bool:
        return not self.job.cancelled() and self.owner_lives()


@dataclass(frozen=True)
class _Outcome:
    """How a work ended; neither result nor error when it was cancelled."""

    result: Any = None
    error: LollmaError | None = None
    was_cancelled: bool = False


#: Carries one outcome to the other thread, which empties it.
_Parcel = list[tuple[Job, _Outcome]]


def _outcome_of(task: _Task) -> _Outcome:
    if task.job.cancelled():
        return _Outcome(was_cancelled=True)
    try:
        return _Outcome(task.work(task.job))
    except Cancelled:
        return _Outcome(was_cancelled=True)
    except LollmaError as error:
        return _Outcome(error=error)
    except BaseException as error:  # noqa: BLE001 - a thread has nobody else to tell
        _log.exception("work in the background failed unexpectedly")
        return _Outcome(
            error=LollmaError(
                "Something unexpected went wrong in LoLLMa.",
                "Please try again; the log holds the details.",
                f"{type(error).__name__}: {error}",
            )
        )


class _Bell(QObject):
    """Rings from any thread to the thread of whoever listens.

    An object of its own, kept by the threads: the listener may be destroyed at any moment, and
    signals must not be emitted by an object that is just being destroyed.
    """

    ended = Signal(object)
    progressed = Signal()


class _Desk:
    """The queue of tasks and the threads that work it off.

    A thread lives only while there is work: nothing is left running by somebody who forgets to
    shut down, and with one thread the tasks are done one after the other, in order.
    """

    def __init__(self, threads: int) -> None:
        self.bell = _Bell()
        self._most = threads
        # The garbage collector may end a Background, and so close its desk, in the middle of this.
        self._lock = threading.RLock()
        self._queue: deque[_Task] = deque()
        self._workers: set[threading.Thread] = set()
        self._closed = False

    def put(self, task: _Task) -> bool:
        with self._lock:
            if self._closed:
                return False
            self._queue.append(task)
            if len(self._workers) < self._most:
                # A daemon: work that does not heed "cancel" must not keep the program from ending.
                worker = threading.Thread(
                    target=self._work_off, name="lollma-background", daemon=True
                )
                self._workers.add(worker)
                worker.start()
            return True

    def _work_off(self) -> None:
        while (task := self._next()) is not None:
            parcel: _Parcel = [(task.job, _outcome_of(task))]
            task.job.mark_finished()
            # Task and outcome may hold the last reference to a widget, and those must die on their
            # own thread: let go of both before that thread learns that it may let go as well.
            del task
            with self._lock:
                if not self._closed:
                    self.bell.ended.emit(parcel)

    def _next(self) -> _Task | None:
        with self._lock:
            if self._queue:
                return self._queue.popleft()
            self._workers.discard(threading.current_thread())
            return None

    def ring_progress(self) -> None:
        """Some job has something new to say."""
        with self._lock:
            if not self._closed:
                self.bell.progressed.emit()

    def close(self) -> None:
        """Ring nobody and accept nothing any more; what is queued is still worked off."""
        with self._lock:
            self._closed = True

    def join(self, seconds: float) -> bool:
        """Wait for the threads; whether all ended in time."""
        deadline = time.monotonic() + seconds
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.join(max(0.0, deadline - time.monotonic()))
        return not any(worker.is_alive() for worker in workers)


class Background(QObject):
    """Runs work in threads of its own, and tells how it went on the thread it was made in.

    Work gets its ``Job``, touches no Qt object, and returns a result or raises. Exactly one of
    ``on_result`` and ``on_error`` is called for it, once; neither when it was cancelled or the
    owner is gone.

    Args:
        threads: How many works run at the same time; with 1 they run in the order they came.
        parent: The Qt parent.
    """

    def __init__(self, threads: int = 4, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: dict[Job, _Task] = {}
        desk = self._desk = _Desk(threads)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PROGRESS_INTERVAL_MS)
        self._pause.timeout.connect(self._show_progress)
        queued = Qt.ConnectionType.QueuedConnection
        desk.bell.ended.connect(self._finish, queued)
        desk.bell.progressed.connect(self._show_progress, queued)
        tasks = self._tasks

        def gone() -> None:  # must not mention self, which would keep itself alive
            _cancel_all(tasks)
            desk.close()

        self.destroyed.connect(gone)

    def run(
        self,
        work: Callable[[Job], T],
        *,
        on_result: Callable[[T], None],
        on_error: Callable[[LollmaError], None],
        on_progress: Callable[[Any], None] | None = None,
        on_finished: Callable[[], None] | None = None,
        owner: QObject | None = None,
    ) -> Job:
        """Start ``work`` soon. To be called on the thread this object was made in.

        Args:
            work: Called in another thread with its job.
            on_result: Called with what ``work`` returned.
            on_error: Called with what went wrong; an unexpected exception is logged and wrapped.
            on_progress: Called with what ``work`` last gave to ``Job.report``, not too often; the
                last report always arrives, before the result.
            on_finished: Called last of all, also after a cancel: the work has really ended.
            owner: When this object is destroyed, nothing is called any more. Left out, it is the
                object that ``on_result`` is a method of.

        Returns:
            The job, to cancel it. After ``shutdown`` it is cancelled and never begins.
        """
        if owner is None:
            bound = getattr(on_result, "__self__", None)
            owner = bound if isinstance(bound, QObject) else None
        job = Job(self._desk.ring_progress)
        task = _Task(job, work, on_result, on_error, on_progress, on_finished, owner)
        self._tasks[job] = task
        if not self._desk.put(task):
            del self._tasks[job]
            job.cancel()
            job.mark_finished()
        return job

    def is_idle(self) -> bool:
        """Whether nothing is under way and everything was delivered."""
        return not self._tasks

    def cancel_all(self) -> None:
        """Ask all works to stop; does not wait for it."""
        _cancel_all(self._tasks)

    def shutdown(self, timeout_ms: int = 5000, *, cancel: bool = True) -> bool:
        """End for good: call nobody any more, start nothing more, wait for the threads.

        Args:
            timeout_ms: How long to wait at most, in milliseconds.
            cancel: Give up what is under way and queued. False lets it be done first (saves).

        Returns:
            Whether all work has ended in that time.
        """
        if cancel:
            self.cancel_all()
        self._desk.close()
        self._pause.stop()
        ended = self._desk.join(timeout_ms / 1000)
        if ended:
            self._tasks.clear()
        else:
            _log.warning("work in the background did not end within %d ms", timeout_ms)
        return ended

    @Slot()
    def _show_progress(self) -> None:
        if self._pause.isActive():
            return  # its end brings us here again
        for task in list(self._tasks.values()):
            has_news, progress = task.job.take_progress()
            if has_news:
                self._pause.start()
                if task.on_progress is not None and task.wants_news():
                    task.on_progress(progress)

    @Slot(object)
    def _finish(self, parcel: _Parcel) -> None:
        job, outcome = parcel.pop()
        task = self._tasks.pop(job, None)
        if task is None:
            return
        has_news, progress = job.take_progress()
        if has_news and task.on_progress is not None and task.wants_news():
            task.on_progress(progress)
        if task.wants_news() and not outcome.was_cancelled:
            if outcome.error is not None:
                task.on_error(outcome.error)
            else:
                task.on_result(outcome.result)
        if task.on_finished is not None and task.owner_lives():
            task.on_finished()


def _cancel_all(tasks: dict[Job, _Task]) -> None:
    for job in list(tasks):
        job.cancel()
