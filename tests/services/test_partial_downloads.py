"""Downloads that were not finished are listed as such, whoever began them."""

import json
import os
from pathlib import Path

import pytest
from helpers.gguf_files import write_model
from helpers.stores import write_named
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.model_source import ModelSource
from lollma_gui.services.model_library import GROWING_SECONDS, LibraryEntry, ScanResult, scan
from lollma_gui.services.model_places import Place
from lollma_gui.services.partial_files import is_partial_name, whole_name

NAMES = [
    "Qwen3-8B-Q4_K_M.gguf.part",
    "downloading_Qwen3-8B-Q4_K_M.gguf.part",
    "Qwen3-8B-Q4_K_M.gguf.tmp",
    "Qwen3-8B-Q4_K_M.gguf.crdownload",
    "Qwen3-8B-Q4_K_M.gguf.partial",
    "Qwen3-8B-Q4_K_M.gguf.downloadInProgress",
    "Qwen3-8B-Q4_K_M.gguf.incomplete",
    "incomplete-Qwen3-8B-Q4_K_M.gguf",
    "Qwen3-8B-Q4_K_M.GGUF.CRDOWNLOAD",
]

#: More bytes than may follow the last tensor.
CUT = 40


def only(result: ScanResult) -> LibraryEntry:
    (entry,) = result.entries
    return entry


def later(path: Path) -> ScanResult:
    """A search when nobody has written for long."""
    return scan([path], clock=lambda: 0)


@pytest.mark.parametrize("name", NAMES)
def test_every_programs_unfinished_downloads_are_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"GGUF" + bytes(1_000_000 - 4))
    for other in ("notes.part", "video.mp4.crdownload", "x.part.json", "y.tmp", "z.incomplete"):
        (tmp_path / other).write_bytes(b"abc")
    entry = only(later(tmp_path))
    assert entry.is_partial
    assert entry.info is None
    assert entry.name.lower() == "qwen3-8b-q4_k_m.gguf"
    assert entry.problem == "The download was not finished: 1.0 MB are there."
    assert entry.size_bytes == 1_000_000


def test_of_our_own_it_is_known_how_much_is_missing(tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(bytes(250_000))
    notes = tmp_path / "m.gguf.part.json"
    notes.write_text(json.dumps({"url": "u", "etag": "", "content_id": "", "size": 1_000_000}))
    assert "250.0 kB of 1.0 MB are there" in only(later(tmp_path)).problem
    for damaged in ("{", "[]", '{"size": "much"}', '{"size": -1}', '{"size": true}'):
        notes.write_text(damaged)
        assert only(later(tmp_path)).problem == (
            "The download was not finished: 250.0 kB are there."
        )


def test_who_began_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(bytes(10))
    entry = only(scan([Place(ModelSource.LM_STUDIO, tmp_path)]))
    assert entry.advice == "Go on with it in LM Studio, or throw it away."


def test_what_aria2_has_not_finished_is_known_by_the_file_beside_it(tmp_path: Path) -> None:
    write_model(tmp_path / "m.gguf")
    (tmp_path / "m.gguf.aria2").touch()
    assert only(later(tmp_path)).is_partial
    (tmp_path / "m.gguf.aria2").unlink()
    assert not only(later(tmp_path)).is_partial


def test_a_file_shorter_than_its_tensors_is_an_unfinished_download(tmp_path: Path) -> None:
    path = write_named(tmp_path / "m.gguf")
    size = path.stat().st_size
    os.truncate(path, size - CUT)
    entry = only(later(tmp_path))
    assert entry.is_partial
    assert entry.problem.startswith(f"The model file is cut off: it has {size - CUT} B of at least")


def test_a_file_that_grows_is_not_called_damaged(tmp_path: Path) -> None:
    whole = write_named(tmp_path / "elsewhere" / "m.gguf").read_bytes()
    path = tmp_path / "here" / "m.gguf"
    path.parent.mkdir()
    for length in (0, 3, 50, len(whole) - CUT):
        path.write_bytes(whole[:length])
        written = path.stat().st_mtime
        now = scan([path.parent], clock=lambda at=written: at + 1)
        assert now.is_growing
        assert only(now).is_partial
        assert only(now).problem.startswith("It is still being written")
        then = scan([path.parent], clock=lambda at=written: at + GROWING_SECONDS + 1)
        assert not then.is_growing
        assert "written" not in only(then).problem
    path.write_bytes(whole)
    done = scan([path.parent], clock=lambda: path.stat().st_mtime)
    assert not done.is_growing
    assert only(done).info


def test_room_reserved_for_a_file_counts_as_growing(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(bytes(10_000))
    written = path.stat().st_mtime
    assert only(scan([tmp_path], clock=lambda: written)).problem.startswith("It is still being")
    assert "zeros" in only(later(tmp_path)).problem


def test_what_is_no_model_at_all_is_damaged_at_once(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    entry = only(scan([tmp_path]))
    assert (entry.problem, entry.is_partial) == ("The file is a web page, not a model.", False)


@given(st.text(st.characters(exclude_characters="/\0"), min_size=1))
def test_wild_names_are_read_without_an_error(name: str) -> None:
    if is_partial_name(name) and not name.lower().endswith(".incomplete"):
        assert whole_name(name).lower().endswith(".gguf")
