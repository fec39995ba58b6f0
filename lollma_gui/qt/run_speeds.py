"""Writes into the model book how models run: when they were loaded, how fast they wrote."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject

from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_summary import predicted_speed
from lollma_gui.core.load_case import PlannedLoad
from lollma_gui.core.model_page import FEWEST_TOKENS, Run
from lollma_gui.qt.background import Background
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.services.engine.client import AnswerEnd


class RunSpeeds(QObject):
    """Listens to the engine.

    Args:
        engine: The engine.
        book: Where it is written.
        background: Where predictions are made.
        is_slowed: Whether answers are held back to a speed that a person chose; those say nothing.
        parent: The Qt parent.
    """

    def __init__(
        self,
        engine: Engine,
        book: ModelBook,
        background: Background,
        is_slowed: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._book = book
        self._background = background
        self._is_slowed = is_slowed
        self._load: PlannedLoad | None = None
        self._was = EngineState.NOT_LOADED
        engine.status_changed.connect(self._on_status)
        engine.answer_ended.connect(self._on_end)

    def expect(self, load: PlannedLoad) -> None:
        """This load is about to begin; speeds are predicted from it."""
        self._load = load

    def _on_status(self, status: EngineStatus) -> None:
        was, self._was = self._was, status.state
        loads = (EngineState.STARTING, EngineState.LOADING)
        if status.state is EngineState.READY and was in loads:
            self._book.mark_used(status.model_path, time.time())

    def _on_end(self, end: AnswerEnd) -> None:
        stats, status = end.stats, self._engine.status
        speed, loaded = stats.tokens_per_second, status.loaded
        if speed is None or loaded is None or stats.generated_tokens < FEWEST_TOKENS:
            return
        if self._is_slowed():
            return
        path, load = status.model_path, self._load
        run = Run(speed, loaded.gpu_layers, loaded.n_ctx, time.time())
        if load is None or load.path != path:
            self._book.add_run(path, run)
            return
        self._background.run(
            lambda _job: run._replace(predicted=_predicted(load, stats.context_used)),
            on_result=lambda whole: self._book.add_run(path, whole),
            on_error=lambda _error: self._book.add_run(path, run),
            owner=self,
        )


def _predicted(load: PlannedLoad, depth: int) -> float | None:
    """What arithmetic says of writing with so many tokens in the context already."""
    if load.model is None or load.plan is None:
        return None
    try:
        speed = predicted_speed(load.model, load.pc, load.plan, depth=depth)
    except LollmaError:
        return None
    return speed.expected if speed else None
