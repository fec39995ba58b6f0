"""Answers that are kept for a while, since asking costs more than they change."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: Tiers of the readings, in seconds: what moves is read at every beat, the rest less often.
PROCESSES = 2.0
SLOW = 5.0
ONCE = float("inf")


class Kept(Generic[T]):
    """One answer, asked for again when it is older than ``seconds``.

    Args:
        seconds: How long an answer is good.
        ask: Gives the answer.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        seconds: float,
        ask: Callable[[], T],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._ask = ask
        self._clock = clock
        self._answers: list[T] = []
        self._asked_at = 0.0

    def get(self) -> T:
        """The answer, at most so many seconds old."""
        now = self._clock()
        if not self._answers or now - self._asked_at >= self._seconds:
            self._answers = [self._ask()]
            self._asked_at = now
        return self._answers[0]
