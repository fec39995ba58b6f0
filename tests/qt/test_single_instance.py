"""One LoLLMa at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from lollma_gui.core.open_request import LONGEST_MESSAGE
from lollma_gui.qt.single_instance import HandOver, SingleInstance, _socket_name

#: A start as app.run makes it: says 10 where it became the first.
START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from lollma_gui.qt.single_instance import HandOver, SingleInstance
app = QCoreApplication([])
instance = SingleInstance(Path(sys.argv[1]))
codes = {HandOver.HEARD: 0, HandOver.SILENT: 1, HandOver.FIRST: 10}
sys.exit(10 if instance.is_first() else codes[instance.hand_over(sys.argv[2:])])
"""
PATIENCE_MS = 30_000


def second_start(folder: Path, *paths: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", START, str(folder), *paths])


def ended(qtbot: QtBot, process: "subprocess.Popen[bytes]") -> int:
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=PATIENCE_MS)
    assert process.returncode is not None
    return process.returncode


def first_in(folder: Path) -> SingleInstance:
    first = SingleInstance(folder)
    assert first.is_first()
    return first


def test_a_second_start_raises_the_first_and_ends(qtbot: QtBot, tmp_path: Path) -> None:
    first = first_in(tmp_path)
    first.listen()
    with (
        qtbot.waitSignal(first.raise_wanted, timeout=PATIENCE_MS),
        qtbot.assertNotEmitted(first.open_wanted),
    ):
        second = second_start(tmp_path)
    assert ended(qtbot, second) == 0
    first.release()


def test_what_the_second_was_given_is_opened_by_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first = first_in(tmp_path)
    first.listen()
    paths = ["/models/a b.gguf", "/models/模型.gguf", "/" + "long" * 1000 + ".gguf"] * 10
    with (
        qtbot.waitSignal(first.raise_wanted, timeout=PATIENCE_MS),
        qtbot.waitSignal(first.open_wanted, timeout=PATIENCE_MS) as told,
    ):
        second = second_start(tmp_path, *paths)
    assert told.args == [paths]
    assert ended(qtbot, second) == 0
    first.release()


def test_a_first_instance_that_is_still_starting_hears_it_later(
    qtbot: QtBot, tmp_path: Path
) -> None:
    first = first_in(tmp_path)
    heard: list[list[str]] = []
    first.open_wanted.connect(heard.append)
    # The second one knocks in vain, here in this process so that we know when.
    second = SingleInstance(tmp_path)
    assert second.hand_over(["/a.gguf"], patience_ms=300) is HandOver.SILENT
    assert heard == []
    waiting = second_start(tmp_path, "/b.gguf")
    first.listen()
    assert ended(qtbot, waiting) == 0
    assert heard == [["/b.gguf"]]
    first.release()


def test_a_first_instance_that_is_ending_is_waited_for(qtbot: QtBot, tmp_path: Path) -> None:
    first = first_in(tmp_path)
    first.listen()
    first.hear_no_more()
    second = SingleInstance(tmp_path)
    assert not second.is_first()
    QTimer.singleShot(300, first.release)
    # It is the first one then, and opens the file itself.
    assert second.hand_over(["/a.gguf"]) is HandOver.FIRST
    second.release()


def test_another_folder_is_another_lollma(qtbot: QtBot, tmp_path: Path) -> None:
    first = first_in(tmp_path / "one")
    second = second_start(tmp_path / "two")
    assert ended(qtbot, second) == 10
    first.release()


def test_after_the_first_has_ended_another_may_start(qtbot: QtBot, tmp_path: Path) -> None:
    first = first_in(tmp_path)
    first.listen()
    first.release()
    assert ended(qtbot, second_start(tmp_path)) == 10
    first_in(tmp_path).release()


@pytest.mark.parametrize(
    "said",
    [b"raise\n", b'{"open": [7]}\n', b"\xff\n", b"x" * LONGEST_MESSAGE],
    ids=["other", "wrong", "no text", "too long"],
)
def test_nonsense_from_the_socket_is_hung_up_on(qtbot: QtBot, tmp_path: Path, said: bytes) -> None:
    first = first_in(tmp_path)
    first.listen()
    stranger = QLocalSocket()
    with qtbot.assertNotEmitted(first.raise_wanted):
        with qtbot.waitSignal(stranger.disconnected, timeout=PATIENCE_MS):
            stranger.connectToServer(_socket_name(tmp_path))
            stranger.write(said)
        assert not stranger.bytesAvailable()
    # And the next one is heard all the same.
    with qtbot.waitSignal(first.raise_wanted, timeout=PATIENCE_MS):
        second = second_start(tmp_path)
    assert ended(qtbot, second) == 0
    first.release()


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
    first_in(tmp_path).release()


def test_a_first_instance_that_does_not_answer_is_told_so(qtbot: QtBot, tmp_path: Path) -> None:
    first = first_in(tmp_path)
    second = SingleInstance(tmp_path)
    assert not second.is_first()
    assert second.hand_over([], patience_ms=200) is HandOver.SILENT
    first.release()
