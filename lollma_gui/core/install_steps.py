"""How far an installation is: which step, how much of it, and what was said last."""

from collections.abc import Callable
from typing import NamedTuple


class StepProgress(NamedTuple):
    """One moment of a step.

    Attributes:
        title: What is being done, in a few words: ``Fetching TextGen``.
        fraction: Share of the step that is done, 0 to 1; None where nobody knows.
        line: What the program at work said last; may be empty.
        step: Which step this is, from 1.
        steps: How many there are.
    """

    title: str
    fraction: float | None = None
    line: str = ""
    step: int = 1
    steps: int = 1

    def in_words(self) -> str:
        """``Step 2 of 4: Fetching TextGen, 37 %``."""
        place = f"Step {self.step} of {self.steps}: " if self.steps > 1 else ""
        share = "" if self.fraction is None else f", {self.fraction:.0%}".replace("%", " %")
        return f"{place}{self.title}{share}"


#: Told of each moment, on the thread that works.
Tell = Callable[[StepProgress], None]
#: Asked some times a second whether the work is no longer wanted.
IsCancelled = Callable[[], bool]
