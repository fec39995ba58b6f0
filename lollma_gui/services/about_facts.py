"""What a report of a fault should say of this LoLLMa and this PC. Off the window's thread."""

import platform
import re
import sys
from importlib import metadata

from lollma_gui import __version__
from lollma_gui.core.build_info import BuildInfo
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.units import UNKNOWN

#: Where the build names its libraries after the version: ``libllama.so.0.5.0``.
_LLAMA_FILE = re.compile(r"libllama\.(?:so\.)?(\d+\.\d+\.\d+)(?:\.dylib)?")


def about_facts(build: BuildInfo, survey: GpuSurvey | None) -> list[tuple[str, str]]:
    """Names and values.

    Args:
        build: Which build this is.
        survey: The GPUs as they were measured last; None before that.
    """
    pyside = _version("PySide6_Essentials")
    return [
        ("LoLLMa", __version__),
        ("Build", build.words()),
        ("Engine", _engine()),
        ("Qt", f"{pyside} (PySide6)" if pyside else UNKNOWN),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("System", _system()),
        ("GPU", gpu_words(survey)),
        ("Driver", driver_words(survey)),
    ]


def gpu_words(survey: GpuSurvey | None) -> str:
    """The GPUs by their names."""
    if survey is None:
        return UNKNOWN
    names = [gpu.name for gpu in survey.gpus]
    return ", ".join(names) or ("none found" if survey.is_absent else UNKNOWN)


def driver_words(survey: GpuSurvey | None) -> str:
    """The GPU's driver with its version, as far as it says one."""
    if survey is None or not survey.driver:
        return UNKNOWN
    cuda = f", CUDA {survey.cuda}" if survey.cuda else ""
    return f"{survey.driver}{cuda}"


def _engine() -> str:
    """The binding, and llama.cpp itself as far as the binding's papers name its library so.

    The library is not loaded for that: one with a broken driver can end the process. And a packaged
    program has it under a shorter name.
    """
    binding = _version("llama_cpp_python")
    if not binding:
        return "not installed"
    files = metadata.files("llama_cpp_python") or ()
    names = [_LLAMA_FILE.fullmatch(file.name) for file in files]
    llama = next((f", llama.cpp {name[1]}" for name in names if name), "")
    return f"llama-cpp-python {binding}{llama}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _system() -> str:
    """The system by the name people know, with kernel and processor."""
    name = platform.platform(terse=True)
    if sys.platform.startswith("linux"):
        try:
            name = platform.freedesktop_os_release().get("PRETTY_NAME") or name
        except OSError:
            name = "Linux"
        return f"{name}, Linux {platform.release()}, {platform.machine()}"
    return f"{name}, {platform.machine()}"
