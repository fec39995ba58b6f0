"""Installed from its wheel or its source archive, the app works from any folder."""

import email
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")

ROOT = Path(__file__).resolve().parents[2]
#: Opens the window as "lollma" does, and closes it once all that is behind it is there.
WINDOW = """
import sys
from lollma_gui import app
from lollma_gui.__main__ import main

build = app.LollmaApp.__init__

def build_and_close(self, *needs):
    build(self, *needs)
    self.began.connect(lambda: (print("window", self.window.windowTitle()), self.window.close()))

app.LollmaApp.__init__ = build_and_close
sys.exit(main([]))
"""


def build(folder: Path, out: Path, kind: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has put the wheel, without what it needs, which is here already."""
    target = tmp_path_factory.mktemp("installed") / "packages"
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    command = [*install, "--disable-pip-version-check", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True)
    return target


def run(installed: Path, elsewhere: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run in another folder, with nothing of this checkout in the environment."""
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {
        "PYTHONPATH": str(installed),
        "LOLLMA_HOME": str(elsewhere / "home"),
        "HOME": str(elsewhere),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
    )


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def test_every_resource_is_in_the_wheel_and_is_found_there(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from lollma_gui.services.places import resource; "
        "[print(resource(*name.split('/')).resolve()) for name in sys.argv[1:]]"
    )
    asked = [
        path.relative_to(ROOT / "resources").as_posix()
        for path in sorted((ROOT / "resources").rglob("*"))
        if path.is_file()
    ]
    assert "style.qss" in asked
    done = run(installed, tmp_path, sys.executable, "-c", code, *asked)
    assert done.returncode == 0, done.stderr
    found = [Path(line) for line in done.stdout.splitlines()]
    home = (installed / "lollma_gui" / "_resources").resolve()
    assert [path.relative_to(home).as_posix() for path in found] == asked


def test_the_command_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    (command,) = (path for path in (installed / "bin").iterdir() if path.stem == "lollma")
    for words in ([str(command)], [sys.executable, "-m", "lollma_gui"]):
        done = run(installed, tmp_path, *words, "--version")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("LoLLMa ")


def test_the_window_opens_with_all_that_is_behind_it(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, sys.executable, "-c", WINDOW)
    assert done.returncode == 0, done.stderr
    assert "window LoLLMa" in done.stdout


def test_a_window_without_a_terminal_is_there_where_systems_tell_them_apart(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("entry_points.txt"))
        text = archive.read(name).decode()
    assert "[console_scripts]\nlollma = lollma_gui.__main__:main" in text
    assert "[gui_scripts]\nlollma-window = lollma_gui.__main__:main" in text


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        told = email.message_from_bytes(archive.read(name))
    assert told["License-Expression"] == "MIT"
    assert told["Description-Content-Type"] == "text/markdown"
    assert "# LoLLMa" in str(told.get_payload())
    assert "Operating System :: POSIX :: Linux" in told.get_all("Classifier", [])
    assert any(name.endswith("licenses/LICENSE") for name in names(wheel))


def test_the_source_archive_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (folder,) = (tmp_path / "source").iterdir()
    again = build(folder, tmp_path / "again", "wheel")
    assert names(again) == names(wheel)
    assert again.read_bytes() == wheel.read_bytes()


def test_the_source_archive_holds_all_that_is_kept_in_the_repository(sdist: Path) -> None:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    kept = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert kept - held == set()
