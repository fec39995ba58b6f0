"""What a person is told while things are fetched and built, and when that fails."""

import sys

import pytest
from lollma_bootstrap import build_progress, compiler, pip, say
from lollma_bootstrap.process import answer_of, run_logged
from lollma_bootstrap.system_packages import System

DEBIAN = System("apt", False)


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (
            "  [12/193] /usr/bin/c++ -DGGML_BUILD -O3 -o vendor/llama.cpp/src/llama-graph.cpp.o "
            "-c build/vendor/llama.cpp/src/llama-graph.cpp",
            "6 % (12 of 193) llama-graph.cpp",
        ),
        ("  [193/193] Linking CXX shared library bin/libllama.so", "100 % (193 of 193)"),
        (
            "  [ 43%] Building CXX object src/CMakeFiles/llama.dir/llama-kv.cpp.o",
            "43 % llama-kv.cpp",
        ),
        (
            "  Downloading pyside6_essentials-6.11.3-cp310-abi3-win_amd64.whl (98.1 MB)",
            "downloading pyside6-essentials, 98.1 MB",
        ),
        (
            "  Downloading llama_cpp_python-0.3.36.tar.gz (76.2 MB)",
            "downloading llama-cpp-python, 76.2 MB",
        ),
        ("  *** Configuring CMake...", "looking at the compiler"),
        ("Installing collected packages: psutil, numpy", "unpacking"),
        ("  -- Found OpenMP_C: -fopenmp (found version 4.5)", None),
        ("Requirement already satisfied: numpy", None),
        ("", None),
    ],
)
def test_a_line_of_output_becomes_a_few_words_or_nothing(line, state):
    assert build_progress.state_of(line) == state


def test_a_terminal_gets_one_line_that_is_rewritten_without_remains_of_longer_ones(capsys):
    line = say.ProgressLine("Building", rewrite=True)
    line.show("1 % a long name of a file.cpp")
    line.show("2 %")
    line.end("done")
    shown = capsys.readouterr().out.split("\r")
    assert len(shown) == 4
    assert len(shown[2]) >= len(shown[1])
    assert shown[2].rstrip().startswith("Building, 2 %, ")
    assert shown[3].rstrip().startswith("Building: done (")


def test_a_log_gets_a_line_each_half_minute_and_not_each_step(capsys, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(say.time, "monotonic", lambda: now[0])
    line = say.ProgressLine("Building", rewrite=False)
    for step in range(1, 131):
        now[0] += 1
        line.show(f"{step} %" if step < 100 else None)
    line.end("done")
    assert capsys.readouterr().out.splitlines() == [
        "Building ...",
        "  Building, 30 %, 30 s",
        "  Building, 60 %, 1 min 00 s",
        "  Building, 90 %, 1 min 30 s",
        "  Building, 99 %, 2 min 00 s",
        "  Building: done (2 min 10 s)",
    ]


def test_a_programs_words_reach_the_watcher_and_the_log_and_its_status_comes_back(tmp_path):
    code = "import sys; print('one'); print('two', file=sys.stderr); print('\\udcff'); sys.exit(3)"
    seen, log = [], tmp_path / "a.log"
    log.write_text("from before\n")
    environment = {"PYTHONIOENCODING": "utf-8:surrogateescape"}
    status = run_logged([sys.executable, "-u", "-c", code], log, environment, seen.append)
    assert status == 3
    assert [line for line in seen if line is not None] == ["one", "two", "\ufffd"]
    text = log.read_text(encoding="utf-8")
    assert text.startswith("from before\n")
    assert "one\ntwo\n" in text


def test_a_program_that_is_stopped_midway_is_not_left_running(tmp_path):
    code = "import time; print('started', flush=True); time.sleep(600)"

    def stop(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_logged([sys.executable, "-c", code], tmp_path / "a.log", {}, stop)
    # The guard on every test fails if the child or the thread that read it is still there.


def test_a_command_that_is_not_there_is_an_answer_too():
    status, output, error = answer_of(["no-such-program-of-lollma"])
    assert (status, output) == (127, "")
    assert error


@pytest.mark.parametrize(
    ("said", "what", "mend"),
    [
        (
            "CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage",
            "no C++ compiler",
            "sudo apt-get update && sudo apt-get install -y g++",
        ),
        (
            "c++: fatal error: Killed signal terminated program cc1plus",
            "memory",
            "BUILD_PARALLEL_LEVEL=1",
        ),
        ("CMake Error at CUDA.cmake:12: CUDA Toolkit not found", "nvcc", "--engine cpu"),
        ("Could NOT find Vulkan (missing: glslc)", "Vulkan SDK", "glslc"),
        ("write: No space left on device", "disk is full", "2 GB"),
        ("NewConnectionError: Failed to establish", "cannot be reached", "internet"),
    ],
)
def test_a_failed_build_says_what_is_missing_and_the_line_that_mends_it(said, what, mend):
    sentence, step = compiler.explain(f"-- The CXX compiler\n{said}\n", DEBIAN)
    assert what in sentence
    assert mend in step


@pytest.mark.parametrize(
    ("manager", "line"),
    [
        ("dnf", "sudo dnf install -y gcc-c++"),
        ("pacman", "sudo pacman -S --needed gcc"),
        ("brew", "xcode-select --install"),
        ("winget", "winget install Microsoft.VisualStudio.2022.BuildTools"),
        ("", "install g++ or clang"),
    ],
)
def test_the_missing_compiler_has_a_line_for_each_system(manager, line):
    text = "No CMAKE_C_COMPILER could be found."
    assert line in compiler.explain(text, System(manager, False))[1]


def test_a_failed_build_shows_its_last_errors_and_where_the_whole_log_is(tmp_path):
    log = tmp_path / ".venv" / "engine-build.log"
    log.parent.mkdir()
    lines = [f"[{n}/193] Building CXX object a{n}.o" for n in range(1, 60)]
    log.write_text(
        "\n".join([*lines, "src/a.cpp:7:3: error: no member named 'x'", "ninja: stopped"])
    )
    trouble = compiler.trouble_of(log)
    assert "no member named 'x'" in trouble.details
    assert "Building CXX object a1.o" not in str(trouble)
    assert ".venv/engine-build.log" in trouble.mend


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("WARNING: Retrying ... NewConnectionError('...')", "cannot be reached"),
        ("ERROR: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for PySide6-Essentials<6.12", "no Qt"),
        ("ERROR: [WinError 5] Access is denied: 'shiboken6.pyd'", "may not be written"),
    ],
)
def test_a_failed_installation_is_told_in_plain_words(tmp_path, said, what):
    log = tmp_path / "setup.log"
    log.write_text(f"Collecting psutil\n{said}\n")
    trouble = pip.trouble_from(log, "The app could not be installed.")
    assert what in trouble.what
    assert "To mend it: " in str(trouble)
