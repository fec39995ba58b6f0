"""One GPU on the dashboard, and what stands there when there is none."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lollma_gui.core import throttle
from lollma_gui.core.reading_text import megahertz, what_it_is, whole_unit
from lollma_gui.core.reading_values import POWER, TEMPERATURE, UTILISATION, gpu_series
from lollma_gui.core.readings import GpuReading, GpuSurvey, Reading
from lollma_gui.core.units import UNKNOWN, memory_pair, memory_size, percent
from lollma_gui.core.vram_split import VramSplit, split
from lollma_gui.tabs.dashboard_charts import ChartFeed
from lollma_gui.widgets.badge import Badge
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.chart import HistoryChart
from lollma_gui.widgets.figure import Figure
from lollma_gui.widgets.meter import Segment, StackedBar
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_GAP = 12
_HOTTEST_CELSIUS = 100.0
_SMALL_CHART = 42


class GpuRow(QWidget):
    """One GPU: how busy and how full it is, and beside it heat and power.

    Args:
        theme: The colours.

    Attributes:
        key: The GPU that is shown; empty while the row only keeps the place.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.key = ""
        self._place = UNKNOWN
        self.card = Card("GPU", UNKNOWN)
        self.state = Badge(theme)
        self.utilisation = Figure("GPU utilisation", widest="100 %")
        self.problem = label("", TextRole.STRONG, selectable=True, wrap=True)
        self.advice = label("", TextRole.MUTED, selectable=True, wrap=True)
        self.memory = label(UNKNOWN)
        self.memory_bar = StackedBar(theme, name="VRAM")
        self.temperature = Figure("GPU temperature", widest="100 °C", on_right=False)
        self.temperature_limit = label("limit -", TextRole.CAPTION)
        self.power = Figure("GPU power", widest="1000 W", on_right=False)
        self.power_limit = label("limit -", TextRole.CAPTION)
        self.fan = label("fan -", TextRole.CAPTION)
        self.clock = label("clock -", TextRole.CAPTION)
        self.chart = HistoryChart(
            theme, Role.CACHE, maximum=1.0, name="GPU utilisation", in_words=percent
        )
        self.heat_chart = HistoryChart(
            theme,
            Role.WARNING,
            maximum=_HOTTEST_CELSIUS,
            name="GPU temperature",
            in_words=lambda value: whole_unit(value, "°C"),
        )
        self.power_chart = HistoryChart(
            theme,
            Role.COMPUTE,
            maximum=None,
            name="GPU power",
            in_words=lambda value: whole_unit(value, "W"),
        )
        self._build()

    def _build(self) -> None:
        top = Qt.AlignmentFlag.AlignTop
        self.card.header.addWidget(self.utilisation, 0, top)
        self.chart.setMinimumHeight(72)
        words = QHBoxLayout()
        words.addWidget(label("VRAM", TextRole.MUTED))
        words.addStretch(1)
        words.addWidget(self.memory)
        body = self.card.body
        body.addWidget(self.problem)
        body.addWidget(self.advice)
        body.addWidget(self.chart, 1)
        body.addLayout(words)
        body.addWidget(self.memory_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self.card, 7)
        row.addWidget(self._heat_and_power(), 3)
        self._show_problem("", "")

    def _heat_and_power(self) -> Card:
        card = Card()
        card.setAccessibleName("Temperature and power")
        both = QHBoxLayout()
        both.setSpacing(20)
        parts = (
            ("Temperature", self.temperature, self.temperature_limit, self.fan),
            ("Power", self.power, self.power_limit, self.clock),
        )
        for name, *below in parts:
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(label(name, TextRole.MUTED))
            for part in below:
                column.addWidget(part)
            both.addLayout(column)
        both.addStretch(1)
        card.body.addLayout(both)
        card.body.addWidget(self.state)
        for chart in (self.heat_chart, self.power_chart):
            chart.setFixedHeight(_SMALL_CHART)
            card.body.addWidget(chart)
        card.body.addStretch(1)
        return card

    def take(self, key: str, feed: ChartFeed) -> None:
        """Show this GPU from now on. Does nothing for the one that is shown."""
        if key == self.key:
            return
        self.key = key
        feed.add(self.chart, gpu_series(key, UTILISATION))
        feed.add(self.heat_chart, gpu_series(key, TEMPERATURE))
        feed.add(self.power_chart, gpu_series(key, POWER))

    def show_gpu(self, gpu: GpuReading, reading: Reading) -> None:
        """Show this GPU as it is in this reading."""
        self._show_problem("", "")
        self.card.set_title(gpu.name)
        self._place = f"GPU {gpu.index}"
        words = [self._place, *what_it_is(gpu)]
        if gpu.memory_clock_mhz is not None:
            words.append(f"memory {megahertz(gpu.memory_clock_mhz)}")
        self.card.set_subtitle(" · ".join(words))
        self.utilisation.show_text(percent(gpu.utilisation))
        self.temperature.show_text(whole_unit(gpu.temperature_celsius, "°C"))
        self.temperature_limit.setText(f"limit {whole_unit(gpu.temperature_limit_celsius, '°C')}")
        self.power.show_text(whole_unit(gpu.power_watts, "W"))
        self.power_limit.setText(f"limit {whole_unit(gpu.power_limit_watts, 'W')}")
        self.power_chart.set_maximum(gpu.power_limit_watts)
        self.fan.setText(f"fan {percent(gpu.fan)}")
        self.clock.setText(f"clock {megahertz(gpu.clock_mhz)}")
        self._show_held_back(gpu.held_back or ())
        self._show_memory(gpu, reading)

    def _show_held_back(self, reasons: tuple[throttle.Throttle, ...]) -> None:
        is_worrying = bool(throttle.WORRYING & set(reasons))
        words = f"Held back: {reasons[0]}" if reasons else ""
        self.state.show_state(words, Role.WARNING if is_worrying else Role.MUTED)
        self.state.setToolTip(throttle.in_words(reasons).capitalize())

    def show_gone(self, survey: GpuSurvey) -> None:
        """This GPU is known, and does not answer now. Its history stays."""
        self.card.set_subtitle(self._place)
        for figure in (self.utilisation, self.temperature, self.power):
            figure.show_text(UNKNOWN)
        self.fan.setText(f"fan {UNKNOWN}")
        self.clock.setText(f"clock {UNKNOWN}")
        self.memory.setText(UNKNOWN)
        self.memory_bar.show_segments([], 0)
        if survey.is_asleep:
            self.state.show_state("Asleep", Role.MUTED)
        else:
            self.state.show_state("No answer", Role.BAD)
        self.state.setToolTip("")
        if survey.problem:
            self._show_problem(survey.problem, survey.advice)
        else:
            title = "This GPU is not there any more."
            self._show_problem(title, "If nobody has taken it out, restart the computer.")

    def _show_problem(self, problem: str, advice: str) -> None:
        for place, words in ((self.problem, problem), (self.advice, advice)):
            place.setText(words)
            place.setVisible(bool(words))

    def _show_memory(self, gpu: GpuReading, reading: Reading) -> None:
        used, total, free = gpu.memory_used_bytes, gpu.memory_total_bytes, gpu.memory_free_bytes
        pair = memory_pair(used, total)
        words = [pair] if pair != UNKNOWN else []
        words += [f"{memory_size(free)} free"] if free is not None else []
        if gpu.shared_used_bytes:
            words.append(f"{memory_size(gpu.shared_used_bytes)} of RAM")
        self.memory.setText(" · ".join(words) or UNKNOWN)
        parts = split(gpu, reading.gpu.gpus, reading.engine, reading.processes)
        self.memory_bar.show_segments(_segments(parts) if parts else [], total or 0)


def _segments(parts: VramSplit) -> list[Segment]:
    """What is there, each in its colour; free is what is left of the bar."""
    ours = parts.weights + parts.context + parts.working
    named = (
        ("Model", parts.weights, Role.WEIGHTS),
        ("Context", parts.context, Role.CACHE),
        ("Working memory", parts.working, Role.COMPUTE),
        ("Other programs" if ours else "In use", parts.others, Role.OTHERS),
        ("Driver", parts.kept, Role.MUTED),
    )
    return [Segment(name, size, role, memory_size(size)) for name, size, role in named if size]


class NoGpuCard(Card):
    """Why there is no GPU to be shown, and what to do."""

    def __init__(self) -> None:
        super().__init__("GPU")
        self.problem = label("", TextRole.STRONG, selectable=True, wrap=True)
        self.advice = label("", TextRole.MUTED, selectable=True, wrap=True)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.advice)
        self.body.addStretch(1)

    def show_survey(self, survey: GpuSurvey) -> None:
        """Show the problem of this survey."""
        self.problem.setText(survey.problem or "No GPU was found.")
        self.advice.setText(survey.advice)
        self.setAccessibleDescription(f"{self.problem.text()} {survey.advice}".strip())
