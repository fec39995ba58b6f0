"""Whether there is a newer LoLLMa: asked only when a person wants it, and remembered."""

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.releases import Release, UpdateView, is_due, is_newer, is_page_of
from lollma_gui.qt.background import Background, Job
from lollma_gui.services.update_store import UpdateMemory, UpdateStore
from lollma_gui.services.updates import Newest, ask_newest

#: How often it is looked whether a day is over; that asks nobody.
_LOOK_MS = 3600 * 1000


class UpdateCheck(QObject):
    """Asks GitHub once a day at most where that is wanted, and whenever a person presses a button.

    Args:
        repository: Who is asked, ``owner/name``; empty where this build does not say: nobody is.
        own_version: The version that runs.
        store: Where it is remembered.
        background: Where GitHub is asked.
        keeper: Where it is loaded and saved: one thread.
        now: The clock, in seconds since 1970.

    Signals:
        changed: ``view`` is another.
        found: A ``Release`` that the person has not skipped; once each.
        failed: A ``LollmaError``: it could not be remembered.
    """

    changed = Signal()
    found = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        repository: str,
        own_version: str,
        store: UpdateStore,
        background: Background,
        keeper: Background,
        parent: QObject | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._repository = repository
        self._own_version = own_version
        self._store = store
        self._background = background
        self._keeper = keeper
        self._now = now
        self._memory = UpdateMemory()
        self._is_loaded = False
        self._job: Job | None = None
        self._said = ("", "")
        self._told = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.ask_if_due)

    @property
    def view(self) -> UpdateView:
        """What a person is shown."""
        return UpdateView(
            self._repository,
            self._is_loaded,
            self._memory.wanted,
            self._job is not None,
            *self._said,
            self._newer(),
        )

    def begin(self) -> None:
        """Find out what was chosen earlier; whoever wants to be told is told from now on."""
        if self._repository:
            store = self._store
            self._keeper.run(
                lambda _job: store.load(), on_result=self._take_memory, on_error=self.failed.emit
            )

    def set_wanted(self, wanted: bool) -> None:
        """Whether the person wants to be told of new versions."""
        self._remember(wanted=wanted)
        if wanted:
            self._timer.start()
            self.ask_if_due()
        else:
            self._timer.stop()
            self.stop()
        self.changed.emit()

    def ask_if_due(self) -> None:
        """Ask, where that is wanted and the last time is a day ago."""
        if self._memory.wanted and is_due(self._memory.checked_at, self._now()):
            self.ask()

    def ask(self) -> None:
        """Ask now; does nothing while that is under way, or where there is nobody to ask."""
        if not (self._repository and self._is_loaded) or self._job is not None:
            return
        # Before the answer: a question without one counts too.
        self._remember(checked_at=self._now())
        repository = self._repository
        # A mark without its answer, or of another repository, is worth nothing.
        etag = self._memory.etag if self._is_ours(self._memory.page) else ""
        self._job = self._background.run(
            lambda job: ask_newest(repository, etag, job.cancelled),
            on_result=self._take_answer,
            on_error=self._take_error,
        )
        self.changed.emit()

    def skip(self, version: str) -> None:
        """Say no more of this version."""
        self._remember(skipped=version)
        self.changed.emit()

    def stop(self) -> None:
        """Give up what is under way."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.changed.emit()

    # ---- answers ---------------------------------------------------------------------------

    def _take_memory(self, loaded: tuple[UpdateMemory, list[str]]) -> None:
        self._memory, problems = loaded
        self._is_loaded = True
        for problem in problems:
            self.failed.emit(LollmaError(problem))
        if self._memory.wanted:
            self._timer.start()
            self._tell()
            self.ask_if_due()
        self.changed.emit()

    def _take_answer(self, newest: Newest) -> None:
        self._job = None
        if not newest.is_same:
            release = newest.release or Release("", "")
            self._remember(etag=newest.etag, version=release.version, page=release.page)
        newer = self._newer()
        words = f"LoLLMa {newer.version} is there." if newer else "There is no newer version."
        self._said = (words, "")
        self._tell()
        self.changed.emit()

    def _take_error(self, error: LollmaError) -> None:
        self._job = None
        self._said = (error.title, error.advice)
        self.changed.emit()

    def _tell(self) -> None:
        newer = self._newer()
        if newer and newer.version not in (self._memory.skipped, self._told):
            self._told = newer.version
            self.found.emit(newer)

    def _newer(self) -> Release | None:
        version, page = self._memory.version, self._memory.page
        # The file may have been written by anybody, and the page is opened with a click.
        is_news = bool(version) and is_newer(version, self._own_version) and self._is_ours(page)
        return Release(version, page) if is_news else None

    def _is_ours(self, page: str) -> bool:
        return bool(self._repository) and is_page_of(page, self._repository)

    def _remember(self, **values: Any) -> None:
        memory, store = self._memory._replace(**values), self._store
        if memory != self._memory:
            self._memory = memory
            self._keeper.run(
                lambda _job: store.save(memory),
                on_result=lambda _none: None,
                on_error=self.failed.emit,
                owner=self,
            )
