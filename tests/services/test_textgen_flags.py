"""The flags of a checkout: read without running it, then from its own help."""

import sys
from pathlib import Path

import pytest
from helpers.git_source import textgen_source

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.textgen_flags import Fate, UnknownDefault
from lollma_gui.services.servers.textgen_flags import ask_help, read_flags, stale_lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return textgen_source(tmp_path_factory.mktemp("textgen") / "textgen").folder


def test_the_source_and_the_help_say_the_same(folder: Path) -> None:
    flags = read_flags(folder)
    assert flags.options | {"--help"} == ask_help(Path(sys.executable), folder)


def test_defaults_are_read_also_those_that_stand_elsewhere(folder: Path) -> None:
    flags = read_flags(folder)
    assert flags["--gpu-layers"].default == -1
    assert flags["--n_ctx"] is flags["--ctx-size"]
    assert flags["--top-k"].default == 0
    assert flags["--do-sample"].default is True
    assert flags["--model-dir"].default is UnknownDefault
    assert flags["--split-mode"].choices == ("layer", "row", "none")
    assert flags["--api-port"].group == "API"


def test_nothing_of_the_source_is_run(folder: Path, tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    shared = (folder / "modules" / "shared.py").read_text()
    touch = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
    (modules / "shared.py").write_text(touch + shared)
    assert "--api" in read_flags(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_help_is_not_disturbed_by_a_stale_line(folder: Path) -> None:
    user_data = folder / "user_data" / "CMD_FLAGS.txt"
    before = user_data.read_text()
    user_data.write_text("--chat\n")
    try:
        assert "--api" in ask_help(Path(sys.executable), folder)
    finally:
        user_data.write_text(before)


def test_help_that_fails_says_what_is_missing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("import something_that_is_not_there\n")
    with pytest.raises(LollmaError, match="lacks something_that_is_not_there"):
        ask_help(Path(sys.executable), tmp_path)


def test_stale_lines_are_found_with_their_number(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "CMD_FLAGS.txt").write_text(
        "# --chat in a comment counts for nothing\n--api\n--chat\n\n--threads 8 --wbits 4\n"
    )
    chat, wbits = stale_lines(tmp_path, read_flags(folder))
    assert (chat.number, chat.text, chat.explained.fate) == (3, "--chat", Fate.REMOVED)
    assert (wbits.number, wbits.text) == (5, "--threads 8 --wbits 4")


def test_no_file_or_a_broken_one(folder: Path, tmp_path: Path) -> None:
    assert stale_lines(tmp_path, read_flags(folder)) == ()
    (tmp_path / "CMD_FLAGS.txt").write_text('--model "half\n')
    with pytest.raises(LollmaError, match="quotation mark"):
        stale_lines(tmp_path, read_flags(folder))


def test_a_folder_without_flags_is_told(tmp_path: Path) -> None:
    with pytest.raises(LollmaError, match="cannot be read"):
        read_flags(tmp_path)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "shared.py").write_text("x = 1\n")
    with pytest.raises(LollmaError, match="has no flags"):
        read_flags(tmp_path)
