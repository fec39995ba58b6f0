"""One LoLLMa at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pytestqt.qtbot import QtBot

from lollma_gui.qt.single_instance import SingleInstance, raise_first

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from lollma_gui.qt.single_instance import SingleInstance, raise_first
app = QCoreApplication([])
folder = Path(sys.argv[1])
first = SingleInstance(folder).is_first()
sys.exit(10 if first else (0 if raise_first(folder) else 1))
"""


def second_start(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", SECOND, str(folder)])


def test_a_second_start_raises_the_first_and_ends(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.is_first()
    first.listen()
    with qtbot.waitSignal(first.raise_wanted, timeout=20_000):
        second = second_start(tmp_path)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0
    first.release()


def test_another_folder_is_another_lollma(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path / "one")
    assert first.is_first()
    second = second_start(tmp_path / "two")
    assert second.wait(20) == 10
    first.release()


def test_after_the_first_has_ended_another_may_start(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.is_first()
    first.listen()
    first.release()
    assert second_start(tmp_path).wait(20) == 10
    again = SingleInstance(tmp_path)
    assert again.is_first()
    again.release()


def test_a_killed_instance_does_not_lock_out_the_next(qtbot: QtBot, tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path\n"
            "from lollma_gui.qt.single_instance import SingleInstance\n"
            "i = SingleInstance(Path(sys.argv[1])); print(i.is_first(), flush=True)\n"
            "sys.stdin.read()",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == b"True\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(20)
    holder.stdout.close()
    holder.stdin.close()
    nxt = SingleInstance(tmp_path)
    assert nxt.is_first()
    nxt.release()


def test_a_first_instance_that_does_not_answer_is_told_so(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.is_first()
    assert not raise_first(tmp_path)
    first.release()
