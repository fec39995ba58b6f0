"""What our engine does now, and what it costs."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from lollma_gui.core.reading_text import whole_unit
from lollma_gui.core.reading_values import (
    ENGINE_POWER,
    ENGINE_SPEED,
    engine_power,
    tokens_per_joule,
)
from lollma_gui.core.readings import EngineReading, Reading
from lollma_gui.core.units import UNKNOWN, seconds, speed, whole
from lollma_gui.tabs.dashboard_charts import ChartFeed
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.chart import HistoryChart
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.figure import Figure
from lollma_gui.widgets.meter import Meter
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_CHART_HEIGHT = 40


class EngineCard(Card):
    """Speed beside power, and how full the context is."""

    def __init__(self, theme: Theme, feed: ChartFeed) -> None:
        super().__init__("Engine", "no model loaded")
        self.figure = Figure("Tokens per second", widest="1000 tok/s")
        self.speed_chart = HistoryChart(
            theme, Role.ACCENT, maximum=None, name="Tokens per second", in_words=speed
        )
        self.power_chart = HistoryChart(
            theme,
            Role.COMPUTE,
            maximum=None,
            name="Power of its GPUs",
            in_words=lambda value: whole_unit(value, "W"),
        )
        self.context = Meter(theme, "Context")
        self.facts = FactList()
        self._pid: int | None = None
        self._last_per_joule: float | None = None
        self._build()
        feed.add(self.speed_chart, ENGINE_SPEED)
        feed.add(self.power_chart, ENGINE_POWER)
        self.show_engine(Reading(0.0))

    def _build(self) -> None:
        self.header.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.setSpacing(20)
        for chart in (self.speed_chart, self.power_chart):
            chart.setMinimumHeight(_CHART_HEIGHT)
            column = QVBoxLayout()
            column.setSpacing(4)
            column.addWidget(label(chart.accessibleName(), TextRole.CAPTION))
            column.addWidget(chart, 1)
            row.addLayout(column, 3)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(self.context)
        column.addWidget(self.facts)
        column.addStretch(1)
        row.addLayout(column, 4)
        self.body.addLayout(row)

    def show_engine(self, reading: Reading) -> None:
        """Show the engine as it is in this reading."""
        engine = reading.engine
        self.set_subtitle(_words(engine))
        self.figure.show_text(speed(engine.tokens_per_second or engine.last_tokens_per_second))
        used, size = engine.context_used, engine.context_size
        share = used / size if used is not None and size else None
        text = f"{whole(used)} of {whole(size, 'tokens')}" if size else UNKNOWN
        self.context.show_value(text, [] if share is None else [(Role.CACHE, share)])
        per_joule = tokens_per_joule(engine, engine_power(reading))
        if engine.pid != self._pid or not engine.context_size:
            self._pid, self._last_per_joule = engine.pid, None  # it was that of another model
        self._last_per_joule = per_joule or self._last_per_joule
        self.facts.show_facts(
            [
                ("Energy", _energy(self._last_per_joule)),
                ("First token after", seconds(engine.first_token_seconds)),
            ]
        )


def _words(engine: EngineReading) -> str:
    if not engine.state:
        return "no model loaded"
    return " · ".join(word for word in (engine.model, engine.state) if word)


def _energy(per_joule: float | None) -> str:
    return UNKNOWN if per_joule is None else f"{per_joule:.2f} tokens per joule"
