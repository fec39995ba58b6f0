"""What is said of a server, the same in the list and on its page."""

import time

from lollma_gui.core import units
from lollma_gui.core.server_state import ServerFigures, ServerState, ServerStatus
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.widgets.theme import Role

_ROLES = {
    ServerState.STOPPED: Role.MUTED,
    ServerState.INSTALLING: Role.ACCENT,
    ServerState.STARTING: Role.WARNING,
    ServerState.LOADING: Role.WARNING,
    ServerState.READY: Role.GOOD,
    ServerState.BUSY: Role.ACCENT,
    ServerState.STOPPING: Role.WARNING,
    ServerState.CRASHED: Role.BAD,
}


def role_of(status: ServerStatus) -> Role:
    """The colour and shape of a state."""
    if status.is_running and (status.problem or not _answers(status)):
        return Role.WARNING
    if status.state is ServerState.STOPPED and status.problem:
        return Role.BAD
    return _ROLES[status.state]


def _answers(status: ServerStatus) -> bool:
    return status.is_answering or status.state not in (ServerState.READY, ServerState.BUSY)


def is_missing(session: ServerSession) -> bool:
    """Whether its program is not on this PC, as far as is known."""
    return session.was_looked_for and session.found is None


def state_words(session: ServerSession) -> str:
    """The state, for the list: ``ready``, ``not installed``."""
    status = session.status
    if status.state is ServerState.STOPPED:
        if session.left_over is not None:
            return "still runs from before"
        if is_missing(session):
            return "not installed"
    return status.words()


def about(session: ServerSession, now: float) -> str:
    """Version, where it comes from, PID, how long it runs and how often it was restarted."""
    found, status = session.found, session.status
    parts = [_version(found.version)] if found and found.version else []
    if found and found.how:
        parts.append(found.how)
    if status.pid is not None:
        parts.append(f"PID {status.pid}")
    if status.started_at is not None and status.pid is not None:
        parts.append(f"up {units.seconds(max(1.0, now - status.started_at))}")
        parts.append("1 restart" if status.restarts == 1 else f"{status.restarts} restarts")
    if status.restart_at is not None:
        parts.append(f"starts again in {units.seconds(max(1.0, status.restart_at - now))}")
    return " · ".join(parts) or state_words(session)


def _version(version: str) -> str:
    return f"v{version}" if version[0].isdigit() else version


def work_words(figures: ServerFigures) -> str:
    """What it did, as it says itself: ``3 requests · 20.8 tok/s · Slots: 1 of 4``."""
    parts = []
    if figures.requests is not None:
        parts.append("1 request" if figures.requests == 1 else f"{figures.requests:,} requests")
    if figures.tokens_per_second is not None:
        parts.append(units.speed(figures.tokens_per_second))
    parts += [f"{name}: {text}" for name, text in figures.facts]
    return " · ".join(parts)


def now() -> float:
    """The time, in seconds since 1970."""
    return time.time()


def health_words(status: ServerStatus) -> str:
    """How it answers: ``answering · 12 ms``."""
    if status.pid is None:
        return units.UNKNOWN
    if status.answer_ms is not None:
        return f"answering · {status.answer_ms:.0f} ms"
    waits = status.state in (ServerState.STARTING, ServerState.LOADING, ServerState.STOPPING)
    return str(status.state) if waits else "does not answer"


def cpu_words(figures: ServerFigures) -> str:
    """Share of one core, as task managers say it: ``104 %``."""
    return units.percent(figures.cpu)
