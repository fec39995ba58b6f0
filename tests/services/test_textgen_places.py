"""A TextGen that is here already is told by kind, version and lacks, and not touched."""

import shutil
import sys
from pathlib import Path

import pytest
from helpers.git_source import GitSourceFolder, textgen_source

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.servers.textgen_places import Kind, look_at, what_is_missing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links stand for Pythons here")


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> GitSourceFolder:
    source = textgen_source(tmp_path_factory.mktemp("origin") / "textgen")
    source.git("checkout", "--quiet", "v4.9")
    return source


def put_python(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    path.chmod(0o755)
    return path


def everything(folder: Path) -> list[tuple[str, int]]:
    return sorted(
        (str(p), p.stat().st_mtime_ns) for p in folder.rglob("*") if ".git" not in p.parts
    )


def test_a_git_checkout(origin: GitSourceFolder, tmp_path: Path) -> None:
    folder = tmp_path / "text-generation-webui"
    shutil.copytree(origin.folder, folder)
    python = put_python(folder / "venv" / "bin" / "python")
    before = everything(folder)
    place = look_at(tmp_path)
    assert place == (folder, Kind.GIT, "v4.9", python, folder / "user_data")
    missing = what_is_missing(place)
    assert missing.python == ".".join(str(n) for n in sys.version_info[:3])
    assert "It lacks llama_cpp_binaries." in missing.problems
    assert everything(folder) == before


def test_a_portable_build(origin: GitSourceFolder, tmp_path: Path) -> None:
    app = tmp_path / "textgen-4.9" / "app"
    shutil.copytree(origin.folder, app, ignore=shutil.ignore_patterns(".git", "user_data"))
    (tmp_path / "textgen-4.9" / "user_data").mkdir()
    python = put_python(app / "portable_env" / "bin" / "python3")
    place = look_at(tmp_path / "textgen-4.9")
    user_data = tmp_path / "textgen-4.9" / "user_data"
    assert place == (app, Kind.PORTABLE, "v4.9", python, user_data)


def test_a_one_click_installation(origin: GitSourceFolder, tmp_path: Path) -> None:
    folder = tmp_path / "textgen"
    shutil.copytree(origin.folder, folder)
    python = put_python(folder / "installer_files" / "env" / "bin" / "python")
    place = look_at(folder)
    assert (place.kind, place.version, place.python) == (Kind.ONE_CLICK, "v4.9", python)


def test_a_folder_without_git_or_python(origin: GitSourceFolder, tmp_path: Path) -> None:
    folder = tmp_path / "textgen"
    shutil.copytree(origin.folder, folder, ignore=shutil.ignore_patterns(".git", "user_data"))
    place = look_at(folder)
    assert place == (folder, Kind.COPY, "", None, folder)
    assert what_is_missing(place).problems == ("It has no Python of its own.",)


def test_a_python_that_does_not_run_is_told(origin: GitSourceFolder, tmp_path: Path) -> None:
    folder = tmp_path / "textgen"
    shutil.copytree(origin.folder, folder)
    put_python(folder / "venv" / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    assert what_is_missing(look_at(folder)).problems == ("Its Python does not run.",)


def test_any_other_folder_is_none(tmp_path: Path) -> None:
    with pytest.raises(LollmaError, match="no TextGen"):
        look_at(tmp_path)
