"""When to look away from a GPU, so that it can fall asleep: being looked at keeps it awake."""

import time
from collections.abc import Callable

#: A GPU with nothing to do for this long is let sleep.
IDLE_SECONDS = 30.0
#: The kernel takes some seconds to switch it off.
TRY_SECONDS = 20.0
#: One that did not fall asleep (a screen hangs on it, say) is left in peace for an hour.
AGAIN_SECONDS = 3600.0


class Nap:
    """Decides when the driver is closed for the sake of sleep.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._idle_since: float | None = None
        self._until = float("-inf")
        self._not_before = float("-inf")

    @property
    def is_on(self) -> bool:
        """Whether the GPU should not be asked now."""
        return self._clock() < self._until

    def is_due(self, idle: bool) -> bool:
        """Take note of what was seen; True when the driver should be closed from now on."""
        now = self._clock()
        if not idle or now < self._not_before:
            self._idle_since = None
            return False
        if self._idle_since is None:
            self._idle_since = now
        if now - self._idle_since < IDLE_SECONDS:
            return False
        self._idle_since = None
        self._until = now + TRY_SECONDS
        self._not_before = self._until + AGAIN_SECONDS
        return True

    def succeeded(self) -> None:
        """It fell asleep; the next time it is idle it may do so again."""
        self._until = self._not_before = float("-inf")
        self._idle_since = None
