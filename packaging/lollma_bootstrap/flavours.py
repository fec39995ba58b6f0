"""Which ready-made builds of the engine suit this PC, best first."""

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from lollma_bootstrap.nvidia import Driver, this_driver

#: CUDA versions the engine's project offers wheels for.
CUDA_FLAVOURS = ((11, 8), (12, 1), (12, 2), (12, 3), (12, 4), (12, 5), (13, 0), (13, 2))

#: CUDA major -> lowest and highest compute capability its wheels hold code for. CUDA 12 and 13
#: carry code that newer GPUs translate for themselves, 11.8 does not.
COMPUTE = {11: ((6, 0), (8, 9)), 12: ((6, 0), (99, 0)), 13: ((7, 5), (99, 0))}

_PCI_VENDORS = {"0x1002": "AMD", "0x8086": "Intel", "0x10de": "NVIDIA"}


@dataclass(frozen=True)
class Machine:
    """What of this PC decides which build suits it.

    Attributes:
        system: ``sys.platform``.
        processor: ``platform.machine()``.
        driver: Its NVIDIA driver, if any.
        other_gpu: Maker of a graphics chip that only Vulkan reaches, or empty.
    """

    system: str
    processor: str
    driver: Driver | None = None
    other_gpu: str = ""

    @property
    def is_apple_chip(self) -> bool:
        """A Mac with an Apple chip, whose GPU speaks Metal."""
        return self.system == "darwin" and self.processor == "arm64"

    @property
    def gpu(self) -> str:
        """The GPU in words for a person, or empty where none is known."""
        if self.driver:
            return f"an NVIDIA GPU (its driver runs CUDA {_dotted(self.driver.cuda)})"
        if self.is_apple_chip:
            return "an Apple GPU"
        return f"an {self.other_gpu} GPU" if self.other_gpu else ""


def this_machine() -> Machine:
    """Look at this PC."""
    return Machine(sys.platform, platform.machine(), this_driver(), _amd_gpu())


def _amd_gpu() -> str:
    """AMD alone is worth a word: Intel graphics sit in most PCs and are seldom worth it."""
    for path in Path("/sys/class/drm").glob("card*/device/vendor"):
        try:
            if _PCI_VENDORS.get(path.read_text(encoding="ascii").strip()) == "AMD":
                return "AMD"
        except OSError:
            continue
    return ""


def cuda_flavours(driver: Driver) -> list[str]:
    """CUDA builds that a driver and its GPUs can run, best first.

    Not newer than the driver; builds of the driver's own major version come first, in each the
    newest first.
    """
    fitting = [
        version
        for version in CUDA_FLAVOURS
        if version <= driver.cuda and _runs_on(version[0], driver.compute)
    ]
    fitting.sort(key=lambda version: (version[0] == driver.cuda[0], version), reverse=True)
    return [f"cu{major}{minor}" for major, minor in fitting]


def _runs_on(major: int, compute: tuple[int, int] | None) -> bool:
    lowest, highest = COMPUTE[major]
    return compute is None or lowest <= compute <= highest


def wanted(asked: str, machine: Machine) -> list[str]:
    """Names of the wheel pages to look at, best first; an empty list means: build it here.

    Args:
        asked: One of ``options.ENGINES``.
        machine: This PC.
    """
    cuda = cuda_flavours(machine.driver) if machine.driver else []
    if asked == "auto":
        if machine.is_apple_chip:
            # The plain build for Apple chips has Metal too.
            return ["metal", "cpu"]
        return [*cuda, "cpu"]
    return {"cpu": ["cpu"], "cuda": cuda, "metal": ["metal"], "vulkan": ["vulkan"]}.get(asked, [])


def build_arguments(asked: str) -> str:
    """CMake arguments for a build on this PC."""
    return {"cuda": "-DGGML_CUDA=on", "vulkan": "-DGGML_VULKAN=on"}.get(asked, "")


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
