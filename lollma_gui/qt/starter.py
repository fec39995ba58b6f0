"""Getting the starter model, off the window's thread."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.progress import Progress
from lollma_gui.qt.background import Background, Job

#: What the starter model's file is called (services/starter_model.py, imported when needed).
FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"


class StarterModel(QObject):
    """Fetches the starter model once, with progress and cancel.

    Signals:
        changed: Progress, or whether it is being fetched or is there.
        fetched: The file, verified.
        failed: Why it could not be fetched, a ``LollmaError``.
    """

    changed = Signal()
    fetched = Signal(object)
    failed = Signal(object)

    def __init__(self, background: Background, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._folder = folder
        self._job: Job | None = None
        self._progress: Progress | None = None

    @property
    def is_there(self) -> bool:
        """Whether the file lies in its folder already."""
        return (self._folder / FILE_NAME).is_file()

    @property
    def is_fetching(self) -> bool:
        """Whether it is being fetched."""
        return self._job is not None

    @property
    def progress(self) -> Progress | None:
        """How far it is; None before the first bytes."""
        return self._progress

    def fetch(self) -> None:
        """Begin; does nothing while it is under way."""
        if self._job is not None:
            return

        def work(job: Job) -> Path:
            from lollma_gui.services import starter_model

            return starter_model.fetch(self._folder, progress=job.report, cancelled=job.cancelled)

        self._progress = None
        self._job = self._background.run(
            work,
            on_result=self._take,
            on_error=self._fail,
            on_progress=self._show,
        )
        self.changed.emit()

    def cancel(self) -> None:
        """Give up; what was fetched so far is kept for the next try."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.changed.emit()

    def _show(self, progress: object) -> None:
        assert isinstance(progress, Progress)
        self._progress = progress
        self.changed.emit()

    def _take(self, path: Path) -> None:
        self._job = None
        self.changed.emit()
        self.fetched.emit(path)

    def _fail(self, error: LollmaError) -> None:
        self._job = None
        self.changed.emit()
        self.failed.emit(error)
