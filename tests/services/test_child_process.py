"""Programs we start get a clean environment, and end with us and all they started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lollma_gui.services import tethered
from lollma_gui.services.child_process import clean_environment, end_process_tree, popen_options

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and groups are POSIX")


def start(code, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
        **options,
    )


def is_gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_gone(*pids):
    deadline = time.monotonic() + 20
    while not all(is_gone(pid) for pid in pids):
        assert time.monotonic() < deadline, "a program goes on running"
        time.sleep(0.01)


def test_what_is_meant_for_our_qt_does_not_reach_others(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/the/users")
    environment = clean_environment({"EXTRA": "1"})
    assert not [name for name in environment if name.startswith("QT_")]
    assert environment["LD_LIBRARY_PATH"] == "/the/users"
    assert environment["EXTRA"] == environment["PYTHONUNBUFFERED"] == "1"
    assert "EXTRA" not in os.environ


@pytest.mark.parametrize("before", ["/the/users", None])
def test_a_frozen_build_gives_the_library_path_back(monkeypatch, before):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/inside", raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", f"/inside{os.pathsep}{before}" if before else "/inside")
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    if before:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", before)
    environment = clean_environment()
    assert environment.get("LD_LIBRARY_PATH") == before
    assert "LD_LIBRARY_PATH_ORIG" not in environment


#: Deaf to "please".
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); "
    "time.sleep(600)"
)
#: A family: a child in the same group and one in a session of its own, all deaf to "please".
FAMILY = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
members = [
    subprocess.Popen([sys.executable, "-c", sys.argv[1]],
                     stdout=subprocess.PIPE, start_new_session=own)
    for own in (False, True)
]
for member in members:
    member.stdout.readline()
print(*[member.pid for member in members], flush=True)
time.sleep(600)
"""


@posix_only
def test_a_program_that_does_not_listen_is_ended_with_all_it_started():
    with start(FAMILY, DEAF, **popen_options()) as process:
        members = [int(pid) for pid in process.stdout.readline().split()]
        assert len(members) == 2
        end_process_tree(process, 0.1)
        assert process.returncode == -signal.SIGKILL
    wait_gone(*members)


@posix_only
def test_a_program_that_listens_ends_by_itself_in_order():
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('up', flush=True)\ntime.sleep(600)"
    )
    with start(code, **popen_options()) as process:
        process.stdout.readline()
        end_process_tree(process, 30)
        assert process.returncode == 7
        end_process_tree(process, 30)
        assert process.returncode == 7


@posix_only
def test_a_program_that_left_somebody_behind_is_cleared_up_after():
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)"
    )
    with start(code, DEAF, **popen_options()) as process:
        left = int(process.stdout.readline())
        process.wait()
        end_process_tree(process, 1)
    wait_gone(left)


@posix_only
def test_a_program_in_our_own_group_is_ended_and_we_are_not():
    with start("import time; print('up', flush=True); time.sleep(600)") as process:
        process.stdout.readline()
        end_process_tree(process, 0.1)
        assert process.returncode == -signal.SIGKILL


#: Starts the program given, tells its number, and waits for its own end.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
print(child.stdout.readline(), flush=True)
time.sleep(600)
"""
MORTAL = (
    "import os, time; from lollma_gui.services.child_process import die_with_parent; "
    "die_with_parent(); print(os.getpid(), flush=True); time.sleep(600)"
)


def kill_the_parent_of(command):
    with start(PARENT, *command) as parent:
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.kill()
    wait_gone(child)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone can do this")
def test_a_child_of_ours_dies_with_a_killed_parent():
    kill_the_parent_of([sys.executable, "-c", MORTAL])


def test_a_tethered_module_dies_with_a_killed_parent(tmp_path, monkeypatch):
    module = "import os, sys, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n"
    (tmp_path / "long_lived.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    kill_the_parent_of(tethered.command("long_lived", python=Path(sys.executable)))


def test_a_tethered_module_is_run_as_from_the_command_line(tmp_path, monkeypatch):
    module = "import sys\nprint(__name__, sys.argv[1:])\nsys.exit(3)\n"
    (tmp_path / "short_lived.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = tethered.command("short_lived", "--one", "two", python=Path(sys.executable))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.read() == f"__main__ ['--one', 'two']{os.linesep}".encode()
        assert process.wait(60) == 3
