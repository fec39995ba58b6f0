"""Rows of a shown log: all lines, or only those that a filter wants."""

from collections.abc import Sequence

from lollma_gui.core.log_matches import LogMatches


class LogRows:
    """Which line stands in which row.

    Attributes:
        wanted: The filter.
        first: Number of the oldest line there is.
        end: One more than the number of the newest.
    """

    def __init__(self, wanted: LogMatches) -> None:
        self.wanted = wanted
        self.first = 0
        self.end = 0

    def __len__(self) -> int:
        return self.end - self.first if self.wanted.takes_all else len(self.wanted.numbers)

    def numbers(self, start: int, stop: int) -> Sequence[int]:
        """Numbers of the lines in the rows from ``start`` up to before ``stop``."""
        start, stop = max(0, start), max(0, min(stop, len(self)))
        if self.wanted.takes_all:
            return range(self.first + start, self.first + stop)
        return self.wanted.numbers[start:stop]

    def row(self, number: int) -> int:
        """Row of a line, or of the next one that is shown; at most the number of rows."""
        if self.wanted.takes_all:
            return max(0, min(number, self.end) - self.first)
        return self.wanted.place(number)

    def number(self, row: int) -> int:
        """Number of the line in a row; the nearest one where there is no such row.

        Raises:
            IndexError: If there are no rows at all.
        """
        row = max(0, min(row, len(self) - 1))
        return self.numbers(row, row + 1)[0]

    def has(self, number: int) -> bool:
        """Whether a line is shown."""
        return number in self.numbers(row := self.row(number), row + 1)
