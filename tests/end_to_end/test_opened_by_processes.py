"""Opening a model by starting LoLLMa with it: real processes, one after the other or at once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: LoLLMa as it starts, that also prints the path of each model it offers to load.
WATCHED = """
import sys
from PySide6.QtCore import QTimer
from lollma_gui import __main__, app
class Watched(app.LollmaApp):
    def __init__(self, *needs):
        super().__init__(*needs)
        self.said = ""
        self.looking = QTimer(self)
        self.looking.timeout.connect(self.look)
        self.began.connect(lambda: self.looking.start(20))
    def look(self):
        card = self.opened.card
        if card.isVisible() and card.badge.text() and self.opened.path != self.said:
            self.said = self.opened.path
            print(self.window.page, self.said, flush=True)
app.LollmaApp = Watched
sys.exit(__main__.main(sys.argv[1:]))
"""

#: The application as macOS tells it of files.
TOLD_BY_THE_SYSTEM = """
import json
from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent
from lollma_gui.application import Application
application = Application()
heard = []
application.open_wanted.connect(heard.extend)
for event in (
    QFileOpenEvent("/models/a b.gguf"),
    QFileOpenEvent(QUrl.fromLocalFile("/models/c.gguf")),
    QFileOpenEvent(QUrl("https://example.org/d.gguf")),
):
    assert QCoreApplication.sendEvent(application, event)
print(json.dumps(heard))
"""


def here() -> dict[str, str]:
    """The environment in which any folder finds this LoLLMa."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def watched(*words: str, folder: Path) -> "Iterator[subprocess.Popen[str]]":
    first = subprocess.Popen(
        [sys.executable, "-c", WATCHED, *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=here(),
    )
    try:
        yield first
    finally:
        first.kill()
        first.wait(30)
        assert first.stdout is not None
        first.stdout.close()


def lollma(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lollma_gui", *words],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env=here(),
    )


def offered(process: "subprocess.Popen[str]") -> str:
    """The next model that it offers, and the tab it shows."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


@pytest.fixture
def folder(tmp_path: Path, starter_model: Path) -> Path:
    """Two models, one of which has the name of a command."""
    folder = tmp_path / "my models"
    folder.mkdir()
    for name in ("tiny.gguf", "fit"):
        (folder / name).symlink_to(starter_model)
    return folder


def test_the_first_start_opens_a_file_and_takes_over_those_of_later_ones(folder: Path) -> None:
    with watched("tiny.gguf", folder=folder) as first:
        assert offered(first) == f"Models {folder / 'tiny.gguf'}"
        second = lollma("./fit", folder=folder)
        assert (second.returncode, second.stderr) == (0, "")
        assert offered(first) == f"Models {folder / 'fit'}"
        again = lollma((folder / "tiny.gguf").as_uri(), folder=ROOT)
        assert (again.returncode, again.stderr) == (0, "")
        assert offered(first) == f"Models {folder / 'tiny.gguf'}"
        assert first.poll() is None


def test_a_first_that_is_still_starting_does_not_lose_what_it_is_given(
    own_home: Path, folder: Path
) -> None:
    with watched(folder=folder) as first:
        while not (own_home / "data" / "running.lock").exists():
            assert first.poll() is None
        second = lollma("tiny.gguf", folder=folder)
        assert (second.returncode, second.stderr) == (0, "")
        assert offered(first) == f"Models {folder / 'tiny.gguf'}"


def test_a_misspelt_command_is_told_in_the_terminal(folder: Path) -> None:
    done = lollma("doctro", folder=folder)
    assert done.returncode == 2
    assert "doctro" in done.stderr


def test_the_help_says_that_files_can_be_opened(folder: Path) -> None:
    assert "[FILE.gguf ...]" in lollma("--help", folder=folder).stdout


def test_the_system_may_say_which_file_to_open() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TOLD_BY_THE_SYSTEM], capture_output=True, text=True, env=here()
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        "/models/a b.gguf",
        "/models/c.gguf",
        "https://example.org/d.gguf",
    ]
