"""What is opened: words of a command line, and messages between two starts."""

import json

import pytest

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.open_request import (
    COMMANDS,
    LONGEST_MESSAGE,
    MOST,
    local_path,
    local_paths,
    looks_like_files,
    message,
    read_message,
)


@pytest.mark.parametrize(
    "words",
    [
        ["model.gguf"],
        ["MODEL.GGUF", "other.gguf"],
        ["./fit"],
        ["folder/thing"],
        ["C:\\models\\a"],
        ["file:///home/me/a%20b.gguf"],
        ["here"],
    ],
)
def test_files_are_told_from_commands(words: list[str]) -> None:
    assert looks_like_files(words, exists=lambda name: name == "here")


@pytest.mark.parametrize(
    "words",
    [[], [""], ["doctro"], ["--version"], ["a.gguf", "--json"], *([c] for c in COMMANDS)],
)
def test_commands_options_and_misspelt_words_are_no_files(words: list[str]) -> None:
    assert not looks_like_files(words, exists=lambda name: name in COMMANDS)


def test_every_command_of_the_command_line_is_known() -> None:
    from lollma_gui.cli import commands

    for name in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            commands.run([name, "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("a.gguf", "/home/me/a.gguf"),
        ("./fit", "/home/me/fit"),
        ("../a.gguf", "/home/a.gguf"),
        ("/models/a.gguf", "/models/a.gguf"),
        ("file:///models/a%20b%C3%A9.gguf", "/models/a bé.gguf"),
        ("file://localhost/models/100%25.gguf", "/models/100%.gguf"),
        ("FILE:///models/a.gguf", "/models/a.gguf"),
        ("file:///models/a%ff.gguf", "/models/a\udcff.gguf"),
    ],
)
def test_paths_and_uris_become_whole_paths(word: str, path: str) -> None:
    assert local_path(word, "/home/me", windows=False) == path


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("a.gguf", "C:\\Users\\me\\a.gguf"),
        ("D:\\models\\a.gguf", "D:\\models\\a.gguf"),
        ("file:///D:/models/a%20b.gguf", "D:\\models\\a b.gguf"),
        ("file://server/share/a.gguf", "\\\\server\\share\\a.gguf"),
    ],
)
def test_so_they_do_on_windows(word: str, path: str) -> None:
    assert local_path(word, "C:\\Users\\me", windows=True) == path


@pytest.mark.parametrize("word", ["https://example.org/a.gguf", "file://elsewhere/a.gguf"])
def test_what_is_not_on_this_pc_is_refused_with_a_next_step(word: str) -> None:
    with pytest.raises(LollmaError) as refused:
        local_path(word, "/home/me", windows=False)
    assert word in refused.value.title
    assert refused.value.advice
    assert local_paths([word, "a.gguf"], "/b", windows=False) == [word, "/b/a.gguf"]


def test_a_file_that_is_named_twice_is_opened_once() -> None:
    words = ["a.gguf", "./a.gguf", "file:///b/a.gguf"]
    assert local_paths(words, "/b", windows=False) == ["/b/a.gguf"]


def test_a_message_carries_any_file_name_in_one_line() -> None:
    paths = ["/models/a b.gguf", "/models/模型\n.gguf", "/models/\udcff.gguf"]
    line = message(paths)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read_message(line) == paths


def test_as_many_paths_as_are_opened_fit_into_a_message() -> None:
    assert len(message(["/" + "é" * 4095] * (MOST + 10))) < LONGEST_MESSAGE


@pytest.mark.parametrize(
    "line", [b"", b"raise\n", b"[]\n", b'{"open": "a"}\n', b'{"open": [1]}\n', b"\xff\xfe\n"]
)
def test_other_lines_are_no_messages(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_message(line)


def test_a_message_of_a_newer_lollma_may_say_more() -> None:
    line = json.dumps({"open": ["/a.gguf"], "more": 1}).encode()
    assert read_message(line) == ["/a.gguf"]
