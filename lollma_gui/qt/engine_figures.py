"""The figures of our engine, put together from what it reports, for each reading to take."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject

from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.core.readings import EngineReading
from lollma_gui.qt.engine import Engine
from lollma_gui.services.engine.client import AnswerEnd


class EngineFigures(QObject):
    """Listens to the engine.

    Args:
        engine: The engine.
        model_name: The name a person knows a model file by.
        parent: The Qt parent.
    """

    def __init__(
        self, engine: Engine, model_name: Callable[[str], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model_name = model_name
        self._now = EngineReading()
        engine.status_changed.connect(self._on_status)
        engine.prompt_read.connect(self._on_prompt)
        engine.answer_ended.connect(self._on_end)
        self._on_status(engine.status)

    def now(self) -> EngineReading:
        """The engine at this moment."""
        return self._now

    def _on_status(self, status: EngineStatus) -> None:
        if not status.is_loaded:
            # Figures of an engine that is gone say nothing about the next one.
            self._now = EngineReading()
        loaded, is_writing = status.loaded, status.state is EngineState.GENERATING
        speed = status.tokens_per_second
        self._now = replace(
            self._now,
            state="" if status.state is EngineState.NOT_LOADED else str(status.state),
            model=self._model_name(status.model_path) if status.model_path else "",
            pid=status.pid,
            tokens_per_second=speed if is_writing else None,
            last_tokens_per_second=speed or self._now.last_tokens_per_second,
            context_used=(self._now.context_used or 0) if loaded else None,
            context_size=loaded.n_ctx if loaded else None,
            buffers=loaded.buffers if loaded else (),
            devices=loaded.devices if loaded else (),
            problem=status.problem if status.state is EngineState.CRASHED else "",
        )

    def _on_prompt(self, done: int, _total: int) -> None:
        self._now = replace(self._now, context_used=done)

    def _on_end(self, end: AnswerEnd) -> None:
        stats = end.stats
        if not stats.context_size:
            return  # it failed before it began: there are no figures
        self._now = replace(
            self._now,
            context_used=stats.context_used,
            first_token_seconds=stats.first_token_seconds,
            last_tokens_per_second=stats.tokens_per_second or self._now.last_tokens_per_second,
        )
