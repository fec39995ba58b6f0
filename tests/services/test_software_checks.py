import io
import json
import os
import platform
import stat
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from lollma_gui.cli import doctor
from lollma_gui.core.checks import CheckState
from lollma_gui.core.pc_checks import WHATS, Tool
from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.services.software_checks import (
    ask_llama,
    find_tool,
    gather,
    run_checks,
)

on_posix = pytest.mark.skipif(os.name != "posix", reason="makes programs out of shell scripts")
GPU = GpuSurvey((GpuReading("GPU-1", "RTX", 0, memory_total_bytes=16 << 30),), "NVML", "1", "13.0")


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_the_facts_of_this_pc_are_found(tmp_path):
    facts = gather([tmp_path / "not" / "there" / "yet"], lambda: GPU)
    assert facts.gpu is GPU
    assert facts.python == platform.python_version()
    assert facts.llama.version == version("llama_cpp_python")
    assert facts.llama.can_offload is not None
    assert facts.cpu.logical_cores == os.cpu_count()
    assert facts.memory.total_bytes > 0
    assert facts.disk.free_bytes > 0


def test_llama_cpp_is_never_loaded_into_this_process(tmp_path):
    before = "llama_cpp" in sys.modules
    assert run_checks([tmp_path], GpuSurvey)[-1].state is CheckState.GOOD
    assert ("llama_cpp" in sys.modules) == before


@on_posix
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'Cuda compilation tools, release 13.0, V13.0.88'", "13.0.88"),
        ("echo nonsense", None),
        ("echo release 13.0, V13.0.88; exit 1", None),
    ],
)
def test_a_tool_is_asked_for_its_version(tmp_path, monkeypatch, script, expected):
    program(tmp_path, "nvcc", script)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_tool("nvcc", r"release \S+ V(\d[\w.]*)")
    assert found == Tool(expected, str(tmp_path / "nvcc"))


def test_a_tool_that_is_not_on_path_is_not_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tool("git", "x") == Tool()


@on_posix
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo \"ModuleNotFoundError: No module named 'llama_cpp'\" >&2; exit 1", "not installed"),
        ("echo 'OSError: libcuda.so.1' >&2; exit 1", "cannot be loaded: OSError: libcuda.so.1"),
        ("kill -ILL $$", "ended with status -4"),
    ],
)
def test_a_llama_cpp_that_cannot_be_loaded_says_why(tmp_path, script, problem):
    program(tmp_path, "python", script)
    assert ask_llama([str(tmp_path / "python")]).problem == problem


def test_a_python_that_is_not_there_is_no_crash(tmp_path):
    assert ask_llama([str(tmp_path / "python")]).problem == "it does not answer"


def test_doctor_prints_a_table_for_people():
    out = io.StringIO()
    assert doctor.run(False, out) == 0
    words = out.getvalue()
    assert all(what in words for what in WHATS)
    assert "of 9 as recommended" in words
    assert f"PySide6: {version('PySide6_Essentials')}" in words


def test_doctor_prints_json_for_programs(tmp_path):
    out = io.StringIO()
    assert doctor.run(True, out, lambda: run_checks([tmp_path], lambda: GPU)) == 0
    report = json.loads(out.getvalue())
    assert [check["what"] for check in report["checks"]] == list(WHATS)
    assert report["checks"][0]["state"] == "good"
    assert set(report["versions"]) == {"LoLLMa", "PySide6", "Qt", "System"}
