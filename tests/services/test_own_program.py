"""We find ourselves again however we were installed, and nobody else gets what is for us."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import own_pip, own_program
from lollma_gui.services.child_process import clean_environment
from lollma_gui.services.servers import leash

#: Ours, before a test says that there is another one.
PYTHON = sys.executable


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """As if we were a packaged program; its folder."""
    program = tmp_path / "LoLLMa" / "lollma"
    program.parent.mkdir()
    program.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(program.parent / "_internal"), raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    return program.parent


def test_without_packaging_python_starts_us() -> None:
    assert own_program.command("--engine") == [sys.executable, "-m", "lollma_gui", "--engine"]
    assert (own_program.folder() / "lollma_gui" / "__main__.py").is_file()


def test_a_packaged_program_starts_itself(packaged: Path) -> None:
    assert own_program.command("--engine") == [str(packaged / "lollma"), "--engine"]


def test_on_windows_the_program_with_a_terminal_is_started(
    packaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "executable", str(packaged / "LoLLMa.exe"))
    assert own_program.command() == [str(packaged / "LoLLMa.exe")], "there is no other"
    (packaged / "lollma-cli.exe").touch()
    assert own_program.command("--plan") == [str(packaged / "lollma-cli.exe"), "--plan"]


def test_what_outlives_an_app_image_is_started_from_its_file(
    packaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own_program.lasting_command("--engine-api") == own_program.command("--engine-api")
    monkeypatch.setattr(own_program, "_APP_IMAGE", "/home/me/LoLLMa.AppImage")
    assert own_program.lasting_command("--engine-api") == [
        *("/home/me/LoLLMa.AppImage", "--engine-api")
    ]


def given(inside: Path) -> dict[str, str]:
    """What PyInstaller's start and an AppImage make of a person's environment."""
    ours = str(inside / "_internal")
    return {
        "HOME": "/home/me",
        "PATH": os.pathsep.join((ours, "/usr/bin", "")),
        "LD_LIBRARY_PATH": os.pathsep.join((ours, "/opt/theirs")),
        "LD_LIBRARY_PATH_ORIG": "/opt/theirs",
        "DYLD_LIBRARY_PATH": ours,
        "QT_PLUGIN_PATH": f"{ours}/PySide6/Qt/plugins",
        "QML2_IMPORT_PATH": f"{ours}/PySide6/Qt/qml",
        "QT_SCALE_FACTOR": "2",
        "_PYI_ARCHIVE_FILE": str(inside / "lollma"),
        "_PYI_PARENT_PROCESS_LEVEL": "0",
        "APPDIR": "/tmp/.mount_x",
        "APPIMAGE": "/home/me/LoLLMa.AppImage",
        "ARGV0": "LoLLMa.AppImage",
        "OWD": "/home/me",
    }


THEIRS = {
    "HOME": "/home/me",
    "PATH": os.pathsep.join(("/usr/bin", "")),
    "LD_LIBRARY_PATH": "/opt/theirs",
    "QT_SCALE_FACTOR": "2",
}


def test_others_get_the_environment_that_the_person_has(packaged: Path) -> None:
    assert own_program.without_packaging(given(packaged)) == THEIRS
    assert own_program.without_packaging(THEIRS) == THEIRS, "a second time changes nothing"


def test_where_nothing_is_packaged_the_environment_stays(tmp_path: Path) -> None:
    assert own_program.without_packaging(given(tmp_path)) == given(tmp_path)


def test_what_is_started_later_is_not_led_to_our_libraries(
    packaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in given(packaged).items():
        monkeypatch.setenv(name, value)
    own_program.give_environment_back()
    # Our folder stays on PATH, where Windows looks for libraries.
    assert dict(os.environ) == THEIRS | {"PATH": given(packaged)["PATH"]}
    environment = clean_environment()
    assert environment["PATH"] == THEIRS["PATH"]
    assert "QT_SCALE_FACTOR" not in environment


@pytest.mark.skipif(sys.platform == "win32", reason="a program is made with a shell script")
def test_a_packaged_program_takes_the_pip_of_a_python_on_this_pc(
    packaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = packaged / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    assert not own_pip.is_here()
    with pytest.raises(LollmaError, match="no pip"):
        own_pip.command("--version")
    found = folder / "python3"
    found.write_text(f'#!/bin/sh\nexec "{PYTHON}" "$@"\n')
    found.chmod(0o755)
    assert own_pip.is_here()
    command = own_pip.command("--version")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pip:
        assert pip.stdout is not None
        assert pip.stdout.read().startswith(b"pip ")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the leash is Linux's own")
def test_a_packaged_program_is_its_own_leash(packaged: Path) -> None:
    words = leash.leashed(["/usr/bin/llama-server", "--port", "1"])
    assert words == [
        *(str(packaged / "lollma"), "--leash", str(os.getpid())),
        *("/usr/bin/llama-server", "--port", "1"),
    ]
