"""What the engine is doing, as the run bar shows it: from the process, not from the last click."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lollma_gui.core import units

if TYPE_CHECKING:
    # The window shows a status before the rest of the program is there.
    from lollma_gui.core.engine_messages import Loaded


class EngineState(StrEnum):
    """The states a person can tell apart."""

    NOT_LOADED = "not loaded"
    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    READING = "reading the prompt"
    GENERATING = "generating"
    STOPPING = "stopping"
    UNLOADING = "unloading"
    CRASHED = "crashed"


#: States in which a model is in memory and can be asked (or is answering).
LOADED_STATES = frozenset(
    {EngineState.READY, EngineState.READING, EngineState.GENERATING, EngineState.STOPPING}
)
ANSWERING_STATES = frozenset({EngineState.READING, EngineState.GENERATING, EngineState.STOPPING})
#: Something is going on that will end by itself.
BUSY_STATES = frozenset({EngineState.STARTING, EngineState.LOADING, EngineState.UNLOADING})


@dataclass(frozen=True)
class EngineStatus:
    """The engine at one moment.

    Attributes:
        state: What it is doing.
        model_path: The model it is loading or has loaded; empty when none.
        next_model_path: The model that will be loaded when this one is out; empty when none.
        fraction: Progress 0 to 1 of loading or of reading the prompt, where there is one.
        tokens_per_second: Of the running answer, else of the last one.
        loaded: What the engine reported when the model was ready.
        pid: Process number of the engine, None when there is none.
        problem: Why the last load failed or the engine crashed, one sentence; else empty.
        advice: What to do about the problem.
    """

    state: EngineState = EngineState.NOT_LOADED
    model_path: str = ""
    next_model_path: str = ""
    fraction: float | None = None
    tokens_per_second: float | None = None
    loaded: "Loaded | None" = None
    pid: int | None = None
    problem: str = ""
    advice: str = ""

    @property
    def is_loaded(self) -> bool:
        """Whether a model is in memory and can be asked."""
        return self.state in LOADED_STATES

    @property
    def is_answering(self) -> bool:
        """Whether an answer is under way."""
        return self.state in ANSWERING_STATES

    @property
    def is_busy(self) -> bool:
        """Whether it is starting, loading or unloading."""
        return self.state in BUSY_STATES

    def words(self) -> str:
        """The state as a person reads it: ``loading 42 %``, ``generating · 51.8 tok/s``."""
        text = str(self.state)
        if self.state in (EngineState.LOADING, EngineState.READING) and self.fraction is not None:
            return f"{text} {units.percent(self.fraction)}"
        shows_speed = self.state in (EngineState.GENERATING, EngineState.READY)
        if shows_speed and self.tokens_per_second is not None:
            return f"{text} · {units.speed(self.tokens_per_second)}"
        if self.state is EngineState.NOT_LOADED and self.problem:
            return "not loaded · the last load failed"
        return text
