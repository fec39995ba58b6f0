"""The real pynvml against a small C library that stands for the NVIDIA driver."""

from pathlib import Path

import pytest
from fakes.nvml.driver import CAN_BUILD, Driver, build

from lollma_gui.core import throttle
from lollma_gui.core.readings import GpuReading, GpuSurvey, GpuUse
from lollma_gui.core.throttle import Throttle

pytestmark = pytest.mark.skipif(not CAN_BUILD, reason="builds a Linux library with gcc")

GIB = 1 << 30
RTX_4080 = GpuReading(
    key="GPU-00000000",
    name="NVIDIA GeForce RTX 4080",
    index=0,
    utilisation=0.87,
    memory_used_bytes=12 * GIB,
    memory_free_bytes=3 * GIB,
    memory_total_bytes=16 * GIB,
    temperature_celsius=64.0,
    power_watts=231.5,
    power_limit_watts=320.0,
    compute_capability=(8, 9),
    memory_bus_bits=256,
    memory_max_clock_mhz=11201,
    memory_utilisation=0.4,
    temperature_limit_celsius=88.0,
    clock_mhz=2505,
    memory_clock_mhz=10501,
    fan=0.41,
    pcie_generation=4,
    pcie_width=16,
    pcie_max_generation=4,
    pcie_max_width=16,
    held_back=(Throttle.POWER,),
)

#: What the driver answers with, where, and a part of the sentence and of the advice.
FAILURES = {
    "driver not running": ("nvmlInitWithFlags", 9, "not running", "Restart"),
    "no permission": ("nvmlInitWithFlags", 4, "may not ask", "group"),
    "updated, not restarted": ("nvmlInitWithFlags", 18, "was updated", "Restart the computer."),
    "too old": ("nvmlInitWithFlags", 13, "too old", "newer driver"),
    "slow": ("nvmlInitWithFlags", 10, "in time", "Restart"),
    "interrupts": ("nvmlInitWithFlags", 11, "interrupts", "Restart"),
    "no power cable": ("nvmlInitWithFlags", 8, "power cable", "Switch the computer off"),
    "damaged": ("nvmlInitWithFlags", 14, "damaged", "Restart"),
    "blocked": ("nvmlInitWithFlags", 17, "blocked", "container"),
    "unknown": ("nvmlInitWithFlags", 999, "unknown error", "container"),
    "code nobody knows": ("nvmlInitWithFlags", 77, "an error of its own", "install"),
    "lost": ("nvmlDeviceGetHandleByIndex_v2", 15, "lost from the bus", "power cable"),
    "lost while being read": ("nvmlDeviceGetTemperature", 15, "lost from the bus", "Restart"),
    "needs a reset": ("nvmlDeviceGetUtilizationRates", 16, "needs a reset", "Restart"),
    "no GPU behind the driver": ("gpus", 0, "No NVIDIA GPU was found.", "processor"),
}

#: Field of a reading, and the functions that can fail to give it.
FIELDS = {
    "utilisation": ("nvmlDeviceGetUtilizationRates",),
    "memory_total_bytes": ("nvmlDeviceGetMemoryInfo", "nvmlDeviceGetMemoryInfo_v2"),
    "temperature_celsius": ("nvmlDeviceGetTemperature",),
    "power_watts": ("nvmlDeviceGetPowerUsage",),
    "power_limit_watts": ("nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetPowerManagementLimit"),
    "compute_capability": ("nvmlDeviceGetCudaComputeCapability",),
    "memory_bus_bits": ("nvmlDeviceGetMemoryBusWidth",),
    "memory_max_clock_mhz": ("nvmlDeviceGetMaxClockInfo",),
    "temperature_limit_celsius": ("nvmlDeviceGetTemperatureThreshold",),
    "clock_mhz": ("nvmlDeviceGetClockInfo",),
    "fan": ("nvmlDeviceGetFanSpeed",),
    "pcie_generation": ("nvmlDeviceGetCurrPcieLinkGeneration",),
    "pcie_width": ("nvmlDeviceGetCurrPcieLinkWidth",),
    "pcie_max_generation": ("nvmlDeviceGetMaxPcieLinkGeneration",),
    "pcie_max_width": ("nvmlDeviceGetMaxPcieLinkWidth",),
    "held_back": (
        "nvmlDeviceGetCurrentClocksEventReasons",
        "nvmlDeviceGetCurrentClocksThrottleReasons",
    ),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def driver(tmp_path, library) -> Driver:
    made = Driver(tmp_path / "pc", library)
    made.add_card("0000:01:00.0", "active")
    return made


@pytest.fixture(scope="module")
def failed(tmp_path_factory, library) -> dict[str, GpuSurvey]:
    """Every failure told in one process: starting one for each would take long."""
    pc = Driver(tmp_path_factory.mktemp("pc") / "pc", library)
    pc.add_card("0000:01:00.0", "active")
    stories = [[{where: code}] for where, code, _, _ in FAILURES.values()]
    return {name: story[0] for name, story in zip(FAILURES, pc.tell(*stories), strict=True)}


@pytest.fixture(scope="module")
def lacking(tmp_path_factory, library) -> dict[str, GpuSurvey]:
    pc = Driver(tmp_path_factory.mktemp("pc") / "pc", library)
    stories = [[dict.fromkeys(functions, 3)] for functions in FIELDS.values()]
    return {name: story[0] for name, story in zip(FIELDS, pc.tell(*stories), strict=True)}


def test_a_gpu_is_read_with_all_it_says(driver):
    ((survey,),) = driver.tell([{}])
    assert survey == GpuSurvey((RTX_4080,), "NVML", "580.95.05", "13.0")
    assert driver.log == ["init", "shutdown"]


def test_the_driver_is_opened_once_for_many_surveys(driver):
    (surveys,) = driver.tell([{"utilisation": n} for n in (0, 50, 100)])
    assert [s.gpus[0].utilisation for s in surveys] == [0.0, 0.5, 1.0]
    assert driver.log == ["init", "shutdown"]


@pytest.mark.parametrize("name", FAILURES)
def test_every_failure_is_a_sentence_with_advice(failed, name):
    _, _, sentence, advice = FAILURES[name]
    survey = failed[name]
    assert survey.gpus == ()
    assert sentence in survey.problem
    assert advice in survey.advice
    assert survey.problem.endswith(".")


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_the_gpu_does_not_support_is_unknown_and_no_problem(lacking, field):
    survey = lacking[field]
    assert getattr(survey.gpus[0], field) is None
    assert survey.problem == ""
    known = [getattr(survey.gpus[0], other) for other in FIELDS if other != field]
    assert None not in known


def test_a_question_that_fails_otherwise_leaves_the_rest_readable_and_says_so(driver):
    ((survey,),) = driver.tell([{"nvmlDeviceGetPowerUsage": 999}])
    assert survey.gpus[0].power_watts is None
    assert survey.gpus[0].utilisation == 0.87
    assert "unknown error" in survey.problem


def test_a_gpu_without_name_and_uuid_still_has_both(driver):
    ((survey,),) = driver.tell([{"nvmlDeviceGetName": 3, "nvmlDeviceGetUUID": 3}])
    assert (survey.gpus[0].name, survey.gpus[0].key) == ("NVIDIA GPU 0", "nvidia-0")


def test_an_old_driver_is_asked_the_old_way(tmp_path):
    pc = Driver(tmp_path / "pc", build(tmp_path / "old", "-DOLD_DRIVER"))
    ((survey,),) = pc.tell([{}])
    assert survey.gpus[0].memory_used_bytes == 13 * GIB
    assert survey.gpus[0].held_back == (Throttle.POWER,)
    assert survey.problem == ""


def test_a_lost_gpu_comes_back_when_the_driver_was_opened_anew(driver):
    (surveys,) = driver.tell([{}, {"nvmlDeviceGetTemperature": 15}, {}])
    assert [len(s.gpus) for s in surveys] == [1, 0, 1]
    assert driver.log == ["init", "shutdown", "init", "shutdown"]


def test_after_a_failure_the_driver_is_left_alone_for_a_while(driver):
    (surveys,) = driver.tell([{"nvmlInitWithFlags": 9}, {}], retry_seconds=1000)
    assert ["not running" in s.problem for s in surveys] == [True, True]
    assert driver.log == ["init"]


def test_one_lost_gpu_of_two_does_not_hide_the_other(driver):
    ((survey,),) = driver.tell([{"gpus": 2, "nvmlDeviceGetHandleByIndex_v2/0": 15}])
    assert [gpu.index for gpu in survey.gpus] == [1]
    assert "lost from the bus" in survey.problem


def test_of_two_gpus_the_lost_one_comes_back_by_itself_too(driver):
    lost = {"gpus": 2, "nvmlDeviceGetTemperature/1": 15}
    (surveys,) = driver.tell([{"gpus": 2}, lost, lost, {"gpus": 2, "seconds": 10}], retry_seconds=5)
    assert [[gpu.index for gpu in s.gpus] for s in surveys] == [[0, 1], [0], [0], [0, 1]]
    assert [bool(s.problem) for s in surveys] == [False, True, True, False]
    assert driver.log == ["init", "shutdown"] * 2


def test_what_changes_slowly_is_asked_for_rarely_and_trouble_with_it_is_said_all_the_while(driver):
    (surveys,) = driver.tell(
        [{"nvmlDeviceGetFanSpeed": 999}, {"fan": 50}, {"fan": 60, "seconds": 5}, {"fan": 70}]
    )
    assert [s.gpus[0].fan for s in surveys] == [None, None, 0.6, 0.6]
    assert ["unknown error" in s.problem for s in surveys] == [True, True, False, False]


@pytest.mark.parametrize(
    ("bits", "reasons"),
    [
        (0x0, ()),
        (0x1, ()),
        (0x4, (Throttle.POWER,)),
        (0x20, (Throttle.HEAT,)),
        (0x48, (Throttle.HEAT,)),
        (0x88, (Throttle.SUPPLY,)),
        (0x8, (Throttle.HARDWARE,)),
        (0x24, (Throttle.HEAT, Throttle.POWER)),
    ],
)
def test_why_a_gpu_is_held_back_is_told(bits, reasons):
    assert throttle.from_nvml(bits) == reasons


def test_a_divided_gpu_is_said_to_be_one(driver):
    stories = [[{}], [{"mig": 1}], [{"virtualization": 2}], [{"virtualization": 3}]]
    said = [survey.gpus[0].sharing for (survey,) in driver.tell(*stories)]
    assert said == ["", "MIG", "vGPU", "vGPU"]


def test_where_no_highest_temperature_is_known_the_limit_is_where_it_slows_down(driver):
    ((survey,),) = driver.tell([{"no_highest": 1}])
    assert survey.gpus[0].temperature_limit_celsius == 95.0


def test_who_uses_the_gpu_is_told_once_each(driver):
    steps = {"compute": 4711, "graphics": 4711}
    ((_, (uses, note)),) = driver.tell([steps, "processes"])
    assert uses == [GpuUse("GPU-00000000", 4711, 5 * GIB)]
    assert note == ""


@pytest.mark.parametrize(
    "steps",
    [
        {"graphics": 4711, "hidden": 1},
        {
            "nvmlDeviceGetComputeRunningProcesses_v3": 3,
            "nvmlDeviceGetGraphicsRunningProcesses_v3": 3,
        },
    ],
)
def test_where_the_system_keeps_memory_of_programs_to_itself_it_is_said(driver, steps):
    ((_, (uses, note)),) = driver.tell([steps, "processes"])
    assert all(use.memory_bytes is None for use in uses)
    assert note.endswith("VRAM.")


def test_without_a_driver_nobody_uses_it(driver):
    ((_, told),) = driver.tell([{"nvmlInitWithFlags": 9}, "processes"])
    assert told == ([], "")


def test_a_laptops_gpu_with_nothing_to_do_is_let_go_and_sleeps(tmp_path, library):
    pc = Driver(tmp_path / "pc", library)
    pc.add_card("0000:01:00.0", "active", control="auto")
    idle = {"utilisation": 0}
    (surveys,) = pc.tell(
        [idle, {**idle, "seconds": 30}, idle, {"power": "suspended"}, {"power": "active"}]
    )
    assert [len(s.gpus) for s in surveys] == [1, 1, 0, 0, 1]
    assert "looks away" in surveys[2].problem
    assert "asleep" in surveys[3].problem
    assert pc.log == ["init", "shutdown"] * 2


def test_a_gpu_that_does_not_fall_asleep_is_watched_on(tmp_path, library):
    pc = Driver(tmp_path / "pc", library)
    pc.add_card("0000:01:00.0", "active", control="auto")
    idle = {"utilisation": 0, "seconds": 30}
    (surveys,) = pc.tell([idle] * 5)
    assert [len(s.gpus) for s in surveys] == [1, 1, 1, 1, 1]
    assert pc.log == ["init", "shutdown"] * 2


@pytest.mark.parametrize(
    ("steps", "control"),
    [({"utilisation": 0}, "on"), ({"utilisation": 1}, "auto"), ({"compute": 7}, "auto")],
)
def test_a_gpu_in_use_or_that_never_sleeps_is_not_let_go(tmp_path, library, steps, control):
    pc = Driver(tmp_path / "pc", library)
    pc.add_card("0000:01:00.0", "active", control=control)
    steps = {"utilisation": 0, "seconds": 40, **steps}
    (surveys,) = pc.tell([steps] * 4)
    assert [len(s.gpus) for s in surveys] == [1, 1, 1, 1]
    assert pc.log == ["init", "shutdown"]


def test_a_closed_probe_opens_again(driver):
    (surveys,) = driver.tell([{}, "close", {}])
    assert [len(s.gpus) for s in surveys] == [1, 1]
    assert driver.log == ["init", "shutdown"] * 2


def test_a_sleeping_gpu_is_not_woken(tmp_path, library):
    pc = Driver(tmp_path / "pc", library)
    pc.add_card("0000:01:00.0", "suspended")
    pc.add_card("0000:01:00.1", "active", kind="0x040300")  # its sound
    pc.add_card("0000:00:02.0", "active", vendor="0x8086")
    ((survey,),) = pc.tell([{}])
    assert survey.gpus == ()
    assert "asleep" in survey.problem
    assert pc.log == []


def test_one_gpu_awake_is_enough_to_ask(tmp_path, library):
    pc = Driver(tmp_path / "pc", library)
    pc.add_card("0000:01:00.0", "suspended")
    pc.add_card("0000:02:00.0", "active")
    ((survey,),) = pc.tell([{}])
    assert len(survey.gpus) == 1


def test_without_gpu_and_driver_nothing_is_wrong(tmp_path):
    ((survey,),) = Driver(tmp_path / "pc", None).tell([{}])
    assert survey.problem == "No NVIDIA GPU was found."
    assert survey.advice


def test_a_gpu_without_driver_is_told_from_no_gpu(tmp_path):
    pc = Driver(tmp_path / "pc", None)
    pc.add_card("0000:01:00.0", "active")
    ((survey,),) = pc.tell([{}])
    assert survey.problem == "There is an NVIDIA GPU, but its driver is not installed."
    assert "Install" in survey.advice
