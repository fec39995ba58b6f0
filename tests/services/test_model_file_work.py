"""Work on model files: renamed whole or not at all, hashed, shown, and single tokens read."""

import hashlib
import os
from pathlib import Path

import pytest
from helpers.gguf_files import write_model

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.gguf_values import ArrayInfo
from lollma_gui.services import reveal as reveal_module
from lollma_gui.services.file_hash import sha256_of
from lollma_gui.services.model_files import read_model_header
from lollma_gui.services.model_renaming import rename_files
from lollma_gui.services.reveal import reveal
from lollma_gui.services.token_texts import token_texts


def made(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text(name)
    return [folder / name for name in names]


def test_all_parts_get_their_new_names(tmp_path: Path) -> None:
    files = made(tmp_path, "a-1", "a-2")
    assert rename_files(files, ["b-1", "b-2"]) == [tmp_path / "b-1", tmp_path / "b-2"]
    assert (tmp_path / "b-2").read_text() == "a-2"


def test_no_other_file_is_ever_overwritten(tmp_path: Path) -> None:
    files = made(tmp_path, "a-1", "a-2")
    made(tmp_path, "b-2")
    with pytest.raises(LollmaError, match="already"):
        rename_files(files, ["b-1", "b-2"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-1", "a-2", "b-2"]
    assert (tmp_path / "b-2").read_text() == "b-2"


def test_a_link_that_leads_nowhere_is_not_overwritten_either(tmp_path: Path) -> None:
    (file,) = made(tmp_path, "a")
    (tmp_path / "b").symlink_to(tmp_path / "gone")
    with pytest.raises(LollmaError, match="already"):
        rename_files([file], ["b"])


def test_if_one_part_cannot_be_renamed_all_are_as_they_were(tmp_path: Path) -> None:
    files = [*made(tmp_path, "a-1"), tmp_path / "a-2-is-gone"]
    with pytest.raises(LollmaError, match="could not be renamed"):
        rename_files(files, ["b-1", "b-2"])
    assert [p.name for p in tmp_path.iterdir()] == ["a-1"]


def test_a_checksum_is_that_of_each_file_with_progress_over_all(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_bytes(os.urandom(5_000_000))
    second.write_bytes(b"x" * 1000)
    told: list[tuple[int, int]] = []
    found = sha256_of([first, second], lambda: False, lambda *p: told.append(p))
    assert found == [hashlib.sha256(p.read_bytes()).hexdigest() for p in (first, second)]
    assert told[-1] == (5_001_000, 5_001_000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_checksum_can_be_given_up(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as handle:
        handle.truncate(10**9)
    told: list[int] = []
    with pytest.raises(Cancelled):
        sha256_of([file], lambda: True, lambda done, _all: told.append(done))
    assert max(told) < 10**8


def test_a_file_that_is_gone_has_no_checksum(tmp_path: Path) -> None:
    with pytest.raises(LollmaError, match="could not be read"):
        sha256_of([tmp_path / "gone"], lambda: False, lambda *_: None)


def test_the_file_manager_is_asked_for_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "it's a model.gguf"
    file.touch()
    program = tmp_path / "manager"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/asked"\n')
    program.chmod(0o755)
    usual = reveal_module._command
    monkeypatch.setattr(reveal_module, "_command", lambda p: [str(program), *usual(p)[1:]])
    assert reveal(file)
    asked = (tmp_path / "asked").read_text()
    assert "ShowItems" in asked
    assert "it%27s%20a%20model.gguf" in asked


def test_where_there_is_no_file_manager_that_can_be_asked_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveal_module, "_command", lambda _path: [str(tmp_path / "none")])
    assert not reveal(tmp_path)


def test_single_tokens_are_read_from_the_file(tmp_path: Path) -> None:
    tokens = ["<unk>", "<s>", "</s>", *map(str, range(2000))]
    path = write_model(tmp_path / "m.gguf", {"tokenizer.ggml.tokens": tokens})
    info = read_model_header(path).metadata["tokenizer.ggml.tokens"]
    assert isinstance(info, ArrayInfo)
    assert token_texts(path, info, {1, 2}) == {1: "<s>", 2: "</s>"}
    assert token_texts(path, info, {2002}) == {2002: "1999"}
    assert token_texts(path, info, {99_999}) == {}
    assert token_texts(tmp_path / "gone", info, {1}) == {}
