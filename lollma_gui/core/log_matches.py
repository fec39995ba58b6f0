"""Which lines of a log are wanted: found a little at a time, so that nothing waits for it."""

from array import array
from bisect import bisect_left

from lollma_gui.core.log_buffer import LogBuffer
from lollma_gui.core.log_line import Level, level_of


class LogMatches:
    """Numbers of the lines that hold some letters and are bad enough, oldest first.

    Args:
        words: What the lines must hold, in capitals or not; all hold nothing.
        level: How bad they must be at least.
    """

    def __init__(self, words: str = "", level: Level = Level.PLAIN) -> None:
        self.words = words
        self.level = level
        self.numbers = array("q")
        self._words = words.lower()
        self._next = 0

    @property
    def takes_all(self) -> bool:
        """Whether every line is wanted; then ``numbers`` stays empty."""
        return not self._words and self.level is Level.PLAIN

    def advance(self, log: LogBuffer) -> bool:
        """Look at the next handful of lines.

        Returns:
            Whether there are more that were not looked at.
        """
        self._next = max(self._next, log.first)
        if (gone := bisect_left(self.numbers, log.first)) > 0:
            del self.numbers[:gone]
        if self.takes_all or self._next >= log.end:
            return False
        begin = self._next
        end, text = log.chunk(begin)
        if end <= begin:
            return False  # only the unfinished line is left
        self._next = end
        self.numbers.extend(begin + at for at in self._wanted(text))
        return end < log.end

    def _wanted(self, text: str) -> list[int]:
        if self._words and self._words not in text.lower():
            return []
        lines = text.split("\n")
        found = [at for at, line in enumerate(lines) if self._words in line.lower()]
        if self.level is Level.PLAIN:
            return found
        return [at for at in found if level_of(lines[at]) >= self.level]

    def after(self, number: int) -> int | None:
        """The first of them behind a line, else the first of all; None if there is none."""
        if not self.numbers:
            return None
        at = bisect_left(self.numbers, number + 1)
        return self.numbers[at % len(self.numbers)]

    def before(self, number: int) -> int | None:
        """The last of them above a line, else the last of all; None if there is none."""
        return self.numbers[bisect_left(self.numbers, number) - 1] if self.numbers else None

    def place(self, number: int) -> int:
        """How many of them stand above a line."""
        return bisect_left(self.numbers, number)
