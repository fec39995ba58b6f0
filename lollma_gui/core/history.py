"""How values went in the last hour, second by second, with gaps where nothing was measured."""

import math
from array import array
from collections.abc import Iterator, Mapping
from enum import Enum

#: Seconds that are remembered.
HOUR = 3600
#: After a longer silence than this there is a gap; a hidden window measures every five seconds.
LONGEST_BEAT = 7
_NAN = math.nan


class Span(Enum):
    """How far back a chart looks: seconds in all, and seconds that make one point."""

    MINUTE = (60, 1)
    TEN_MINUTES = (600, 5)
    HOUR = (3600, 30)

    @property
    def seconds(self) -> int:
        """Seconds in all."""
        return self.value[0]

    @property
    def step(self) -> int:
        """Seconds that make one point: their mean is shown."""
        return self.value[1]


class History:
    """The last hour of any number of series. Takes 14 kB a series, however long it runs."""

    def __init__(self) -> None:
        self._series: dict[str, array[float]] = {}
        self._newest: int | None = None

    @property
    def newest(self) -> int | None:
        """Second of the newest values, on the clock they were added with; None before any."""
        return self._newest

    @property
    def names(self) -> list[str]:
        """Names of all series, in the order they came."""
        return list(self._series)

    def add(self, at: float, values: Mapping[str, float | None]) -> None:
        """Remember values of this second; what is not among them was not measured.

        Args:
            at: Seconds on a clock that only grows.
            values: A value for each series.
        """
        second = math.floor(at)
        if self._newest is not None and second < self._newest:
            return
        begin = self._first_to_fill(second)
        for name in values:
            if name not in self._series:
                self._series[name] = array("f", [_NAN]) * HOUR
        for name, series in self._series.items():
            value = values.get(name)
            for place in range(begin, second + 1):
                series[place % HOUR] = _NAN if value is None else value
        self._newest = second

    def _first_to_fill(self, second: int) -> int:
        """Seconds since the last beat had no measurement of their own; after a gap they have none.

        Those in a gap are emptied: they still hold what was an hour ago.
        """
        newest = self._newest
        if newest is None or second - newest >= HOUR:
            self._empty(second - HOUR + 1, second)
            return second
        if second - newest <= LONGEST_BEAT:
            return min(newest + 1, second)
        self._empty(newest + 1, second)
        return second

    def _empty(self, first: int, last: int) -> None:
        for series in self._series.values():
            for place in range(first, last + 1):
                series[place % HOUR] = _NAN

    def values(self, name: str, span: Span) -> list[float | None]:
        """One value a point, the newest last; None where nothing was measured.

        Points begin at whole multiples of the step, so that old points do not change any more.
        """
        count = span.seconds // span.step
        series, newest = self._series.get(name), self._newest
        if series is None or newest is None:
            return [None] * count
        last = newest // span.step
        return [
            _mean(series, point * span.step, min(newest, (point + 1) * span.step - 1))
            for point in range(last - count + 1, last + 1)
        ]

    def rows(self) -> Iterator[tuple[int, list[float | None]]]:
        """Each second in which anything was measured, with the values in the order of names."""
        if self._newest is None:
            return
        for second in range(self._newest - HOUR + 1, self._newest + 1):
            row = [_known(series[second % HOUR]) for series in self._series.values()]
            if any(value is not None for value in row):
                yield second, row


def _mean(series: "array[float]", first: int, last: int) -> float | None:
    found = [value for s in range(first, last + 1) if (value := series[s % HOUR]) == value]
    return sum(found) / len(found) if found else None


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
