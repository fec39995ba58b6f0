"""Watches loads: what the engine reported and the GPU lost, beside what was predicted."""

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.engine_messages import Loaded
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.core.load_record import record_of
from lollma_gui.core.memory_plan import MemoryPlan
from lollma_gui.core.pc_now import measured_gpus
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.services.load_store import LoadStore


class LoadWatch(QObject):
    """Keeps a record of each load.

    Args:
        engine: The engine.
        background: Where GPUs are looked at.
        keeper: A background of one thread, where records are stored.
        survey: Looks at the GPUs once.
        store: Where records are kept.
        parent: The Qt parent.

    Signals:
        recorded: A load was recorded and stored.
        failed: A ``LollmaError``: a record could not be stored.
    """

    recorded = Signal()
    failed = Signal(object)

    def __init__(
        self,
        engine: Engine,
        background: Background,
        keeper: Background,
        survey: Callable[[], GpuSurvey],
        store: LoadStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._keeper = keeper
        self._survey = survey
        self._store = store
        self._plan: MemoryPlan | None = None
        self._path = ""
        self._before: dict[str, int] = {}
        self._state = EngineState.NOT_LOADED
        engine.status_changed.connect(self._on_status)

    def expect(self, path: str, plan: MemoryPlan | None) -> None:
        """A load of this model is about to begin; this is what it should take."""
        self._path, self._plan = path, plan

    def _on_status(self, status: EngineStatus) -> None:
        before, self._state = self._state, status.state
        if self._plan is None or status.model_path != self._path or before is status.state:
            return
        if status.state is EngineState.STARTING:
            # The engine takes some tenths of a second before it touches a GPU.
            self._before = {}
            self._look(self._remember)
        elif status.state is EngineState.READY and status.loaded and _was_loading(before):
            loaded = status.loaded
            self._look(lambda survey: self._record(loaded, survey))

    def _look(self, then: Callable[[GpuSurvey], None]) -> None:
        self._background.run(
            lambda _job: self._survey(), on_result=then, on_error=self.failed.emit, owner=self
        )

    def _remember(self, survey: GpuSurvey) -> None:
        self._before = {gpu.key: gpu.memory_used_bytes or 0 for gpu in measured_gpus(survey.gpus)}

    def _record(self, loaded: Loaded, survey: GpuSurvey) -> None:
        plan, self._plan = self._plan, None
        if plan is None:
            return
        gpus = self._grown(survey)
        record = record_of(plan, loaded.buffers, self._path, time.time(), gpus)
        self._keeper.run(
            lambda _job: self._store.add(record),
            on_result=lambda _none: self.recorded.emit(),
            on_error=self.failed.emit,
            owner=self,
        )

    def _grown(self, survey: GpuSurvey) -> Sequence[tuple[str, int | None]]:
        """For each GPU its key, and by how much its used memory grew."""
        return [
            (gpu.key, (gpu.memory_used_bytes or 0) - self._before[gpu.key])
            if gpu.key in self._before
            else (gpu.key, None)
            for gpu in measured_gpus(survey.gpus)
        ]


def _was_loading(state: EngineState) -> bool:
    return state in (EngineState.STARTING, EngineState.LOADING)
