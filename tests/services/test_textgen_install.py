"""TextGen is installed step by step, each of which can be interrupted and done again."""

import shutil
import sys
from pathlib import Path

import pytest
from helpers.git_source import GitSourceFolder, textgen_source
from helpers.tiny_wheel import make_wheel

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.git_facts import GitSource
from lollma_gui.core.readings import GpuReading, GpuSurvey
from lollma_gui.core.textgen_requirements import PcKind
from lollma_gui.services.git_checkout import state
from lollma_gui.services.servers import textgen_install
from lollma_gui.services.servers.program import Installing, InstallReport
from lollma_gui.services.servers.textgen_install import TextGenInstaller, check_place, this_pc
from lollma_gui.services.servers.textgen_places import (
    Kind,
    environment_python,
    look_at,
    what_is_missing,
)
from lollma_gui.services.servers.textgen_remove import has_kept, remove, take_back


class Watcher:
    """What an installation told; cancels it once a line says a certain word."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports: list[InstallReport] = []
        self.lines: list[str] = []
        self.stop_at = "never"

    def how(self) -> Installing:
        return Installing(self.folder, self.reports.append, self._output, self._cancelled)

    def _output(self, lines: bytes) -> None:
        self.lines += lines.decode().splitlines()

    def _cancelled(self) -> bool:
        return any(self.stop_at in line for line in self.lines)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> GitSourceFolder:
    return textgen_source(tmp_path_factory.mktemp("origin") / "textgen")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    make_wheel(folder)
    return folder


@pytest.fixture
def installer(origin: GitSourceFolder, wheels: Path) -> TextGenInstaller:
    source = GitSource((origin.url,), may_be_files=True)
    return TextGenInstaller(source, PcKind("Linux"), ("--no-index", "--find-links", str(wheels)))


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    return Watcher(tmp_path / "some where" / "textgen")


def test_the_whole_way(installer: TextGenInstaller, watcher: Watcher) -> None:
    requirements = installer.run("v4.9", watcher.how())
    assert requirements.path.endswith("cpu_only.txt")
    assert any("Successfully installed tiny-needed-1.0" in line for line in watcher.lines)
    steps = [report.step for report in watcher.reports]
    assert "Making its environment" in steps
    assert any(step.startswith("Installing collected packages: tiny-needed") for step in steps)
    shares = [report.fraction or 0 for report in watcher.reports]
    assert shares == sorted(shares), shares
    assert shares[-1] == 1
    place = look_at(watcher.folder)
    assert (place.kind, place.version) == (Kind.GIT, "v4.9")
    assert place.python == environment_python(watcher.folder / "lollma")
    assert state(watcher.folder).changed == ()
    # A second time there is nothing to do: neither git nor pip is asked.
    watcher.lines.clear()
    shutil.rmtree(Path(installer.pip_words[2]))
    nowhere = installer._replace(source=GitSource((), may_be_files=True))
    nowhere.run("v4.9", watcher.how())
    assert not any("tiny" in line for line in watcher.lines)


def test_a_cancel_during_pip_keeps_what_is_done(
    installer: TextGenInstaller, watcher: Watcher
) -> None:
    watcher.stop_at = "Processing"
    with pytest.raises(Cancelled):
        installer.run("v4.9", watcher.how())
    assert not (watcher.folder / "lollma" / "lollma-needs.json").exists()
    watcher.stop_at = "never"
    installer.run("v4.9", watcher.how())
    assert (watcher.folder / "lollma" / "lollma-needs.json").exists()


def test_a_half_made_environment_is_made_anew(
    installer: TextGenInstaller, watcher: Watcher
) -> None:
    half = watcher.folder
    installer._fetch("v4.9", watcher.how())
    python = environment_python(half / "lollma")
    python.parent.mkdir(parents=True)
    python.write_text("half")
    (half / "lollma" / "pyvenv.cfg").write_text("home = nowhere\n")
    installer.run("v4.9", watcher.how())
    assert what_is_missing(look_at(half)).python


def test_changed_requirements_are_installed_again(
    installer: TextGenInstaller, watcher: Watcher, wheels: Path
) -> None:
    installer.run("v4.9", watcher.how())
    needs = watcher.folder / "requirements" / "portable" / "requirements_cpu_only.txt"
    needs.write_text("tiny-needed\nalso-needed\n")
    place = look_at(watcher.folder)
    assert "What it needs has changed with an update." in what_is_missing(place).problems
    make_wheel(wheels, "also_needed")
    installer.run("v4.9", watcher.how())
    assert any("also-needed" in line for line in watcher.lines)


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("ERROR: No matching distribution found for tiny-needed", "package tiny-needed"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Temporary failure in name resolution", "cannot be reached"),
        ("Package 'x' requires a different Python: 3.9.1 not in '>=3.10'", r"3\.9\.1"),
        ("something new", "could not be installed"),
    ],
)
def test_what_pip_says_is_explained(said: str, title: str, watcher: Watcher) -> None:
    watcher.folder.mkdir(parents=True)
    words = [sys.executable, "-c", f"print({said!r}); raise SystemExit(1)"]
    with pytest.raises(LollmaError, match=title) as caught:
        textgen_install._run(words, watcher.how(), "What TextGen needs could not be installed.")
    assert said in caught.value.details


def test_a_package_that_is_not_there_is_told(
    installer: TextGenInstaller, watcher: Watcher, wheels: Path
) -> None:
    next(wheels.iterdir()).unlink()
    with pytest.raises(LollmaError, match="tiny-needed is not there"):
        installer.run("v4.9", watcher.how())


# ---- where -----------------------------------------------------------------------------------


def test_a_place_is_checked_before_anything_is_fetched(tmp_path: Path) -> None:
    check_place(tmp_path / "new" / "textgen", 1000)
    assert not (tmp_path / "new").exists()
    with pytest.raises(LollmaError, match="not enough free space"):
        check_place(tmp_path / "textgen", 10**18)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(LollmaError, match="something else"):
        check_place(tmp_path, 1000)


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LollmaError, match="may not be written"):
        check_place(tmp_path / "file" / "textgen", 1000)


def test_what_the_installer_knows_of_this_pc() -> None:
    gpus = (GpuReading("a", "Radeon", 0, vendor="AMD"), GpuReading("b", "RTX", 0))
    pc = this_pc(GpuSurvey(gpus, cuda="13.0"))
    assert (pc.vendor, pc.cuda) == ("NVIDIA", (13, 0))
    assert this_pc(GpuSurvey()).vendor == ""


# ---- removed ---------------------------------------------------------------------------------


def test_removing_keeps_models_and_what_a_person_made(
    origin: GitSourceFolder, tmp_path: Path
) -> None:
    folder, bin_ = tmp_path / "textgen", tmp_path / "bin"
    shutil.copytree(origin.folder, folder)
    model = folder / "user_data" / "models" / "mine.gguf"
    model.parent.mkdir()
    model.write_text("a model")
    removed = remove(folder, lambda path: shutil.move(path, bin_) and None)
    assert not folder.exists()
    assert (bin_ / "server.py").exists()
    assert removed.kept == tmp_path / "textgen-kept"
    assert (removed.kept / "user_data" / "models" / "mine.gguf").read_text() == "a model"
    assert str(removed.kept) in removed.in_words()


def test_a_removal_that_fails_changes_nothing(origin: GitSourceFolder, tmp_path: Path) -> None:
    folder = tmp_path / "textgen"
    shutil.copytree(origin.folder, folder)

    def refuse(path: Path) -> None:
        raise OSError("in use")

    with pytest.raises(LollmaError, match="could not be removed"):
        remove(folder, refuse)
    assert (folder / "user_data" / "CMD_FLAGS.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["textgen"]


def test_nothing_but_a_textgen_is_removed(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(LollmaError, match="no TextGen"):
        remove(tmp_path, shutil.rmtree)
    assert (tmp_path / "mine.txt").exists()


def test_what_was_kept_comes_back_and_never_over_what_is_there(tmp_path: Path) -> None:
    folder, kept = tmp_path / "tg", tmp_path / "tg-kept"
    assert not has_kept(folder)
    for path, text in (("models/mine.gguf", "m"), ("presets/a", "old"), ("presets/b", "same")):
        (kept / "user_data" / path).parent.mkdir(parents=True, exist_ok=True)
        (kept / "user_data" / path).write_text(text)
    for name, text in (("a", "new"), ("b", "same")):
        (folder / "user_data" / "presets").mkdir(parents=True, exist_ok=True)
        (folder / "user_data" / "presets" / name).write_text(text)
    assert has_kept(folder)
    assert take_back(folder) == 1
    assert (folder / "user_data" / "models" / "mine.gguf").read_text() == "m"
    assert (folder / "user_data" / "presets" / "a").read_text() == "new"
    assert [path.name for path in kept.rglob("*") if path.is_file()] == ["a"]
