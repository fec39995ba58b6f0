"""Is this PC ready? The guide's list of hardware and software, judged."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lollma_gui.core.checks import Check, CheckState
from lollma_gui.core.readings import CpuReading, DiskReading, GpuSurvey, MemoryReading
from lollma_gui.core.units import UNKNOWN, file_size, memory_size

#: What is looked at, in the order it is shown.
WHATS = (
    "GPU",
    "NVIDIA driver",
    "CUDA Toolkit (nvcc)",
    "CPU",
    "RAM",
    "Models drive",
    "Python",
    "Git",
    "llama-cpp-python",
)

_GIB = 1 << 30
#: Recommended by the guide: 16 GB of VRAM, 64 GB of RAM. Systems report somewhat less than is
#: printed on the box, since firmware and drivers keep a part.
_VRAM_BYTES = 15 * _GIB
_RAM_BYTES = 60 * _GIB
_CORES = 8
_FREE_BYTES = 100_000_000_000
#: Below this not even one model of usual size has room.
_LEAST_FREE_BYTES = 10_000_000_000
_CUDA = (12, 0)
_PYTHON = (3, 11)


@dataclass(frozen=True)
class Tool:
    """A program that may be there: its version where it answered, its path where it is on PATH."""

    version: str | None = None
    path: str | None = None


@dataclass(frozen=True)
class LlamaFacts:
    """llama-cpp-python as a process of its own saw it.

    Attributes:
        version: None where it cannot be loaded.
        devices: Names of the GPUs it sees.
        can_offload: Whether this build can use a GPU; None where that is not known.
        problem: Why it cannot be loaded; may be empty.
    """

    version: str | None = None
    devices: tuple[str, ...] = ()
    can_offload: bool | None = None
    problem: str = ""


@dataclass(frozen=True)
class PcFacts:
    """Everything the checks are made of.

    Attributes:
        is_rotating: Whether the models drive is a hard disk; None where that is not known.
        python: Version of the Python that runs LoLLMa.
    """

    gpu: GpuSurvey = field(default_factory=GpuSurvey)
    cpu: CpuReading = field(default_factory=CpuReading)
    memory: MemoryReading = field(default_factory=MemoryReading)
    disk: DiskReading = field(default_factory=lambda: DiskReading(""))
    is_rotating: bool | None = None
    python: str = ""
    nvcc: Tool = Tool()
    git: Tool = Tool()
    llama: LlamaFacts = LlamaFacts()


def judge(facts: PcFacts) -> list[Check]:
    """One check for each of ``WHATS``, in that order."""
    return [
        _gpu(facts.gpu),
        _driver(facts.gpu),
        _nvcc(facts.nvcc),
        _cpu(facts.cpu),
        _ram(facts.memory),
        _drive(facts.disk, facts.is_rotating),
        _python(facts.python),
        _git(facts.git),
        _llama(facts.llama, has_gpu=bool(facts.gpu.gpus)),
    ]


def _gpu(survey: GpuSurvey) -> Check:
    what, best = "GPU", "16 GB of VRAM or more"
    if not survey.gpus:
        return Check(what, survey.problem or UNKNOWN, best, CheckState.WARNING, survey.advice)
    names = [f"{gpu.name}, {memory_size(gpu.memory_total_bytes)}" for gpu in survey.gpus]
    found = "; ".join(names)
    sizes = [g.memory_total_bytes for g in survey.gpus if g.memory_total_bytes is not None]
    if survey.problem:
        advice = f"{survey.problem} {survey.advice}".strip()
        return Check(what, found, best, CheckState.WARNING, advice)
    if not sizes:
        advice = "This GPU does not say how much memory it has; it may share the RAM."
        return Check(what, found, best, CheckState.UNKNOWN, advice)
    if sum(sizes) >= _VRAM_BYTES:
        return Check(what, found, best, CheckState.GOOD)
    advice = (
        "Choose models that fit this memory, or let the processor do a part of the layers. The "
        "Models tab says which fit."
    )
    return Check(what, found, best, CheckState.WARNING, advice)


def _driver(survey: GpuSurvey) -> Check:
    what, best = "NVIDIA driver", "any that supports CUDA 12"
    if survey.driver is None and survey.cuda is None:
        advice = "" if survey.gpus else "Needed for NVIDIA GPUs only."
        return Check(what, UNKNOWN, best, CheckState.UNKNOWN, advice)
    found = ", ".join(
        words for words in (survey.driver, survey.cuda and f"CUDA {survey.cuda}") if words
    )
    if survey.cuda is None:
        return Check(what, found, best, CheckState.UNKNOWN)
    if _numbers(survey.cuda) >= _CUDA:
        return Check(what, found, best, CheckState.GOOD)
    advice = "Install a newer driver from nvidia.com or from your system's own package manager."
    return Check(what, found, best, CheckState.WARNING, advice)


def _nvcc(tool: Tool) -> Check:
    what, best = "CUDA Toolkit (nvcc)", "only to compile llama-cpp-python yourself"
    if tool.version:
        return Check(what, tool.version, best, CheckState.GOOD)
    advice = (
        "Nothing to do, unless you want to compile for your GPU yourself: then install the CUDA "
        "Toolkit from developer.nvidia.com."
    )
    return _tool_missing(what, best, tool, advice)


def _tool_missing(what: str, best: str, tool: Tool, advice: str) -> Check:
    found = f"does not answer ({tool.path})" if tool.path else "not found on PATH"
    return Check(what, found, best, CheckState.WARNING, advice)


def _cpu(cpu: CpuReading) -> Check:
    what, best = "CPU", f"{_CORES} cores or more"
    cores = cpu.physical_cores or cpu.logical_cores
    if cores is None:
        return Check(what, cpu.name or UNKNOWN, best, CheckState.UNKNOWN)
    count = "1 core" if cores == 1 else f"{cores} cores"
    found = f"{cpu.name}, {count}" if cpu.name else count
    if cores >= _CORES:
        return Check(what, found, best, CheckState.GOOD)
    advice = "Models that fit the GPU run just as well; without one, prefer small models."
    return Check(what, found, best, CheckState.WARNING, advice)


def _ram(memory: MemoryReading) -> Check:
    what, best = "RAM", "64 GB"
    total = memory.total_bytes
    if total is None:
        return Check(what, UNKNOWN, best, CheckState.UNKNOWN)
    if total >= _RAM_BYTES:
        return Check(what, memory_size(total), best, CheckState.GOOD)
    advice = (
        "Enough for models that are smaller than this; more RAM lets larger ones run partly on "
        "the processor."
    )
    return Check(what, memory_size(total), best, CheckState.WARNING, advice)


def _drive(disk: DiskReading, is_rotating: bool | None) -> Check:
    what, best = "Models drive", "SSD with 100 GB free"
    if disk.free_bytes is None:
        advice = (
            f"{disk.folder} cannot be looked at. Is its drive connected?" if disk.folder else ""
        )
        return Check(what, UNKNOWN, best, CheckState.UNKNOWN, advice)
    kind = {True: "hard disk, ", False: "SSD, ", None: ""}[is_rotating]
    found = f"{kind}{file_size(disk.free_bytes)} free"
    if disk.free_bytes < _LEAST_FREE_BYTES:
        advice = "Free some space, or keep models in a folder on another drive."
        return Check(what, found, best, CheckState.BAD, advice)
    if disk.free_bytes < _FREE_BYTES:
        advice = "Enough for some models; large ones take 10 to 50 GB each."
        return Check(what, found, best, CheckState.WARNING, advice)
    if is_rotating:
        advice = "Models load several times faster from an SSD. Once loaded, they are as fast."
        return Check(what, found, best, CheckState.WARNING, advice)
    return Check(what, found, best, CheckState.GOOD)


def _python(version: str) -> Check:
    what, best = "Python", "3.11 or newer"
    if not version:
        return Check(what, UNKNOWN, best, CheckState.UNKNOWN)
    if _numbers(version) >= _PYTHON:
        return Check(what, version, best, CheckState.GOOD)
    advice = "Install Python 3.11 or newer from python.org."
    return Check(what, version, best, CheckState.BAD, advice)


def _git(tool: Tool) -> Check:
    what, best = "Git", "any version"
    if tool.version:
        return Check(what, tool.version, best, CheckState.GOOD)
    advice = "Needed to fetch and update server programs. Install it from git-scm.com."
    return _tool_missing(what, best, tool, advice)


def _llama(llama: LlamaFacts, *, has_gpu: bool) -> Check:
    what = "llama-cpp-python"
    best = "a build that can use your GPU" if has_gpu else "any version"
    if llama.version is None:
        advice = "Install LoLLMa anew: its own engine cannot run without it."
        return Check(what, llama.problem or "not found", best, CheckState.BAD, advice)
    if llama.devices:
        found = f"{llama.version}, sees {', '.join(llama.devices)}"
        return Check(what, found, best, CheckState.GOOD)
    if llama.can_offload is None:
        return Check(what, llama.version, best, CheckState.UNKNOWN)
    if not has_gpu:
        return Check(what, f"{llama.version}, for the processor", best, CheckState.GOOD)
    if llama.can_offload:
        advice = "This build is made for GPUs, but sees none: update the GPU's driver."
        return Check(what, f"{llama.version}, sees no GPU", best, CheckState.WARNING, advice)
    advice = (
        "This build uses the processor only. A build for your GPU can be installed with pip, see "
        "the page of llama-cpp-python."
    )
    return Check(what, f"{llama.version}, for the processor", best, CheckState.WARNING, advice)


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: ``3.11.7`` is (3, 11, 7), ``13.x`` is (13,)."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def summary(checks: Sequence[Check]) -> str:
    """How many are as they should be: ``7 of 9 as recommended``."""
    good = sum(check.state is CheckState.GOOD for check in checks)
    return f"{good} of {len(checks)} as recommended"


#: Words for the state of a check, where shape and colour cannot be shown.
STATE_WORDS = {
    CheckState.GOOD: "good",
    CheckState.WARNING: "attention",
    CheckState.BAD: "problem",
    CheckState.UNKNOWN: "unknown",
}


def as_text(checks: Sequence[Check], versions: Sequence[tuple[str, str]] = ()) -> str:
    """The checks as a table of plain text, ready to be read in a terminal or put in a report."""
    rows = [(STATE_WORDS[c.state], c.what, c.found, c.recommended) for c in checks]
    heads = ("State", "What", "Found", "Recommended")
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(3)]
    lines = [_line(heads, widths), _line(["-" * w for w in (*widths, len(heads[3]))], widths)]
    for row, check in zip(rows, checks, strict=True):
        lines.append(_line(row, widths))
        if check.advice:
            lines.append(" " * (widths[0] + 2) + "> " + check.advice)
    lines += ["", summary(checks)]
    lines += [f"{name}: {version}" for name, version in versions]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join([*padded, *cells[len(widths) :]]).rstrip()
