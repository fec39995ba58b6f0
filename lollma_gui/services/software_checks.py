"""Gathers what this PC has, for the checks. May take a second or two: run it in the background."""

import json
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import lollma_gui
from lollma_gui.core.checks import Check
from lollma_gui.core.pc_checks import LlamaFacts, PcFacts, Tool, judge
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.services import drives, own_program
from lollma_gui.services.child_process import clean_environment
from lollma_gui.services.gpu_probe import survey_gpus
from lollma_gui.services.llama_facts_child import MARK
from lollma_gui.services.system_sampler import SystemSampler, existing_part

_TOOL_SECONDS = 20
_LLAMA_SECONDS = 60


def run_checks(
    folders: Sequence[Path], survey: Callable[[], GpuSurvey] = survey_gpus
) -> list[Check]:
    """Look at everything the guide asks for.

    Args:
        folders: Where models are kept; the drive of the first is looked at. None need exist yet.
        survey: Says which GPUs there are.
    """
    return judge(gather(folders, survey))


def gather(folders: Sequence[Path], survey: Callable[[], GpuSurvey] = survey_gpus) -> PcFacts:
    """The facts behind the checks, see ``run_checks``."""
    models_folder = folders[0]
    system = SystemSampler([models_folder]).sample()
    return PcFacts(
        gpu=survey(),
        cpu=system.cpu,
        memory=system.memory,
        disk=system.disks[0],
        is_rotating=is_rotating(models_folder),
        python=platform.python_version(),
        nvcc=find_tool("nvcc", r"release \S+ V(\d[\w.]*)"),
        git=find_tool("git", r"version (\d[\w.]*)"),
        llama=ask_llama(),
    )


def versions() -> list[tuple[str, str]]:
    """Names and versions that belong in every report."""
    return [
        ("LoLLMa", lollma_gui.__version__),
        ("PySide6", _installed("PySide6_Essentials") or "-"),
        ("Qt", _qt_version()),
        ("System", platform.platform()),
    ]


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _qt_version() -> str:
    # PySide6 carries the Qt of its own version; asking Qt itself would load it.
    version = _installed("PySide6_Essentials")
    return ".".join(version.split(".")[:3]) if version else "-"


def find_tool(name: str, pattern: str) -> Tool:
    """A program on PATH and its version.

    Args:
        name: As it is called in a terminal; asked with ``--version``.
        pattern: Finds the version in the answer, as its first group.
    """
    path = shutil.which(name)
    if path is None:
        return Tool()
    answer = _run([path, "--version"], _TOOL_SECONDS)
    found = re.search(pattern, answer.stdout) if answer and answer.returncode == 0 else None
    return Tool(version=found[1] if found else None, path=path)


def ask_llama(command: Sequence[str] | None = None) -> LlamaFacts:
    """What llama-cpp-python is here and which GPUs it sees, asked in a process of its own.

    Args:
        command: Another process instead of ours.
    """
    answer = _run(command or own_program.command("--llama"), _LLAMA_SECONDS)
    if answer is None:
        return LlamaFacts(problem="it does not answer")
    _, found, facts = answer.stdout.partition(MARK)
    if not found:
        return LlamaFacts(problem=_why(answer))
    read = json.loads(facts)
    return LlamaFacts(read["version"], tuple(read["devices"]), read["can_offload"])


def _why(answer: "subprocess.CompletedProcess[str]") -> str:
    if "No module named 'llama_cpp'" in answer.stderr:
        return "not installed"
    said = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
    return f"cannot be loaded: {said[-1]}" if said else f"ended with status {answer.returncode}"


def _run(command: Sequence[str], seconds: float) -> "subprocess.CompletedProcess[str] | None":
    """Run to the end; None if it cannot be started or takes too long."""
    try:
        return subprocess.run(
            command,
            cwd=own_program.folder(),
            env=clean_environment(),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            # No console window flashes up on Windows.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def is_rotating(folder: Path) -> bool | None:
    """Whether a folder lies on a hard disk; None where the system does not say (not Linux)."""
    part = existing_part(folder)
    block = drives.block_device(part) if part else None
    kind = drives.kind_of(block) if block else ""
    return kind == "hard disk" if kind else None
