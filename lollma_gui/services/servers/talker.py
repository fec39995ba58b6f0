"""Asks a running server how it is, measures it, and has it switch models; on one thread.

While a server loads a model its API may be silent for minutes: one thread that waits for it alone
keeps everything else awake.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.server_state import ServerFigures, ServerState
from lollma_gui.services.servers import ports
from lollma_gui.services.servers.api_client import ApiClient, NoAnswerError
from lollma_gui.services.servers.program import Health, Launch, NeedsRestart, Running, ServerProgram
from lollma_gui.services.servers.tree import TreeMeter

#: Between two looks at a server that starts, that does so for long, that works, and that idles.
_STARTING_SECONDS = 0.1
_LONG_SECONDS = 0.5
_WORKING_SECONDS = 1.0
_IDLE_SECONDS = 3.0
#: It starts, loads or is silent for long after so many looks: ten seconds or so.
_LONG_LOOKS = 100
#: Its sockets are read anew after so many looks: a minute or so.
_SOCKETS_EVERY = 20


_log = logging.getLogger(__name__)


class Look(NamedTuple):
    """What was seen of a server at one moment.

    Attributes:
        running: With the ports and sockets it really has.
        health: What it said; None: nothing.
        answer_ms: How long that took.
        figures: What it takes.
    """

    running: Running
    health: Health | None
    answer_ms: float | None
    figures: ServerFigures


#: How a switch ended: well (None), by needing a restart, cancelled, or with an error.
Switched = None | NeedsRestart | Cancelled | LollmaError


class Talker:
    """The one who talks to one run of a server.

    Args:
        program: Knows how.
        running: Whom to ask; ports as they were asked for.
        on_look: Told what was seen, from the talker's thread.
        on_switched: Told how a switch ended.
    """

    def __init__(
        self,
        program: ServerProgram,
        running: Running,
        on_look: Callable[[Look], None],
        on_switched: Callable[[Switched], None],
    ) -> None:
        self._program = program
        self._running = running
        self._on_look = on_look
        self._on_switched = on_switched
        self.meter = TreeMeter(running.pid)
        self._over = threading.Event()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._wish: Launch | None = None
        self._told_ports: Mapping[str, int] = {}
        self._looks_left = 0
        self._unready_looks = 0
        self._thread = threading.Thread(target=self._run, name="server-talker", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def switch(self, launch: Launch) -> None:
        """Have it load another model; a switch under way is given up."""
        with self._lock:
            self._wish = launch
        self._wake.set()

    def note_ports(self, found: Mapping[str, int]) -> None:
        """Its log has told its ports. Called from any thread."""
        with self._lock:
            self._told_ports = {**self._told_ports, **found}
            self._looks_left = 0
        self._wake.set()

    def stop(self) -> None:
        """Ask no more; what waits for an answer is given up."""
        self._over.set()
        self._wake.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread."""
        self._thread.join(seconds)

    # ---- the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._over.is_set():
            with self._lock:
                wish, self._wish = self._wish, None
            if wish is not None:
                self._switch_to(wish)
                continue
            try:
                pause = self._look()
            except Cancelled:
                break
            self._wake.wait(pause)
            self._wake.clear()

    def _look(self) -> float:
        """Look once; seconds until the next time."""
        figures = self.meter.read()
        health, answer_ms = self._asked(figures.pids)
        if health is None:
            self._looks_left = 0
        else:
            figures = replace(
                figures,
                tokens_per_second=health.tokens_per_second,
                requests=health.requests,
                facts=health.facts,
            )
        self._on_look(Look(self._running, health, answer_ms, figures))
        if health is None or health.state in (ServerState.STARTING, ServerState.LOADING):
            self._unready_looks += 1
            return _LONG_SECONDS if self._unready_looks > _LONG_LOOKS else _STARTING_SECONDS
        self._unready_looks = 0
        return _WORKING_SECONDS if health.state is ServerState.BUSY else _IDLE_SECONDS

    def _asked(self, pids: tuple[int, ...]) -> tuple[Health | None, float | None]:
        api = self._api(lambda: self._over.is_set())
        for running in self._whom_to_ask(pids):
            began = time.perf_counter()
            try:
                health = self._program.health(running, api)
            except Cancelled:
                raise
            except NoAnswerError:
                continue
            except Exception:  # noqa: BLE001 - built otherwise than it should be: no answer
                _log.info("an odd answer of %s", self._program.key, exc_info=True)
                continue
            self._running = running
            return health, (time.perf_counter() - began) * 1000
        return None, None

    def _whom_to_ask(self, pids: tuple[int, ...]) -> list[Running]:
        """The server at the port it really has: asked is only who belongs to it.

        Another program may have taken the port in the last moment, and might answer as well.
        """
        with self._lock:
            told = self._told_ports
        self._running = replace(self._running, ports={**self._running.ports, **told})
        if self._looks_left:
            self._looks_left -= 1
            return [self._running]
        sockets = ports.listening(pids)
        known = replace(self._running, listening=sockets)
        numbers = {socket.port for socket in sockets}
        if known.ports["api"] in numbers:
            self._looks_left = _SOCKETS_EVERY
            return [known]
        # It moved without a word: whichever of its ports answers as it should is the one.
        strangers = numbers - set(known.ports.values())
        return [replace(known, ports={**known.ports, "api": one}) for one in sorted(strangers)]

    def _switch_to(self, launch: Launch) -> None:
        def given_up() -> bool:
            return self._over.is_set() or self._wish is not None

        ended: Switched = None
        try:
            self._program.switch(self._running, launch, self._api(given_up))
        except (NeedsRestart, Cancelled, LollmaError) as reason:
            ended = reason
        except Exception as error:  # noqa: BLE001 - the thread has nobody else to tell
            ended = LollmaError(
                f"{self._program.name} answered something that makes no sense.",
                "Look at its log, then restart it.",
                repr(error),
            )
        else:
            self._running = replace(self._running, launch=launch)
        self._on_switched(ended)

    def _api(self, cancelled: Callable[[], bool]) -> ApiClient:
        return ApiClient(self._running.launch.key, cancelled)
