"""Feeds the charts of the dashboard from the history, and no more often than they change."""

from copy import deepcopy

from lollma_gui.core.history import History, Span
from lollma_gui.widgets.chart import HistoryChart


class ChartFeed:
    """Charts and the series each shows.

    Args:
        history: Where the values are.
    """

    def __init__(self, history: History) -> None:
        self._live = self._history = history
        self._charts: list[tuple[HistoryChart, str]] = []
        self._span = Span.MINUTE
        self._shown: int | None = None

    @property
    def span(self) -> Span:
        """How far back the charts look."""
        return self._span

    def add(self, chart: HistoryChart, series: str) -> None:
        """Let a chart show a series from now on."""
        self._charts.append((chart, series))
        self._show(chart, series)

    def hold(self, held: bool) -> None:
        """Show what is remembered at this moment, whatever is measured later; or go on."""
        self._history = deepcopy(self._live) if held else self._live

    def choose(self, span: Span) -> None:
        """Look so far back."""
        self._span = span
        self._shown = None
        self.refresh()

    def refresh(self) -> None:
        """Show the newest values, if there is a new point of this span."""
        newest = self._history.newest
        point = None if newest is None else newest // self._span.step
        if point is None or point == self._shown:
            return
        self._shown = point
        for chart, series in self._charts:
            self._show(chart, series)

    def _show(self, chart: HistoryChart, series: str) -> None:
        chart.show_values(self._history.values(series, self._span), self._span.step)
