"""Downloads one model: asks the Hub first, fetches and verifies each file, then names them all."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.download_state import DownloadState, Moment, Queued
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.hub_download import HubDownload, HubPart
from lollma_gui.core.model_origin import Origin
from lollma_gui.core.progress import Progress
from lollma_gui.services import files, hub_address
from lollma_gui.services.disk_room import DiskLedger, held_bytes
from lollma_gui.services.download import ChangedError, Conduct, download
from lollma_gui.services.download_store import OriginStore
from lollma_gui.services.http_stream import TransferError, pause
from lollma_gui.services.hub_version import HubVersion, ask_version
from lollma_gui.services.part_file import PartFile, file_sha256, noted_source
from lollma_gui.services.safe_names import check_inside, marked, safe_paths

#: Between two tries while the network is away: each pause twice as long as the one before.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 60.0
_COMMIT_LETTERS = 7


class ChangedUpstreamError(LollmaError):
    """The Hub has another version by now than the one that was listed.

    Attributes:
        newer: What it has instead.
    """

    def __init__(self, newer: HubDownload) -> None:
        super().__init__(
            f"{newer.title} was changed on the Hub since you chose it.",
            "Fetch the new version, or keep to the one you chose.",
        )
        self.newer = newer


class Means(NamedTuple):
    """What all downloads share.

    Attributes:
        ledger: Who was promised how much of which disk.
        origins: Keeps where models came from.
        pace: The limit on the speed of all together.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
    """

    ledger: DiskLedger
    origins: OriginStore
    pace: Callable[[int, Callable[[], bool]], int]
    endpoint: str | None = None


class _File(NamedTuple):
    """One file of the model: where it is fetched to, and what it is called in the end."""

    part: HubPart
    target: Path
    is_there: bool


class ModelDownload:
    """One run at a download; what an earlier run left is gone on with.

    Args:
        queued: What to download.
        means: What all downloads share.
        report: Told some times a second, on the thread of ``run``.
        cancelled: Asked some times a second.
    """

    def __init__(
        self,
        queued: Queued,
        means: Means,
        report: Callable[[Moment], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._queued = queued
        self._what = queued.what
        self._means = means
        self._report = report
        self._cancelled = cancelled
        self._targets = queued.targets
        self._done_bytes = self._furthest = 0
        self._pause = _FIRST_PAUSE_SECONDS

    def run(self) -> list[Path]:
        """Fetch what is missing.

        Returns:
            The files, the one to load first.

        Raises:
            ChangedUpstreamError: If the Hub has another version by now; nothing is lost.
            LollmaError: If the Hub does not give it, the disk is too full, or what arrived is not
                what was asked for.
            Cancelled: If it is no longer wanted.
        """
        found = self._look_at_disk()
        if not all(file.is_there for file in found):
            self._ask_hub()
            found = [file._replace(part=p) for file, p in zip(found, self._what.parts, strict=True)]
            try:
                self._fetch_all(found)
            except ChangedError as error:
                raise self._changed(error) from error
        paths = self._name(found)
        self._means.origins.add(_origins(self._what, found))
        return paths

    # ---- the disk --------------------------------------------------------------------------

    def _look_at_disk(self) -> list[_File]:
        """Decide where each file goes, and see which are there already."""
        parts, folder = self._what.parts, Path(self._queued.folder)
        if self._targets:
            targets = [Path(target) for target in self._targets]
            for target in targets:
                check_inside(folder, target)
        else:
            names = [f"{self._what.repository}/{part.path}" for part in parts]
            targets = safe_paths(folder, names)
        found = [self._look(part, target) for part, target in zip(parts, targets, strict=True)]
        if not self._queued.replaces:
            found = self._beside_others(found)
        self._targets = tuple(str(file.target) for file in found)
        self._tell(DownloadState.CHECKING)
        return found

    def _look(self, part: HubPart, target: Path) -> _File:
        fetched = [target] if not self._queued.replaces else [target, _new(target)]
        return _File(part, target, any(self._is_right(path, part) for path in fetched))

    def _is_right(self, path: Path, part: HubPart) -> bool:
        if not part.sha256 or not path.is_file() or part.size not in (None, path.stat().st_size):
            return False
        self._tell(DownloadState.CHECKING)
        with files.trouble_in_words(path):
            return file_sha256(path, self._cancelled) == part.sha256.lower()

    def _beside_others(self, found: list[_File]) -> list[_File]:
        """What is not ours stays: ours get the commit into their names then."""
        if not any(self._is_others(file) for file in found):
            return found
        beside = [(file.part, marked(file.target, _mark(self._what))) for file in found]
        for _, target in beside:
            check_inside(Path(self._queued.folder), target)
        return [self._look(part, target) for part, target in beside]

    def _is_others(self, file: _File) -> bool:
        """Whether this name is taken: by a file, or by the beginning of another download."""
        if self._targets or file.is_there:
            return file.target.exists() and not file.is_there
        return file.target.exists() or _is_begun(file.target, file.part) is False

    def _missing(self, found: Sequence[_File]) -> int:
        """Bytes that the disk has not set aside for us yet."""
        return sum(
            max((file.part.size or 0) - held_bytes(_part_path(self._fetched(file))), 0)
            for file in found
            if not file.is_there
        )

    def _fetched(self, file: _File) -> Path:
        return _new(file.target) if self._queued.replaces else file.target

    # ---- the Hub ---------------------------------------------------------------------------

    def _ask_hub(self) -> None:
        """See that the Hub still has what was listed, and learn what the listing did not say."""
        if self._queued.is_pinned:
            return
        found = [self._version(part) for part in self._what.parts]
        pairs = list(zip(self._what.parts, found, strict=True))
        parts = tuple(_brought_up_to_date(part, now) for part, now in pairs)
        newest = self._what._replace(parts=parts, commit=found[0].commit or self._what.commit)
        if any(_differs(part, now) for part, now in pairs):
            raise ChangedUpstreamError(newest)
        self._what = newest

    def _version(self, part: HubPart) -> HubVersion:
        what = self._what
        while True:
            try:
                return ask_version(
                    what.repository, what.revision, part.path, self._cancelled, self._means.endpoint
                )
            except TransferError as error:
                if not error.may_pass:
                    raise
                self._wait(error)

    def _changed(self, error: ChangedError) -> LollmaError:
        """The version that the Hub has now, where it can be told."""
        try:
            self._ask_hub()
        except ChangedUpstreamError as changed:
            return changed
        return error

    def _wait(self, error: TransferError) -> None:
        """Nothing arrives, and nobody refused anything: try again after a while."""
        self._tell(
            DownloadState.DOWNLOADING, waits_for="the Hub" if error.status else "the network"
        )
        pause(self._pause, self._cancelled)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)

    # ---- fetching --------------------------------------------------------------------------

    def _fetch_all(self, found: Sequence[_File]) -> None:
        folder, key = Path(self._queued.folder), self._queued.key
        self._means.ledger.promise(key, folder, self._missing(found))
        for n, file in enumerate(found):
            if not file.is_there:
                self._fetch(file, found[n + 1 :])
            self._done_bytes += file.part.size or 0

    def _fetch(self, file: _File, later: Sequence[_File]) -> None:
        what, key = self._what, self._queued.key

        def progress(moment: Progress) -> None:
            # The disk has set aside this one by now.
            self._means.ledger.take(key, self._missing([file, *later]))
            if self._done_bytes + moment.done_bytes > self._furthest:
                self._furthest = self._done_bytes + moment.done_bytes
                self._pause = _FIRST_PAUSE_SECONDS
            self._tell(DownloadState.DOWNLOADING, moment)

        download(
            hub_address.file_url(
                what.repository, what.commit or what.revision, file.part.path, self._means.endpoint
            ),
            self._fetched(file),
            expected_size=file.part.size,
            expected_sha256=file.part.sha256 or None,
            token=hub_address.token(),
            progress=progress,
            cancelled=self._cancelled,
            conduct=Conduct(
                self._means.pace, self._wait, lambda: self._tell(DownloadState.CHECKING)
            ),
        )

    def _tell(
        self, state: DownloadState, moment: Progress | None = None, waits_for: str = ""
    ) -> None:
        whole = None if moment is None else self._whole(moment)
        self._report(Moment(state, whole, waits_for, self._targets))

    def _whole(self, moment: Progress) -> Progress:
        """Progress of all files, from that of the one which is fetched now."""
        total, speed = self._what.size, moment.bytes_per_second
        done = self._done_bytes + moment.done_bytes
        left = (total - done) / speed if total is not None and speed else None
        return Progress(done, total, speed, left)

    def _name(self, found: Sequence[_File]) -> list[Path]:
        """Everything is verified: put new versions in the place of old ones, all at once."""
        for file in found:
            new = _new(file.target)
            if self._queued.replaces and new.exists():
                with files.trouble_in_words(file.target):
                    files.replace(new, file.target)
        return [file.target for file in found]


def arrived_bytes(queued: Queued) -> int:
    """How much of a download is here, for when it does not run."""
    sizes = [0]
    for target in map(Path, queued.targets):
        new = _new(target)
        here = (new, _part_path(new)) if queued.replaces else (target, _part_path(target))
        sizes += [path.stat().st_size for path in here if path.is_file()]
    return sum(sizes)


def remove_parts(queued: Queued) -> None:
    """Throw away what a cancelled download left.

    Raises:
        LollmaError: If it cannot be removed.
    """
    what, folder = queued.what, Path(queued.folder)
    usual = safe_paths(folder, [f"{what.repository}/{part.path}" for part in what.parts])
    targets = [Path(target) for target in queued.targets] or usual
    for part, target in zip(what.parts, targets, strict=True):
        check_inside(folder, target)
        # Where the names were not decided yet, only what is surely ours.
        names = [target] if queued.targets else [target, marked(target, _mark(what))]
        for path in (*names, _new(target)):
            if _part_path(path).exists() and (queued.targets or _is_begun(path, part)):
                with files.trouble_in_words(path), PartFile(path) as begun:
                    begun.discard()
        if queued.replaces:
            _new(target).unlink(missing_ok=True)


def _mark(what: HubDownload) -> str:
    """What tells this version from others in the name of a file."""
    return (what.commit or what.parts[0].sha256)[:_COMMIT_LETTERS] or "new"


def _is_begun(target: Path, part: HubPart) -> bool | None:
    """Whether what has arrived under a name is of this content; None where that is not known."""
    source = noted_source(target)
    if source is None or not (part.sha256 and source.content_id):
        return None
    return source.content_id == part.sha256.lower()


def _brought_up_to_date(part: HubPart, now: HubVersion) -> HubPart:
    size = part.size if now.size is None else now.size
    return HubPart(part.path, size, now.sha256 or part.sha256)


def _differs(listed: HubPart, now: HubVersion) -> bool:
    if listed.sha256 and now.sha256:
        return listed.sha256.lower() != now.sha256
    return None not in (listed.size, now.size) and listed.size != now.size


def _new(target: Path) -> Path:
    """Where a newer version waits until all its files are there: no GGUF to anybody."""
    return target.with_name(target.name + ".new")


def _part_path(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _origins(what: HubDownload, found: Sequence[_File]) -> dict[str, Origin]:
    now, model = time.time(), str(found[0].target)
    return {
        str(file.target): Origin(
            model,
            what.title,
            what.repository,
            what.revision,
            what.commit,
            file.part.path,
            file.part.sha256,
            file.target.stat().st_size,
            now,
        )
        for file in found
    }
