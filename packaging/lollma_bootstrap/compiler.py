"""What building the engine on this PC needs, and what a failed build says is missing."""

import os
import re
import shutil
import sys
from pathlib import Path

from lollma_bootstrap import system_packages
from lollma_bootstrap.build_progress import last_errors
from lollma_bootstrap.say import Trouble

_COMPILER_PACKAGES = {"apt": ["g++"], "dnf": ["gcc-c++"], "pacman": ["gcc"]}
_XCODE = "xcode-select --install"
_BUILD_TOOLS = (
    "winget install Microsoft.VisualStudio.2022.BuildTools --override "
    '"--wait --passive --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"'
)
_NO_COMPILER = (
    r"No CMAKE_C(XX)?_COMPILER could be found|CMAKE_C(XX)?_COMPILER not set"
    r"|Could not find any instance of Visual Studio|is not able to compile a simple test program"
    r"|nmake.*no such file|xcrun: error"
)


def ensure() -> None:
    """Have a C++ compiler on Linux before 76 MB are fetched in vain.

    Elsewhere the build itself finds out: compilers hide from the search path there.

    Raises:
        Trouble: With the command that installs one.
    """
    if not sys.platform.startswith("linux") or os.environ.get("CXX"):
        return
    if not any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        _have_compiler()


def _have_compiler() -> None:
    system = system_packages.this_system()
    otherwise = {"winget": _BUILD_TOOLS, "brew": _XCODE}
    system_packages.have(
        system,
        _COMPILER_PACKAGES.get(system.manager, []),
        "The engine must be built on this PC, and there is no C++ compiler.",
        otherwise.get(system.manager, "install g++ or clang with your package manager"),
    )


def trouble_of(log: Path) -> Trouble:
    """Tell from the log of a failed build what is missing."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    what, mend = explain(text, system_packages.this_system())
    where = f"{log.parent.name}/{log.name}"
    sentence = f"The engine could not be built. {what}".strip()
    return Trouble(sentence, mend.format(log=where), last_errors(text))


def explain(text: str, system: system_packages.System) -> tuple[str, str]:
    """What is missing for a build, and the step that mends it, from all that the build said.

    ``{log}`` in the step stands for the path of the log.
    """
    again = "python packaging/run.py"
    compiler = {"winget": _BUILD_TOOLS, "brew": _XCODE}.get(
        system.manager, system.line(_COMPILER_PACKAGES.get(system.manager, []))
    )
    causes = (
        (r"No space left on device|not enough space", "The disk is full.", "free about 2 GB"),
        (
            r"Killed|out of memory|cannot allocate memory|C1060",
            "The compiler ran out of memory.",
            "close other programs and set CMAKE_BUILD_PARALLEL_LEVEL=1, then run " + again,
        ),
        (
            r"(Could not|Failed to) find nvcc|CUDA Toolkit not found|No CMAKE_CUDA_COMPILER",
            "The CUDA toolkit (nvcc) is missing.",
            f"install it (developer.nvidia.com/cuda-downloads) or run {again} --engine cpu",
        ),
        (
            r"Could NOT find Vulkan|glslc",
            "The Vulkan SDK is missing.",
            system.line({"apt": ["libvulkan-dev", "glslc"]}.get(system.manager, []))
            or f"install it (vulkan.lunarg.com) or run {again} --engine cpu",
        ),
        (_NO_COMPILER, "There is no C++ compiler.", compiler or "install g++ or clang"),
        (
            r"NewConnectionError|name resolution|Read timed out|ProxyError|getaddrinfo failed",
            "The package index cannot be reached.",
            f"check the internet connection, then run {again} again",
        ),
    )
    for pattern, what, mend in causes:
        if re.search(pattern, text, re.IGNORECASE):
            return what, mend
    return "", "read {log}; with a compiler that is up to date, run " + again + " again"
