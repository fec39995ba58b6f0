"""An AppImage has no installer: the program puts itself into the menu, when asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.tools import tool

from lollma_gui.services import desktop_entry

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a menu of Linux")


def test_the_entry_starts_the_file_that_the_person_has(tmp_path: Path) -> None:
    desktop_entry.install(["/home/a/LoLLMa.AppImage"], tmp_path)
    entry = (tmp_path / "applications" / "lollma.desktop").read_text()
    assert "\nExec=/home/a/LoLLMa.AppImage %f\n" in entry


def test_the_desktop_starts_it_with_the_file_that_was_clicked(tmp_path: Path) -> None:
    """Through the desktop's own reading of the entry, from a folder with an awkward name."""
    launch = tool("gio")
    program = tmp_path / 'my "own" $HOME `x` \\' / "LoLLMa.AppImage"
    program.parent.mkdir()
    told = tmp_path / "told"
    # Its end is told by renaming, so that whoever waits never reads a half.
    program.write_text(f'#!/bin/sh\necho "$@" > "{told}.part"\nmv "{told}.part" "{told}"\n')
    program.chmod(0o755)
    home = tmp_path / "data"
    entry = desktop_entry.install([str(program), "100% b"], home)[0]
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")
    environment = os.environ | {"XDG_DATA_HOME": str(home)}
    subprocess.run([launch, "launch", str(entry), str(model)], env=environment, check=True)
    while not told.exists():
        os.sched_yield()
    assert told.read_text() == f"100% b {model}\n"


def test_what_was_written_is_a_sound_entry(tmp_path: Path) -> None:
    entry = desktop_entry.install(["/x y/lollma"], tmp_path)[0]
    command = [tool("desktop-file-validate"), str(entry)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_gguf_file_opens_with_it_and_no_longer_once_it_is_removed(tmp_path: Path) -> None:
    ask = tool("gio")
    tool("update-desktop-database")
    desktop_entry.install([sys.executable], tmp_path)
    environment = os.environ | {"XDG_DATA_HOME": str(tmp_path), "XDG_DATA_DIRS": "/nowhere"}

    def handlers() -> str:
        command = [ask, "mime", "application/x-gguf"]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        ).stdout

    assert "lollma.desktop" in handlers()
    desktop_entry.remove(tmp_path)
    assert "lollma.desktop" not in handlers()


def test_removing_leaves_nothing_of_ours_and_touches_nothing_else(tmp_path: Path) -> None:
    other = tmp_path / "applications" / "other.desktop"
    other.parent.mkdir()
    other.write_text("[Desktop Entry]\n")
    written = desktop_entry.install(["/x/lollma"], tmp_path)
    assert desktop_entry.remove(tmp_path) == written
    assert desktop_entry.remove(tmp_path) == []
    assert other.exists()
    assert list(tmp_path.rglob("*lollma*")) == []


def test_only_a_whole_path_says_where_the_person_keeps_data(tmp_path: Path) -> None:
    assert desktop_entry.data_home({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path
    assert desktop_entry.data_home({"XDG_DATA_HOME": "data"}).is_absolute()
    assert desktop_entry.data_home({}) == Path.home() / ".local" / "share"
