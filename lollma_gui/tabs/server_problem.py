"""What is wrong with a server, and the buttons that help."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.fit_changes import Change
from lollma_gui.core.memory_plan import TargetDevice
from lollma_gui.core.server_failures import Fix
from lollma_gui.core.server_state import ServerStatus
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.tabs.server_words import is_missing
from lollma_gui.widgets.model_picker import ModelChoice
from lollma_gui.widgets.theme import Role

TAKE_OVER = "take over"
END_LEFT_OVER = "end left over"
#: Before the number of one of the changes that make the model fit.
CHANGE = "change "

_WORDS = {
    Fix.NEXT_PORT: "Use another port",
    Fix.WHAT_FITS: "Show what fits",
    Fix.INSTALL: "Install…",
    Fix.FLAGS: "Show the flags",
    Fix.SETTINGS: "Show the settings",
    Fix.SETUP: "Check this PC",
    Fix.OTHER_MODEL: "Choose another model",
    Fix.RETRY: "Start again",
}


class ServerHelp(Protocol):
    """What a server's page asks the rest of the app; all on the window's thread."""

    def choices(self) -> Sequence[ModelChoice]:
        """The models that can be picked."""

    def changes(self, path: str, devices: Sequence[TargetDevice] = ()) -> Sequence[Change]:
        """Up to three changes of settings, each of which makes this model fit.

        ``devices`` are memories of other PCs that it is spread over.
        """

    def spread(
        self, path: str, devices: Sequence[TargetDevice], then: Callable[[str], None]
    ) -> None:
        """Find out what would lie where with those memories, in a sentence or some."""

    def take(self, path: str, values: Mapping[str, SettingValue]) -> None:
        """Put values into the model's profile."""

    def show_fit(self, path: str) -> None:
        """Show where the memory goes with this model."""

    def show_page(self, name: str) -> None:
        """Show another tab."""

    def open_browser(self, url: str) -> None:
        """Show an address in the person's browser."""


class Problem(NamedTuple):
    """What is shown of a problem; an empty title is none."""

    title: str = ""
    advice: str = ""
    lines: Sequence[str] = ()
    actions: Sequence[tuple[str, str]] = ()
    role: Role = Role.BAD


def problem_of(
    session: ServerSession, help_: ServerHelp, devices: Sequence[TargetDevice] = ()
) -> Problem:
    """What is wrong with a server now.

    Args:
        session: The server.
        help_: Knows what fits.
        devices: Memories of other PCs that its model is spread over.
    """
    status = session.status
    if session.left_over is not None and status.is_at_rest:
        return _left_over(session)
    if not status.problem:
        return Problem()
    role = Role.BAD if status.is_at_rest else Role.WARNING
    actions = _actions(session, help_, devices)
    return Problem(status.problem, status.advice, status.lines, actions, role)


def _left_over(session: ServerSession) -> Problem:
    left = session.left_over
    assert left is not None
    who = ", ".join(f"PID {pid}" for pid in left.pids[:3])
    actions = [(END_LEFT_OVER, "End it")]
    advice = "Only a part of it is left: end it before it is started again."
    if left.is_whole:
        actions.insert(0, (TAKE_OVER, "Take it over"))
        advice = "Take it over to go on as if nothing had happened, or end it."
    title = f"{session.config.name} still runs since an earlier start of LoLLMa ({who})."
    return Problem(title, advice, (), actions, Role.WARNING)


def _actions(
    session: ServerSession, help_: ServerHelp, devices: Sequence[TargetDevice]
) -> Sequence[tuple[str, str]]:
    status = session.status
    if status.taken_port is not None:
        return _port_actions(status)
    fixes = list(status.fixes)
    if is_missing(session):
        fixes = [Fix.INSTALL]
    elif status.is_at_rest and Fix.RETRY not in fixes:
        fixes.append(Fix.RETRY)
    actions: list[tuple[str, str]] = []
    for fix in fixes:
        if fix is Fix.WHAT_FITS:
            actions += _what_fits(session, help_, devices)
        elif fix in _WORDS:
            actions.append((fix.value, _WORDS[fix]))
    return actions


def _what_fits(
    session: ServerSession, help_: ServerHelp, devices: Sequence[TargetDevice]
) -> list[tuple[str, str]]:
    """Changes that make its model fit, each a button; nothing where it has no model."""
    path = session.config.model_path
    if not path:
        return []
    offered = help_.changes(path, devices)
    changes = [(f"{CHANGE}{n}", one.words) for n, one in enumerate(offered)]
    return [*changes, (Fix.WHAT_FITS.value, _WORDS[Fix.WHAT_FITS])]


def _port_actions(status: ServerStatus) -> Sequence[tuple[str, str]]:
    taken = status.taken_port
    assert taken is not None
    actions = []
    if taken.next_free:
        actions.append((Fix.NEXT_PORT.value, f"Use port {taken.next_free}"))
    if taken.pid is not None and taken.started_at is not None:
        actions.append((Fix.END_HOLDER.value, f"End {taken.program} (PID {taken.pid})"))
    return [*actions, (Fix.RETRY.value, _WORDS[Fix.RETRY])]
