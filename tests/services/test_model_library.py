"""A search finds every model once, and says what is wrong with the rest."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.gguf_files import Tensor, write_model

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.model_info import ModelKind
from lollma_gui.services.model_files import model_parts, read_model, read_model_header
from lollma_gui.services.model_library import ScanResult, scan

EMBEDDING: Tensor = ("token_embd.weight", (32, 4), "Q4_0")
OUTPUT: Tensor = ("output.weight", (32, 4), "Q8_0")


def scanned(*folders: Path) -> ScanResult:
    """A search long after the files were written."""
    return scan(folders, clock=lambda: time.time() + 3600)


def names(result: ScanResult) -> list[str]:
    return [entry.path.name for entry in result.entries]


def link(link_path: Path, target: Path) -> None:
    try:
        link_path.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("this user may not make links")


def write_split(folder: Path, stem: str = "big", count: int = 2) -> list[Path]:
    tensors = [EMBEDDING, OUTPUT]
    return [
        write_model(
            folder / f"{stem}-{n:05}-of-{count:05}.gguf",
            {"split.count": count, "split.no": n - 1, "split.tensors.count": 2},
            tensors[n - 1 : n],
        )
        for n in range(1, count + 1)
    ]


def test_models_are_found_at_any_depth_in_a_fixed_order(tmp_path: Path) -> None:
    deep = tmp_path / "b" / "c" / "d"
    deep.mkdir(parents=True)
    for path in (deep / "x.gguf", tmp_path / "B.gguf", tmp_path / "a.GGUF", tmp_path / "c.gguf"):
        write_model(path)
    (tmp_path / "notes.txt").write_text("no model")
    result = scan([tmp_path])
    assert names(result) == ["a.GGUF", "B.gguf", "c.gguf", "x.gguf"]
    assert result.problems == ()
    assert scanned(tmp_path) == result


def test_the_starter_model_is_listed_with_all_it_is(starter_model: Path) -> None:
    (entry,) = scanned(starter_model.parent).entries
    assert entry.info is not None
    assert (entry.problem, entry.modified) == ("", starter_model.stat().st_mtime_ns / 1e9)
    info = entry.info
    assert (info.architecture, info.quantisation, info.kind) == ("llama", "Q4_1", ModelKind.TEXT)
    assert (info.parameters, info.vocabulary_size, info.layers) == (134_515_008, 49_152, 30)
    assert (info.heads, info.kv_heads, info.context_length) == (9, 3, 8192)
    assert (info.size_bytes, info.licence) == (starter_model.stat().st_size, "apache-2.0")
    assert info.has_chat_template
    assert info.files == (str(starter_model),)


def test_a_split_model_is_one_entry_of_all_its_parts(tmp_path: Path) -> None:
    parts = write_split(tmp_path)
    (entry,) = scanned(tmp_path).entries
    assert entry.info is not None
    assert entry.path == parts[0]
    assert entry.info.parameters == 2 * 32 * 4
    assert entry.info.size_bytes == sum(part.stat().st_size for part in parts)
    assert entry.info.files == tuple(str(part) for part in parts)
    assert entry.info.name == "big"
    assert read_model(parts[1]) == entry.info


def test_missing_parts_are_named(tmp_path: Path) -> None:
    for part in write_split(tmp_path)[1:]:
        part.rename(tmp_path / "big-00002-of-00004.gguf")
    (tmp_path / "big-00001-of-00002.gguf").unlink()
    (entry,) = scanned(tmp_path).entries
    assert entry.info is None
    assert entry.problem == "The model has 4 parts, but parts 1, 3 and 4 are missing."
    assert "same folder" in entry.advice
    alone = write_model(tmp_path / "m-00001-of-00002.gguf")
    with pytest.raises(LollmaError, match="but part 2 is missing"):
        model_parts(alone)
    many = write_model(tmp_path / "m-00001-of-00099.gguf")
    with pytest.raises(LollmaError, match="but 98 of them are missing"):
        model_parts(many)


def test_parts_that_do_not_belong_together_are_no_model(tmp_path: Path) -> None:
    first, second = write_split(tmp_path)
    shutil.copy(first, second)
    assert "they hold the same tensors" in scanned(tmp_path).entries[0].problem
    write_model(second, {}, [OUTPUT, ("more.weight", (4,), "F32")])
    assert "3 tensors instead of 2" in scanned(tmp_path).entries[0].problem
    renamed = first.rename(tmp_path / "renamed.gguf")
    with pytest.raises(LollmaError, match="one of 2 parts of a model, but its name does not"):
        read_model(renamed)


def test_a_model_reached_in_several_ways_is_listed_once(tmp_path: Path) -> None:
    store, folder = tmp_path / "blobs", tmp_path / "snapshots"
    store.mkdir()
    folder.mkdir()
    blob = write_model(store / "0123abcd")  # as the Hub's cache keeps files
    link(folder / "model.gguf", blob)
    link(folder / "same.gguf", folder / "model.gguf")
    os.link(blob, folder / "twin.gguf")
    link(tmp_path / "again", folder)
    link(folder / "loop", tmp_path)
    link(folder / "self.gguf", folder / "self.gguf")
    result = scanned(tmp_path, folder, tmp_path)
    # Folders come in order: the link named "again" is the first way to it.
    assert [str(e.path.relative_to(tmp_path)) for e in result.entries if not e.problem] == [
        str(Path("again", "model.gguf"))
    ]
    (broken,) = (e for e in result.entries if e.problem)
    assert broken.path.name == "self.gguf"
    assert result.problems == ()


def test_a_link_to_nothing_is_said(tmp_path: Path) -> None:
    link(tmp_path / "gone.gguf", tmp_path / "nowhere")
    (entry,) = scanned(tmp_path).entries
    assert entry.problem == "The file that this link points to is not there."


def test_folders_and_pipes_are_no_models(tmp_path: Path) -> None:
    write_model(tmp_path / "whole.gguf")
    (tmp_path / "folder.gguf").mkdir()
    write_model(tmp_path / "folder.gguf" / "inside.gguf")
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.gguf")  # opening it would wait for ever
    assert names(scanned(tmp_path)) == ["whole.gguf", "inside.gguf"]


def test_what_was_deleted_is_not_found_in_the_bin(tmp_path: Path) -> None:
    for name in (".Trash-1000", "$RECYCLE.BIN", ".Trashes"):
        (tmp_path / name / "files").mkdir(parents=True)
        write_model(tmp_path / name / "files" / "m.gguf")
    assert names(scanned(tmp_path)) == []


def test_damaged_files_are_listed_with_the_reason(tmp_path: Path) -> None:
    write_model(tmp_path / "good.gguf")
    with write_model(tmp_path / "cut.gguf").open("r+b") as file:
        file.truncate(150)
    (tmp_path / "empty.gguf").touch()
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    found = {e.path.name: e for e in scanned(tmp_path).entries}
    assert {name: bool(e.info) for name, e in found.items()} == {
        "good.gguf": True,
        "cut.gguf": False,
        "empty.gguf": False,
        "page.gguf": False,
    }
    assert found["empty.gguf"].problem == "The file is empty."
    assert found["page.gguf"].problem == "The file is a web page, not a model."
    assert "cut off" in found["cut.gguf"].problem
    assert found["cut.gguf"].advice == "Download it again."


def test_folders_that_cannot_be_read_are_said_and_the_others_searched(tmp_path: Path) -> None:
    write_model(tmp_path / "m.gguf")
    circle = tmp_path / "circle"
    link(circle, circle)
    file = tmp_path / "file"
    file.touch()
    missing = tmp_path / "missing"
    result = scanned(circle, file, missing, tmp_path)
    assert names(result) == ["m.gguf"]
    assert [p.split(" could")[0] for p in result.problems] == [
        f"The folder {circle}",
        f"The folder {file}",
    ]
    assert all(p.endswith(".") for p in result.problems)
    assert result.missing == (missing,)


def stop_after(n: int) -> Callable[[], bool]:
    asked = iter(range(n))
    return lambda: next(asked, None) is None


def test_a_cancelled_search_ends_at_once(tmp_path: Path) -> None:
    for name in "abcdef":
        write_model(tmp_path / f"{name}.gguf")
    with pytest.raises(Cancelled):
        scan([tmp_path], stop_after(3))


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(LollmaError, match="There is no file"):
        read_model(tmp_path / "none.gguf")
    with pytest.raises(LollmaError, match="is a folder"):
        read_model_header(tmp_path)
    too_long = tmp_path / ("x" * 300 + ".gguf")
    with pytest.raises(LollmaError, match="could not be read"):
        read_model_header(too_long)
