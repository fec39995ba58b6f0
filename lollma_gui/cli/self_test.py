"""``lollma --self-test``: the engine tried end to end, without a window."""

import json
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from lollma_gui.core.engine_messages import ChatMessage, Stats
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.engine.client import AnswerEnd, ClientCallbacks, EngineClient
from lollma_gui.services.engine.links import ProcessLink
from lollma_gui.services.places import Places

_QUESTION = (
    ChatMessage("system", "You are a helpful assistant."),
    ChatMessage("user", "Name three colours of the rainbow."),
)
_SETTINGS = {"max_new_tokens": 32, "temperature": 0.0}
#: Longer than any load of a model that a PC can hold, from the slowest disk.
_PATIENCE_SECONDS = 600.0


class _Waiting:
    """A scheduler for a program that has nothing else to do: it waits for what is posted."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def post(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, self.post, (work,))
        timer.daemon = True
        timer.start()

    def run_until(self, done: Callable[[], bool], deadline: float) -> None:
        while not done():
            try:
                self._work.get(timeout=max(deadline - time.monotonic(), 0.0))()
            except queue.Empty:
                raise LollmaError(
                    "The engine did not answer in time.", "Try a smaller model."
                ) from None


class _Trial:
    """Load, ask, unload; remembers what came back."""

    def __init__(self) -> None:
        self._waiting = _Waiting()
        self.status = EngineStatus()
        self.text = ""
        self.end: AnswerEnd | None = None
        callbacks = ClientCallbacks(
            on_status=self._take_status,
            on_text=self._take_text,
            on_prompt=lambda _done, _total: None,
            on_answer_end=self._take_end,
            on_log=lambda _line: None,
        )
        self._client = EngineClient(ProcessLink, self._waiting, callbacks)
        self._deadline = time.monotonic() + _PATIENCE_SECONDS

    def _take_status(self, status: EngineStatus) -> None:
        self.status = status

    def _take_text(self, text: str) -> None:
        self.text += text

    def _take_end(self, end: AnswerEnd) -> None:
        self.end = end

    def load(self, model: Path) -> None:
        self._client.load(str(model), {})
        self._wait(lambda: not self.status.is_busy)
        if self.status.state is not EngineState.READY:
            raise LollmaError(self.status.problem, self.status.advice)

    def ask(self) -> Stats:
        self._client.generate(_QUESTION, _SETTINGS)
        self._wait(lambda: self.end is not None)
        assert self.end is not None
        if self.end.problem:
            raise LollmaError(self.end.problem, self.end.advice)
        return self.end.stats

    def unload(self) -> None:
        self._client.unload()
        self._wait(lambda: not self.status.is_busy and not self.status.is_loaded)

    def _wait(self, done: Callable[[], bool]) -> None:
        self._waiting.run_until(done, self._deadline)


def run(model: str | None, *, as_json: bool, whole: bool, places: Places, out: TextIO) -> int:
    """Load a model, let it write 32 tokens at temperature 0, unload.

    Args:
        model: Path of a GGUF file; None takes the starter model.
        as_json: Print one JSON object instead of lines.
        whole: Try the dry run and the engine's API as well, each in processes of its own.
        places: Where the starter model would lie.
        out: Where to print.

    Returns:
        0, or 1 with the reason printed.
    """
    code = 0
    try:
        path = _model_path(model, places)
        result = _tried(path)
        if whole:
            from lollma_gui.cli import self_test_server

            result |= self_test_server.plan(path)
            result |= self_test_server.serve(path, _PATIENCE_SECONDS)
    except LollmaError as error:
        result, code = {"error": error.title, "advice": error.advice}, 1
    _print(result, as_json, out)
    return code


def _tried(model: Path) -> dict[str, object]:
    trial = _Trial()
    try:
        trial.load(model)
        loaded = trial.status.loaded
        stats = trial.ask()
    finally:
        trial.unload()
    return {
        "model": str(model),
        "load_seconds": round(loaded.load_seconds, 3) if loaded else None,
        "first_token_seconds": _rounded(stats.first_token_seconds, 3),
        "tokens_per_second": _rounded(stats.tokens_per_second, 1),
        "text": trial.text,
        "engine": loaded.engine if loaded else "",
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _print(result: dict[str, object], as_json: bool, out: TextIO) -> None:
    if as_json:
        print(json.dumps(result, ensure_ascii=False), file=out)
        return
    for name, value in result.items():
        print(f"{name.replace('_', ' '):>20}: {value}", file=out)


def _model_path(model: str | None, places: Places) -> Path:
    if model is not None:
        return Path(model).expanduser().absolute()
    from lollma_gui.services.starter_model import STARTER

    path = places.models / STARTER.file_name
    if not path.is_file():
        raise LollmaError("There is no model to test with.", "Give one, or run: lollma get-starter")
    return path
