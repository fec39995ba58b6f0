"""What is marked in a log: from a letter of one line to a letter of another."""

import re
from typing import NamedTuple

from lollma_gui.core.log_line import LogLine

_WORD = re.compile(r"\w+|\s+|[^\w\s]+")


class Place(NamedTuple):
    """Before a letter of a line; ordered as one reads."""

    number: int
    column: int


class LogSelection:
    """From where the marking began to where it is now.

    Attributes:
        anchor: Where it began.
        cursor: Where it is now; marked is what lies between.
    """

    def __init__(self) -> None:
        self.anchor = self.cursor = Place(0, 0)

    @property
    def start(self) -> Place:
        """The earlier end."""
        return min(self.anchor, self.cursor)

    @property
    def end(self) -> Place:
        """The later end."""
        return max(self.anchor, self.cursor)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is marked."""
        return self.anchor == self.cursor

    def move(self, place: Place, *, marking: bool) -> None:
        """Go to a place, marking what lies between or not."""
        self.cursor = place
        if not marking:
            self.anchor = place

    def take_word(self, line: LogLine, column: int) -> None:
        """Mark the word at a column."""
        for word in _WORD.finditer(line.text):
            if word.start() <= column < word.end():
                self.anchor = Place(line.number, word.start())
                self.cursor = Place(line.number, word.end())

    def columns(self, number: int, length: int) -> tuple[int, int]:
        """Which letters of a line of this length are marked; two equal numbers for none."""
        if self.is_empty or not self.start.number <= number <= self.end.number:
            return 0, 0
        first = self.start.column if number == self.start.number else 0
        last = self.end.column if number == self.end.number else length
        return min(first, length), min(last, length)

    def part(self, line: LogLine) -> str:
        """The marked letters of a line."""
        first, last = self.columns(line.number, len(line.text))
        return line.text[first:last]
