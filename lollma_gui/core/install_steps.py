"""How far a long piece of work is."""

from collections.abc import Callable
from typing import NamedTuple


class StepProgress(NamedTuple):
    """One moment of it.

    Attributes:
        title: What is being done, in a few words: ``Fetching``.
        fraction: Share that is done, 0 to 1; None where nobody knows.
    """

    title: str
    fraction: float | None = None


#: Told of each moment, on the thread that works.
Tell = Callable[[StepProgress], None]
#: Asked some times a second whether the work is no longer wanted.
IsCancelled = Callable[[], bool]
