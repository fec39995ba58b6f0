"""Real processes: who they are, what they use, and that only the right ones are ended."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.readings import GpuUse, ProcessReading, Whose
from lollma_gui.services.child_process import (
    STARTED_BY,
    are_gone,
    clean_environment,
    started_at,
    starter_mark,
)
from lollma_gui.services.process_ending import end_program
from lollma_gui.services.process_sampler import SCAN_SECONDS, ProcessSampler

GIB = 1 << 30
#: A window that has ended: no process of this number can have started then.
GONE = "1:-9.00"
WAIT = "import sys; print(flush=True); sys.stdin.read()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAIT
#: A program and a child of its own.
FAMILY = (
    "import subprocess, sys; "
    "child = subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()']); "
    "print(child.pid, flush=True); sys.stdin.read()"
)

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path) -> Iterator[Start]:
    """Starts Python code under a name and command line of another program."""
    started: list[subprocess.Popen[str]] = []

    def begin(code: str, *words: str, mark: str | None = None, name: str = "") -> subprocess.Popen:
        program = Path(sys.executable)
        if name:
            program = tmp_path / name
            if not program.exists():
                program.symlink_to(sys.executable)
        environment = clean_environment()
        environment.pop(STARTED_BY)
        if mark is not None:
            environment[STARTED_BY] = mark
        process = subprocess.Popen(
            [str(program), "-c", code, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        started.append(process)
        assert process.stdout is not None
        process.first_line = process.stdout.readline()  # it runs our code from here on
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def found(sampler: ProcessSampler, pid: int, *uses: GpuUse) -> ProcessReading | None:
    return next((reading for reading in sampler.sample(uses) if reading.pid == pid), None)


ENGINE = ("lollma_gui", "--engine")


def test_a_program_on_the_gpu_is_read_with_its_memory_and_processor_time(start):
    pid = start("print(flush=True)\nwhile True: pass").pid
    times = iter([0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    sampler = ProcessSampler(lambda: next(times))
    use = GpuUse("GPU-1", pid, 2 * GIB)
    first = found(sampler, pid, use)
    assert first.name.startswith("python")
    assert first.whose is Whose.OTHER
    assert first.vram_bytes == 2 * GIB
    assert abs(first.ram_bytes - psutil.Process(pid).memory_info().rss) < 20_000_000
    assert first.started_at == started_at(pid)
    assert first.cpu is None, "there is nothing to compare with yet"
    while psutil.Process(pid).cpu_times().user < 0.2:
        pass
    assert found(sampler, pid, use).cpu > 0


def test_the_window_itself_and_our_engine_are_marked(start):
    pid = start(WAIT, *ENGINE, mark=starter_mark()).pid
    sampler = ProcessSampler()
    ours = found(sampler, pid)
    assert (ours.whose, ours.name) == (Whose.ENGINE, "llama.cpp engine")
    assert ours.vram_bytes is None
    window = found(sampler, os.getpid())
    assert (window.whose, window.name) == (Whose.WINDOW, "LoLLMa")


@pytest.mark.parametrize(
    ("name", "words", "shown"),
    [
        ("", ENGINE, "llama.cpp engine"),
        ("llama-server", (), "llama-server"),
        ("koboldcpp-linux-x64", (), "KoboldCpp"),
    ],
)
def test_what_a_window_that_is_gone_has_left_over_is_found(start, name, words, shown):
    pid = start(WAIT, *words, mark=GONE, name=name).pid
    reading = found(ProcessSampler(), pid)
    assert (reading.whose, reading.name) == (Whose.LEFT_OVER, shown)


def test_a_server_that_others_started_is_no_left_over(start):
    pid = start(WAIT, name="llama-server").pid
    assert found(ProcessSampler(), pid).whose is Whose.SERVER


def test_a_server_that_this_window_started_is_said_to_be_one(start):
    pid = start(WAIT, name="llama-server", mark=starter_mark()).pid
    assert found(ProcessSampler(), pid).whose is Whose.STARTED


def test_the_engine_of_another_window_that_lives_is_left_to_it(start):
    other = start(WAIT).pid
    pid = start(WAIT, *ENGINE, mark=f"{other}:{started_at(other):.2f}").pid
    assert found(ProcessSampler(), pid) is None
    assert found(ProcessSampler(), pid, GpuUse("GPU-1", pid)).whose is Whose.OTHER


def test_the_clock_may_be_set_while_programs_run(start, monkeypatch):
    window, server = start(WAIT).pid, start(WAIT, name="llama-server")
    pid = start(WAIT, *ENGINE, mark=f"{window}:{started_at(window):.2f}").pid
    before = started_at(server.pid)
    later = psutil.boot_time() + 3600
    monkeypatch.setattr(psutil, "boot_time", lambda: later)
    monkeypatch.setattr(f"{psutil._psplatform.__name__}.boot_time", lambda: later)
    assert found(ProcessSampler(), pid) is None, "its window lives"
    end_program(server.pid, before)
    assert server.wait(20) != 0


@pytest.fixture
def in_a_container() -> Iterator[psutil.Process]:
    """An engine in a container, whose window has the number 1 there."""
    words = ["unshare", "--pid", "--fork", sys.executable, "-c", WAIT, *ENGINE]
    process = subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment() | {STARTED_BY: GONE},
    )
    assert process.stdout is not None
    if not process.stdout.readline():
        process.communicate()
        pytest.skip("this account may not make containers")
    yield psutil.Process(process.pid).children()[0]
    process.communicate()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs Linux's containers")
def test_the_engine_of_a_window_in_a_container_is_left_to_it(in_a_container):
    assert found(ProcessSampler(), in_a_container.pid) is None


def test_new_programs_are_looked_for_every_few_seconds(start):
    now = 0.0
    sampler = ProcessSampler(lambda: now)
    sampler.sample([])
    pid = start(WAIT, name="llama-server").pid
    assert found(sampler, pid) is None
    now = SCAN_SECONDS
    assert found(sampler, pid) is not None


def test_a_script_that_turns_into_a_server_is_found(start, tmp_path):
    server = tmp_path / "llama-server"
    server.symlink_to(sys.executable)
    become = f"import os; os.execv('{server}', ['{server}', '-c', '{WAIT}'])"
    script = start(f"import sys; print(flush=True); sys.stdin.readline(); {become}")
    now = 0.0
    sampler = ProcessSampler(lambda: now)
    assert found(sampler, script.pid) is None
    script.stdin.write("\n")
    script.stdin.flush()
    script.stdout.readline()
    now = SCAN_SECONDS
    assert found(sampler, script.pid).name == "llama-server"


def test_one_that_ended_is_gone_and_nothing_of_it_is_kept(start):
    process = start(WAIT, name="llama-server")
    sampler = ProcessSampler(lambda: 0.0)
    assert found(sampler, process.pid) is not None
    process.kill()
    process.wait()
    assert found(sampler, process.pid) is None
    kept = {pid for pid, _ in sampler._busy} | set(sampler._facts)
    assert process.pid not in kept


def test_a_program_the_driver_sees_and_we_do_not_is_still_shown():
    nobody = 2**22 + 1  # above the highest number Linux gives
    reading = found(ProcessSampler(), nobody, GpuUse("GPU-1", nobody, GIB))
    assert reading.name == "a program not seen from here"
    assert reading.vram_bytes == GIB
    assert (reading.ram_bytes, reading.cpu) == (None, None)


def test_most_vram_comes_first_and_unknown_vram_is_unknown(start):
    small, large = start(WAIT).pid, start(WAIT).pid
    unknown = start(WAIT).pid
    uses = [
        GpuUse("GPU-1", small, GIB),
        GpuUse("GPU-1", large, GIB),
        GpuUse("GPU-2", large, GIB),
        GpuUse("GPU-1", unknown, None),
    ]
    readings = ProcessSampler().sample(uses)
    assert [reading.pid for reading in readings[:2]] == [large, small]
    by_pid = {reading.pid: reading.vram_bytes for reading in readings}
    assert (by_pid[large], by_pid[unknown]) == (2 * GIB, None)


# ---- ending --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [WAIT, DEAF])
def test_a_left_over_is_ended_also_when_it_does_not_listen(start, code):
    process = start(code, *ENGINE, mark=GONE)
    end_program(process.pid, started_at(process.pid), grace_seconds=0.2)
    assert process.wait(20) != 0


def test_what_it_started_in_turn_ends_too(start):
    process = start(FAMILY, name="llama-server")
    child = psutil.Process(int(process.first_line))
    end_program(process.pid, started_at(process.pid))
    assert are_gone([child])


def test_one_that_does_not_end_is_not_said_to_have_ended(start, monkeypatch):
    process = start(WAIT, *ENGINE, mark=GONE)
    # A process that waits for a driver cannot be had here; the system lets no signal reach it.
    for ask in ("terminate", "kill"):
        monkeypatch.setattr(psutil.Process, ask, lambda _process: None)
    with pytest.raises(LollmaError, match="does not end"):
        end_program(process.pid, started_at(process.pid), grace_seconds=0.0)
    assert process.poll() is None


def test_a_program_that_runs_no_models_is_never_ended(start):
    process = start(WAIT)
    with pytest.raises(LollmaError, match="does not belong to LoLLMa"):
        end_program(process.pid, started_at(process.pid))
    assert process.poll() is None


def test_the_window_does_not_end_itself():
    with pytest.raises(LollmaError, match="does not belong"):
        end_program(os.getpid(), started_at(os.getpid()))


def test_a_number_that_was_given_to_somebody_else_is_not_touched(start):
    process = start(WAIT, name="llama-server")
    with pytest.raises(LollmaError, match="ended already"):
        end_program(process.pid, started_at(process.pid) - 60)
    assert process.poll() is None


def test_one_that_is_gone_is_said_to_be():
    with pytest.raises(LollmaError, match="ended already"):
        end_program(2**22 + 1, 0.0)


@pytest.mark.skipif(shutil.which("true") is None, reason="needs a program that ends")
def test_programs_we_start_carry_our_mark():
    said = subprocess.run(
        [sys.executable, "-c", f"import os; print(os.environ['{STARTED_BY}'])"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == starter_mark()
