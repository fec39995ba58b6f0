"""Whether models that came from the Hub have a newer upload there, asked when a person asks."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.hub_download import HubDownload
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.downloads import Downloads
from lollma_gui.services.download_store import OriginStore
from lollma_gui.services.newer_uploads import Upload, UploadCheck, check_uploads


class NewerUploads(QObject):
    """Asks the Hub, remembers the answers, and fetches newer uploads.

    Args:
        origins: Where models came from.
        downloads: Fetches them.
        background: Where the Hub is asked.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.

    Signals:
        changed: An answer came, or the asking began or ended.
        failed: A ``LollmaError``: the Hub could not be asked.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        origins: OriginStore,
        downloads: Downloads,
        background: Background,
        endpoint: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._origins = origins
        self._downloads = downloads
        self._background = background
        self._endpoint = endpoint
        self._answers: dict[str, UploadCheck] = {}
        self._job: Job | None = None
        self._checked = 0
        downloads.files_moved.connect(self._move)

    @property
    def is_checking(self) -> bool:
        """Whether the Hub is being asked."""
        return self._job is not None

    @property
    def checked(self) -> int:
        """How many models were asked about the last time."""
        return self._checked

    @property
    def newer(self) -> list[UploadCheck]:
        """Models that have a newer upload, as far as it is known."""
        return [a for a in self._answers.values() if a.upload is Upload.NEWER]

    def upload(self, path: str) -> Upload | None:
        """What the Hub has of a model; None where it was not asked."""
        answer = self._answers.get(path)
        return answer.upload if answer else None

    def has_newer(self, path: str) -> bool:
        """Whether the Hub has a newer upload of a model, as far as it was asked."""
        return self.upload(path) is Upload.NEWER

    def check(self) -> None:
        """Ask about all models that came from the Hub; does nothing while that is under way."""
        if self._job is not None:
            return
        self._answers = {}

        def work(job: Job) -> list[UploadCheck]:
            here = {path: o for path, o in self._origins.all().items() if Path(path).is_file()}
            return check_uploads(here, job.cancelled, self._endpoint)

        self._job = self._background.run(work, on_result=self._take, on_error=self._fail)
        self.changed.emit()

    def update(self, path: str, *, keep_both: bool = False) -> None:
        """Fetch the newer upload of a model.

        Args:
            path: The model's first file.
            keep_both: Whether the old one stays, and the new one gets its commit into its name.
        """
        answer = self._answers.pop(path, None)
        if answer is not None and answer.newer is not None:
            folder = _models_folder(Path(path), answer.newer)
            self._downloads.add(answer.newer, folder, () if keep_both else answer.paths)
            self.changed.emit()

    def stop(self) -> None:
        """Ask no more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _move(self, names: Mapping[str, str]) -> None:
        """Files have other paths now: answers go along."""
        for path, answer in list(self._answers.items()):
            paths = tuple(names.get(p, p) for p in answer.paths)
            if paths != answer.paths:
                del self._answers[path]
                self._answers[paths[0]] = answer._replace(paths=paths)
        self.changed.emit()

    def _take(self, answers: list[UploadCheck]) -> None:
        self._job = None
        self._checked = len(answers)
        self._answers = {answer.paths[0]: answer for answer in answers}
        self.changed.emit()

    def _fail(self, error: LollmaError) -> None:
        self._job = None
        self.changed.emit()
        self.failed.emit(error)


def _models_folder(path: Path, what: HubDownload) -> Path:
    """The models folder above ``owner/repository/`` and the folders in the repository."""
    return path.parents[what.parts[0].path.count("/") + 2]
