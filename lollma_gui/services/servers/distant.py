"""Watches one server on another PC: a question every few seconds instead of a process.

It stands where a ``Supervisor`` stands and takes the same wishes; what only a process can do does
nothing here.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import ServerState, ServerStatus
from lollma_gui.services.servers.api_client import ApiClient
from lollma_gui.services.servers.elsewhere import model_of, offered, url_of
from lollma_gui.services.servers.records import Record
from lollma_gui.services.servers.wish import SupervisorCallbacks, Wish
from lollma_gui.services.servers.worker import Worker

#: Between two questions.
LOOK_SECONDS = 5.0
#: An answer through a bad network may take so long. Longer than what is asked on this thread
#: itself (see ``ApiClient``), so that a stop is heard.
_PATIENCE_SECONDS = 6.0


class DistantWatch:
    """One server elsewhere. All methods may be called from any thread and return at once.

    Args:
        config: How it is set: ``url`` and ``model`` are among its options.
        callbacks: Where it reports.
        look_seconds: Between two questions.
    """

    can_outlive_us = False

    def __init__(
        self,
        config: ServerConfig,
        callbacks: SupervisorCallbacks,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._config = config
        self._callbacks = callbacks
        self._look_seconds = look_seconds
        self._key = ""
        self._status = ServerStatus()
        self._give_up = threading.Event()
        self._worker = Worker("server-elsewhere", lambda: False, self._on_trouble)

    @property
    def status(self) -> ServerStatus:
        """How it is now."""
        return self._status

    # ---- wishes ----------------------------------------------------------------------------

    def configure(self, config: ServerConfig) -> None:
        """It is set like this from now on; while it is watched, it is asked at once."""
        self._worker.post(lambda: self._configure(config))

    def start(self, wish: Wish) -> None:
        """Begin to ask."""
        give_up = self._give_up = threading.Event()
        self._worker.post(lambda: self._begin(wish.key, give_up))

    #: Asking anew is all that can be done.
    restart = start
    switch = start

    def stop(self, *, now: bool = False) -> None:  # noqa: ARG002 - there is nothing to kill
        """Ask no more."""
        self._give_up.set()
        self._worker.post(self._end)

    def let_go(self) -> None:
        """The app closes: ask no more. The server is not ours to end."""
        self.stop()

    def install(self, folder: Path) -> None:
        """Nothing is installed here."""

    def take_over(self, record: Record, key: str) -> None:
        """Nothing of it ever runs here."""

    def join(self, seconds: float) -> bool:
        """Wait until nobody is asked any more; whether that is so."""
        return self._worker.join(seconds)

    # ---- the worker's thread from here on --------------------------------------------------

    def _configure(self, config: ServerConfig) -> None:
        self._config = config
        if not self._status.is_at_rest:
            self._show(state=ServerState.STARTING, problem="", advice="", answer_ms=None)
            self._look(self._give_up)

    def _begin(self, key: str, give_up: threading.Event) -> None:
        self._key = key
        self._show(state=ServerState.STARTING, problem="", advice="", answer_ms=None)
        self._look(give_up)

    def _end(self) -> None:
        self._worker.not_later()
        self._status = ServerStatus()
        self._callbacks.on_status(self._status)

    def _look(self, give_up: threading.Event) -> None:
        if give_up.is_set():
            return
        api = ApiClient(self._key, give_up.is_set, _PATIENCE_SECONDS)
        url = url_of(self._config)
        began = time.monotonic()
        try:
            models = offered(url, api)
        except Cancelled:
            return
        except LollmaError as error:
            self._show(
                state=ServerState.STARTING,
                problem=error.title,
                advice=error.advice,
                answer_ms=None,
                model="",
            )
        else:
            self._show(
                state=ServerState.READY,
                problem="",
                advice="",
                answer_ms=(time.monotonic() - began) * 1000,
                api_url=url,
                models=models,
                model=model_of(self._config, models),
            )
        self._worker.later(self._look_seconds, self._look_again(give_up))

    def _look_again(self, give_up: threading.Event) -> Callable[[], None]:
        return lambda: self._look(give_up)

    def _show(self, **changes: Any) -> None:
        status = replace(self._status, **changes)
        if status != self._status:
            self._status = status
            self._callbacks.on_status(status)

    def _on_trouble(self) -> None:
        """Something went wrong that nobody thought of."""
        self._show(
            state=ServerState.STARTING,
            problem="Something unexpected went wrong in LoLLMa.",
            advice="LoLLMa's own log holds the details; connect again.",
            answer_ms=None,
        )
