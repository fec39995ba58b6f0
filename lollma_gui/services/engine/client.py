"""What the window (and the self-test) talk to: one engine at a time, its true state, its answers.

All methods and all callbacks run on one thread, that of the owner; links report from threads of
their own and are brought over by ``Scheduler.post``.
"""

import itertools
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from lollma_gui.core.engine_exit import EngineExit
from lollma_gui.core.engine_messages import (
    ChatMessage,
    Event,
    Failed,
    Finished,
    Generate,
    Hello,
    Load,
    Loaded,
    LoadProgress,
    PromptProgress,
    SettingValue,
    Stats,
    Stop,
    Text,
)
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.engine.link import EngineLink, LinkCallbacks

_log = logging.getLogger(__name__)

#: An engine that has not stopped an answer after this long is ended instead.
STOP_GRACE_SECONDS = 5.0
_SHOW_SPEED_EVERY_SECONDS = 0.5


class Scheduler(Protocol):
    """Brings work to the owner's thread."""

    def post(self, work: Callable[[], None]) -> None:
        """Run this on the owner's thread, soon and in order. Called from any thread."""

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Run this on the owner's thread after a while. Called on the owner's thread."""


@dataclass(frozen=True)
class AnswerEnd:
    """How an answer ended.

    ``reason`` is ``stop``, ``stopped``, ``length``, ``context`` or ``failed``; with ``failed``
    there is a ``problem`` in one sentence with its advice.
    """

    reason: str
    stats: Stats
    problem: str = ""
    advice: str = ""


@dataclass(frozen=True)
class ClientCallbacks:
    """Where the client delivers, on the owner's thread."""

    on_status: Callable[[EngineStatus], None]
    on_text: Callable[[str], None]
    on_prompt: Callable[[int, int], None]
    on_answer_end: Callable[[AnswerEnd], None]
    on_log: Callable[[str], None]


@dataclass(frozen=True)
class _Wish:
    model_path: str
    settings: dict[str, SettingValue]


class EngineClient:
    """Loads, switches and unloads models, asks and stops.

    Args:
        make_link: Makes a new link (child process or thread) that delivers to these callbacks.
        scheduler: Brings what links report to the owner's thread.
        callbacks: Where status, text, ends of answers and the log go.
    """

    def __init__(
        self,
        make_link: Callable[[LinkCallbacks], EngineLink],
        scheduler: Scheduler,
        callbacks: ClientCallbacks,
    ) -> None:
        self._make_link = make_link
        self._scheduler = scheduler
        self._callbacks = callbacks
        self._link: EngineLink | None = None
        self._link_number = 0
        self._requests = itertools.count(1)
        self._answer_request = 0
        self._wish: _Wish | None = None
        self._status = EngineStatus()
        self._speed_shown_at = 0.0

    @property
    def status(self) -> EngineStatus:
        """What the engine is doing now."""
        return self._status

    # ---- wishes ----------------------------------------------------------------------------

    def load(self, model_path: str, settings: Mapping[str, SettingValue]) -> None:
        """Load a model; one that is there is unloaded first, an answer under way is stopped."""
        wish = _Wish(model_path, dict(settings))
        if self._link is None:
            self._start(wish)
            return
        self._wish = wish
        self._close_link(next_path=model_path)

    def generate(
        self, messages: Sequence[ChatMessage], settings: Mapping[str, SettingValue]
    ) -> None:
        """Ask for an answer.

        Raises:
            LollmaError: If no model is ready to answer.
        """
        if self._link is None or self._status.state is not EngineState.READY:
            raise LollmaError(
                f"The engine cannot answer now: {self._status.words()}.",
                "Choose a model in the bar at the top and wait until it is ready.",
            )
        self._answer_request = next(self._requests)
        self._link.send(Generate(self._answer_request, tuple(messages), dict(settings)))
        self._show(state=EngineState.READING, fraction=None, tokens_per_second=None)

    def stop(self) -> None:
        """Stop the answer under way. Does nothing when there is none."""
        if self._link is None or not self._answer_request:
            return
        request = self._answer_request
        self._link.send(Stop(request))
        self._show(state=EngineState.STOPPING)
        self._scheduler.later(STOP_GRACE_SECONDS, lambda: self._end_if_deaf(request))

    def unload(self) -> None:
        """End the engine: all memory comes back for certain. Also cancels a load."""
        self._wish = None
        if self._link is not None:
            self._close_link(next_path="")

    # ---- links -----------------------------------------------------------------------------

    def _start(self, wish: _Wish) -> None:
        self._wish = None
        self._link_number += 1
        number = self._link_number
        post = self._scheduler.post
        self._link = self._make_link(
            LinkCallbacks(
                on_event=lambda event: post(lambda: self._on_event(number, event)),
                on_log=lambda line: post(lambda: self._callbacks.on_log(line)),
                on_exit=lambda exit_: post(lambda: self._on_exit(number, exit_)),
            )
        )
        self._link.start()
        self._link.send(Load(next(self._requests), wish.model_path, wish.settings))
        self._status = EngineStatus(state=EngineState.STARTING, model_path=wish.model_path)
        self._callbacks.on_status(self._status)

    def _close_link(self, next_path: str) -> None:
        assert self._link is not None
        if self._status.state is not EngineState.UNLOADING:
            self._link.close()
        self._show(state=EngineState.UNLOADING, next_model_path=next_path, fraction=None)

    def _end_if_deaf(self, request: int) -> None:
        if self._link is not None and self._answer_request == request:
            _log.info("the engine did not stop an answer in time and is ended")
            self._link.kill()

    # ---- what links report -----------------------------------------------------------------

    def _on_event(self, number: int, event: Event) -> None:
        # Late words of an engine that is being unloaded must not change what is shown.
        if number != self._link_number or self._link is None:
            return
        if isinstance(event, Finished | Failed | Text | PromptProgress):
            self._on_answer_event(event)
        elif self._status.state is EngineState.UNLOADING:
            return
        elif isinstance(event, Hello):
            self._show(pid=event.pid or None)
        elif isinstance(event, LoadProgress):
            self._show(state=EngineState.LOADING, fraction=event.fraction)
        elif isinstance(event, Loaded):
            self._show(state=EngineState.READY, loaded=event, fraction=None)

    def _on_answer_event(self, event: Finished | Failed | Text | PromptProgress) -> None:
        if not self._answer_request or event.request != self._answer_request:
            if isinstance(event, Failed):
                self._on_load_failed(event)
            return
        if isinstance(event, PromptProgress):
            self._callbacks.on_prompt(event.done, event.total)
            if self._status.state is EngineState.READING:
                self._show(fraction=event.done / max(event.total, 1))
        elif isinstance(event, Text):
            self._callbacks.on_text(event.text)
            self._show_generating(event)
        elif isinstance(event, Finished):
            self._end_answer(AnswerEnd(event.reason, event.stats))
        else:
            self._end_answer(AnswerEnd("failed", Stats(), event.title, event.advice))

    def _show_generating(self, event: Text) -> None:
        speed = event.tokens_per_second
        if self._status.state is EngineState.READING:
            self._show(state=EngineState.GENERATING, fraction=None, tokens_per_second=speed)
        elif self._status.state is EngineState.GENERATING and self._speed_is_due():
            self._show(tokens_per_second=speed)

    def _speed_is_due(self) -> bool:
        # A small model's text comes forty times a second; a figure that changed as often could
        # not be read, and drawing it would take processor time from the model.
        now = time.monotonic()
        is_due = now - self._speed_shown_at >= _SHOW_SPEED_EVERY_SECONDS
        if is_due:
            self._speed_shown_at = now
        return is_due

    def _on_load_failed(self, event: Failed) -> None:
        if self._status.state in (EngineState.STARTING, EngineState.LOADING):
            self._show(problem=event.title, advice=event.advice)
            assert self._link is not None
            self._link.close()

    def _end_answer(self, end: AnswerEnd) -> None:
        self._answer_request = 0
        if self._status.is_answering:
            speed = end.stats.tokens_per_second
            self._show(state=EngineState.READY, fraction=None, tokens_per_second=speed)
        self._callbacks.on_answer_end(end)

    def _on_exit(self, number: int, exit_: EngineExit) -> None:
        if number != self._link_number:
            return
        before, self._link = self._status, None
        problem = exit_.problem() if before.state is not EngineState.UNLOADING else None
        if self._answer_request:
            self._end_answer(_lost_answer(problem))
        if self._wish is not None:
            self._start(self._wish)
            return
        self._status = _status_after(before, problem)
        self._callbacks.on_status(self._status)

    def _show(self, **changes: object) -> None:
        status = replace(self._status, **changes)  # type: ignore[arg-type]
        if status != self._status:
            self._status = status
            self._callbacks.on_status(status)


def _lost_answer(problem: LollmaError | None) -> AnswerEnd:
    if problem is None:
        return AnswerEnd("stopped", Stats())
    return AnswerEnd("failed", Stats(), problem.title, problem.advice)


def _status_after(before: EngineStatus, problem: LollmaError | None) -> EngineStatus:
    """What is shown once no engine is there any more."""
    if problem is not None:
        return EngineStatus(
            state=EngineState.CRASHED,
            model_path=before.model_path,
            problem=problem.title,
            advice=problem.advice,
        )
    failed_path = before.model_path if before.problem else ""
    return EngineStatus(model_path=failed_path, problem=before.problem, advice=before.advice)
