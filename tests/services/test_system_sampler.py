import os
import time
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.services import system_sampler
from lollma_gui.services.hardware_sampler import HardwareSampler
from lollma_gui.services.system_sampler import SystemSampler

GPU = GpuSurvey((GpuReading("GPU-1", "RTX 4080", 0, utilisation=0.5),), "NVML")


class Probe:
    """A GPU that cannot be here."""

    closed = False

    def survey(self) -> GpuSurvey:
        return GPU

    def close(self) -> None:
        self.closed = True


def test_this_pc_is_read(tmp_path):
    sampler = SystemSampler([tmp_path])
    first, second = sampler.sample(), sampler.sample()
    assert first.cpu.utilisation is None, "there is nothing to compare the first sample with"
    assert 0 <= second.cpu.utilisation <= 1
    assert len(second.cpu.per_core) == os.cpu_count()
    assert second.memory.total_bytes == psutil.virtual_memory().total
    assert 0 < second.memory.used_bytes < second.memory.total_bytes
    assert second.disks[0].folder == str(tmp_path)
    assert 0 < second.disks[0].free_bytes < second.disks[0].total_bytes


def test_utilisation_is_the_busy_share_of_the_time_between_two_samples(monkeypatch):
    times = namedtuple("times", "user system idle iowait guest guest_nice")
    said = [
        [times(10, 10, 100, 0, 5, 0), times(0, 0, 100, 0, 0, 0)],
        [times(14, 11, 104, 1, 7, 0), times(0, 0, 110, 0, 0, 0)],
        [times(14, 11, 104, 1, 7, 0), times(0, 0, 90, 0, 0, 0)],
    ]
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: said.pop(0))
    sampler = SystemSampler([])
    assert sampler.sample().cpu.per_core == ()
    # 4 of user (2 of guests among them, counted once) and 1 of system; 4 idle and 1 waiting
    assert sampler.sample().cpu.per_core == pytest.approx((0.5, 0.0))
    assert sampler.sample().cpu.per_core == (0.0, 0.0), "a clock that went back is no time at all"


def test_a_folder_that_does_not_exist_yet_is_read_by_the_drive_it_will_lie_on(tmp_path):
    there, not_yet = tmp_path, tmp_path / "models" / "big"
    disks = SystemSampler([there, not_yet]).sample().disks
    assert disks[0].total_bytes == disks[1].total_bytes
    assert disks[1].folder == str(not_yet)


def test_a_drive_that_cannot_be_read_is_unknown(monkeypatch):
    def gone(path):
        raise OSError("Input/output error")

    monkeypatch.setattr(psutil, "disk_usage", gone)
    (disk,) = SystemSampler([Path("/models")]).sample().disks
    assert (disk.total_bytes, disk.free_bytes) == (None, None)


Sensor = namedtuple("Sensor", "label current")


@pytest.mark.parametrize(
    ("sensors", "expected"),
    [
        ({}, None),
        ({"nvme": [Sensor("", 40.0)]}, None),
        ({"coretemp": [Sensor("Core 0", 50.0), Sensor("Package id 0", 58.0)]}, 58.0),
        ({"acpitz": [Sensor("", 30.0)], "k10temp": [Sensor("Tctl", 61.0)]}, 61.0),
    ],
)
def test_the_processors_temperature_is_that_of_the_whole_of_it(monkeypatch, sensors, expected):
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: sensors, raising=False)
    assert SystemSampler([]).sample().cpu.temperature_celsius == expected


@pytest.mark.parametrize("name", ["cpu_freq", "sensors_temperatures", "swap_memory"])
def test_what_this_system_cannot_tell_is_unknown(monkeypatch, name):
    def cannot(*_arguments):
        raise RuntimeError

    monkeypatch.setattr(psutil, name, cannot, raising=False)
    sample = SystemSampler([]).sample()
    field = {
        "cpu_freq": sample.cpu.frequency_mhz,
        "sensors_temperatures": sample.cpu.temperature_celsius,
        "swap_memory": sample.memory.swap_total_bytes,
    }[name]
    assert field is None
    assert sample.memory.total_bytes is not None


def test_files_in_ram_are_in_use_and_not_what_the_system_keeps(monkeypatch):
    ram = namedtuple("ram", "total available cached shared")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: ram(64, 14, 40, 30))
    memory = SystemSampler([]).sample().memory
    assert (memory.used_bytes, memory.cached_bytes) == (50, 10)


def test_the_processor_has_a_name():
    assert system_sampler.cpu_name()


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="other systems have one clock")
def test_the_time_a_pc_has_slept_is_time(tmp_path, monkeypatch):
    clocks = {time.CLOCK_BOOTTIME: 3600.0, time.CLOCK_MONOTONIC: 10.0}
    monkeypatch.setattr(time, "clock_gettime", clocks.__getitem__)
    assert HardwareSampler(Probe(), SystemSampler([tmp_path])).sample().taken_at == 3600.0


def test_a_reading_joins_gpus_and_the_rest(tmp_path):
    probe = Probe()
    sampler = HardwareSampler(probe, SystemSampler([tmp_path]), clock=lambda: 12.5)
    reading = sampler.sample()
    sampler.close()
    assert reading.taken_at == 12.5
    assert reading.gpu is GPU
    assert reading.cpu.logical_cores == os.cpu_count()
    assert [disk.folder for disk in reading.disks] == [str(tmp_path)]
    assert probe.closed
