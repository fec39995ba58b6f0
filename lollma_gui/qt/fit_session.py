"""One model's fit: settings that are tried, the plan they lead to, and the engine's own word."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.dry_run_result import DryRunResult
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.exact_plan import misfit
from lollma_gui.core.fit_case import FitCase
from lollma_gui.core.fit_request import FitRequest
from lollma_gui.core.fit_view import Extra, FitView, PastErrors
from lollma_gui.core.load_record import worst_error
from lollma_gui.core.plan_settings import PlanSettings, plan_settings
from lollma_gui.core.prepared_model import PreparedModel
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.settings import Settings

#: A change counts as settled when no other follows within this time.
_SETTLED_MS = 400
#: Plans a load: path, values, and whether it is still wanted.
DryRun = Callable[[str, Mapping[str, SettingValue], Callable[[], bool]], DryRunResult]


class FitSession(QObject):
    """What the fit panel shows and changes.

    Args:
        knowledge: Facts of the PC and of models.
        settings: The settings in force, and where "use these" puts what was tried.
        background: Where headers are read and the engine plans.
        dry_run: The engine's dry run.
        parent: The Qt parent.

    Signals:
        changed: The new ``FitView``, or None where no model is shown.
        unreadable: Why the model cannot be planned, a ``LollmaError``.
        load_wanted: Path of a model that is to be loaded with what was just put into its profile.
    """

    changed = Signal(object)
    unreadable = Signal(object)
    load_wanted = Signal(str)

    def __init__(
        self,
        knowledge: Knowledge,
        settings: Settings,
        background: Background,
        dry_run: DryRun,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._knowledge = knowledge
        self._settings = settings
        self._background = background
        self._dry_run = self._dry_run_here = dry_run
        self._path = ""
        self._quantisation = ""
        self._facts: ModelFacts | None = None
        self._tried: dict[str, SettingValue] = {}
        self._extras: tuple[Extra, ...] = ()
        self._failed_path = ""
        self._view: FitView | None = None
        self._reading_job: Job | None = None
        self._is_making = False
        self._is_stale = False
        self._job: Job | None = None
        self._exact: dict[PlanSettings, DryRunResult] = {}
        self._problems: dict[PlanSettings, str] = {}
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self.measure)
        knowledge.pc_changed.connect(self.refresh)
        knowledge.memory_changed.connect(self.refresh)
        settings.changed.connect(self.refresh)

    # ---- what is shown ---------------------------------------------------------------------

    @property
    def view(self) -> FitView | None:
        """What is shown now."""
        return self._view

    @property
    def path(self) -> str:
        """The model's file; empty when none is shown."""
        return self._path

    def show_model(self, path: str, quantisation: str = "", extras: tuple[Extra, ...] = ()) -> None:
        """Show another model, with the settings in force for it; an empty path shows none.

        The model that is shown already is looked at again, in case its file was replaced.
        """
        if self._is_shown(path, extras):
            self._reading_job = self._knowledge.read(path, self._take_again, self._take_error)
            return
        self._begin(path, quantisation, extras, self._dry_run_here)
        if not path:
            self.changed.emit(None)
            return
        self._reading_job = self._knowledge.read(path, self._take_facts, self._take_error)

    def show_remote(
        self,
        key: str,
        facts: ModelFacts,
        quantisation: str,
        dry_run: DryRun,
        extras: tuple[Extra, ...] = (),
    ) -> None:
        """Show a model that is not on this PC, by what its header says.

        Args:
            key: Stands for its path. Settings are kept under the name at its end, and so hold
                once the file is here.
            facts: What its header says.
            quantisation: For example ``Q4_K_M``.
            dry_run: Has the engine plan it; is given the key.
            extras: What can be loaded beside it.
        """
        if not self._is_shown(key, extras):
            self._begin(key, quantisation, extras, dry_run)
            self._take_facts(facts)

    def _is_shown(self, path: str, extras: tuple[Extra, ...]) -> bool:
        """Whether this is the model that is shown; then only what stands beside it may change."""
        if path != self._path or self._facts is None:
            return False
        chosen = {extra.key for extra in self._extras if extra.is_chosen}
        self._extras = tuple(e._replace(is_chosen=e.key in chosen) for e in extras)
        self.refresh()
        return True

    def _begin(
        self, path: str, quantisation: str, extras: tuple[Extra, ...], dry_run: DryRun
    ) -> None:
        """Forget the model that was shown."""
        self._stop()
        self._path, self._quantisation, self._extras = path, quantisation, extras
        self._facts, self._tried, self._view = None, {}, None
        self._dry_run = dry_run
        self._exact.clear()
        self._problems.clear()

    def _take_facts(self, facts: ModelFacts) -> None:
        self._facts = facts
        self.refresh()
        self._settled.start()

    def _take_again(self, facts: ModelFacts) -> None:
        """Facts of the model that is shown, news only if its file was read anew."""
        if facts is not self._facts:
            self._exact.clear()
            self._problems.clear()
            self._take_facts(facts)

    def _take_error(self, error: LollmaError) -> None:
        self._facts = self._view = None
        self.changed.emit(None)
        self.unreadable.emit(error)

    def refresh(self) -> None:
        """Look at the PC and the settings again; soon there is a new view.

        Made off the window's thread: the first plan of another kind can take a tenth of a second.
        While one is being made, only the newest wish after it counts.
        """
        if self._facts is None or self._facts.prepared is None:
            return
        if self._is_making:
            self._is_stale = True
            return
        self._is_making, self._is_stale = True, False
        path, request = self._path, self._request(self._facts.prepared)
        self._background.run(
            lambda _job: request.view(),
            on_result=lambda view: self._take_view(path, view),
            on_error=lambda error: self._take_refusal(path, error),
            on_finished=self._go_on,
            owner=self,
        )

    def _go_on(self) -> None:
        self._is_making = False
        if self._is_stale:
            self.refresh()

    def _take_view(self, path: str, view: FitView) -> None:
        if path == self._path:
            self._view = view
            self.changed.emit(view)

    def _take_refusal(self, path: str, error: LollmaError) -> None:
        if path != self._path:
            return
        if self._view is None:
            self.unreadable.emit(error)
        else:
            asked = plan_settings(self.values())
            self._view = self._view._replace(refusal=error, asked=asked)
            self.changed.emit(self._view)

    def values(self) -> dict[str, SettingValue]:
        """The values tried: those in force for the model, and what was changed here.

        Without a model, those in force for all.
        """
        return {**self._settings.values_of(self._path), **self._tried}

    def _request(self, prepared: PreparedModel) -> FitRequest:
        assert self._facts is not None
        values = self.values()
        return FitRequest(
            name=self._facts.name,
            quantisation=self._quantisation,
            case=FitCase.on(self._knowledge.pc_now, prepared),
            asked=plan_settings(values),
            games_bytes=self._knowledge.games_bytes,
            margin_wish=self._knowledge.margin_bytes,
            maps_file=not values["no_mmap"],
            extras=self._extras,
            exact=dict(self._exact),
            problems=dict(self._problems),
            past=self._past(),
            has_failed=bool(self._path) and self._path == self._failed_path,
            is_changed=self._is_changed(),
            is_measuring=self._job is not None and not self._job.finished(),
        )

    def _past(self) -> PastErrors:
        records = self._knowledge.records
        own = [record.error for record in records if record.model == self._path]
        return PastErrors(own[-1] if own else None, worst_error(records), len(records))

    def _is_changed(self) -> bool:
        in_force = self._settings.values_of(self._path)
        return any(in_force[name] != value for name, value in self._tried.items())

    # ---- wishes ----------------------------------------------------------------------------

    def change(self, values: Mapping[str, SettingValue]) -> None:
        """Try these values."""
        self._tried.update(values)
        self.refresh()
        self._settled.start()

    def take_change(self, values: Mapping[str, SettingValue]) -> None:
        """Try a change that was offered; after a load that failed for memory, load with it."""
        self.change(values)
        if self._path and self._path == self._failed_path:
            self._failed_path = ""
            self.use()
            self.load_wanted.emit(self._path)

    def toggle_extra(self, key: str, wanted: bool) -> None:
        """Count something that is loaded beside the model, or not."""
        self._extras = tuple(
            extra._replace(is_chosen=wanted) if extra.key == key else extra
            for extra in self._extras
        )
        self.refresh()

    def reset(self) -> None:
        """Back to the settings in force."""
        self._tried.clear()
        self.refresh()
        self._settled.start()

    def use(self) -> None:
        """Put what was tried into the model's profile."""
        if self._path and self._tried:
            tried, self._tried = self._tried, {}
            self._settings.set_values_of(self._path, tried)

    def set_failed(self, path: str) -> None:
        """A load of this model failed for memory: offer changes whatever the plan says.

        Empty once a model was loaded.
        """
        if path != self._failed_path:
            self._failed_path = path
            self.refresh()

    # ---- the engine's word -----------------------------------------------------------------

    def measure(self) -> None:
        """Have the engine plan these settings, unless it has already."""
        self._settled.stop()
        view = self._view
        if view is None or view.refusal is not None or not self._path:
            return
        if view.asked != plan_settings(self.values()):
            self._settled.start()  # the view of these settings is still being made
            return
        settings = view.plan.settings
        if settings in self._exact or settings in self._problems:
            return
        if self._job is not None:
            self._job.cancel()
        path, dry_run = self._path, self._dry_run
        values = {**self.values(), "n_gpu_layers": settings.n_gpu_layers}
        self._job = self._background.run(
            lambda job: dry_run(path, values, job.cancelled),
            on_result=lambda found: self._take_exact(path, settings, found),
            on_error=lambda error: self._take_problem(path, settings, error),
            owner=self,
        )
        self.refresh()

    def _take_exact(self, path: str, settings: PlanSettings, found: DryRunResult) -> None:
        if path == self._path:
            if problem := misfit(settings, found):
                self._problems[settings] = problem
            else:
                self._exact[settings] = found
        self._job = None
        self.refresh()

    def _take_problem(self, path: str, settings: PlanSettings, error: LollmaError) -> None:
        if path == self._path:
            self._problems[settings] = error.title
        self._job = None
        self.refresh()

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up."""
        self._stop()

    def _stop(self) -> None:
        self._settled.stop()
        for job in (self._reading_job, self._job):
            if job is not None:
                job.cancel()
        self._reading_job = self._job = None
        self._is_stale = False
