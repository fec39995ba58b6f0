"""Which of llama.cpp's official builds suits a PC, by the names of its release's files.

Names as of 2026: ``llama-b6992-bin-ubuntu-vulkan-x64.tar.gz``,
``llama-b6992-bin-win-cuda-12.4-x64.zip`` with ``cudart-llama-bin-win-cuda-12.4-x64.zip`` beside it,
``llama-b6992-bin-macos-arm64.zip``.
"""

import re
from collections.abc import Sequence

#: What the files call a system; by ``sys.platform``.
_SYSTEMS = {"linux": "ubuntu", "win32": "win", "darwin": "macos"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}
_ENDINGS = (".zip", ".tar.gz")


def choose(names: Sequence[str], platform: str, machine: str, backend: str) -> list[str]:
    """The files to fetch: the build, and what else it needs. Empty: there is none for this PC.

    Args:
        names: All files of a release.
        platform: As ``sys.platform`` says it.
        machine: As ``platform.machine()`` says it.
        backend: ``cuda``, ``vulkan``, ``hip`` or ``cpu``. Where that is missing, a plain one is
            taken; macOS has one build, which uses the GPU.
    """
    system = _SYSTEMS.get(platform)
    part = _MACHINES.get(machine.lower())
    if system is None or part is None:
        return []
    fitting = [
        name
        for name in names
        if name.endswith(_ENDINGS) and f"-bin-{system}-" in name and f"-{part}." in name
    ]
    builds = [name for name in fitting if name.startswith("llama-")]
    for wanted in (backend, "vulkan" if backend not in ("cpu", "") else "cpu", "cpu", ""):
        if found := [name for name in builds if _backend_of(name, system, part) == wanted]:
            # Of several CUDA versions the oldest runs with the most drivers.
            build = min(found, key=_numbers)
            return [build, *_runtime_for(build, fitting)]
    return []


def _backend_of(name: str, system: str, part: str) -> str:
    """``cuda``, ``vulkan`` … as in the name; empty where it names none."""
    between = name.partition(f"-bin-{system}-")[2]
    for ending in _ENDINGS:
        between = between.removesuffix(f"{part}{ending}")
    return between.partition("-")[0]


def _runtime_for(build: str, names: Sequence[str]) -> list[str]:
    """NVIDIA's libraries, which Windows' CUDA builds come without."""
    tail = build.partition("-bin-")[2]
    return [name for name in names if name.startswith("cudart-") and name.endswith(f"-bin-{tail}")]


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name.partition("-bin-")[2])]
