"""The details of one model: read, rendered and summed up off the window's thread, when wanted."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.model_details import DetailsView, details
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.qt.background import Background, Job
from lollma_gui.services.file_hash import sha256_of
from lollma_gui.services.model_files import read_whole_header
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.services.template_preview import render_example
from lollma_gui.services.token_texts import token_texts


class DetailsSession(QObject):
    """What the details page shows, one model at a time.

    Args:
        background: Where the work is done.
        parent: The Qt parent.

    Signals:
        changed: A ``DetailsView``, or None where there is none (yet).
        unreadable: A ``LollmaError``: why there is none.
        rendered: The text of a short conversation in the model's own format.
        not_rendered: A ``LollmaError``: why there is none.
        hash_progress: Bytes read, and all.
        hashed: The SHA-256 of each file, in order.
        not_hashed: A ``LollmaError``; None where it was given up.
    """

    changed = Signal(object)
    unreadable = Signal(object)
    rendered = Signal(str)
    not_rendered = Signal(object)
    hash_progress = Signal(float, float)
    hashed = Signal(list)
    not_hashed = Signal(object)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._key: tuple[str, float] = ("", 0.0)
        self._files: list[Path] = []
        self._view: DetailsView | None = None
        self._jobs: dict[str, Job] = {}

    @property
    def files(self) -> list[Path]:
        """All files of the model that is shown."""
        return list(self._files)

    def show(self, entry: LibraryEntry | None, others: Sequence[ModelInfo]) -> None:
        """Show another model; one that is shown already is read again if its file changed."""
        info = entry.info if entry else None
        key = (str(entry.path), entry.modified) if entry else ("", 0.0)
        if key == self._key and (self._view is not None or info is None):
            return
        self.stop()
        self._key, self._view = key, None
        self._files = [Path(file) for file in info.files] if info else []
        self.changed.emit(None)
        if info is not None:
            self._start(info, list(others))

    def _start(self, info: ModelInfo, others: list[ModelInfo]) -> None:
        self._jobs["read"] = self._background.run(
            lambda _job: details(info, read_whole_header(Path(info.files[0])), others),
            on_result=self._take,
            on_error=self.unreadable.emit,
        )

    def _take(self, view: DetailsView) -> None:
        self._view = view
        self.changed.emit(view)

    # ---- template --------------------------------------------------------------------------

    def render(self) -> None:
        """Find out what the model's chat template makes of a short conversation."""
        view = self._view
        if view is None or not view.template:
            return
        self._give_up("render")
        self._jobs["render"] = self._background.run(
            lambda job: _rendered(view, job),
            on_result=self.rendered.emit,
            on_error=self.not_rendered.emit,
            owner=self,
        )

    # ---- checksum --------------------------------------------------------------------------

    def hash(self) -> None:
        """Compute the SHA-256 of all files."""
        self._give_up("hash")
        files = self.files
        self._jobs["hash"] = self._background.run(
            lambda job: sha256_of(
                files, job.cancelled, lambda done, total: job.report((done, total))
            ),
            on_result=self.hashed.emit,
            on_error=self.not_hashed.emit,
            on_progress=lambda progress: self.hash_progress.emit(*map(float, progress)),
            owner=self,
        )

    def stop_hashing(self) -> None:
        """Give it up."""
        if self._give_up("hash"):
            self.not_hashed.emit(None)

    def _give_up(self, what: str) -> bool:
        job = self._jobs.pop(what, None)
        if job is None or job.finished():
            return False
        job.cancel()
        return True

    def stop(self) -> None:
        """Give up all that is under way."""
        for what in ("read", "render"):
            self._give_up(what)
        self.stop_hashing()


def _rendered(view: DetailsView, job: Job) -> str:
    """A short conversation by the model's template.

    Raises:
        LollmaError: If it gives none.
    """
    wanted = {number for number in view.ends if number is not None}
    texts = token_texts(Path(view.path), view.tokens, wanted) if view.tokens else {}
    bos, eos = (texts.get(-1 if number is None else number, "") for number in view.ends)
    return render_example(view.template, bos, eos, job.cancelled)
