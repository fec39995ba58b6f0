"""What a person reads in the terminal: short lines, one progress line, and what mends a failure."""

import sys
import time

#: Seconds between two progress lines where the line cannot be rewritten (a log, a build server).
QUIET_SECONDS = 30.0


class Trouble(Exception):  # noqa: N818 - a person reads it; it is trouble, not a defect
    """Setting up cannot go on.

    Attributes:
        what: One sentence: what is missing or went wrong.
        mend: The exact command or step that mends it.
        details: Lines from a log that show it; may be empty.
    """

    def __init__(self, what: str, mend: str, details: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.details = details

    def __str__(self) -> str:
        parts = [self.details, self.what, f"To mend it: {self.mend}"]
        return "\n".join(part for part in parts if part)


def say(line: str) -> None:
    """Print one line at once, also when the output goes to a file."""
    print(line, flush=True)


def duration(seconds: float) -> str:
    """A time as people say it: ``48 s`` or ``3 min 05 s``."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class ProgressLine:
    """One line that is rewritten in a terminal; elsewhere a line every half minute."""

    def __init__(self, title: str, rewrite: bool | None = None) -> None:
        self._title = title
        self._rewrite = sys.stdout.isatty() if rewrite is None else rewrite
        self._start = self._said = time.monotonic()
        self._state = ""
        self._width = 0
        if not self._rewrite:
            say(f"{title} ...")

    def show(self, state: str | None = None) -> None:
        """Show the time that went by, and the newest known state (kept when None)."""
        self._state = self._state if state is None else state
        now = time.monotonic()
        line = ", ".join(p for p in (self._title, self._state, duration(now - self._start)) if p)
        if self._rewrite:
            line = line[:110]
            print("\r" + line.ljust(self._width), end="", flush=True)
            self._width = len(line)
        elif now - self._said >= QUIET_SECONDS:
            self._said = now
            say(f"  {line}")

    def end(self, result: str) -> None:
        """Leave the result on the line, with the time it took."""
        line = f"{self._title}: {result} ({duration(time.monotonic() - self._start)})"
        if self._rewrite:
            print("\r" + line.ljust(self._width), flush=True)
        else:
            say(f"  {line}")
