"""What Windows tells beside NVML, read through the real code from a stand-in for pdh.dll."""

import ctypes
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.nvml.driver import CAN_BUILD
from helpers.readings import FULL, GIB, GPU, SECOND_GPU

from lollma_gui.core.readings import GpuSurvey, GpuUse
from lollma_gui.services.wddm_probe import WddmProbe

pytestmark = pytest.mark.skipif(not CAN_BUILD, reason="builds a Linux library with gcc")

SOURCE = Path(__file__).parents[1] / "fakes" / "pdh" / "fake_pdh.c"
#: As on a PC with an RTX card, graphics in the processor and Windows' own basic renderer.
NVIDIA, INTEL, BASIC = (
    f"luid_0x00000000_0x{number:08X}_phys_0" for number in (0xC3B1, 0xD4C2, 0xE5D3)
)
COUNTERS = f"""dedicated {NVIDIA} {12 * GIB}
dedicated {INTEL} {GIB // 8}
dedicated {BASIC} 0
shared {NVIDIA} {2 * GIB}
shared {INTEL} {GIB}
shared {BASIC} 0
process pid_4711_{NVIDIA} {9 * GIB}
process pid_4711_{INTEL} {GIB}
process pid_1210_{NVIDIA.lower()} {GIB}
process pid_666_{NVIDIA} -1
"""
NOTE = "Windows does not tell."


class Nvml:
    """NVML under WDDM: it names the processes, and not their memory."""

    def __init__(self) -> None:
        self.gpus = (GPU,)
        self.is_closed = False

    def survey(self) -> GpuSurvey:
        return GpuSurvey(self.gpus, "NVML")

    def processes(self) -> tuple[list[GpuUse], str]:
        return [GpuUse("GPU-1", 4711), GpuUse("GPU-1", 1210)], NOTE

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture(scope="module")
def pdh(tmp_path_factory) -> ctypes.CDLL:
    library = tmp_path_factory.mktemp("pdh") / "pdh.so"
    command = ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", str(SOURCE), "-o", str(library)]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))


@pytest.fixture
def counters(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "counters"
    path.write_text(COUNTERS)
    monkeypatch.setenv("FAKE_PDH", str(path))
    return path


@pytest.fixture
def nvml() -> Nvml:
    return Nvml()


@pytest.fixture
def probe(pdh, counters, nvml) -> Iterator[WddmProbe]:
    made = WddmProbe(nvml, lambda: pdh, clock=iter(range(0, 1000, 10)).__next__)
    yield made
    made.close()


def test_ram_lent_to_the_gpu_is_told(probe):
    assert probe.survey() == GpuSurvey((replace(GPU, shared_used_bytes=2 * GIB),), "NVML")


def test_each_program_has_its_vram_as_in_task_manager(probe):
    probe.survey()
    assert probe.processes() == (
        [GpuUse("GPU-1", 4711, 9 * GIB), GpuUse("GPU-1", 1210, GIB)],
        "",
    )


def test_what_changes_is_read_anew(probe, counters):
    assert probe.survey().gpus[0].shared_used_bytes == 2 * GIB
    counters.write_text(COUNTERS.replace(f"shared {NVIDIA} {2 * GIB}", f"shared {NVIDIA} 5"))
    assert probe.survey().gpus[0].shared_used_bytes == 5


def test_a_program_windows_says_nothing_of_stays_unknown_and_that_is_said(probe, nvml, counters):
    counters.write_text(COUNTERS.replace("pid_1210", "pid_1211"))
    probe.survey()
    uses, note = probe.processes()
    assert [use.memory_bytes for use in uses] == [9 * GIB, None]
    assert note == NOTE


def test_with_several_gpus_nothing_is_guessed(probe, nvml):
    nvml.gpus = (GPU, SECOND_GPU)
    assert [gpu.shared_used_bytes for gpu in probe.survey().gpus] == [None, None]
    assert probe.processes() == nvml.processes()


def test_a_windows_without_these_counters_is_no_trouble(probe, nvml, counters):
    counters.unlink()
    assert probe.survey().gpus == (GPU,)
    assert probe.processes() == nvml.processes()


def test_no_instances_are_no_figures(probe, counters):
    counters.write_text("")
    assert probe.survey().gpus == (GPU,)


def test_a_missing_library_is_no_trouble(nvml):
    def missing():
        raise OSError("pdh.dll not found")

    assert WddmProbe(nvml, missing).survey().gpus == (GPU,)


def test_closing_lets_go_of_both_and_opens_again(probe, nvml):
    probe.survey()
    probe.close()
    assert nvml.is_closed
    assert probe.survey().gpus[0].shared_used_bytes == 2 * GIB
    assert FULL.gpu.gpus == (GPU,), "readings are never changed"
