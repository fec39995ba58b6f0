import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.qt.background import Background, Job


@pytest.fixture
def background(qapp) -> Iterator[Background]:
    it = Background(threads=2)
    yield it
    assert it.shutdown()


class Listener(QObject):
    """Writes down what it is told, and on which thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.told: list[tuple[str, Any]] = []
        self.threads: set[QThread] = set()

    def _note(self, what: str, value: Any = None) -> None:
        self.told.append((what, value))
        self.threads.add(QThread.currentThread())

    def result(self, value: Any) -> None:
        self._note("result", value)

    def error(self, error: LollmaError) -> None:
        self._note("error", error)

    def progress(self, value: Any) -> None:
        self._note("progress", value)

    def finished(self) -> None:
        self._note("finished")

    def all(self) -> dict[str, Any]:
        return {
            "on_result": self.result,
            "on_error": self.error,
            "on_progress": self.progress,
            "on_finished": self.finished,
        }


def test_work_runs_elsewhere_and_its_result_arrives_on_the_owners_thread(background, qtbot):
    listener, main = Listener(), threading.get_ident()
    background.run(lambda _job: threading.get_ident(), **listener.all())
    qtbot.waitUntil(background.is_idle)
    (what, worker), end = listener.told
    assert (what, end) == ("result", ("finished", None))
    assert worker != main
    assert listener.threads == {background.thread()}


def test_an_error_for_people_arrives_as_it_is(background, qtbot):
    listener, error = Listener(), LollmaError("The disk is full.", "Free some space.")

    def fail(_job: Job) -> None:
        raise error

    background.run(fail, **listener.all())
    qtbot.waitUntil(background.is_idle)
    assert listener.told == [("error", error), ("finished", None)]


def test_any_other_exception_is_logged_and_put_into_plain_words(background, qtbot, expect_log):
    expect_log("failed unexpectedly")
    listener = Listener()
    background.run(lambda _job: 1 / 0, **listener.all())
    qtbot.waitUntil(background.is_idle)
    (what, error), _ = listener.told
    assert what == "error"
    assert error.title.startswith("Something unexpected went wrong")
    assert error.details == "ZeroDivisionError: division by zero"


def test_a_flood_of_progress_is_thinned_but_its_last_word_always_arrives(background, qtbot):
    listener = Listener()

    def count(job: Job) -> str:
        for n in range(20_000):
            job.report(n)
        return "done"

    background.run(count, **listener.all())
    qtbot.waitUntil(background.is_idle)
    shown = [value for what, value in listener.told if what == "progress"]
    assert shown == sorted(shown)
    assert len(shown) < 1000
    assert listener.told[-3:] == [("progress", 19_999), ("result", "done"), ("finished", None)]


def test_progress_is_shown_while_the_work_goes_on(background, qtbot):
    listener, seen = Listener(), threading.Semaphore(0)

    def count(job: Job) -> None:
        for n in range(3):
            job.report(n)
            assert seen.acquire(timeout=10), "progress was not shown before the work ended"

    background.run(
        count,
        on_result=listener.result,
        on_error=listener.error,
        on_progress=lambda n: (listener.progress(n), seen.release()),
    )
    qtbot.waitUntil(background.is_idle)
    assert listener.told == [("progress", 0), ("progress", 1), ("progress", 2), ("result", None)]


def test_cancelled_work_stops_and_delivers_nothing_but_its_end(background, qtbot):
    listener, started = Listener(), threading.Event()

    def until_cancelled(job: Job) -> None:
        started.set()
        while not job.cancelled():
            pass
        job.report("too late")
        raise Cancelled

    job = background.run(until_cancelled, **listener.all())
    assert started.wait(10)
    assert not job.finished()
    job.cancel()
    qtbot.waitUntil(background.is_idle)
    assert job.finished()
    assert listener.told == [("finished", None)]


def test_a_result_that_comes_after_cancel_is_not_delivered(background, qtbot):
    listener, go_on = Listener(), threading.Event()
    job = background.run(lambda _job: go_on.wait(10), **listener.all())
    job.cancel()
    go_on.set()
    qtbot.waitUntil(background.is_idle)
    assert listener.told == [("finished", None)]


@pytest.mark.parametrize("named", [True, False], ids=["named as owner", "found from on_result"])
def test_nobody_is_called_after_the_owner_was_destroyed(background, qtbot, named):
    parent = QObject()
    listener, go_on = Listener(parent), threading.Event()
    told = listener.told

    def work(job: Job) -> int:
        assert go_on.wait(10)
        job.report("progress")
        return 1

    if named:
        background.run(
            work, on_result=lambda n: told.append(("result", n)), on_error=print, owner=listener
        )
    else:
        background.run(work, **listener.all())
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(parent, QEvent.Type.DeferredDelete)
    go_on.set()
    qtbot.waitUntil(background.is_idle)
    assert told == []


def test_with_one_thread_work_is_done_in_the_order_it_came(qtbot):
    background, order = Background(threads=1), []
    for n in range(50):
        background.run(lambda _job, n=n: order.append(n), on_result=print, on_error=print)
    qtbot.waitUntil(background.is_idle)
    assert order == list(range(50))
    assert background.shutdown()


def test_no_more_threads_run_than_allowed(background, qtbot):
    running, most, lock = set(), [], threading.Lock()
    both = threading.Barrier(2)

    def work(_job: Job) -> None:
        with lock:
            running.add(threading.get_ident())
            most.append(len(running))
        both.wait(10)
        with lock:
            running.discard(threading.get_ident())
        both.wait(10)

    for _ in range(6):
        background.run(work, on_result=lambda _none: None, on_error=pytest.fail)
    qtbot.waitUntil(background.is_idle)
    assert max(most) == 2


def test_shutdown_cancels_waits_and_starts_nothing_more(qtbot):
    background, listener = Background(threads=1), Listener()

    def until_cancelled(job: Job) -> None:
        while not job.cancelled():
            pass

    running = background.run(until_cancelled, **listener.all())
    queued = background.run(lambda _job: listener.told.append(("ran", None)), **listener.all())
    assert background.shutdown()
    after = background.run(lambda _job: listener.told.append(("ran", None)), **listener.all())
    assert running.finished()
    assert queued.finished()
    assert after.finished()
    assert after.cancelled()
    QCoreApplication.sendPostedEvents(background)
    assert listener.told == []


def test_shutdown_can_let_saves_be_done_first(qapp):
    background, saved = Background(threads=1), []
    for n in range(5):
        background.run(lambda _job, n=n: saved.append(n), on_result=print, on_error=print)
    assert background.shutdown(cancel=False)
    assert saved == [0, 1, 2, 3, 4]


def test_shutdown_does_not_wait_for_ever(qapp, expect_log):
    expect_log("did not end within")
    background, started, go_on = Background(), threading.Event(), threading.Event()

    def heedless(_job: Job) -> None:
        started.set()
        assert go_on.wait(10)

    background.run(heedless, on_result=print, on_error=print)
    assert started.wait(10)
    assert not background.shutdown(timeout_ms=1)
    go_on.set()
    assert background.shutdown()


def test_work_outliving_a_forgotten_background_tells_nobody(qapp):
    listener, go_on = Listener(), threading.Event()
    parent = QObject()
    background = Background(parent=parent)
    job = background.run(lambda _job: go_on.wait(10), **listener.all())
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(parent, QEvent.Type.DeferredDelete)
    assert job.cancelled()
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "lollma-background":
            thread.join(10)
    QCoreApplication.sendPostedEvents(None)
    assert job.finished()
    assert listener.told == []
