"""The cards of the dashboard: each shows one kind of reading, and keeps its size."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lollma_gui.core.readings import (
    CpuReading,
    DiskReading,
    GpuReading,
    GpuSurvey,
    MemoryReading,
)
from lollma_gui.core.units import UNKNOWN, file_size, memory_pair, memory_size, percent
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.meter import Meter, Segment, StackedBar
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.theme import Role, Theme

_GAP = 12


class Figure(QLabel):
    """A large number that never moves its neighbours.

    Args:
        name: What is counted, for screen readers.
        widest: The longest text it will show; room for it is kept.
    """

    def __init__(self, name: str, widest: str, *, on_right: bool = True) -> None:
        super().__init__(UNKNOWN)
        self._name = name
        self._widest = widest
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", TextRole.FIGURE.value)
        side = Qt.AlignmentFlag.AlignRight if on_right else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.show_text(UNKNOWN)

    def show_text(self, text: str) -> None:
        """Show this value with its unit."""
        self.setText(text)
        self.setAccessibleName(f"{self._name}: {text}")

    def sizeHint(self) -> QSize:
        """Room for the widest text."""
        self.ensurePolished()
        hint, wanted = super().sizeHint(), self.fontMetrics().horizontalAdvance(self._widest)
        return QSize(max(hint.width(), wanted + 2), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Numbers are never cut."""
        return self.sizeHint()


class GpuRow(QWidget):
    """One GPU: how busy and how full it is, and beside it heat and power."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.card = Card("GPU", UNKNOWN)
        self.utilisation = Figure("GPU utilisation", widest="100 %")
        self.memory = label(UNKNOWN)
        self.memory_bar = StackedBar(theme, legend=False, name="VRAM")
        self.temperature = Figure("GPU temperature", widest="100 °C", on_right=False)
        self.power = Figure("GPU power", widest="1000 W", on_right=False)
        self.power_limit = label("limit -", TextRole.CAPTION)
        self.card.header.addWidget(self.utilisation, 0, Qt.AlignmentFlag.AlignTop)
        words = QHBoxLayout()
        words.addWidget(label("VRAM", TextRole.MUTED))
        words.addStretch(1)
        words.addWidget(self.memory)
        self.card.body.addStretch(1)
        self.card.body.addLayout(words)
        self.card.body.addWidget(self.memory_bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self.card, 7)
        row.addWidget(self._heat_and_power(), 3)

    def _heat_and_power(self) -> Card:
        card = Card()
        card.setAccessibleName("Temperature and power")
        both = QHBoxLayout()
        both.setSpacing(20)
        parts = (
            ("Temperature", self.temperature, label("", TextRole.CAPTION)),
            ("Power", self.power, self.power_limit),
        )
        for name, figure, below in parts:
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(label(name, TextRole.MUTED))
            column.addWidget(figure)
            column.addWidget(below)
            both.addLayout(column)
        both.addStretch(1)
        card.body.addLayout(both)
        card.body.addStretch(1)
        return card

    def show_gpu(self, gpu: GpuReading) -> None:
        """Show this reading."""
        self.card.set_title(gpu.name)
        self.card.set_subtitle(f"GPU {gpu.index}")
        self.utilisation.show_text(percent(gpu.utilisation))
        self.temperature.show_text(_whole(gpu.temperature_celsius, "°C"))
        self.power.show_text(_whole(gpu.power_watts, "W"))
        self.power_limit.setText(f"limit {_whole(gpu.power_limit_watts, 'W')}")
        self._show_memory(gpu)

    def _show_memory(self, gpu: GpuReading) -> None:
        used, total, free = gpu.memory_used_bytes, gpu.memory_total_bytes, gpu.memory_free_bytes
        pair = memory_pair(used, total)
        words = [pair] if pair != UNKNOWN else []
        words += [f"{memory_size(free)} free"] if free is not None else []
        self.memory.setText(" · ".join(words) or UNKNOWN)
        segments = []
        if used is not None:
            segments.append(Segment("In use", used, Role.WEIGHTS, memory_size(used)))
        if used is not None and total is not None and free is not None:
            kept = max(0, total - used - free)
            if kept:
                name = "Kept by the driver"
                segments.append(Segment(name, kept, Role.OTHERS, memory_size(kept)))
        self.memory_bar.show_segments(segments, total or 0)


def _whole(value: float | None, unit: str) -> str:
    return UNKNOWN if value is None else f"{value:.0f} {unit}"


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


class CpuCard(Card):
    """How busy the processor is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("CPU", UNKNOWN)
        self.figure = Figure("CPU utilisation", widest="100 %")
        self.overall = Meter(theme, "All cores")
        self.busiest = Meter(theme, "Busiest core")
        self.header.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addStretch(1)
        self.body.addWidget(self.overall)
        self.body.addWidget(self.busiest)

    def show_cpu(self, cpu: CpuReading) -> None:
        """Show this reading."""
        self.set_subtitle(_cpu_words(cpu))
        self.figure.show_text(percent(cpu.utilisation))
        _show_share(self.overall, cpu.utilisation, Role.COMPUTE, _speed_and_heat(cpu))
        _show_share(self.busiest, max(cpu.per_core, default=None), Role.COMPUTE)


#: What makers add to the name of a processor, and nobody calls it by.
_CPU_DECORATION = re.compile(
    r"\((R|TM)\)|\b(CPU|Processor|\d+-Core|with Radeon Graphics)\b|@ .*", re.IGNORECASE
)


def _cpu_words(cpu: CpuReading) -> str:
    cores = cpu.physical_cores or cpu.logical_cores
    words = [
        " ".join(_CPU_DECORATION.sub(" ", cpu.name or "").split()),
        f"{cores} {'core' if cores == 1 else 'cores'}" if cores else "",
    ]
    return " · ".join(word for word in words if word) or UNKNOWN


def _speed_and_heat(cpu: CpuReading) -> str:
    words = [
        f"{cpu.frequency_mhz / 1000:.1f} GHz" if cpu.frequency_mhz else "",
        _whole(cpu.temperature_celsius, "°C") if cpu.temperature_celsius is not None else "",
    ]
    return " · ".join(word for word in words if word)


def _show_share(meter: Meter, share: float | None, role: Role, more: str = "") -> None:
    text = f"{more} · {percent(share)}" if more else percent(share)
    meter.show_value(text, [] if share is None else [(role, share)])


class MemoryCard(Card):
    """How full RAM and swap are."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Memory", UNKNOWN)
        self.figure = Figure("Memory in use", widest="100 %")
        self.ram = Meter(theme, "RAM")
        self.swap = Meter(theme, "Swap")
        self.header.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addStretch(1)
        self.body.addWidget(self.ram)
        self.body.addWidget(self.swap)

    def show_memory(self, memory: MemoryReading) -> None:
        """Show this reading."""
        available = memory.available_bytes
        self.set_subtitle(UNKNOWN if available is None else f"{memory_size(available)} available")
        self.figure.show_text(percent(_fraction(memory.used_bytes, memory.total_bytes)))
        _show_part(self.ram, memory.used_bytes, memory.total_bytes)
        _show_part(self.swap, memory.swap_used_bytes, memory.swap_total_bytes)


def _show_part(meter: Meter, used: int | None, total: int | None) -> None:
    share = _fraction(used, total)
    text = "none" if total == 0 else memory_pair(used, total)
    meter.show_value(text, [] if share is None else [(Role.COMPUTE, share)])


def _fraction(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


class DriveCard(Card):
    """How much room is left where models are kept."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Models drive", UNKNOWN)
        self.figure = Figure("Models drive in use", widest="100 %")
        self.used = Meter(theme, "In use")
        self.folder = ElidedLabel(UNKNOWN, TextRole.CAPTION)
        self.header.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(self.used)
        self.body.addWidget(self.folder)
        self.body.addStretch(1)

    def show_disks(self, disks: Sequence[DiskReading]) -> None:
        """Show the drive of the first folder."""
        disk = disks[0] if disks else DiskReading("")
        self.folder.setText(disk.folder or UNKNOWN)
        if disk.free_bytes is None or disk.total_bytes is None:
            self.set_subtitle(UNKNOWN)
            self.figure.show_text(UNKNOWN)
            self.used.show_value(UNKNOWN, [])
            return
        used = disk.total_bytes - disk.free_bytes
        share = _fraction(used, disk.total_bytes) or 0.0
        self.set_subtitle(f"{file_size(disk.free_bytes)} free")
        self.figure.show_text(percent(share))
        words = f"{file_size(used)} of {file_size(disk.total_bytes)}"
        self.used.show_value(words, [(Role.WEIGHTS, share)])
