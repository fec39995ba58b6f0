from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget

from lollma_gui.core.readings import (
    CpuReading,
    DiskReading,
    GpuReading,
    GpuSurvey,
    MemoryReading,
    Reading,
)
from lollma_gui.qt.background import Background
from lollma_gui.qt.hardware_monitor import HardwareMonitor
from lollma_gui.services.hardware_sampler import HardwareSampler
from lollma_gui.services.places import resource
from lollma_gui.services.system_sampler import SystemSampler
from lollma_gui.tabs.dashboard_tab import DashboardTab
from lollma_gui.widgets.theme import Theme, ThemeChoice

GIB = 1 << 30
GPU = GpuReading(
    "GPU-1", "NVIDIA GeForce RTX 4080", 0, 0.87, 12 * GIB, 3 * GIB, 16 * GIB, 64.0, 231.0, 320.0
)
FULL = Reading(
    taken_at=1.0,
    gpu=GpuSurvey((GPU,), "NVML", "580.95", "13.0"),
    cpu=CpuReading("AMD Ryzen 9 7950X 16-Core Processor", 16, 32, 0.23, (0.1, 0.9), 4900.0, 58.0),
    memory=MemoryReading(64 * GIB, 21 * GIB, 43 * GIB, 8 * GIB, 0),
    disks=(DiskReading("/models", 2 * 10**12, 412 * 10**9),),
)
NO_GPU = replace(FULL, gpu=GpuSurvey(problem="The GPU is asleep.", advice="It wakes by itself."))


class NoGpu:
    """The driver, which cannot be here."""

    def survey(self) -> GpuSurvey:
        return NO_GPU.gpu

    def close(self) -> None:
        return


@pytest.fixture
def theme(qapp) -> Iterator[Theme]:
    yield Theme(qapp, resource("style.qss").read_text(encoding="utf-8"), ThemeChoice.DARK)
    qapp.setStyleSheet("")


@pytest.fixture
def monitor(qapp) -> Iterator[HardwareMonitor]:
    background = Background()
    yield HardwareMonitor(HardwareSampler(NoGpu(), SystemSampler([])), background)
    assert background.shutdown()


@pytest.fixture
def tab(qtbot, monitor, theme) -> DashboardTab:
    made = DashboardTab(monitor, theme)
    qtbot.addWidget(made)
    made.resize(1112, 735)
    with qtbot.waitExposed(made):
        made.show()
    return made


def places(tab: DashboardTab) -> list[tuple[int, int, int, int]]:
    cards: list[QWidget] = [tab.gpu_rows[0].card, tab.cpu, tab.memory, tab.drive]
    return [
        (*card.mapTo(tab, card.rect().topLeft()).toTuple(), card.width(), card.height())
        for card in cards
    ]


def test_every_number_of_a_reading_is_shown_with_its_unit(tab, monitor):
    monitor.reading.emit(FULL)
    row = tab.gpu_rows[0]
    assert row.card.accessibleName() == "NVIDIA GeForce RTX 4080"
    assert row.utilisation.text() == "87 %"
    assert row.memory.text() == "12.0 / 16.0 GiB · 3.0 GiB free"
    assert row.memory_bar.accessibleDescription() == "In use 12.0 GiB, Kept by the driver 1.0 GiB"
    assert row.temperature.text() == "64 °C"
    assert row.power.text() == "231 W"
    assert row.power_limit.text() == "limit 320 W"
    assert tab.cpu.figure.text() == "23 %"
    assert tab.cpu.overall.accessibleDescription() == "4.9 GHz · 58 °C · 23 %"
    assert tab.cpu.busiest.accessibleDescription() == "90 %"
    assert tab.memory.figure.text() == "33 %"
    assert tab.memory.ram.accessibleDescription() == "21.0 / 64.0 GiB"
    assert tab.drive.figure.text() == "79 %"
    assert tab.drive.used.accessibleDescription() == "1.6 TB of 2.0 TB"
    assert tab.drive.folder.text() == "/models"


def test_nothing_moves_when_values_arrive_and_change(tab, monitor, qtbot):
    before = places(tab)
    busy = replace(GPU, utilisation=1.0, power_watts=1000.0, temperature_celsius=100.0)
    for reading in (FULL, replace(FULL, gpu=GpuSurvey((busy,))), NO_GPU, Reading(2.0), FULL):
        monitor.reading.emit(reading)
        qtbot.wait(0)
        assert places(tab)[1:] == before[1:]
    assert places(tab) == before


def test_what_is_unknown_is_a_dash(tab, monitor):
    monitor.reading.emit(Reading(1.0, gpu=GpuSurvey((GpuReading("GPU-1", "RTX", 0),), "NVML")))
    row = tab.gpu_rows[0]
    shown = [row.utilisation, row.memory, row.temperature, row.power]
    shown += [tab.cpu.figure, tab.memory.figure, tab.drive.figure]
    assert {label.text() for label in shown} == {"-"}
    assert row.power_limit.text() == "limit -"
    assert tab.cpu.overall.accessibleDescription() == "-"


def test_without_a_gpu_the_card_says_why_and_what_to_do(tab, monitor):
    monitor.reading.emit(NO_GPU)
    assert tab.no_gpu.isVisible()
    assert not tab.gpu_rows[0].isVisible()
    assert tab.no_gpu.problem.text() == "The GPU is asleep."
    assert tab.no_gpu.advice.text() == "It wakes by itself."
    monitor.reading.emit(FULL)
    assert tab.gpu_rows[0].isVisible()
    assert not tab.no_gpu.isVisible()


def test_each_gpu_has_a_row_and_a_lost_one_is_told_of(tab, monitor):
    second = replace(GPU, key="GPU-2", index=1, name="NVIDIA RTX A6000")
    survey = GpuSurvey((GPU, second), "NVML", problem="One GPU was lost.", advice="Restart.")
    monitor.reading.emit(replace(FULL, gpu=survey))
    assert [row.card.accessibleName() for row in tab.gpu_rows if row.isVisible()] == [
        "NVIDIA GeForce RTX 4080",
        "NVIDIA RTX A6000",
    ]
    assert tab.notices.titles == ["One GPU was lost."]
    monitor.reading.emit(FULL)
    assert [row.isVisible() for row in tab.gpu_rows] == [True, False]
    assert tab.notices.titles == []


def test_a_tab_made_late_shows_the_newest_reading_at_once(monitor, theme, qtbot):
    with qtbot.waitSignal(monitor.reading):
        monitor.start()
    monitor.stop()
    late = DashboardTab(monitor, theme)
    qtbot.addWidget(late)
    assert late.no_gpu.problem.text() == "The GPU is asleep."
    assert late.memory.figure.text().endswith("%")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("AMD Ryzen 9 7950X 16-Core Processor", "AMD Ryzen 9 7950X · 16 cores"),
        ("Intel(R) Core(TM) i9-9900K CPU @ 3.60GHz", "Intel Core i9-9900K · 16 cores"),
        ("Apple M3 Max", "Apple M3 Max · 16 cores"),
        (None, "16 cores"),
    ],
)
def test_the_processor_is_named_as_people_call_it(tab, name, shown):
    tab.cpu.show_cpu(CpuReading(name, 16))
    assert tab.cpu._subtitle.text() == shown
