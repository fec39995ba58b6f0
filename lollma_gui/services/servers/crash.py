"""Why a server ended, in one sentence with the lines of its log that show it."""

import signal
from collections.abc import Sequence
from typing import Any

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_failures import Failure, Fix, KnownFailure, explain
from lollma_gui.services.servers.extra_flags import FlagError
from lollma_gui.services.servers.ports import PortTakenError

#: What no longer holds once no process is there.
GONE: dict[str, Any] = {
    "pid": None,
    "addresses": (),
    "api_url": "",
    "web_url": "",
    "model": "",
    "progress": None,
    "answer_ms": None,
}
#: Nothing is wrong any more.
FINE: dict[str, Any] = {"problem": "", "advice": "", "lines": (), "fixes": ()}
#: So many lines of a log are shown where none of them is known to tell why.
_LAST_LINES = 8


def said(
    error: LollmaError | OSError, lines: Sequence[str] = (), fixes: tuple[Fix, ...] = ()
) -> dict[str, Any]:
    """An error as fields of a ``ServerStatus``."""
    if isinstance(error, FlagError):
        fixes = (Fix.FLAGS,)
    if isinstance(error, LollmaError):
        shown = tuple(lines) or tuple(error.details.splitlines()[-_LAST_LINES:])
        told = {"problem": error.title, "advice": error.advice, "lines": shown}
        return {**told, "fixes": fixes}
    return {
        "problem": f"The system refused it: {error.strerror or error}.",
        "advice": "Check that there is free space, and that its folder may be written.",
        "lines": (str(error),),
        "fixes": (),
    }


def refused(error: LollmaError | OSError) -> dict[str, Any]:
    """Why a server could not even be started, as fields of a ``ServerStatus``."""
    taken = error.taken if isinstance(error, PortTakenError) else None
    return {**said(error), "taken_port": taken}


def reason(
    name: str, code: int | None, lines: Sequence[str], own: Sequence[KnownFailure]
) -> dict[str, Any]:
    """Why a server ended by itself, as fields of a ``ServerStatus``.

    Args:
        name: What the person calls it.
        code: Its exit code; negative is the number of a signal; None: it is not known.
        lines: The last lines of its log.
        own: What only its program is known to say.
    """
    found = explain(lines, own, code)
    if found is not None:
        return _told(found)
    error = LollmaError(_exit_words(name, code), "Look at its log, then start it again.")
    return said(error, lines[-_LAST_LINES:], (Fix.RETRY,))


def load_reason(
    error: LollmaError, lines: Sequence[str], own: Sequence[KnownFailure]
) -> dict[str, Any]:
    """Why a model could not be loaded, as fields of a ``ServerStatus``.

    Args:
        error: What the program made of it.
        lines: The log since the load began: more telling than an error code.
        own: What only its program is known to say.
    """
    found = explain(lines, own)
    if found is not None:
        return _told(found)
    return said(error, lines[-_LAST_LINES:], (Fix.OTHER_MODEL,))


def _told(failure: Failure) -> dict[str, Any]:
    error = LollmaError(failure.title, failure.advice)
    return said(error, failure.lines, failure.fixes)


def _exit_words(name: str, code: int | None) -> str:
    if code is None:
        return f"{name} has ended; why is not known, since another run of LoLLMa started it."
    if code == 0:
        return f"{name} ended by itself, as if all were well."
    if code < 0:
        try:
            how = signal.Signals(-code).name
        except ValueError:
            how = f"signal {-code}"
        return f"{name} was ended by {how}."
    return f"{name} ended with an error (exit code {code})."
