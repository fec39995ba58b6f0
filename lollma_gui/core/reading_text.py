"""Readings as text: to be pasted into a report, and as CSV for a spreadsheet."""

import csv
import io
from collections.abc import Callable
from datetime import datetime

from lollma_gui.core import throttle
from lollma_gui.core.history import History
from lollma_gui.core.readings import EngineReading, GpuReading, GpuSurvey, Reading
from lollma_gui.core.units import (
    UNKNOWN,
    file_size,
    memory_pair,
    memory_size,
    percent,
    seconds,
    speed,
    whole,
)


def as_text(reading: Reading) -> str:
    """One moment, a line for each thing that is known of."""
    lines = [*_gpu_lines(reading.gpu), *_system_lines(reading), *_engine_lines(reading.engine)]
    processes = reading.processes
    for process in processes.processes if processes else ():
        marks = f" ({process.whose})" if process.whose else ""
        lines.append(
            f"Process {process.pid} {process.name}{marks}: VRAM {memory_size(process.vram_bytes)}"
            f", RAM {memory_size(process.ram_bytes)}, CPU {percent(process.cpu)}"
        )
    return "\n".join(lines) + "\n"


def _gpu_lines(survey: GpuSurvey) -> list[str]:
    lines = [_gpu_line(gpu) for gpu in survey.gpus]
    if survey.driver:
        lines.append(f"Driver {survey.driver}, CUDA {survey.cuda or UNKNOWN} ({survey.source})")
    if survey.problem:
        lines.append(f"GPU: {survey.problem} {survey.advice}".strip())
    return lines


def _gpu_line(gpu: GpuReading) -> str:
    words = [
        f"utilisation {percent(gpu.utilisation)}",
        f"VRAM {memory_pair(gpu.memory_used_bytes, gpu.memory_total_bytes)}",
        whole_unit(gpu.temperature_celsius, "°C"),
        f"{whole_unit(gpu.power_watts, 'W')} of {whole_unit(gpu.power_limit_watts, 'W')}",
        f"clock {megahertz(gpu.clock_mhz)}",
        f"memory clock {megahertz(gpu.memory_clock_mhz)}",
        f"fan {percent(gpu.fan)}",
        *what_it_is(gpu),
        throttle.in_words(gpu.held_back),
    ]
    return f"GPU {gpu.index} {gpu.name}: {', '.join(word for word in words if word)}"


def what_it_is(gpu: GpuReading) -> list[str]:
    """What is known of a GPU beside its figures, in few words, most wanted first."""
    capability = gpu.compute_capability
    words = (
        f"divided ({gpu.sharing})" if gpu.sharing else "",
        "shares the PC's RAM" if gpu.is_unified else "",
        pcie_words(gpu),
        f"compute capability {capability[0]}.{capability[1]}" if capability else "",
    )
    return [word for word in words if word]


def megahertz(value: float | None) -> str:
    """A clock: ``2,505 MHz``."""
    return UNKNOWN if value is None else f"{value:,.0f} MHz"


def pcie_words(gpu: GpuReading) -> str:
    """``PCIe 4.0 ×16``, with what could be where the link is narrower; empty when unknown."""
    if gpu.pcie_generation is None or gpu.pcie_width is None:
        return ""
    words = f"PCIe {gpu.pcie_generation}.0 ×{gpu.pcie_width}"
    # An idle GPU lowers its generation to save power; lanes that are missing are missing.
    if gpu.pcie_max_width is not None and gpu.pcie_width < gpu.pcie_max_width:
        words += f" of ×{gpu.pcie_max_width}"
    return words


def whole_unit(value: float | None, unit: str) -> str:
    """A rounded number with its unit, ``-`` for unknown."""
    return UNKNOWN if value is None else f"{value:.0f} {unit}"


def _system_lines(reading: Reading) -> list[str]:
    cpu, memory = reading.cpu, reading.memory
    lines = [
        f"CPU {cpu.name or UNKNOWN}: {percent(cpu.utilisation)}"
        f", {whole_unit(cpu.frequency_mhz, 'MHz')}, {whole_unit(cpu.temperature_celsius, '°C')}",
        f"RAM {memory_pair(memory.used_bytes, memory.total_bytes)}"
        f", cached {memory_size(memory.cached_bytes)}"
        f", swap {memory_pair(memory.swap_used_bytes, memory.swap_total_bytes)}",
    ]
    for disk in reading.disks:
        kind = f" ({disk.kind})" if disk.kind else ""
        lines.append(
            f"Drive of {disk.folder}{kind}: {file_size(disk.free_bytes)} free of "
            f"{file_size(disk.total_bytes)}, reading {read_speed(disk.read_bytes_per_second)}"
        )
    return lines


def read_speed(value: float | None) -> str:
    """Bytes a second of a drive: ``3.1 GB/s``, ``240 MB/s``."""
    if value is None:
        return UNKNOWN
    number, unit = file_size(value).split()
    return f"{number if len(number) < 5 else round(float(number))} {unit}/s"


def _engine_lines(engine: EngineReading) -> list[str]:
    if not engine.state:
        return []
    context = f"{whole(engine.context_used)} of {whole(engine.context_size, 'tokens')}"
    return [
        f"Engine {engine.state}, {engine.model or 'no model'}"
        f": {speed(engine.tokens_per_second or engine.last_tokens_per_second)}"
        f", context {context}, first token after {seconds(engine.first_token_seconds)}"
    ]


def as_csv(history: History, moment_of: Callable[[int], datetime]) -> str:
    """The last hour, a row a second; empty cells where nothing was measured.

    Args:
        history: What was measured.
        moment_of: The time of day of a second of the history's clock.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", *history.names])
    for second, row in history.rows():
        moment = moment_of(second).isoformat(timespec="seconds")
        writer.writerow([moment, *map(_cell, row)])
    return text.getvalue()


def _cell(value: float | None) -> str:
    """Seven digits are what the history keeps; bytes are written out, as people write them."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 1e6 else f"{value:.7g}"
