"""What the NVIDIA driver can run, asked without any package."""

import contextlib
import ctypes
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from lollma_bootstrap.process import answer_of


@dataclass(frozen=True)
class Driver:
    """An NVIDIA driver and the weakest of its GPUs.

    Attributes:
        cuda: Newest CUDA version the driver runs, as (major, minor).
        compute: Lowest compute capability of the GPUs, None where it could not be read.
    """

    cuda: tuple[int, int]
    compute: tuple[int, int] | None = None


def this_driver() -> Driver | None:
    """The driver of this PC, from its own library or else from ``nvidia-smi``; None if none."""
    for library in _libraries():
        driver = read_nvml(library)
        if driver:
            return driver
    status, header, _ = answer_of(["nvidia-smi"], seconds=15)
    if status:
        return None
    _, table, _ = answer_of(
        ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"], seconds=15
    )
    return parse_smi(header, table)


def _libraries() -> list[str]:
    if sys.platform == "win32":
        # By full path: a file of that name beside us must not be loaded instead.
        windows = os.environ.get("WINDIR", r"C:\Windows")
        programs = os.environ.get("ProgramFiles", r"C:\Program Files")  # noqa: SIM112
        return [
            str(Path(windows, "System32", "nvml.dll")),
            str(Path(programs, "NVIDIA Corporation", "NVSMI", "nvml.dll")),
        ]
    return ["libnvidia-ml.so.1"] if sys.platform.startswith("linux") else []


def read_nvml(library: str) -> Driver | None:
    """Ask NVML; None where the library is not there, does not start or sees no GPU."""
    try:
        nvml = ctypes.CDLL(library)
        if nvml.nvmlInit_v2() != 0:
            return None
    except (OSError, AttributeError):
        return None
    try:
        version, count = ctypes.c_int(), ctypes.c_uint()
        if nvml.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(version)) != 0:
            return None
        if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0 or count.value == 0:
            return None
        # 12040 means 12.4.
        cuda = (version.value // 1000, version.value % 1000 // 10)
        return Driver(cuda, _lowest_compute(nvml, count.value))
    finally:
        nvml.nvmlShutdown()


def _lowest_compute(nvml: ctypes.CDLL, count: int) -> tuple[int, int] | None:
    found = []
    for index in range(count):
        handle, major, minor = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int()
        with contextlib.suppress(AttributeError):
            if (
                nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)) == 0
                and nvml.nvmlDeviceGetCudaComputeCapability(
                    handle, ctypes.byref(major), ctypes.byref(minor)
                )
                == 0
            ):
                found.append((major.value, minor.value))
    return min(found, default=None)


def parse_smi(header: str, compute_table: str) -> Driver | None:
    """Read what ``nvidia-smi`` prints: its header, and its list of compute capabilities."""
    cuda = re.search(r"CUDA Version:\s*(\d+)\.(\d+)", header)
    if not cuda:
        return None
    caps = re.findall(r"^\s*(\d+)\.(\d+)\s*$", compute_table, re.MULTILINE)
    compute = min(((int(a), int(b)) for a, b in caps), default=None)
    return Driver((int(cuda[1]), int(cuda[2])), compute)
