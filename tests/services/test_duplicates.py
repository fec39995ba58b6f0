"""A second copy becomes a second name of the first, only if every byte is the same."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from helpers.stores import OllamaStore, hub_file, write_named
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.duplicates import Copy, find_duplicates
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.model_source import ModelSource
from lollma_gui.services import duplicates
from lollma_gui.services.duplicates import copies_of, link, separate
from lollma_gui.services.model_library import scan
from lollma_gui.services.model_places import Place


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A model, and a copy of it in another folder."""
    one = write_named(tmp_path / "a" / "m.gguf")
    other = tmp_path / "b" / "m.gguf"
    other.parent.mkdir()
    shutil.copy(one, other)
    return one, other


def of(*paths: Path, source: ModelSource = ModelSource.FOLDER) -> Copy:
    size = sum(path.stat().st_size for path in paths)
    return Copy(tuple(map(str, paths)), size, "print", source)


def left_over(*folders: Path) -> list[str]:
    return [p.name for folder in folders for p in folder.iterdir() if p.name != "m.gguf"]


def test_the_librarys_duplicates_are_found_linked_and_separated(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    write_named(tmp_path / "b" / "other.gguf")
    entries = scan([tmp_path]).entries
    (found,) = find_duplicates(copies_of(entries))
    assert {found.keep.files, found.others[0].files} == {(str(p),) for p in pair}
    size, before = pair[0].stat().st_size, pair[1].read_bytes()
    told: list[tuple[int, int]] = []
    freed = link(found.keep, found.others[0], progress=lambda *n: told.append(n))
    assert freed == found.saved_bytes == size
    assert told == [(size, size)]
    assert pair[0].samefile(pair[1])
    assert pair[1].read_bytes() == before
    # A file with two names is no duplicate any more.
    assert find_duplicates(copies_of(scan([tmp_path]).entries)) == []
    separate(found.others[0])
    assert not pair[0].samefile(pair[1])
    assert pair[1].read_bytes() == before
    assert pair[0].stat().st_nlink == 1


def test_all_parts_of_a_split_model_are_linked(tmp_path: Path) -> None:
    sides = [[write_named(tmp_path / side / f"{n}.gguf") for n in (1, 2)] for side in "ab"]
    freed = link(of(*sides[0]), of(*sides[1]))
    assert freed == sum(path.stat().st_size for path in sides[0])
    assert all(a.samefile(b) for a, b in zip(*sides, strict=True))


@given(st.integers(0, 10_000))
def test_one_byte_of_difference_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, at: int
) -> None:
    folder = tmp_path_factory.mktemp("differ")
    one, other = folder / "one", folder / "other"
    content = bytearray(10_001)
    one.write_bytes(content)
    content[at] = 1
    other.write_bytes(content)
    with pytest.raises(LollmaError, match="their contents differ"):
        link(of(one), of(other))
    assert other.read_bytes() == content
    assert sorted(folder.iterdir()) == [one, other]


def test_sizes_that_differ_are_noticed(pair: tuple[Path, Path]) -> None:
    with pair[1].open("ab") as file:
        file.write(b"\0")
    with pytest.raises(LollmaError, match="their contents differ"):
        link(of(pair[0]), of(pair[1]))


def test_a_file_written_meanwhile_is_left_alone(pair: tuple[Path, Path]) -> None:
    def change(_done: int, _all: int) -> None:
        os.utime(pair[1], (1, 1))

    with pytest.raises(LollmaError, match="was changed just now"):
        link(of(pair[0]), of(pair[1]), progress=change)
    assert not pair[0].samefile(pair[1])
    assert left_over(pair[0].parent, pair[1].parent) == []


def test_a_store_of_blobs_is_never_the_side_that_is_replaced(tmp_path: Path) -> None:
    mine = write_named(tmp_path / "mine" / "m.gguf")
    store = OllamaStore(tmp_path / "ollama")
    shutil.copy(mine, tmp_path / "again.gguf")
    blob = store.path(store.blob(tmp_path / "again.gguf"))
    with pytest.raises(LollmaError, match="belongs to Ollama") as told:
        link(of(mine), of(blob, source=ModelSource.OLLAMA))
    assert "Link the other copy to it" in told.value.advice
    inode = blob.stat().st_ino
    assert link(of(blob, source=ModelSource.OLLAMA), of(mine)) > 0
    assert (mine.stat().st_ino, blob.stat().st_ino) == (inode, inode)
    mine.unlink()
    assert blob.stat().st_size > 0


def test_a_file_of_the_hubs_cache_is_linked_to_its_bytes_not_to_its_link(tmp_path: Path) -> None:
    mine = write_named(tmp_path / "mine" / "m.gguf")
    shutil.copy(mine, tmp_path / "again.gguf")
    named = hub_file(tmp_path / "hub", "owner/m", tmp_path / "again.gguf", "m.gguf")
    place = Place(ModelSource.HUGGING_FACE, tmp_path / "hub")
    (found,) = find_duplicates(copies_of(scan([tmp_path / "mine", place]).entries))
    assert found.keep.files == (str(named),)
    link(found.keep, found.others[0])
    assert not mine.is_symlink()
    assert mine.samefile(named)
    link_to_mine = tmp_path / "x.gguf"
    link_to_mine.symlink_to(mine)
    with pytest.raises(LollmaError, match="is a link already"):
        link(of(mine), of(link_to_mine))


def test_what_is_linked_already_costs_and_frees_nothing(pair: tuple[Path, Path]) -> None:
    assert link(of(pair[0]), of(pair[1])) > 0
    assert link(of(pair[0]), of(pair[1])) == 0


def test_a_cancelled_comparison_changes_nothing(pair: tuple[Path, Path]) -> None:
    with pytest.raises(Cancelled):
        link(of(pair[0]), of(pair[1]), cancelled=lambda: True)
    assert not pair[0].samefile(pair[1])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EPERM, "belong to another user"),
        (errno.ENOTSUP, "knows no hard links"),
        (errno.EMLINK, "as many names"),
        (errno.EIO, "Check the disk"),
    ],
)
def test_what_a_disk_refuses_is_said_in_words(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(_self: Path, _target: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    before = pair[1].read_bytes()
    with pytest.raises(LollmaError, match="could not be linked") as told:
        link(of(pair[0]), of(pair[1]))
    assert words in told.value.advice
    assert pair[1].read_bytes() == before
    assert left_over(pair[0].parent, pair[1].parent) == []


def test_another_disk_is_said(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    really = duplicates._states

    def elsewhere(kept: Path, copy: Path) -> tuple[os.stat_result, os.stat_result]:
        one, other = really(kept, copy)
        fields = list(other)
        fields[2] += 1
        return one, os.stat_result(fields)

    monkeypatch.setattr(duplicates, "_states", elsewhere)
    with pytest.raises(LollmaError, match="another disk"):
        link(of(pair[0]), of(pair[1]))


def test_a_file_that_is_gone_is_said(pair: tuple[Path, Path]) -> None:
    gone = of(pair[1])
    pair[1].unlink()
    with pytest.raises(LollmaError, match="not there any more"):
        link(of(pair[0]), gone)


def test_separating_needs_room(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    link(of(pair[0]), of(pair[1]))
    monkeypatch.setattr(duplicates.files, "SPACE_MARGIN_BYTES", 2**60)
    with pytest.raises(LollmaError, match="not enough free space"):
        separate(of(pair[1]))
    assert pair[0].samefile(pair[1])
