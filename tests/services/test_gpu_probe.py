"""Several makers as one, and Apple silicon over programs that answer as the real ones."""

import plistlib
import sys
from pathlib import Path

import pytest

from lollma_gui.core.readings import GpuReading, GpuSurvey, GpuUse
from lollma_gui.services.apple_probe import AppleProbe
from lollma_gui.services.gpu_probe import JoinedProbe, survey_gpus

GIB = 1 << 30
NVIDIA = GpuReading("GPU-1", "RTX 4080", 0)
AMD = GpuReading("0000:03:00.0", "RX 7900 XTX", 0, vendor="AMD")
ABSENT = GpuSurvey(problem="No GPU of this maker.", is_absent=True)
BROKEN = GpuSurvey(problem="The driver is not running.", advice="Restart.")
ASLEEP = GpuSurvey(problem="It is asleep.", is_asleep=True)


class Probe:
    """A driver, which cannot be here."""

    def __init__(self, survey: GpuSurvey, uses: tuple[GpuUse, ...] = (), note: str = "") -> None:
        self._survey, self._uses, self._note = survey, uses, note
        self.is_closed = False

    def survey(self) -> GpuSurvey:
        return self._survey

    def processes(self) -> tuple[list[GpuUse], str]:
        return list(self._uses), self._note

    def close(self) -> None:
        self.is_closed = True


def joined(*surveys: GpuSurvey) -> GpuSurvey:
    return JoinedProbe([Probe(survey) for survey in surveys]).survey()


def test_gpus_of_all_makers_are_one_list():
    nvml = GpuSurvey((NVIDIA,), "NVML", "580.95", "13.0")
    survey = joined(nvml, GpuSurvey((AMD,), "amdgpu"), ABSENT)
    assert survey == GpuSurvey((NVIDIA, AMD), "NVML, amdgpu", "580.95", "13.0")


def test_makers_that_are_not_there_are_no_problem_but_none_at_all_is():
    assert joined(ABSENT, GpuSurvey((AMD,), "amdgpu")).problem == ""
    survey = joined(ABSENT, ABSENT)
    assert survey.is_absent
    assert "NVIDIA, AMD or Intel" in survey.problem
    assert survey.advice


def test_trouble_with_one_maker_is_said_beside_the_others():
    survey = joined(BROKEN, GpuSurvey((AMD,), "amdgpu"))
    assert survey.gpus == (AMD,)
    assert survey.problem == BROKEN.problem


def test_trouble_comes_before_sleep():
    assert joined(ASLEEP, BROKEN).problem == BROKEN.problem
    survey = joined(ASLEEP, GpuSurvey((AMD,), "amdgpu"))
    assert survey.is_asleep
    assert survey.gpus == (AMD,)


def test_all_are_asked_for_processes_and_closed():
    probes = [Probe(ABSENT, (GpuUse("GPU-1", 1),), "Not told."), Probe(ABSENT, (GpuUse("x", 2),))]
    probe = JoinedProbe(probes)
    assert probe.processes() == ([GpuUse("GPU-1", 1), GpuUse("x", 2)], "Not told.")
    probe.close()
    assert all(p.is_closed for p in probes)


def test_this_pc_can_be_asked():
    survey = survey_gpus()
    assert survey.gpus or survey.problem


# ---- Apple ---------------------------------------------------------------------------------

#: What ``ioreg -r -c IOAccelerator -d 1 -a`` gives on an M2 Pro, as far as it is read.
M2_PRO = [
    {
        "IOClass": "AGXAcceleratorG14X",
        "model": b"Apple M2 Pro\0",
        "gpu-core-count": 19,
        "PerformanceStatistics": {
            "Device Utilization %": 43,
            "Renderer Utilization %": 42,
            "In use system memory": 5 * GIB,
            "Alloc system memory": 7 * GIB,
        },
    }
]


@pytest.fixture
def mac(tmp_path: Path):
    if sys.platform == "win32":
        pytest.skip("scripts stand for programs")

    def make(settings: dict[str, str], devices: object = M2_PRO) -> AppleProbe:
        lines = [f"  {name}) echo {value} ;;" for name, value in settings.items()]
        cases = "\n".join(lines)
        sysctl = f'#!/bin/sh\ncase "$2" in\n{cases}\n  *) echo "unknown oid" >&2; exit 1 ;;\nesac\n'
        (tmp_path / "devices").write_bytes(
            devices if isinstance(devices, bytes) else plistlib.dumps(devices)
        )
        programs = {"sysctl": sysctl, "ioreg": f'#!/bin/sh\ncat "{tmp_path / "devices"}"\n'}
        for name, script in programs.items():
            (tmp_path / name).write_text(script)
            (tmp_path / name).chmod(0o755)
        return AppleProbe(str(tmp_path / "sysctl"), str(tmp_path / "ioreg"))

    return make


def test_apple_silicon_has_a_budget_of_the_one_memory(mac):
    (gpu,) = mac({"hw.memsize": str(16 * GIB)}).survey().gpus
    assert gpu.name == "Apple M2 Pro"
    assert gpu.is_unified
    assert gpu.utilisation == 0.43
    assert gpu.memory_total_bytes == int(16 * GIB * 2 / 3)
    assert gpu.memory_used_bytes == 5 * GIB
    assert gpu.memory_free_bytes == gpu.memory_total_bytes - 5 * GIB


@pytest.mark.parametrize(
    ("settings", "budget"),
    [
        ({"hw.memsize": str(64 * GIB), "iogpu.wired_limit_mb": "0"}, 48 * GIB),
        ({"hw.memsize": str(64 * GIB), "iogpu.wired_limit_mb": "57344"}, 56 * GIB),
        ({}, None),
    ],
)
def test_a_limit_set_by_hand_goes_before_the_usual_share(mac, settings, budget):
    assert mac(settings).survey().gpus[0].memory_total_bytes == budget


@pytest.mark.parametrize("devices", [[], b"not a list", b""])
def test_a_mac_that_tells_nothing_is_no_crash(mac, devices):
    survey = mac({"hw.memsize": str(16 * GIB)}, devices).survey()
    assert survey.gpus == ()
    assert survey.problem


def test_without_the_systems_programs_nothing_is_known(tmp_path):
    assert AppleProbe(str(tmp_path / "a"), str(tmp_path / "b")).survey().is_absent


def test_macos_does_not_tell_who_uses_the_memory(mac):
    assert "macOS" in mac({}).processes()[1]
