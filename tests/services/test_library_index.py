"""What was read of a model is kept: a second start reads no header, and nothing stale is shown."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.gguf_files import write_model
from helpers.stores import OllamaStore, write_named, write_projector
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.model_info import ModelInfo, ModelKind
from lollma_gui.core.model_source import ModelSource
from lollma_gui.services import model_library
from lollma_gui.services.database import Database
from lollma_gui.services.library_entry import LibraryEntry
from lollma_gui.services.library_index import LibraryIndex, decode, encode
from lollma_gui.services.model_library import ScanResult, scan
from lollma_gui.services.model_places import Place

texts = st.text(st.characters(exclude_categories=("Cs",)))
wholes = st.none() | st.integers(0, 2**62)
heads = st.none() | st.integers(0, 999) | st.lists(st.integers(0, 99)).map(tuple)
infos = st.builds(
    ModelInfo,
    *(texts, texts, st.sampled_from(ModelKind), st.integers(0, 2**62), texts),
    *(st.integers(0, 2**62), wholes, wholes, wholes, heads, heads, wholes, wholes, wholes),
    *(st.booleans(), texts, st.lists(texts, min_size=1).map(tuple), wholes, texts),
    st.lists(texts).map(tuple),
)
entries = st.builds(
    LibraryEntry,
    *(st.just(Path("/models/m.gguf")), st.none() | infos, texts, texts),
    st.floats(allow_nan=False, allow_infinity=False),
    *(st.sampled_from(ModelSource), st.integers(0, 2**62), texts, st.booleans(), texts),
)


@pytest.fixture
def opened(tmp_path: Path) -> "Callable[[], LibraryIndex]":
    """A new start: an index that knows only what the file says."""
    path = tmp_path / "data" / "lollma.sqlite"
    made: list[Database] = []

    def make() -> LibraryIndex:
        for database in made:
            database.close()
        made.append(Database(path))
        return LibraryIndex(made[-1])

    return make


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the models whose headers are read."""
    names: list[str] = []
    really = model_library.read_model

    def counted(path: Path) -> ModelInfo:
        names.append(path.name)
        return really(path)

    monkeypatch.setattr(model_library, "read_model", counted)
    return names


Opened = Callable[[], LibraryIndex]


def later(*places: Path | Place, index: LibraryIndex) -> ScanResult:
    return scan(places, index=index, clock=lambda: 0)


@given(entries)
def test_an_entry_is_kept_as_it_is(entry: LibraryEntry) -> None:
    kept = decode(str(entry.path), encode(entry))
    assert kept == entry
    assert kept.info == entry.info
    assert hash(kept) == hash(entry)


@given(entries, st.data())
def test_a_damaged_row_is_recognised(entry: LibraryEntry, data: st.DataObject) -> None:
    text = encode(entry)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(exclude_categories=("Cs",)).filter(lambda c: c != text[at]))
    for damaged in (text[:at] + other + text[at + 1 :], text[:at]):
        with pytest.raises(ValueError, match="not an entry"):
            decode(str(entry.path), damaged)


def test_a_second_start_reads_no_header(
    tmp_path: Path, opened: Opened, read: list[str], starter_model: Path
) -> None:
    folder = tmp_path / "models"
    for name in ("a", "b"):
        write_named(folder / name / f"{name}.gguf")
    for part in (1, 2):
        tensors = [("token_embd.weight", (32, 4), "Q4_0"), ("output.weight", (32, 4), "Q8_0")]
        keys = {"split.count": 2, "split.no": part - 1, "split.tensors.count": 2}
        write_model(folder / f"big-0000{part}-of-00002.gguf", keys, [tensors[part - 1]])
    (folder / "page.gguf").write_text("<!doctype html>")
    (folder / "s.gguf").symlink_to(starter_model)
    first = later(folder, index=opened())
    assert len(read) == 5
    read.clear()
    # Whoever opened a model now would fail; root may read everything.
    for path in folder.rglob("*.gguf"):
        if not path.is_symlink():
            path.chmod(0)
    assert later(folder, index=opened()) == first
    assert read == []
    assert first.entries[0].size_bytes == sum(p.stat().st_size for p in folder.glob("big*"))


@pytest.mark.parametrize("what", ["longer", "newer", "other"])
def test_a_file_that_changed_is_read_again(
    tmp_path: Path, opened: Opened, read: list[str], what: str
) -> None:
    folder = tmp_path / "models"
    path = write_named(folder / "m.gguf")
    write_named(folder / "other.gguf")
    later(folder, index=opened())
    read.clear()
    if what == "longer":
        before = path.stat()
        with path.open("ab") as file:
            file.write(b"more")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif what == "newer":
        os.utime(path, (1e9, 1e9))
    else:
        write_named(folder / "new.gguf").replace(path)
    later(folder, index=opened())
    assert read == ["m.gguf"]


def test_damaged_and_foreign_rows_are_read_again(
    tmp_path: Path, opened: Opened, read: list[str]
) -> None:
    folder = tmp_path / "models"
    for name in "abc":
        write_named(folder / f"{name}.gguf")
    first = later(folder, index=opened())
    opened()
    with Database(tmp_path / "data" / "lollma.sqlite").write() as connection:
        rows = "UPDATE library SET {} WHERE path LIKE '%{}.gguf'"
        connection.execute(rows.format("entry = '[1, 2]'", "a"))
        connection.execute(rows.format("version = version + 1", "b"))
    read.clear()
    assert later(folder, index=opened()) == first
    assert read == ["a.gguf", "b.gguf"]


def test_files_that_are_gone_are_forgotten_but_not_those_of_an_unplugged_drive(
    tmp_path: Path, opened: Opened, read: list[str]
) -> None:
    folder, drive = tmp_path / "models", tmp_path / "drive"
    gone = write_named(folder / "gone.gguf")
    write_named(drive / "deep" / "far.gguf")
    later(folder, drive, index=opened())
    gone.unlink()
    drive.rename(tmp_path / "unplugged")
    result = later(folder, drive, index=opened())
    assert (result.entries, result.missing) == ((), (drive,))
    assert list(opened().known()) == [str(drive / "deep" / "far.gguf")]
    (tmp_path / "unplugged").rename(drive)
    read.clear()
    assert len(later(folder, drive, index=opened()).entries) == 1
    assert read == []


def test_what_is_known_is_shown_before_anything_is_read(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    for name in "bc":
        write_named(folder / f"{name}.gguf")
    later(folder, index=opened())
    write_named(folder / "a.gguf")
    events: list[object] = []
    really = model_library.read_model
    monkeypatch.setattr(
        model_library, "read_model", lambda path: (events.append(path.name), really(path))[1]
    )
    scan([folder], shown=lambda e: events.append([x.name for x in e]), index=opened())
    assert events == [["b", "c"], "a.gguf"]


def test_an_unreadable_file_is_tried_again(tmp_path: Path, opened: Opened) -> None:
    if sys.platform == "win32" or os.geteuid() == 0:
        pytest.skip("this user may read everything")
    folder = tmp_path / "models"
    path = write_named(folder / "m.gguf")
    path.chmod(0)
    assert "permission" in later(folder, index=opened()).entries[0].problem
    path.chmod(0o644)
    assert later(folder, index=opened()).entries[0].info


def test_what_other_programs_say_is_never_stale(
    tmp_path: Path, opened: Opened, read: list[str]
) -> None:
    store = OllamaStore(tmp_path / "ollama")
    place = Place(ModelSource.OLLAMA, store.folder)
    model = store.blob(write_named(tmp_path / "m.gguf"))
    projector = store.blob(write_projector(tmp_path / "p.gguf"))
    manifest = store.manifest("registry.ollama.ai/library/m/1b", model=model)
    later(place, index=opened())
    manifest.unlink()
    store.manifest("registry.ollama.ai/library/new/2b", model=model, projector=projector)
    read.clear()
    named = {entry.name: entry for entry in later(place, index=opened()).entries}
    assert read == [store.path(projector).name]
    info = named["new:2b"].info
    assert info is not None
    assert info.companions == (str(store.path(projector)),)


def test_a_database_that_cannot_be_used_costs_no_model(tmp_path: Path) -> None:
    (tmp_path / "data").touch()  # where a folder should be
    index = LibraryIndex(Database(tmp_path / "data" / "lollma.sqlite"))
    write_named(tmp_path / "models" / "m.gguf")
    for _ in range(2):
        assert len(later(tmp_path / "models", index=index).entries) == 1


def test_entries_without_a_model_have_no_info_to_wait_for() -> None:
    entry = LibraryEntry(Path("/m.gguf"), None, "broken")
    kept = decode(str(entry.path), encode(entry))
    assert kept.info is None
    assert replace(kept, title="x").name == "x"
    with pytest.raises(AttributeError):
        kept.nothing  # noqa: B018
