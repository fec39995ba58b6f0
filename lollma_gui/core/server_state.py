"""What a server is doing: its states, what moves it from one to another, and how that is said."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.server_failures import Fix


class ServerState(StrEnum):
    """What a server is doing, in the words that a person reads."""

    STOPPED = "stopped"
    INSTALLING = "installing"
    STARTING = "starting"
    LOADING = "loading model"
    READY = "ready"
    BUSY = "busy"
    STOPPING = "stopping"
    CRASHED = "crashed"


class ServerEvent(StrEnum):
    """What happens to a server."""

    INSTALL = "an installation was asked for"
    INSTALLED = "the installation has ended, well or not"
    START = "a start, or taking over what runs, was asked for"
    LOADS = "it loads a model"
    IDLES = "it answers and has nothing to do"
    WORKS = "it answers somebody"
    STOP = "a stop was asked for"
    REFUSED = "it could not be started; no process came to be"
    ENDED = "its process is gone"


#: States in which a process is there that we watch.
RUNNING = frozenset(
    {ServerState.STARTING, ServerState.LOADING, ServerState.READY, ServerState.BUSY}
)
#: States in which there is nothing to stop.
AT_REST = frozenset({ServerState.STOPPED, ServerState.CRASHED})

_S, _E = ServerState, ServerEvent
_NEXT: dict[tuple[ServerState, ServerEvent], ServerState] = {
    (_S.STOPPED, _E.INSTALL): _S.INSTALLING,
    (_S.CRASHED, _E.INSTALL): _S.INSTALLING,
    (_S.INSTALLING, _E.INSTALLED): _S.STOPPED,
    (_S.STOPPED, _E.START): _S.STARTING,
    (_S.CRASHED, _E.START): _S.STARTING,
    (_S.STARTING, _E.REFUSED): _S.STOPPED,
    # Nothing runs, but a restart may be due: a stop calls it off.
    (_S.CRASHED, _E.STOP): _S.STOPPED,
    (_S.STOPPING, _E.ENDED): _S.STOPPED,
}
for _state in RUNNING:
    _NEXT |= {
        (_state, _E.LOADS): _S.LOADING,
        (_state, _E.IDLES): _S.READY,
        (_state, _E.WORKS): _S.BUSY,
        (_state, _E.STOP): _S.STOPPING,
        (_state, _E.ENDED): _S.CRASHED,
    }


def next_state(state: ServerState, event: ServerEvent) -> ServerState | None:
    """The state after an event; None where the event cannot happen, or comes too late to count."""
    return _NEXT.get((state, event))


class TakenPort(NamedTuple):
    """A port that a server needs and another program has.

    Attributes:
        name: Which of the server's ports it is, as ``api``.
        port: Its number.
        pid: Who has it; None where the system does not tell.
        program: What that is called; empty where the system does not tell.
        started_at: When it started, as ``services.child_process.started_at`` says it.
        next_free: A port near it that is free; None: none was found.
    """

    name: str
    port: int
    pid: int | None = None
    program: str = ""
    started_at: float | None = None
    next_free: int | None = None


@dataclass(frozen=True)
class ServerStatus:
    """All that is known of a server at one moment.

    Attributes:
        state: What it is doing.
        problem: One sentence on what is wrong; empty if nothing is. A crashed server always has
            one, and one that could not be started; a running one may have: a model that could not
            be loaded, an API that is silent.
        advice: What to do about it; may be empty.
        lines: The lines of its log that show the problem, oldest first.
        fixes: What a person can do about it with one click, the best first.
        pid: Number of its first process.
        started_at: When that started, in seconds since 1970.
        restarts: How often it was started anew by itself since a person started it.
        restart_at: When it will be started again by itself, in seconds since 1970; None: not.
        addresses: Where it really listens, read from its sockets: ``127.0.0.1:5000``.
        api_url: Where other programs reach it, as ``http://127.0.0.1:5000/v1``; empty: not yet.
        web_url: Its page for a browser; empty if it has none, or not yet.
        model: What it says it has loaded; empty: no model.
        models: What can be asked for by name; only of a server elsewhere.
        progress: Share of an installation or of loading that is done, 0 to 1.
        step: What an installation is just doing; empty otherwise.
        answer_ms: How long its last answer took, in milliseconds; None: it does not answer.
        taken_over: Whether an earlier run of ours started it.
        taken_port: The port that kept it from starting; None: nothing of the kind.
    """

    state: ServerState = ServerState.STOPPED
    problem: str = ""
    advice: str = ""
    lines: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    pid: int | None = None
    started_at: float | None = None
    restarts: int = 0
    restart_at: float | None = None
    addresses: tuple[str, ...] = ()
    api_url: str = ""
    web_url: str = ""
    model: str = ""
    models: tuple[str, ...] = ()
    progress: float | None = None
    step: str = ""
    answer_ms: float | None = None
    taken_over: bool = False
    taken_port: TakenPort | None = None

    @property
    def is_running(self) -> bool:
        """Whether a process is there that is not being stopped."""
        return self.state in RUNNING

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing of it runs and nothing is being done about it."""
        return self.state in AT_REST

    @property
    def is_answering(self) -> bool:
        """Whether its own health answer says that it can be used."""
        usable = self.state in (ServerState.READY, ServerState.BUSY)
        return usable and self.answer_ms is not None

    def words(self) -> str:
        """The state for a person, with how far it is where that is known."""
        if self.state is ServerState.STARTING and self.problem and self.pid is None:
            return "does not answer"  # one elsewhere: nothing of it starts here
        if self.state is ServerState.INSTALLING and self.step:
            return f"installing: {self.step}"
        if self.state in (ServerState.READY, ServerState.BUSY) and self.answer_ms is None:
            return f"{self.state}, but does not answer"
        if self.state is ServerState.READY and not self.model:
            return "ready, no model loaded"
        if self.state is ServerState.STOPPED and self.problem:
            return "could not be started"
        if self.progress is not None and self.state in (
            ServerState.INSTALLING,
            ServerState.LOADING,
        ):
            return f"{self.state}, {units.percent(self.progress)}"
        return str(self.state)


@dataclass(frozen=True)
class ServerFigures:
    """What a server takes, with all processes it started, and what it says of its work.

    Attributes:
        pids: Numbers of its processes, the first one first.
        ram_bytes: Sum of their resident memory; a mapped model file counts as far as it is in use.
        vram_bytes: Of all GPUs; None where no GPU or driver tells.
        cpu: Busy share of one core; above 1 on several.
        tokens_per_second: While it writes, or of the last answer, as it says itself.
        requests: How many it has answered since its start, as it says itself.
        facts: Further figures of its own as label and text, to be shown as they are.
    """

    pids: tuple[int, ...] = ()
    ram_bytes: int | None = None
    vram_bytes: int | None = None
    cpu: float | None = None
    tokens_per_second: float | None = None
    requests: int | None = None
    facts: tuple[tuple[str, str], ...] = ()
