"""``lollma integrate``: into the menu and out of it, in a terminal."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lollma_gui.cli import integrate

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a menu of Linux")


def said(undo: bool, home: Path, platform: str = "linux") -> tuple[int, str]:
    out = io.StringIO()
    return integrate.run(undo, out, ["/x/LoLLMa.AppImage"], home, platform), out.getvalue()


@linux
def test_it_names_what_it_writes_and_how_to_take_it_back(tmp_path: Path) -> None:
    status, text = said(False, tmp_path)
    entry = tmp_path / "applications" / "lollma.desktop"
    assert status == 0
    assert f"Written: {entry}\n" in text
    assert "lollma integrate --undo" in text
    status, text = said(True, tmp_path)
    assert (status, entry.exists()) == (0, False)
    assert f"Removed: {entry}\n" in text


@linux
def test_taking_back_twice_is_no_failure(tmp_path: Path) -> None:
    assert said(True, tmp_path) == (0, "There was nothing to remove.\n")


@linux
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "applications").write_text("a file in the way")
    status, text = said(False, tmp_path)
    assert status == 1
    assert str(tmp_path / "applications") in text


def test_other_systems_are_told_that_they_need_none_of_it(tmp_path: Path) -> None:
    status, text = said(False, tmp_path, "win32")
    assert status == 1
    assert "installer" in text
    assert list(tmp_path.iterdir()) == []


@linux
def test_the_program_itself_does_it(tmp_path: Path) -> None:
    environment = os.environ | {"XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "lollma_gui", "integrate"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    entry = (tmp_path / "applications" / "lollma.desktop").read_text()
    assert f"Exec={sys.executable} -m lollma_gui %f" in entry
