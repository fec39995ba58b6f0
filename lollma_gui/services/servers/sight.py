"""What a look at a running server means for its status."""

import time
from collections.abc import Callable
from typing import Any

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_config import Access
from lollma_gui.core.server_state import ServerState, ServerStatus
from lollma_gui.services.servers import crash, ports
from lollma_gui.services.servers.extra_flags import FlagError
from lollma_gui.services.servers.program import Health, ServerProgram
from lollma_gui.services.servers.talker import Look

#: A running server may be silent for so long before that counts as a problem.
SILENT_SECONDS = 10.0
#: After so long a person wants to know what a load takes so long for.
SLOW_SECONDS = 20.0


def exposed(look: Look) -> LollmaError | None:
    """Whether others could connect although only this PC may, as an error for the person."""
    config = look.running.launch.config
    if config.access is not Access.THIS_PC:
        return None
    named = set(look.running.ports.values())
    for socket in look.running.listening:
        if socket.port in named and not ports.is_loopback(socket.address):
            return FlagError(
                f"{config.name} listened on {socket.words()}, open to your network, although "
                "only this PC may connect. It was ended.",
                "Look through its extra flags, or choose “my network”, which sets a key.",
            )
    return None


class Sight:
    """Turns looks at one server into changes of its status.

    Args:
        program: What it runs.
        name: What the person calls it.
        clock: Seconds that only grow.
    """

    def __init__(
        self, program: ServerProgram, name: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._program = program
        self._clock = clock
        self._silent_since: float | None = None
        self._loading_since: float | None = None
        self._silence = f"{name} does not answer, although its process runs."
        self._slowness = f"{name} is still loading after {SLOW_SECONDS:.0f} seconds."

    def answered(self, status: ServerStatus, look: Look, health: Health) -> dict[str, Any]:
        """What an answer changes, apart from the state."""
        running = look.running
        self._silent_since = None
        changes: dict[str, Any] = {
            "addresses": tuple(dict.fromkeys(socket.words() for socket in running.listening)),
            "api_url": self._program.api_url(running),
            "web_url": self._program.web_url(running),
            "model": health.model,
            "progress": health.progress,
            "answer_ms": look.answer_ms,
        }
        if status.problem == self._silence:
            changes |= crash.FINE
        return changes | self._loading(status, health.state)

    def silent(self, status: ServerStatus) -> dict[str, Any]:
        """What silence changes: nothing while it starts, later it becomes a problem."""
        if status.state is ServerState.LOADING:
            return self._loading(status, status.state)
        if status.state not in (ServerState.READY, ServerState.BUSY):
            return {}
        now = self._clock()
        if self._silent_since is None:
            self._silent_since = now
        if now - self._silent_since < SILENT_SECONDS or status.problem:
            return {"answer_ms": None}
        advice = "Wait if it is at work, or restart it."
        return {"answer_ms": None, **crash.said(LollmaError(self._silence, advice))}

    def _loading(self, status: ServerStatus, state: ServerState) -> dict[str, Any]:
        """What a load that goes on for long changes: it is said, with what it may be."""
        if state is not ServerState.LOADING:
            self._loading_since = None
            return dict(crash.FINE) if status.problem == self._slowness else {}
        now = self._clock()
        if self._loading_since is None:
            self._loading_since = now
        return self.slow(status) if now - self._loading_since >= SLOW_SECONDS else {}

    def slow(self, status: ServerStatus) -> dict[str, Any]:
        """What changes where it has been loading for long: what that may be is said."""
        if status.state is not ServerState.LOADING or status.problem:
            return {}
        advice = (
            "If RAM or CPU above still change, it is at work: a large file on a slow drive or a "
            "very long context (also as -c among the extra flags) takes its time. Stop it if "
            "that was not meant."
        )
        return crash.said(LollmaError(self._slowness, advice))
