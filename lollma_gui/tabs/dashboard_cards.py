"""Processor, memory and models drive on the dashboard; each card keeps its size."""

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt

from lollma_gui.core.reading_text import read_speed, whole_unit
from lollma_gui.core.reading_values import CPU, DRIVE_READ, RAM
from lollma_gui.core.readings import (
    CpuReading,
    DiskReading,
    MemoryReading,
    ProcessesReading,
    ProcessReading,
    Whose,
)
from lollma_gui.core.units import UNKNOWN, file_size, memory_pair, memory_size, percent
from lollma_gui.tabs.dashboard_charts import ChartFeed
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.chart import HistoryChart
from lollma_gui.widgets.core_bars import CoreBars
from lollma_gui.widgets.figure import Figure
from lollma_gui.widgets.meter import Meter, Segment, StackedBar
from lollma_gui.widgets.text import ElidedLabel, TextRole
from lollma_gui.widgets.theme import Role, Theme

_CHART_HEIGHT = 40
_TOP = Qt.AlignmentFlag.AlignTop


class CpuCard(Card):
    """How busy the processor is, in all and core by core."""

    def __init__(self, theme: Theme, feed: ChartFeed) -> None:
        super().__init__("CPU", UNKNOWN)
        self.figure = Figure("CPU utilisation", widest="100 %")
        self.cores = CoreBars(theme)
        self.chart = HistoryChart(
            theme, Role.COMPUTE, maximum=1.0, name="CPU utilisation", in_words=percent
        )
        self.header.addWidget(self.figure, 0, _TOP)
        for part in (self.cores, self.chart):
            part.setMinimumHeight(_CHART_HEIGHT)
            self.body.addWidget(part, 1)
        feed.add(self.chart, CPU)

    def show_cpu(self, cpu: CpuReading) -> None:
        """Show this reading."""
        self.set_subtitle(_cpu_words(cpu))
        self.figure.show_text(percent(cpu.utilisation))
        self.cores.show_cores(cpu.per_core)


#: What makers add to the name of a processor, and nobody calls it by.
_CPU_DECORATION = re.compile(
    r"\((R|TM)\)|\b(CPU|Processor|\d+-Core|with Radeon Graphics)\b|@ .*", re.IGNORECASE
)


def _cpu_words(cpu: CpuReading) -> str:
    cores = cpu.physical_cores or cpu.logical_cores
    words = [
        " ".join(_CPU_DECORATION.sub(" ", cpu.name or "").split()),
        f"{cores} {'core' if cores == 1 else 'cores'}" if cores else "",
        f"{cpu.frequency_mhz / 1000:.1f} GHz" if cpu.frequency_mhz else "",
        whole_unit(cpu.temperature_celsius, "°C") if cpu.temperature_celsius is not None else "",
    ]
    return " · ".join(word for word in words if word) or UNKNOWN


class MemoryCard(Card):
    """How full RAM and swap are, and with what."""

    def __init__(self, theme: Theme, feed: ChartFeed) -> None:
        super().__init__("Memory", UNKNOWN)
        self.figure = Figure("Memory in use", widest="100 %")
        self.chart = HistoryChart(
            theme, Role.COMPUTE, maximum=None, name="Memory in use", in_words=memory_size
        )
        self.ram = StackedBar(theme, name="RAM")
        self.swap = Meter(theme, "Swap")
        self.header.addWidget(self.figure, 0, _TOP)
        self.chart.setMinimumHeight(_CHART_HEIGHT)
        self.body.addWidget(self.chart, 1)
        self.body.addWidget(self.ram)
        self.body.addWidget(self.swap)
        feed.add(self.chart, RAM)

    def show_memory(self, memory: MemoryReading, processes: ProcessesReading | None) -> None:
        """Show this reading."""
        self.set_subtitle(memory_pair(memory.used_bytes, memory.total_bytes))
        self.figure.show_text(percent(_fraction(memory.used_bytes, memory.total_bytes)))
        self.chart.set_maximum(memory.total_bytes)
        self.ram.show_segments(_ram_segments(memory, processes), memory.total_bytes or 0)
        used, total = memory.swap_used_bytes, memory.swap_total_bytes
        share = _fraction(used, total)
        text = "none" if total == 0 else memory_pair(used, total)
        self.swap.show_value(text, [] if share is None else [(Role.OTHERS, share)])


def _ram_segments(memory: MemoryReading, processes: ProcessesReading | None) -> list[Segment]:
    """What is in use, by whom, and what the system keeps of files.

    A model that is mapped lies among the kept files: it goes when others need the room.
    """
    used, cached = memory.used_bytes, memory.cached_bytes or 0
    if used is None:
        return []
    engine = _engine(processes)
    mapped = min(engine.mapped_bytes or 0, cached) if engine else 0
    own = min(max(0, (engine.ram_bytes or 0) - (engine.mapped_bytes or 0)), used) if engine else 0
    named = (
        ("Engine", own, Role.CACHE),
        ("Model file", mapped, Role.WEIGHTS),
        ("Programs", used - own, Role.COMPUTE),
        ("Cached", cached - mapped, Role.OTHERS),
    )
    return [Segment(name, size, role, memory_size(size)) for name, size, role in named if size]


def _engine(processes: ProcessesReading | None) -> ProcessReading | None:
    everybody = processes.processes if processes else ()
    return next((process for process in everybody if process.whose is Whose.ENGINE), None)


def _fraction(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


class DriveCard(Card):
    """How fast models are being read, and how much room is left for more."""

    def __init__(self, theme: Theme, feed: ChartFeed) -> None:
        super().__init__("Models drive", UNKNOWN)
        self.figure = Figure("Models drive, read speed", widest="999 MB/s")
        self.chart = HistoryChart(
            theme, Role.WEIGHTS, maximum=None, name="Models drive, read", in_words=read_speed
        )
        self.used = Meter(theme, "In use")
        self.folder = ElidedLabel(UNKNOWN, TextRole.CAPTION)
        self.header.addWidget(self.figure, 0, _TOP)
        self.chart.setMinimumHeight(_CHART_HEIGHT)
        self.body.addWidget(self.chart, 1)
        self.body.addWidget(self.used)
        self.body.addWidget(self.folder)
        feed.add(self.chart, DRIVE_READ)

    def show_disks(self, disks: Sequence[DiskReading]) -> None:
        """Show the drive of the first folder."""
        disk = disks[0] if disks else DiskReading("")
        free = f"{file_size(disk.free_bytes)} free" if disk.free_bytes is not None else ""
        self.folder.setText(" · ".join(word for word in (free, disk.folder) if word) or UNKNOWN)
        self.figure.show_text(read_speed(disk.read_bytes_per_second))
        self.set_subtitle(disk.kind or UNKNOWN)
        if disk.free_bytes is None or not disk.total_bytes:
            self.used.show_value(UNKNOWN, [])
            return
        used = disk.total_bytes - disk.free_bytes
        words = f"{file_size(used)} of {file_size(disk.total_bytes)}"
        self.used.show_value(words, [(Role.WEIGHTS, used / disk.total_bytes)])
