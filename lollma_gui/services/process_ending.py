"""Ends a program that runs models, and never anything else."""

import contextlib
import time
from typing import TYPE_CHECKING

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.readings import MAY_BE_ENDED
from lollma_gui.services.child_process import TICK_SECONDS, are_gone
from lollma_gui.services.process_sampler import facts_of

if TYPE_CHECKING:
    import psutil

#: After asking, a program has this long to end by itself.
GRACE_SECONDS = 3.0
#: psutil rounds start times differently from call to call on some systems.
_SAME_SECONDS = 0.05


def end_program(pid: int, started_at: float, grace_seconds: float = GRACE_SECONDS) -> None:
    """End a program and what it started, if it is still the one that was meant.

    Args:
        pid: Its number.
        started_at: When it started, as in its reading: a number alone may be somebody else's.
        grace_seconds: How long it may take to end when it is asked; then it is killed.

    Raises:
        LollmaError: If it is gone, is another program, may not be ended, or does not end.
    """
    import psutil

    facts = facts_of(pid)
    if facts is None or abs(facts.started_at - started_at) > _SAME_SECONDS:
        raise LollmaError("That program has ended already.")
    if facts.whose not in MAY_BE_ENDED:
        raise LollmaError(
            f"{facts.name} (PID {pid}) does not belong to LoLLMa and runs no models.",
            "End it by its own means.",
        )
    try:
        has_ended = _end_tree(facts.process, grace_seconds)
    except psutil.AccessDenied as error:
        raise LollmaError(
            f"This account may not end {facts.name} (PID {pid}).",
            "End it in the account that started it.",
        ) from error
    if not has_ended:
        raise LollmaError(
            f"{facts.name} (PID {pid}) does not end, although it was killed.",
            "It may wait for a driver that does not answer: restart the computer.",
        )


def _end_tree(process: "psutil.Process", grace_seconds: float) -> bool:
    """End a program and what it started; whether all of it is gone."""
    import psutil

    # Noted before anything ends: who loses a parent is nobody's child any more.
    family = [process]
    with contextlib.suppress(psutil.Error):
        family += process.children(recursive=True)
    for ask in ("terminate", "kill"):
        for member in family:
            # Each call compares the start time: a number given to somebody new is not touched.
            with contextlib.suppress(psutil.NoSuchProcess):
                getattr(member, ask)()
        deadline = time.monotonic() + grace_seconds
        while not are_gone(family) and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS)
    return are_gone(family)
