"""AMD and Intel GPUs, over files as real Linux machines have them."""

import os
import sys
from pathlib import Path

import pytest
from fakes.sysfs import (
    AMDGPU_INFO,
    ARC_A770,
    I915_INFO,
    RADEON_780M,
    RX_7900_XTX,
    UHD_770,
    Linux,
    write,
)

from lollma_gui.core.readings import GpuReading, GpuUse
from lollma_gui.services.amd_probe import AmdProbe
from lollma_gui.services.drm_cards import pci_name
from lollma_gui.services.drm_clients import DrmClients
from lollma_gui.services.intel_probe import IntelProbe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Linux's folders need links")

GIB = 1 << 30
SLOT = "0000:03:00.0"
#: Lines of libdrm 2.4.120's list.
IDS = """# List of AMDGPU IDs
1.0.0
744C,	C8,	AMD Radeon RX 7900 XTX
744C,	CC,	AMD Radeon RX 7900 XT
15BF,	C4,	AMD Radeon 780M Graphics
"""
PCI_IDS = """# comments
1002  Advanced Micro Devices, Inc. [AMD/ATI]
	744c  Navi 31 [Radeon RX 7900 XT/7900 XTX]
8086  Intel Corporation
	4680  AlderLake-S GT1 [UHD Graphics 770]
	56a0  DG2 [Arc A770]
		1849 6004  of another maker
8087  Intel Corp.
"""


@pytest.fixture
def linux(tmp_path: Path) -> Linux:
    return Linux(tmp_path)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def amd(linux: Linux, clock: Clock, tmp_path: Path) -> AmdProbe:
    ids = tmp_path / "amdgpu.ids"
    ids.write_text(IDS)
    return AmdProbe(linux.drm, linux.proc, linux.kfd, ids, clock)


@pytest.fixture
def intel(linux: Linux, clock: Clock) -> IntelProbe:
    return IntelProbe(linux.drm, linux.proc, clock)


# ---- AMD -----------------------------------------------------------------------------------


def test_an_amd_card_is_read_with_all_it_says(linux, amd):
    linux.add_card(1, SLOT, "amdgpu", RX_7900_XTX)
    survey = amd.survey()
    assert survey.source == "amdgpu"
    assert survey.problem == ""
    assert survey.gpus == (
        GpuReading(
            key="a58dd5e1c4d6a7b3",
            name="AMD Radeon RX 7900 XTX",
            index=0,
            vendor="AMD",
            utilisation=0.97,
            memory_utilisation=0.61,
            memory_total_bytes=25753026560,
            memory_used_bytes=14495514624,
            memory_free_bytes=25753026560 - 14495514624,
            temperature_celsius=61.0,
            temperature_limit_celsius=100.0,
            power_watts=287.0,
            power_limit_watts=339.0,
            clock_mhz=2482.0,
            memory_clock_mhz=1249.0,
            fan=0.5,
            pcie_generation=4,
            pcie_width=16,
            pcie_max_generation=4,
            pcie_max_width=16,
        ),
    )


def test_one_in_the_processor_shares_the_ram(linux, amd):
    linux.add_card(0, "0000:c1:00.0", "amdgpu", RADEON_780M)
    (gpu,) = amd.survey().gpus
    assert gpu.name == "AMD Radeon 780M Graphics"
    assert gpu.is_unified
    assert gpu.memory_total_bytes == 4294967296 + 14495514624
    assert gpu.memory_used_bytes == 536870912 + 1073741824
    assert gpu.power_watts == 6.1
    assert gpu.key == "0000:c1:00.0"
    assert (gpu.fan, gpu.power_limit_watts, gpu.pcie_width) == (None, None, None)


@pytest.mark.parametrize("lacking", sorted(set(RX_7900_XTX) - {"vendor"}))
def test_any_file_may_be_missing(linux, amd, lacking):
    linux.add_card(1, SLOT, "amdgpu", {n: c for n, c in RX_7900_XTX.items() if n != lacking})
    (gpu,) = amd.survey().gpus
    assert gpu.name


def test_a_file_that_cannot_be_understood_is_unknown(linux, amd):
    strange = {"gpu_busy_percent": "busy", "current_link_speed": "Unknown", "pp_dpm_sclk": ""}
    linux.add_card(1, SLOT, "amdgpu", {**RX_7900_XTX, **strange})
    (gpu,) = amd.survey().gpus
    assert (gpu.utilisation, gpu.pcie_generation, gpu.clock_mhz) == (None, None, None)


def test_a_sleeping_card_is_not_read(linux, amd):
    device = linux.add_card(1, SLOT, "amdgpu", {**RX_7900_XTX, "power/runtime_status": "suspended"})
    # To read any of these would wake it.
    for name in ("gpu_busy_percent", "mem_info_vram_used", "pp_dpm_sclk"):
        (device / name).unlink()
        os.mkfifo(device / name)
    survey = amd.survey()
    assert survey.gpus == ()
    assert survey.is_asleep
    assert "asleep" in survey.problem


def test_an_idle_card_is_let_fall_asleep_and_comes_back(linux, amd, clock):
    device = linux.add_card(1, SLOT, "amdgpu", {**RX_7900_XTX, "gpu_busy_percent": "0"})
    assert len(amd.survey().gpus) == 1
    clock.now = 30
    assert amd.survey().gpus == ()
    clock.now = 35
    assert amd.survey().is_asleep
    write(device, {"power/runtime_status": "suspended"})
    assert amd.survey().is_asleep
    write(device, {"power/runtime_status": "active", "gpu_busy_percent": "50"})
    assert amd.survey().gpus[0].utilisation == 0.5


def test_a_card_without_its_driver_is_told_from_no_card(linux, amd, clock):
    assert amd.survey().is_absent
    linux.add_card(1, SLOT, "", RX_7900_XTX)
    clock.now = 60
    survey = amd.survey()
    assert not survey.is_absent
    assert "amdgpu" in survey.problem
    assert survey.advice


def test_who_uses_an_amd_card_is_told_by_the_kernel(linux, amd):
    linux.add_card(1, SLOT, "amdgpu", RX_7900_XTX)
    linux.add_process(4711, AMDGPU_INFO, AMDGPU_INFO)  # handed on: the same client twice
    linux.add_process(1, "pos:\t0")
    linux.add_rocm_process(815, 3, 9 * GIB)
    amd.survey()
    uses, note = amd.processes()
    key = "a58dd5e1c4d6a7b3"
    assert uses == [GpuUse(key, 4711, 5 * GIB), GpuUse(key, 815, 9 * GIB)]
    assert note == ""


# ---- Intel ---------------------------------------------------------------------------------


def test_an_intel_card_is_read_as_far_as_it_tells(linux, intel, clock):
    device = linux.add_card(0, SLOT, "i915", ARC_A770, {"gt_act_freq_mhz": "2400"})
    linux.add_process(4711, I915_INFO.format(client=7, slot=SLOT, render=0))
    first = intel.survey().gpus[0]
    assert (first.utilisation, first.power_watts) == (None, None), "nothing to compare with yet"
    clock.now = 5.0
    write(device, {"hwmon/hwmon5/energy1_input": "1500000000"})
    busy = I915_INFO.format(client=7, slot=SLOT, render=4_000_000_000)
    write(linux.proc / "4711" / "fdinfo", {"5": busy})
    survey = intel.survey()
    (gpu,) = survey.gpus
    assert survey.source == "i915"
    assert gpu.utilisation == pytest.approx(0.8)
    assert (gpu.power_watts, gpu.power_limit_watts) == (100.0, 190.0)
    assert (gpu.clock_mhz, gpu.memory_total_bytes) == (2400.0, 16 * GIB)
    assert (gpu.vendor, gpu.is_unified) == ("Intel", False)
    assert gpu.memory_used_bytes is None, "that takes rights which a program does not have"
    clock.now = 6.0
    assert intel.survey().gpus[0].utilisation == pytest.approx(0.8), "asked for rarely, kept"
    clock.now = 11.0
    assert intel.survey().gpus[0].utilisation == 0.0
    assert intel.processes()[0] == [GpuUse(SLOT, 4711, 2 * GIB)]
    assert "this account" in intel.processes()[1]


def test_one_in_an_intel_processor_shares_the_ram(linux, intel):
    linux.add_card(0, "0000:00:02.0", "i915", UHD_770, {"gt_act_freq_mhz": "300"})
    (gpu,) = intel.survey().gpus
    assert gpu.is_unified
    assert (gpu.memory_total_bytes, gpu.pcie_width, gpu.clock_mhz) == (None, None, 300.0)


def test_the_newer_driver_xe_is_read_too(linux, intel):
    files = {**ARC_A770, "tile0/gt0/freq0/act_freq": "2050", "hwmon/hwmon5/temp2_input": "56000"}
    linux.add_card(0, SLOT, "xe", files)
    survey = intel.survey()
    assert survey.source == "xe"
    assert survey.gpus[0].clock_mhz == 2050.0
    assert survey.gpus[0].temperature_celsius == 56.0


def test_a_sleeping_intel_card_is_not_read(linux, intel):
    linux.add_card(0, SLOT, "i915", {**ARC_A770, "power/runtime_status": "suspended"})
    survey = intel.survey()
    assert survey.gpus == ()
    assert survey.is_asleep


def test_a_window_too_small_for_the_memory_tells_nothing_of_it(linux, intel):
    small = "0x0 0x0 0x0\n0x0 0x0 0x0\n0x4000000000 0x400fffffff 0x14220c"
    linux.add_card(0, SLOT, "i915", {**ARC_A770, "resource": small})
    assert intel.survey().gpus[0].memory_total_bytes is None


def test_without_an_intel_gpu_nothing_is_wrong(intel):
    assert intel.survey().is_absent
    assert intel.processes() == ([], "")


# ---- shared --------------------------------------------------------------------------------


def test_names_come_from_the_list_of_pci_devices(linux, tmp_path):
    listed = tmp_path / "pci.ids"
    listed.write_text(PCI_IDS)
    arc = linux.add_card(0, SLOT, "i915", ARC_A770)
    unknown = linux.add_card(1, "0000:04:00.0", "i915", {**ARC_A770, "device": "0xffff"})
    assert pci_name(arc, (tmp_path / "missing", listed)) == "Arc A770"
    assert pci_name(unknown, (listed,)) == ""
    assert pci_name(arc, ()) == ""


def test_processes_are_looked_through_rarely_but_known_ones_always(linux, clock):
    clients = DrmClients(linux.proc, clock)
    linux.add_process(4711, AMDGPU_INFO)
    assert [client.pid for client in clients.clients()] == [4711]
    linux.add_process(4712, AMDGPU_INFO)
    assert [client.pid for client in clients.clients()] == [4711]
    clock.now = 30.0
    assert [client.pid for client in clients.clients()] == [4711, 4712]


def test_older_kernels_name_memory_otherwise(linux):
    old = AMDGPU_INFO.replace("drm-resident-vram:\t5242880 KiB\n", "")
    linux.add_process(4711, old)
    assert DrmClients(linux.proc).clients()[0].memory_bytes == 5 * GIB


def test_this_machines_own_files_break_nothing():
    if not Path("/proc/self/fd").exists():
        pytest.skip("not Linux")
    assert isinstance(DrmClients().clients(), list)
    assert AmdProbe().survey().source in ("", "amdgpu")
    assert IntelProbe().survey().source in ("", "i915", "xe")
