"""Why a server failed, read from the last lines of its log."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lollma_gui.core.engine_exit import LLAMA_REASONS
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.rpc_workers import RPC_REASONS


class KnownFailure(NamedTuple):
    """A failure that programs announce in their log.

    Attributes:
        pattern: Regular expression, searched in one line without regard to case.
        title: One sentence; ``{0}``, ``{1}`` … are those of the pattern's groups that matched.
        advice: One sentence on what to do.
    """

    pattern: str
    title: str
    advice: str


#: What every program says that has llama.cpp inside.
LLAMA_FAILURES = tuple(KnownFailure(*reason) for reason in (*RPC_REASONS, *LLAMA_REASONS))


def explain(
    lines: Sequence[str], failures: Iterable[KnownFailure]
) -> tuple[LollmaError, tuple[str, ...]] | None:
    """The first known failure that a log shows, and the lines that show it; None: none.

    Failures are tried in their order: causes should stand before what follows from them.

    Args:
        lines: The last lines of the log, oldest first.
        failures: What the program is known to say.
    """
    for failure in failures:
        pattern = re.compile(failure.pattern, re.IGNORECASE)
        for number, line in enumerate(lines):
            if found := pattern.search(line):
                groups = [group for group in found.groups() if group] or [""]
                error = LollmaError(failure.title.format(*groups), failure.advice)
                return error, tuple(lines[max(0, number - 2) : number + 2])
    return None
