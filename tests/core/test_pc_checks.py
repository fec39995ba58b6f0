from dataclasses import replace

import pytest

from lollma_gui.core.checks import Check, CheckState
from lollma_gui.core.pc_checks import WHATS, LlamaFacts, PcFacts, Tool, as_text, judge, summary
from lollma_gui.core.readings import CpuReading, DiskReading, GpuReading, GpuSurvey, MemoryReading

GIB = 1 << 30
GPU = GpuReading("GPU-1", "NVIDIA GeForce RTX 4080", 0, memory_total_bytes=16 * GIB - 400_000_000)
GUIDES_PC = PcFacts(
    gpu=GpuSurvey((GPU,), "NVML", "580.95", "13.0"),
    cpu=CpuReading("AMD Ryzen 9 7950X", 16, 32),
    memory=MemoryReading(total_bytes=int(62.7 * GIB)),
    disk=DiskReading("/models", 2_000_000_000_000, 412_000_000_000),
    is_rotating=False,
    python="3.11.9",
    nvcc=Tool("13.0.88", "nvcc"),
    git=Tool("2.47.1", "git"),
    llama=LlamaFacts("0.3.36", ("NVIDIA GeForce RTX 4080",), True),
)
SMALL_GPU = GpuSurvey((replace(GPU, memory_total_bytes=8 * GIB),), "NVML", "580.95", "13.0")
TWO_SMALL = GpuSurvey((*SMALL_GPU.gpus, *SMALL_GPU.gpus), "NVML", "580.95", "13.0")
NO_GPU = GpuSurvey(problem="No NVIDIA GPU was found.", advice="Use the processor.")
UNIFIED = GpuSurvey((replace(GPU, memory_total_bytes=None),), "NVML", "580.95", "13.0")
HALF_LOST = replace(GUIDES_PC.gpu, problem="One was lost.", advice="Restart.")
OLD_DRIVER = replace(GUIDES_PC.gpu, driver="470.1", cuda="11.4")
GOOD, WARNING, BAD, UNKNOWN = CheckState

CASES = [
    ("GPU", {"gpu": SMALL_GPU}, WARNING, "8.0 GiB", "fit this memory"),
    ("GPU", {"gpu": TWO_SMALL}, GOOD, "8.0 GiB; NVIDIA", ""),
    ("GPU", {"gpu": NO_GPU}, WARNING, "No NVIDIA GPU was found.", "Use the processor."),
    ("GPU", {"gpu": UNIFIED}, UNKNOWN, "RTX 4080, -", "does not say"),
    ("GPU", {"gpu": HALF_LOST}, WARNING, "RTX 4080", "One was lost. Restart."),
    ("NVIDIA driver", {"gpu": NO_GPU}, UNKNOWN, "-", "NVIDIA GPUs only"),
    ("NVIDIA driver", {"gpu": OLD_DRIVER}, WARNING, "470.1, CUDA 11.4", "newer driver"),
    ("CUDA Toolkit (nvcc)", {"nvcc": Tool()}, WARNING, "not found on PATH", "Nothing to do"),
    ("CPU", {"cpu": CpuReading("i3", 4, 8)}, WARNING, "i3, 4 cores", "small models"),
    ("CPU", {"cpu": CpuReading()}, UNKNOWN, "-", ""),
    ("RAM", {"memory": MemoryReading(32 * GIB)}, WARNING, "32.0 GiB", "more RAM"),
    ("RAM", {"memory": MemoryReading()}, UNKNOWN, "-", ""),
    ("Models drive", {"disk": DiskReading("/m", 1, 50 * 10**9)}, WARNING, "50.0 GB free", "large"),
    ("Models drive", {"disk": DiskReading("/m", 1, 10**9)}, BAD, "SSD, 1.0 GB free", "Free some"),
    ("Models drive", {"is_rotating": True}, WARNING, "hard disk, 412.0 GB free", "from an SSD"),
    ("Models drive", {"is_rotating": None}, GOOD, "412.0 GB free", ""),
    ("Models drive", {"disk": DiskReading("/m")}, UNKNOWN, "-", "/m cannot be looked at"),
    ("Python", {"python": "3.10.1"}, BAD, "3.10.1", "python.org"),
    ("Python", {"python": "3.14.0"}, GOOD, "3.14.0", ""),
    ("Git", {"git": Tool()}, WARNING, "not found on PATH", "git-scm.com"),
    ("Git", {"git": Tool(path="/bin/git")}, WARNING, "does not answer (/bin/git)", "git-scm.com"),
    ("llama-cpp-python", {"llama": LlamaFacts()}, BAD, "not found", "anew"),
    ("llama-cpp-python", {"llama": LlamaFacts("0.3.36")}, UNKNOWN, "0.3.36", ""),
    (
        "llama-cpp-python",
        {"llama": LlamaFacts("0.3.36", (), False)},
        WARNING,
        "0.3.36, for the processor",
        "A build for your GPU",
    ),
    (
        "llama-cpp-python",
        {"llama": LlamaFacts("0.3.36", (), True)},
        WARNING,
        "sees no GPU",
        "driver",
    ),
    (
        "llama-cpp-python",
        {"llama": LlamaFacts("0.3.36", (), False), "gpu": NO_GPU},
        GOOD,
        "0.3.36, for the processor",
        "",
    ),
]


def check_of(facts: PcFacts, what: str) -> Check:
    return next(check for check in judge(facts) if check.what == what)


def test_the_pc_of_the_guide_is_as_recommended_in_everything():
    checks = judge(GUIDES_PC)
    assert [check.what for check in checks] == list(WHATS)
    assert {check.state for check in checks} == {GOOD}
    assert not any(check.advice for check in checks)
    assert summary(checks) == "9 of 9 as recommended"


@pytest.mark.parametrize(("what", "change", "state", "found", "advice"), CASES)
def test_what_differs_is_said_with_what_to_do(what, change, state, found, advice):
    check = check_of(replace(GUIDES_PC, **change), what)
    assert check.state is state
    assert found in check.found
    assert advice in check.advice
    assert bool(check.advice) == bool(advice)


def test_a_pc_of_which_nothing_is_known_gives_nine_checks_and_no_error():
    checks = judge(PcFacts())
    assert len(checks) == len(WHATS)
    assert not any(check.state is GOOD for check in checks)


def test_the_report_is_a_table_with_advice_below_its_row():
    checks = [
        Check("GPU", "RTX 4080", "16 GB", GOOD),
        Check("RAM", "8 GiB", "64 GB", WARNING, "Get more."),
    ]
    assert as_text(checks, [("LoLLMa", "1.0")]) == (
        "State      What  Found     Recommended\n"
        "---------  ----  --------  -----------\n"
        "good       GPU   RTX 4080  16 GB\n"
        "attention  RAM   8 GiB     64 GB\n"
        "           > Get more.\n"
        "\n"
        "1 of 2 as recommended\n"
        "LoLLMa: 1.0\n"
    )
