"""On a PC with an NVIDIA GPU: our readings beside those of the driver's own nvidia-smi."""

import shutil
import subprocess
from dataclasses import dataclass

import pytest

from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.services.nvml_probe import NvmlProbe

pytestmark = pytest.mark.skipif(
    shutil.which("nvidia-smi") is None
    or subprocess.run(["nvidia-smi", "-L"], capture_output=True).returncode != 0,
    reason="needs an NVIDIA GPU and its driver",
)
MIB = 1 << 20


@dataclass(frozen=True)
class Field:
    """One value of both: nvidia-smi's name of it, ours, our unit in its unit, what may differ.

    Between the two questions the GPU goes on working.
    """

    query: str
    name: str
    scale: float = 1.0
    tolerance: float = 0.0


FIELDS = (
    Field("memory.total", "memory_total_bytes", MIB, 1),
    Field("memory.used", "memory_used_bytes", MIB, 512),
    Field("memory.free", "memory_free_bytes", MIB, 512),
    Field("utilization.gpu", "utilisation", 0.01, 60),
    Field("temperature.gpu", "temperature_celsius", 1, 5),
    Field("power.draw", "power_watts", 1, 150),
    Field("enforced.power.limit", "power_limit_watts", 1, 1),
    Field("clocks.sm", "clock_mhz", 1, 2500),
    Field("clocks.mem", "memory_clock_mhz", 1, 12000),
    Field("clocks.max.memory", "memory_max_clock_mhz", 1),
    Field("fan.speed", "fan", 0.01, 15),
    Field("pcie.link.gen.current", "pcie_generation", 1, 5),
    Field("pcie.link.gen.max", "pcie_max_generation", 1, 1),
    Field("pcie.link.width.current", "pcie_width", 1),
    Field("pcie.link.width.max", "pcie_max_width", 1),
)


def smi(*queries: str) -> list[list[str]]:
    """nvidia-smi's answers, a list a GPU."""
    command = ["nvidia-smi", f"--query-gpu={','.join(queries)}", "--format=csv,noheader,nounits"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [[word.strip() for word in line.split(",")] for line in said.splitlines()]


@pytest.fixture(scope="module")
def survey() -> GpuSurvey:
    probe = NvmlProbe()
    try:
        return probe.survey()
    finally:
        probe.close()


def test_the_same_gpus_with_the_same_names_and_driver(survey):
    said = smi("uuid", "name", "index", "driver_version", "compute_cap")
    ours = [
        [gpu.key, gpu.name, str(gpu.index), survey.driver, "{}.{}".format(*gpu.compute_capability)]
        for gpu in survey.gpus
    ]
    assert ours == said


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.query)
def test_our_value_is_that_of_nvidia_smi(survey, field):
    for gpu, (said,) in zip(survey.gpus, smi(field.query), strict=True):
        compare(gpu, field, said)


def compare(gpu: GpuReading, field: Field, said: str) -> None:
    ours = getattr(gpu, field.name)
    if said.startswith(("[", "N/A")):
        assert ours is None
    else:
        assert ours is not None
        assert ours / field.scale == pytest.approx(float(said), abs=field.tolerance + 0.5)


def test_a_second_survey_is_quick_and_whole():
    probe = NvmlProbe()
    try:
        first, second = probe.survey(), probe.survey()
    finally:
        probe.close()
    assert [gpu.key for gpu in first.gpus] == [gpu.key for gpu in second.gpus]
    assert second.problem == ""
