import threading
from collections.abc import Iterator

import pytest

from lollma_gui.core.history import Span
from lollma_gui.core.readings import EngineReading, GpuReading, GpuSurvey, GpuUse, Reading
from lollma_gui.qt.background import Background
from lollma_gui.qt.hardware_monitor import HIDDEN_MS, SHOWN_MS, HardwareMonitor
from lollma_gui.services.hardware_sampler import HardwareSampler
from lollma_gui.services.system_sampler import SystemSampler


class Gpu:
    """Stands for a GPU driver: slow, and broken, when told to be."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = 0
        self.asked_for_processes = 0
        self.threads: set[int] = set()
        self.error: Exception | None = None

    def survey(self) -> GpuSurvey:
        self.asked += 1
        self.threads.add(threading.get_ident())
        assert self.may_answer.wait(20)
        if self.error is not None:
            raise self.error
        return GpuSurvey((GpuReading("GPU-1", "RTX 4080", 0, utilisation=0.5),), "NVML")

    def processes(self) -> tuple[list[GpuUse], str]:
        self.asked_for_processes += 1
        return [], "Nobody tells."

    def close(self) -> None:
        return


@pytest.fixture
def gpu() -> Gpu:
    return Gpu()


@pytest.fixture
def monitor(qapp, gpu) -> Iterator[HardwareMonitor]:
    background = Background()
    made = HardwareMonitor(HardwareSampler(gpu, SystemSampler([])), background)
    yield made
    made.stop()
    gpu.may_answer.set()
    assert background.shutdown()


def test_readings_come_at_once_and_then_beat_by_beat(monitor, gpu, qtbot):
    readings: list[Reading] = []
    monitor.reading.connect(readings.append)
    assert monitor.latest is None
    monitor.start()
    qtbot.waitUntil(lambda: len(readings) >= 2)
    assert readings[0].gpu.gpus[0].name == "RTX 4080"
    assert readings[1].taken_at > readings[0].taken_at
    assert monitor.latest is readings[-1]
    assert threading.get_ident() not in gpu.threads


def test_beats_are_skipped_while_a_slow_driver_has_not_answered(monitor, gpu, qtbot):
    gpu.may_answer.clear()
    monitor.start()
    qtbot.waitUntil(lambda: gpu.asked == 1)
    for _ in range(3):
        monitor._timer.timeout.emit()
    with qtbot.waitSignal(monitor.reading):
        gpu.may_answer.set()
    assert gpu.asked == 1


def test_samples_are_rare_while_nobody_sees_them(monitor, gpu, qtbot):
    with qtbot.waitSignal(monitor.reading):
        monitor.start()
    monitor.set_visible(False)
    assert monitor.interval_ms == HIDDEN_MS
    asked = gpu.asked
    with qtbot.waitSignal(monitor.reading):
        monitor.set_visible(True)  # and who comes back sees the newest at once
    assert monitor.interval_ms == SHOWN_MS
    assert gpu.asked == asked + 1


def test_readings_are_remembered_and_hold_the_engine_too(qapp, gpu, qtbot):
    background = Background()
    engine = EngineReading(state="ready", context_used=7)
    monitor = HardwareMonitor(
        HardwareSampler(gpu, SystemSampler([])), background, engine_now=lambda: engine
    )
    with qtbot.waitSignal(monitor.reading) as told:
        monitor.start()
    monitor.stop()
    assert told.args[0].engine == engine
    history = monitor.history
    assert history.values("gpu GPU-1 utilisation 0 to 1", Span.MINUTE)[-1] == 0.5
    assert history.values("engine context used tokens", Span.MINUTE)[-1] == 7
    assert background.shutdown()


def test_processes_are_read_only_while_somebody_looks(monitor, gpu, qtbot):
    with qtbot.waitSignal(monitor.reading) as told:
        monitor.start()
    assert told.args[0].processes is None
    assert gpu.asked_for_processes == 0
    monitor.set_watched("another page", True)
    monitor.set_watched("page", True)
    monitor.set_watched("another page", False)
    with qtbot.waitSignal(monitor.reading) as told:
        monitor._timer.timeout.emit()
    assert told.args[0].processes.note == "Nobody tells."
    monitor.set_visible(False)
    with qtbot.waitSignal(monitor.reading) as told:
        monitor._timer.timeout.emit()
    assert told.args[0].processes is None, "nobody sees a minimised window"
    with qtbot.waitSignal(monitor.reading) as told:
        monitor.set_visible(False, small=True)
    assert told.args[0].processes is None, "the small window shows none"
    assert monitor.interval_ms == SHOWN_MS
    with qtbot.waitSignal(monitor.reading) as told:
        monitor.set_visible(True)
    assert told.args[0].processes is not None
    monitor.set_watched("page", False)
    with qtbot.waitSignal(monitor.reading) as told:
        monitor._timer.timeout.emit()
    assert told.args[0].processes is None


def test_after_stop_nothing_is_told(monitor, gpu, qtbot):
    told: list[Reading] = []
    monitor.reading.connect(told.append)
    gpu.may_answer.clear()
    monitor.start()
    qtbot.waitUntil(lambda: gpu.asked == 1)
    monitor.stop()
    gpu.may_answer.set()
    qtbot.waitUntil(monitor._background.is_idle)
    assert told == []
    assert monitor.latest is None


def test_a_sample_that_fails_is_said_and_the_next_beat_tries_again(monitor, gpu, qtbot, expect_log):
    expect_log("failed unexpectedly")
    gpu.error = ValueError("a bug")
    with qtbot.waitSignal(monitor.failed) as failed:
        monitor.start()
    assert failed.args[0].details == "ValueError: a bug"
    gpu.error = None
    with qtbot.waitSignal(monitor.reading):
        monitor._timer.timeout.emit()
