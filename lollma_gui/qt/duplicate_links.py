"""Models that are here more than once: found after each search, linked on request, and back."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from lollma_gui.core import units
from lollma_gui.core.duplicates import Copy, Duplicates, find_duplicates
from lollma_gui.core.errors import LollmaError
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.library import Library
from lollma_gui.qt.model_actions import Done
from lollma_gui.services.duplicates import copies_of, link, separate


class _Linked(NamedTuple):
    """What was done: copies that share their bytes now, bytes that are free, what stopped it."""

    copies: list[Copy]
    freed: int
    problem: LollmaError | None = None


class DuplicateLinks(QObject):
    """Works in the background.

    Args:
        library: The models.
        background: Where bytes are compared.
        parent: The Qt parent.

    Signals:
        changed: Other models are here more than once.
        progress: Bytes compared, and all.
        done: A ``Done``.
        failed: A ``LollmaError``.
        ended: Nothing is being linked any more.
    """

    changed = Signal()
    progress = Signal(float, float)
    done = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(
        self, library: Library, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._background = background
        self._found: list[Duplicates] = []
        self._job: Job | None = None
        library.changed.connect(self._look)

    @property
    def found(self) -> list[Duplicates]:
        """Models that could share their bytes, those first that would save most."""
        return list(self._found)

    def words(self) -> str:
        """How many there are and what could be saved, as one sentence; empty if there are none."""
        count, saved = len(self._found), sum(group.saved_bytes for group in self._found)
        if not count:
            return ""
        models = "1 model is" if count == 1 else f"{count} models are"
        return f"{models} here more than once: {units.file_size(saved)} could be saved."

    def _look(self) -> None:
        entries = self._library.entries
        self._background.run(
            lambda _job: [g for g in find_duplicates(copies_of(entries)) if g.others],
            on_result=self._take,
            on_error=self.failed.emit,
        )

    def _take(self, found: list[Duplicates]) -> None:
        if found != self._found:
            self._found = found
            self.changed.emit()

    # ---- wishes ----------------------------------------------------------------------------

    def link(self, groups: Sequence[Duplicates]) -> None:
        """Let copies share their bytes, each after all of it was compared."""
        self.cancel()
        self._job = self._background.run(
            lambda job: _link_all(groups, job),
            on_result=self._on_linked,
            on_error=self.failed.emit,
            on_progress=lambda told: self.progress.emit(*map(float, told)),
            on_finished=self.ended.emit,
        )

    def cancel(self) -> None:
        """Give it up; what is linked already stays so."""
        if self._job is not None:
            self._job.cancel()

    def _on_linked(self, linked: _Linked) -> None:
        if linked.problem is not None:
            self.failed.emit(linked.problem)
        if linked.copies:
            words = f"{units.file_size(linked.freed)} are free now: copies share their bytes."
            self.done.emit(Done(words, "", lambda: self._separate(linked.copies)))
            self._library.rescan()

    def _separate(self, copies: Sequence[Copy]) -> None:
        def tell(_none: None) -> None:
            self.done.emit(Done("Every copy has bytes of its own again."))
            self._library.rescan()

        self._background.run(
            lambda _job: _separate_all(copies),
            on_result=tell,
            on_error=self.failed.emit,
            owner=self,
        )


def _link_all(groups: Sequence[Duplicates], job: Job) -> _Linked:
    """Link one copy after the other, until one cannot be."""
    linked, freed, before = list[Copy](), 0, 0
    total = sum(group.saved_bytes for group in groups)
    for group in groups:
        for copy in group.others:
            start = before

            def tell(done: int, _all: int, start: int = start) -> None:
                job.report((start + done, total))

            try:
                freed += link(group.keep, copy, job.cancelled, tell)
            except LollmaError as error:
                return _Linked(linked, freed, error)
            linked.append(copy)
            before += copy.size_bytes
    return _Linked(linked, freed)


def _separate_all(copies: Sequence[Copy]) -> None:
    for copy in copies:
        separate(copy)
