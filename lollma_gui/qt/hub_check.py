"""Looks into a repository on the Hub before anything of it is downloaded."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_summary import FitSummary
from lollma_gui.core.hub_download import HubDownload
from lollma_gui.core.hub_files import (
    HubFile,
    HubListing,
    asked_file,
    decode_listing,
    looked_into,
    projector_for,
)
from lollma_gui.core.hub_source import HubRepository, HubSource, parse_hub
from lollma_gui.core.hub_trouble import no_language_model, not_there
from lollma_gui.core.model_family import quantisation_label
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.fit_session import DryRun
from lollma_gui.qt.hub_sums import HubSums
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.settings import Settings
from lollma_gui.services import hub_address
from lollma_gui.services.http_stream import TransferError
from lollma_gui.services.hub_cache import Answered, HubCache
from lollma_gui.services.hub_repository import list_repository
from lollma_gui.services.remote_model import RemoteModel, fetch_model

#: So many models of a repository are looked into.
MOST_FILES = 24
#: When so many could not be had and none could, the others could not either.
_ENOUGH_TROUBLE = 3
#: Headers of repositories looked at before are forgotten, oldest first, beyond this many bytes.
_KEPT_BYTES = 256 * 1024**2


class HubRow(NamedTuple):
    """A language model of the repository.

    Attributes:
        info: What it is; the first of its files is its key.
        fit: How it fits; None before that was found out.
    """

    info: ModelInfo
    fit: FitSummary | None


class HubCheck(QObject):
    """Fetches the headers of a repository's models and sums up how each fits.

    Asks nobody anything before ``look``, and for no header twice.

    Args:
        knowledge: Facts of the PC; is told those of the models.
        settings: The settings in force.
        desk: Where the Hub is asked: as many headers come at a time as it has threads.
        background: Where sums are made.
        dry_run: The engine's dry run of a file.
        cache: What the Hub said before.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
        parent: The Qt parent.

    Signals:
        changed: Rows, or whether it is working.
        progress: How many headers are there.
        failed: A ``LollmaError``: something of what was asked for cannot be shown.
    """

    changed = Signal()
    progress = Signal()
    failed = Signal(object)

    def __init__(
        self,
        knowledge: Knowledge,
        settings: Settings,
        desk: Background,
        background: Background,
        dry_run: DryRun,
        cache: HubCache,
        endpoint: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._knowledge = knowledge
        self._settings = settings
        self._desk = desk
        self._dry_run = dry_run
        self._cache = cache
        self._endpoint = endpoint
        self._jobs: set[Job] = set()
        self._models: OrderedDict[str, RemoteModel] = OrderedDict()
        self._sums = HubSums(knowledge, settings, background, self)
        self._sums.changed.connect(self.changed)
        self._begin(HubRepository(""))

    def _begin(self, wish: HubSource | HubRepository) -> None:
        self._wish = wish
        self._sums.begin()
        self._keys: list[str] = []
        self._troubles: dict[str, LollmaError] = {}
        self._asked = ""
        self._listing = HubListing("", ())
        self._kept_at: float | None = None
        self._total = 0

    # ---- what is known ---------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """Address of the Hub that is asked."""
        return self._endpoint or hub_address.endpoint()

    @property
    def repository(self) -> str:
        """``owner/name`` that is looked into; empty before the first."""
        return self._wish.repository

    @property
    def revision(self) -> str:
        """Branch, tag or commit that is looked into."""
        return self._wish.revision

    @property
    def files(self) -> tuple[HubFile, ...]:
        """All models of the repository, known as soon as it was listed."""
        return self._listing.files

    @property
    def pending(self) -> list[HubFile]:
        """Files that may be language models and were not looked into, or not yet."""
        return [f for f in self.files if not f.is_beside and self.key_of(f) not in self._keys]

    @property
    def projector(self) -> HubFile | None:
        """What lets the models of the repository see; None where there is none."""
        return projector_for(self.files)

    @property
    def kept_at(self) -> float | None:
        """When the files were listed, in seconds since 1970; None where it was just now."""
        return self._kept_at

    @property
    def is_working(self) -> bool:
        """Whether the Hub is being asked."""
        return bool(self._jobs)

    @property
    def is_complete(self) -> bool:
        """Whether there are rows, and no more is to be expected of any."""
        rows = self.rows
        return bool(rows) and not self._jobs and all(row.fit is not None for row in rows)

    @property
    def done(self) -> int:
        """Models looked into, also those in vain."""
        return len(self._keys) + len(self._troubles)

    @property
    def total(self) -> int:
        """Models that are looked into; 0 before the repository was listed."""
        return self._total

    @property
    def left_out(self) -> int:
        """Models of the repository that are not looked into, because there are so many."""
        return len(self.files) - self._total

    @property
    def received(self) -> int:
        """Bytes that were fetched of the models that are there."""
        return sum(self._models[key].header.received for key in self._keys)

    @property
    def asked(self) -> str:
        """Key of the model a person asked for by name; empty if it is not there."""
        return self._asked

    @property
    def rows(self) -> list[HubRow]:
        """The language models found by now, in order of their names."""
        infos = (self._models[key].info for key in sorted(self._keys))
        return [HubRow(info, self._sums.fit(info.files[0])) for info in infos if info.can_chat]

    @property
    def infos(self) -> list[ModelInfo]:
        """All models found by now, also those that only go beside one."""
        return [self._models[key].info for key in self._keys]

    def facts(self, key: str) -> ModelFacts:
        """What is known of a model of the repository."""
        return self._models[key].facts

    def wanted_context(self, key: str, tried: int | None) -> int:
        """Tokens of context to have room for, whichever file is taken.

        Args:
            key: The model looked at.
            tried: Its context as the person has it now; None if unknown. As long as that is only
                what is in force for it, that of any model counts: small files are recommended
                more, and would seem to be the only ones with enough.
        """
        in_force = (None, self._settings.values_of(key)["n_ctx"])
        wanted = tried if tried not in in_force else self._settings.values_of("")["n_ctx"]
        assert isinstance(wanted, int)
        return min(wanted, self._models[key].info.context_length or wanted)

    def dry_run_of(self, key: str) -> DryRun:
        """Has the engine plan a model of the repository; may be called from any thread.

        It needs files, which are there only while it plans: of the full size, but sparse.
        """
        header, dry_run = self._models[key].header, self._dry_run

        def plan(
            _key: str, values: Mapping[str, SettingValue], cancelled: Callable[[], bool]
        ) -> DryRunResult:
            with header.as_files() as first:
                return dry_run(str(first), values, cancelled)

        return plan

    def key_of(self, file: HubFile) -> str:
        """What a file of the repository is known by here."""
        return self._source(file).key

    def file(self, key: str) -> HubFile | None:
        """The file of the repository that is known by this."""
        return next((f for f in self.files if self.key_of(f) == key), None)

    def download(self, key: str, *, with_projector: bool) -> HubDownload | None:
        """What is to be fetched to load a model of the repository.

        Args:
            key: The model.
            with_projector: Whether what lets it see is to come along, where there is one.
        """
        file, beside = self.file(key), self.projector
        if file is None:
            return None
        parts = file.parts + (beside.parts if with_projector and beside else ())
        model = self._models.get(key)
        name = model.info.name if model else self.repository.partition("/")[2]
        title = f"{name} {quantisation_label(key, model.info.quantisation if model else '')}"
        where = self.repository, self.revision, self._listing.commit
        return HubDownload(*where, title.strip(), parts)

    # ---- wishes ----------------------------------------------------------------------------

    def look(self, text: str) -> None:
        """Look into what is named here; what was under way is given up."""
        try:
            wish = parse_hub(text, self.endpoint)
        except LollmaError as error:
            self.failed.emit(error)
            return
        self._give_up()
        self._begin(wish)
        self._ask(self._listing_of(wish), self._take_files, self._take_refusal)
        self.changed.emit()

    def cancel(self) -> None:
        """Ask for no more; what is there stays."""
        self._give_up()
        self.changed.emit()

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up."""
        self._give_up()
        self._sums.stop()

    def _give_up(self) -> None:
        for job in self._jobs:
            job.cancel()
        self._jobs.clear()

    # ---- the Hub ---------------------------------------------------------------------------

    def _ask(
        self,
        work: Callable[[Job], Any],
        take: Callable[[Any], None],
        fail: Callable[[LollmaError], None],
    ) -> None:
        def ended() -> None:
            if job in self._jobs:
                self._jobs.discard(job)
                if not self._jobs:
                    self._finish()

        job = self._desk.run(work, on_result=take, on_error=fail, on_finished=ended, owner=self)
        if not job.finished():
            self._jobs.add(job)

    def _listing_of(self, wish: HubSource | HubRepository) -> Callable[[Job], Answered[HubListing]]:
        cache, endpoint = self._cache, self.endpoint
        repository, revision = wish.repository, wish.revision
        return lambda job: cache.ask(
            f"{endpoint} files {repository}@{revision}",
            lambda: list_repository(repository, revision, job.cancelled, endpoint),
            HubListing.encoded,
            decode_listing,
        )

    def _take_files(self, answered: Answered[HubListing]) -> None:
        wish, files = self._wish, answered.value.files
        self._listing, self._kept_at = answered.value, answered.kept_at
        file_name = wish.file_name if isinstance(wish, HubSource) else ""
        quantisation = wish.quantisation if isinstance(wish, HubRepository) else ""
        asked = asked_file(files, file_name, quantisation)
        if asked is None and (file_name or quantisation):
            self.failed.emit(not_there(wish.repository, file_name or quantisation))
        chosen = looked_into(files, asked, MOST_FILES)
        if answered.trouble is not None:
            # Headers cannot be had now either; those that are here are shown.
            chosen = [file for file in chosen if self.key_of(file) in self._models]
            self._troubles[""] = answered.trouble
        self._asked = self._source(asked).key if asked else ""
        self._total = len(chosen)
        for file in chosen:
            self._look_into(file)
        self.progress.emit()
        self.changed.emit()

    def _source(self, file: HubFile) -> HubSource:
        return HubSource(self._wish.repository, file.path, self._wish.revision)

    def _look_into(self, file: HubFile) -> None:
        source, pc, endpoint = self._source(file), self._knowledge.pc, self._endpoint
        key = source.key
        if key in self._models:
            self._show(key)
            return
        self._ask(
            lambda job: fetch_model(source, pc, job.cancelled, endpoint),
            lambda model: self._take_model(key, model),
            lambda error: self._take_trouble(key, error),
        )

    def _take_model(self, key: str, model: RemoteModel) -> None:
        self._models[key] = model
        self._show(key)
        self._forget_old()

    def _show(self, key: str) -> None:
        self._keys.append(key)
        self._models.move_to_end(key)
        if self._models[key].info.can_chat:
            self._knowledge.know(key, self.facts(key))
            self._sums.add(key, self.facts(key))
        self.progress.emit()
        self.changed.emit()

    def _forget_old(self) -> None:
        kept = sum(model.kept_bytes for model in self._models.values())
        old = [key for key in self._models if key not in self._keys]
        while kept > _KEPT_BYTES and old:
            key = old.pop(0)
            kept -= self._models.pop(key).kept_bytes
            self._sums.forget(key)

    def _take_refusal(self, error: LollmaError) -> None:
        self._troubles[""] = error

    def _take_trouble(self, key: str, error: LollmaError) -> None:
        self._troubles[key] = error
        self.progress.emit()
        in_vain = len(self._troubles) >= _ENOUGH_TROUBLE and not self._keys
        if in_vain and isinstance(error, TransferError):
            self._give_up()
            self._finish()

    def _finish(self) -> None:
        self.changed.emit()
        error = self._shortfall()
        if error is not None:
            self.failed.emit(error)

    def _shortfall(self) -> LollmaError | None:
        """What a person has to be told now that nothing more will come."""
        if not self._troubles:
            return None if self.rows else no_language_model(self.repository)
        first = self._troubles.get(self._asked) or next(iter(self._troubles.values()))
        if not self._keys or "" in self._troubles:
            return first
        count = len(self._troubles)
        words = f"{count} of {self.total} files could not be looked into. {first.title}"
        kind = TransferError if isinstance(first, TransferError) else LollmaError
        return kind(words, first.advice, first.details)
