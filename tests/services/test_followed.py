"""A program at work is followed line by line, and ends with all it started when it is unwanted."""

import sys
from pathlib import Path

import psutil
import pytest

from lollma_gui.core.errors import Cancelled
from lollma_gui.services.followed import run_followed


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


def no() -> bool:
    return False


def test_lines_come_as_they_are_said_and_the_last_ones_are_kept(tmp_path: Path) -> None:
    code = "import sys\nfor n in range(3000): print('line', n)\nprint('50 %\\r100 %')\nsys.exit(3)"
    lines: list[str] = []
    outcome = run_followed(python(code), tmp_path, lines.append, no)
    assert outcome.status == 3
    assert lines[:2] == ["line 0", "line 1"]
    assert lines[-3:] == ["line 2999", "50 %", "100 %"]
    assert outcome.lines[-1] == "100 %"
    assert len(outcome.lines) == 200


def test_a_silent_program_is_ended_with_all_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        "print(child.pid)\n"
        "time.sleep(1000)"
    )
    lines: list[str] = []
    with pytest.raises(Cancelled):
        run_followed(python(code), tmp_path, lines.append, lambda: bool(lines))
    pid = int(lines[0])
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_child_that_keeps_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        "print('done')"
    )
    lines: list[str] = []
    assert run_followed(python(code), tmp_path, lines.append, no).status == 0
    assert lines == ["done"]


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    outcome = run_followed([str(tmp_path / "nothing")], tmp_path, lambda _line: None, no)
    assert outcome.status
    assert "could not be started" in outcome.lines[-1]


def test_it_works_where_it_is_told_with_its_own_variables(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import os; print(os.getcwd()); print(os.environ['MINE'])"
    run_followed(python(code), tmp_path, lines.append, no, {"MINE": "here"})
    assert lines == [str(tmp_path), "here"]
