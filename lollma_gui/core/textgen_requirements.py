"""Which of TextGen's files of requirements suits a PC.

The portable ones are taken: they run models in the GGUF format, and nothing else has to be there.
Names and contents: TextGen v4.9, ``requirements/portable``; from v3.0 on there are such files.
"""

from collections.abc import Collection
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError

FOLDER = "requirements/portable"
_GB = 1_000_000_000
#: The packages without llama.cpp: 340 MB were measured, to which come gradio and pip's cache.
_PACKAGES_BYTES = 1 * _GB
#: llama.cpp's libraries for one kind of GPU; estimated from the sizes of llama.cpp's own releases.
_CUDA_BYTES, _ROCM_BYTES, _SMALL_BYTES = 2 * _GB, 3 * _GB, _GB // 2


class PcKind(NamedTuple):
    """What matters of a PC.

    Attributes:
        system: ``Linux``, ``Windows`` or ``Darwin``.
        machine: ``x86_64`` or ``aarch64``.
        vendor: Of the GPU: ``NVIDIA``, ``AMD``, ``Intel``, ``Apple``; empty: none.
        cuda: Highest CUDA version of the driver, as ``(13, 0)``; None: not known.
        has_rocm: Whether AMD's ROCm is installed.
    """

    system: str
    machine: str = "x86_64"
    vendor: str = ""
    cuda: tuple[int, int] | None = None
    has_rocm: bool = False


class Requirements(NamedTuple):
    """What is to be installed.

    Attributes:
        path: The file, from the top of the checkout.
        why: One sentence for the person.
        needed_bytes: What it takes on the disk, roughly.
    """

    path: str
    why: str
    needed_bytes: int


def machine_name(machine: str) -> str:
    """What systems call the same processor by different names."""
    names = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}
    return names.get(machine.lower(), machine.lower())


def choose(names: Collection[str], pc: PcKind) -> Requirements:
    """The best file that a checkout has for a PC.

    Args:
        names: Files of the checkout, from its top.
        pc: What the PC is.

    Raises:
        LollmaError: If none of its files has a llama.cpp for it.
    """
    for name, why, needed in _wishes(pc):
        path = f"{FOLDER}/{name}"
        if path in names:
            return Requirements(path, why, needed + _PACKAGES_BYTES)
    if not any(name.startswith(FOLDER) for name in names):
        raise LollmaError(
            "This version of TextGen is too old to be installed from here.",
            "Choose v3.0 or newer; or install this one by its own script, then adopt it.",
        )
    raise LollmaError(
        f"TextGen has no llama.cpp for this computer ({pc.system}, {pc.machine}).",
        "Use the built-in engine or llama-server instead.",
    )


def needed_at_most(pc: PcKind) -> int:
    """Bytes that the disk should have before it is known what the checkout offers."""
    return max((needed for _, _, needed in _wishes(pc)), default=0) + _PACKAGES_BYTES


def _wishes(pc: PcKind) -> list[tuple[str, str, int]]:
    """Names of files, best first, each with its reason and the bytes of its llama.cpp."""
    if pc.system == "Darwin":
        return [_apple(pc)]
    if pc.vendor == "NVIDIA":
        return _nvidia(pc)
    cpu = ("requirements_cpu_only.txt", "No GPU that TextGen can use was found.", _SMALL_BYTES)
    if pc.machine != "x86_64":
        return []
    vulkan = (
        "requirements_vulkan.txt",
        f"Vulkan comes with every driver of {pc.vendor} GPUs.",
        _SMALL_BYTES,
    )
    if pc.vendor == "AMD":
        rocm = ("requirements_amd.txt", "ROCm, AMD's own, is installed here.", _ROCM_BYTES)
        return [rocm, vulkan, cpu] if pc.has_rocm else [vulkan, cpu]
    return [vulkan, cpu] if pc.vendor == "Intel" else [cpu]


def _apple(pc: PcKind) -> tuple[str, str, int]:
    if pc.machine == "aarch64":
        return "requirements_apple_silicon.txt", "This Mac has an Apple processor.", _SMALL_BYTES
    return "requirements_apple_intel.txt", "This Mac has an Intel processor.", _SMALL_BYTES


def _nvidia(pc: PcKind) -> list[tuple[str, str, int]]:
    newest = (
        "requirements_cuda131.txt",
        "The NVIDIA driver supports CUDA 13.1 or newer.",
        _CUDA_BYTES,
    )
    usual = ("requirements.txt", "The NVIDIA driver supports CUDA 12.4 or newer.", _CUDA_BYTES)
    is_new = pc.cuda is not None and pc.cuda >= (13, 1)
    if pc.machine != "x86_64":
        return [newest] if is_new and pc.system == "Linux" else []
    if pc.cuda is None:
        return [("requirements.txt", "It suits most NVIDIA GPUs.", _CUDA_BYTES)]
    if pc.cuda < (12, 4):
        old = "The NVIDIA driver is too old for CUDA 12.4, so Vulkan is used."
        return [
            ("requirements_vulkan.txt", old, _SMALL_BYTES),
            ("requirements_cpu_only.txt", old, _SMALL_BYTES),
        ]
    return [newest, usual] if is_new else [usual]
