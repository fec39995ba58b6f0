"""The queue of downloads: each runs on a desk of its own, in order, and outlives the app."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.download_queue import DownloadQueue
from lollma_gui.core.download_state import (
    DownloadState,
    Moment,
    Queued,
    Wish,
    key_of,
    overall_words,
)
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.hub_download import HubDownload
from lollma_gui.qt.background import Background, Job
from lollma_gui.services.disk_room import DiskLedger
from lollma_gui.services.download_store import DownloadStore, OriginStore
from lollma_gui.services.model_download import (
    ChangedUpstreamError,
    Means,
    ModelDownload,
    arrived_bytes,
    remove_parts,
)
from lollma_gui.services.speed_limit import SpeedLimit

#: So many can run at the same time at most.
MOST_AT_ONCE = 8
#: So long a cancelled download can be had back; after that its bytes are removed.
UNDO_MS = 20_000
_KB = 1000


class Downloads(QObject):
    """Knows all downloads, and has as many of them run as may.

    Args:
        store: Keeps the queue.
        origins: Keeps where models came from.
        keeper: Saves in order, one thread.
        folder: The models folder where nobody says another.
        at_once: How many run at the same time, 1 to 8.
        speed_kb: Limit on the speed of all together in kB/s; 0 for none.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Signals:
        changed: The queue, an entry, or a limit changed.
        moved_on: Key of a download of which more has arrived.
        finished: The model's first file (``Path``), verified and named.
        failed: A ``LollmaError`` that ended a download; it can be tried again.
        limits_chosen: How many at once, and kB/s, as the person set them.
        files_moved: Files have other paths now: a mapping, old to new.
    """

    changed = Signal()
    moved_on = Signal(str)
    finished = Signal(object)
    failed = Signal(object)
    limits_chosen = Signal(int, int)
    files_moved = Signal(object)

    def __init__(
        self,
        store: DownloadStore,
        origins: OriginStore,
        keeper: Background,
        folder: Path,
        at_once: int = 2,
        speed_kb: int = 0,
        endpoint: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._keeper = keeper
        self._folder = folder
        self._at_once = at_once
        self._speed_kb = speed_kb
        # More threads than may run: those that were stopped may still be ending.
        self._desk = Background(threads=2 * MOST_AT_ONCE, parent=self)
        self._limit = SpeedLimit(speed_kb * _KB or None)
        self._means = Means(DiskLedger(), origins, self._limit.take, endpoint)
        self._queue = DownloadQueue()
        self._moments: dict[str, Moment] = {}
        self._jobs: dict[str, Job] = {}

    # ---- what there is ---------------------------------------------------------------------

    @property
    def entries(self) -> list[Queued]:
        """All downloads in order, without cancelled ones."""
        return self._queue.shown

    @property
    def at_once(self) -> int:
        """How many run at the same time."""
        return self._at_once

    @property
    def speed_kb(self) -> int:
        """Limit on the speed of all together in kB/s; 0 for none."""
        return self._speed_kb

    @property
    def under_way(self) -> int:
        """How many go on by themselves: those that run and those that wait for their turn."""
        return len(self._queue.busy)

    @property
    def words(self) -> str:
        """All that is under way in one line; empty where nothing is."""
        progress = [m.progress for m in self._moments.values() if m.progress]
        speed = sum(p.bytes_per_second or 0.0 for p in progress)
        lefts = [queued.left_bytes for queued in self._queue.busy]
        known = [left for left in lefts if left is not None]
        seconds = sum(known) / speed if speed and len(known) == len(lefts) else None
        return overall_words(len(lefts), speed or None, seconds)

    def entry(self, key: str) -> Queued | None:
        """A download by its key."""
        return self._queue.find(key)

    @property
    def wanted(self) -> set[HubDownload]:
        """The models that are on their way, or would be if nothing held them up."""
        return self._queue.wanted

    def has_begun(self, path: str) -> bool:
        """Whether a file belongs to a download that is not done, as its target or its bytes."""
        return self._queue.has_begun(path)

    def moment(self, key: str) -> Moment | None:
        """What a download that runs is doing just now; None where it does not run."""
        return self._moments.get(key)

    # ---- wishes ----------------------------------------------------------------------------

    def restore(self) -> None:
        """Take up what was under way when the app ended, however it ended."""

        def work(_job: Job) -> list[Queued]:
            return [q._replace(done_bytes=arrived_bytes(q)) for q in self._store.all()]

        self._keeper.run(work, on_result=self._take_up, on_error=self.failed.emit, owner=self)

    def add(
        self, what: HubDownload, folder: Path | None = None, replaces: tuple[str, ...] = ()
    ) -> str:
        """Download a model; one that is in the queue already goes on instead.

        Args:
            what: The model.
            folder: The models folder it goes into; None is the app's own.
            replaces: Older files, one a part, that are replaced once all new ones are verified.

        Returns:
            The key of the download.
        """
        into = str(folder or self._folder)
        key = key_of(what, into)
        known = self.entry(key)
        if known is None or known.state is DownloadState.DONE:
            self._queue.add(Queued(key, what, into, targets=replaces, replaces=bool(replaces)))
            self._go_on()
            self._promise_room(key)
        else:
            self.undo_cancel(key)
            self.resume(key)
        return key

    def pause(self, key: str) -> None:
        """Stop, and keep what has arrived."""
        if self._queue.may(key, Wish.PAUSE):
            self._stop(key, DownloadState.PAUSED)

    def resume(self, key: str) -> None:
        """Go on, or try again."""
        if self._queue.may(key, Wish.RESUME):
            self._queue.settle(key, DownloadState.WAITING)
            self._go_on()

    def cancel(self, key: str) -> None:
        """Give up, and remove what has arrived a little later: until then it can be undone."""
        if self._queue.may(key, Wish.CANCEL):
            self._stop(key, DownloadState.CANCELLED)
            self._means.ledger.release(key)
            QTimer.singleShot(UNDO_MS, self, lambda: self._forget(key))

    def undo_cancel(self, key: str) -> None:
        """Have a cancelled download back."""
        queued = self.entry(key)
        if queued is not None and queued.state is DownloadState.CANCELLED:
            self._queue.settle(key, DownloadState.WAITING)
            self._go_on()

    def fetch_new(self, key: str) -> None:
        """The Hub has a newer version: fetch that one instead; what arrived is thrown away."""
        queued = self.entry(key)
        if queued is not None and queued.newer and self._queue.may(key, Wish.FETCH_NEW):
            self._queue.change(key, what=queued.newer, done_bytes=0)
            self._queue.settle(key, DownloadState.WAITING)
            self._go_on()

    def keep_listed(self, key: str) -> None:
        """The Hub has a newer version: keep to the one that was chosen."""
        if self._queue.may(key, Wish.KEEP_LISTED):
            self._queue.change(key, is_pinned=True)
            self._queue.settle(key, DownloadState.WAITING)
            self._go_on()

    def move(self, key: str, places: int) -> None:
        """Move a download up (negative) or down in the queue."""
        if self._queue.may(key, Wish.MOVE):
            self._queue.move(key, places)
            self._go_on()

    def move_first(self, key: str) -> None:
        """Let a download be the next one."""
        self.move(key, -len(self.entries))

    def pause_all(self) -> None:
        """Stop all that go on by themselves."""
        # Those that wait first: else each would begin as soon as one before it stops.
        for queued in reversed(self.entries):
            self.pause(queued.key)

    def resume_all(self) -> None:
        """Let all go on that are paused or failed."""
        for queued in self.entries:
            self.resume(queued.key)

    def move_files(self, names: Mapping[str, str]) -> None:
        """Files have other paths now, old to new: where they came from is known as before."""
        self._queue.move_files(names)
        self._keeper.run(
            lambda _job: self._means.origins.move(names),
            on_result=lambda _none: None,
            on_error=self.failed.emit,
            owner=self,
        )
        self.files_moved.emit(names)

    def clear_finished(self) -> None:
        """Show those that are done no more; their files stay."""
        self._queue.clear_finished()
        self.changed.emit()

    def set_at_once(self, count: int) -> None:
        """Let so many run at the same time; those that run already are not stopped."""
        self._at_once = min(max(count, 1), MOST_AT_ONCE)
        self.limits_chosen.emit(self._at_once, self._speed_kb)
        self._go_on()

    def set_speed(self, speed_kb: int) -> None:
        """Limit the speed of all together, in kB/s, from now on; 0 for none."""
        self._speed_kb = max(speed_kb, 0)
        self._limit.set(self._speed_kb * _KB or None)
        self.limits_chosen.emit(self._at_once, self._speed_kb)
        self.changed.emit()

    # ---- running ---------------------------------------------------------------------------

    def _take_up(self, kept: Sequence[Queued]) -> None:
        self._queue.take_up(kept)
        for queued in kept:
            self._forget(queued.key)
        self._go_on()

    def _go_on(self) -> None:
        """The queue is another: keep it, let the next ones run, tell."""
        self._start_next()
        self._save()
        self.changed.emit()

    def _save(self) -> None:
        kept = self._queue.kept
        self._keeper.run(
            lambda _job: self._store.save(kept),
            on_result=lambda _none: None,
            on_error=self.failed.emit,
            owner=self,
        )

    def _start_next(self) -> None:
        for queued in self._queue.next_ones(self._at_once, self._jobs):
            self._start(queued)

    def _start(self, queued: Queued) -> None:
        key = queued.key
        self._queue.change(key, state=DownloadState.DOWNLOADING)

        def work(job: Job) -> list[Path]:
            return ModelDownload(queued, self._means, job.report, job.cancelled).run()

        self._jobs[key] = self._desk.run(
            work,
            on_result=lambda paths: self._finish(key, paths),
            on_error=lambda error: self._stumble(key, error),
            on_progress=lambda moment: self._move_on(key, moment),
            on_finished=lambda: self._let_go(key),
            owner=self,
        )

    def _promise_room(self, key: str) -> None:
        """See that there is room for one that has to wait, and keep that room for it."""
        queued = self.entry(key)
        if queued is None or queued.state is not DownloadState.WAITING:
            return  # one that runs sees to it itself
        size, folder = queued.what.size or 0, Path(queued.folder)
        self._desk.run(
            lambda _job: self._means.ledger.promise(key, folder, size),
            on_result=lambda _none: None,
            on_error=lambda error: self._refuse_room(key, error),
            owner=self,
        )

    def _refuse_room(self, key: str, error: LollmaError) -> None:
        queued = self.entry(key)
        # One that has begun by now found out by itself.
        if queued is not None and queued.state is DownloadState.WAITING:
            self._stumble(key, error)

    def _stop(self, key: str, state: DownloadState) -> None:
        if key in self._jobs:
            self._jobs[key].cancel()
        self._moments.pop(key, None)
        self._queue.settle(key, state)
        self._go_on()

    def _let_go(self, key: str) -> None:
        del self._jobs[key]
        self._start_next()
        self.changed.emit()

    def _move_on(self, key: str, moment: Moment) -> None:
        before = self._moments.get(key)
        self._moments[key] = moment
        if moment.progress is not None:
            self._queue.change(key, done_bytes=moment.progress.done_bytes)
        if before is None or before._replace(progress=None) != moment._replace(progress=None):
            self._queue.change(key, state=moment.state, targets=moment.targets)
            self._save()
            self.changed.emit()
        self.moved_on.emit(key)

    def _finish(self, key: str, paths: Sequence[Path]) -> None:
        self._end_run(key)
        queued = self.entry(key)
        assert queued is not None
        done = queued.what.size or queued.done_bytes
        self._queue.change(key, targets=tuple(map(str, paths)), done_bytes=done)
        self._queue.settle(key, DownloadState.DONE)
        self._go_on()
        self.finished.emit(paths[0])

    def _stumble(self, key: str, error: LollmaError) -> None:
        self._end_run(key)
        self._queue.settle(key, DownloadState.FAILED)
        if isinstance(error, ChangedUpstreamError):
            self._queue.change(key, state=DownloadState.CHANGED, newer=error.newer)
        self._queue.change(key, problem=error.title, advice=error.advice)
        self._go_on()
        self.failed.emit(error)

    def _end_run(self, key: str) -> None:
        self._moments.pop(key, None)
        self._means.ledger.release(key)

    # ---- ending ----------------------------------------------------------------------------

    def _forget(self, key: str) -> None:
        """Nobody asked for a cancelled download back: remove what it left."""
        queued = self.entry(key)
        if queued is None or queued.state is not DownloadState.CANCELLED:
            return
        self._desk.run(
            lambda _job: remove_parts(queued),
            on_result=lambda _none: None,
            on_error=self.failed.emit,
            owner=self,
        )
        self._queue.drop(key)
        self._save()

    def shutdown(self, timeout_ms: int) -> bool:
        """Stop all for good; they go on with the next start. Whether all ended in that time."""
        return self._desk.shutdown(timeout_ms)
