"""The library follows the folders: what comes, goes or grows is seen by itself."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.stores import OllamaStore, write_named
from pytestqt.qtbot import QtBot

from lollma_gui.core.model_source import ModelSource
from lollma_gui.qt import library as library_module
from lollma_gui.qt.background import Background
from lollma_gui.qt.library import Library, PlaceState, places_to_search
from lollma_gui.services.database import Database
from lollma_gui.services.library_index import LibraryIndex
from lollma_gui.services.model_places import ModelPlaces, Place

Make = Callable[..., Library]


@pytest.fixture
def make(qapp: object, tmp_path: Path) -> Iterator[Make]:
    """Makes libraries over ``tmp_path/mine``, and ends them."""
    made: list[tuple[Background, Database, Library]] = []

    def make(**given: Any) -> Library:
        background, database = Background(), Database(tmp_path / "data" / "lollma.sqlite")
        given.setdefault("folders", [tmp_path / "mine"])
        library = Library(background, index=LibraryIndex(database), **given)
        made.append((background, database, library))
        return library

    yield make
    for background, database, library in made:
        assert background.shutdown()
        database.close()
        library.deleteLater()


def names(library: Library) -> list[str]:
    return [entry.name for entry in library.entries]


def search(qtbot: QtBot, library: Library) -> None:
    with qtbot.waitSignal(library.changed):
        library.rescan()


def test_a_file_that_comes_or_goes_is_seen(qtbot: QtBot, make: Make, tmp_path: Path) -> None:
    write_named(tmp_path / "mine" / "a.gguf")
    library = make()
    search(qtbot, library)
    assert names(library) == ["a"]
    write_named(tmp_path / "mine" / "b.gguf")
    qtbot.waitUntil(lambda: names(library) == ["a", "b"])
    # A folder that is new is looked into as well, and watched from then on.
    write_named(tmp_path / "mine" / "deep" / "er" / "c.gguf")
    qtbot.waitUntil(lambda: names(library) == ["a", "b", "c"])
    qtbot.waitUntil(lambda: len(library._watch.watched) == 3)
    write_named(tmp_path / "mine" / "deep" / "er" / "d.gguf")
    qtbot.waitUntil(lambda: names(library) == ["a", "b", "c", "d"])
    (tmp_path / "mine" / "a.gguf").unlink()
    qtbot.waitUntil(lambda: names(library) == ["b", "c", "d"])


def test_a_file_that_grows_becomes_a_model_by_itself(
    qtbot: QtBot, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "_LOOK_AGAIN_MS", 50)
    whole = write_named(tmp_path / "m.gguf").read_bytes()
    path = tmp_path / "mine" / "m.gguf"
    path.parent.mkdir()
    path.write_bytes(whole[:100])
    library = make()
    search(qtbot, library)
    (entry,) = library.entries
    assert entry.is_partial
    assert "still being written" in entry.problem
    with path.open("ab") as file:
        file.write(whole[100:])
    qtbot.waitUntil(lambda: library.entries[0].info is not None)
    assert library.entries[0].problem == ""


def test_looking_on_tells_nobody_that_nothing_changed(
    qtbot: QtBot, make: Make, tmp_path: Path
) -> None:
    write_named(tmp_path / "mine" / "a.gguf")
    library = make()
    told: list[object] = []
    search(qtbot, library)
    for signal in (library.changed, library.scanning, library.problems):
        signal.connect(lambda *_args: told.append(1))
    with qtbot.waitSignal(library._watch.changed):
        (tmp_path / "mine" / "notes.txt").touch()
    qtbot.waitUntil(lambda: library._job is None)
    assert told == []
    assert not library.is_scanning


def test_a_second_start_lists_everything_without_reading(
    qtbot: QtBot, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lollma_gui.services import model_library

    for number in range(20):
        write_named(tmp_path / "mine" / f"m{number:02}.gguf")
    first = make()
    search(qtbot, first)
    monkeypatch.setattr(model_library, "read_model", lambda path: pytest.fail(f"{path} was read"))
    second = make()
    search(qtbot, second)
    assert second.entries == first.entries
    assert second.entry(str(tmp_path / "mine" / "m07.gguf")) == first.entries[7]
    assert second.entry("elsewhere") is None


def test_other_programs_folders_are_searched_and_can_be_switched_off(
    qtbot: QtBot, make: Make, tmp_path: Path
) -> None:
    write_named(tmp_path / "mine" / "a.gguf")
    theirs = tmp_path / ".lmstudio" / "models"
    write_named(theirs / "p" / "r" / "b.gguf")
    OllamaStore(tmp_path / ".ollama" / "models")
    find = ModelPlaces(tmp_path, {}, sys.platform, root=tmp_path).find
    library = make(find_places=find, own=tmp_path / "mine")
    search(qtbot, library)
    assert {e.name: e.source for e in library.entries} == {
        "a": ModelSource.OWN,
        "b": ModelSource.LM_STUDIO,
    }
    assert library.places == [
        PlaceState(ModelSource.OWN, tmp_path / "mine", True, False, 1),
        PlaceState(ModelSource.LM_STUDIO, theirs, True, True, 1),
        PlaceState(ModelSource.OLLAMA, tmp_path / ".ollama" / "models", True, True, 0),
    ]
    told: list[list[str]] = []
    library.off_changed.connect(told.append)
    with qtbot.waitSignal(library.changed):
        library.set_place_on(theirs, False)
    assert told == [[str(theirs)]]
    assert names(library) == ["a"]
    assert library.places[1] == PlaceState(ModelSource.LM_STUDIO, theirs, False, True, 0)
    with qtbot.assertNotEmitted(library.off_changed):
        library.set_place_on(theirs, False)
    # What is remembered holds from the start on; switching it on again undoes it.
    again = make(find_places=find, off=[str(theirs)])
    search(qtbot, again)
    assert names(again) == ["a"]
    again.off_changed.connect(told.append)
    with qtbot.waitSignal(again.changed):
        again.set_place_on(theirs, True)
    assert told[1:] == [[]]
    assert names(again) == ["a", "b"]


def test_the_persons_folders_come_first_and_bear_their_owners_name(tmp_path: Path) -> None:
    own, mine, theirs, others = (tmp_path / name for name in ("own", "mine", "theirs", "others"))
    found = [Place(ModelSource.JAN, theirs), Place(ModelSource.LM_STUDIO, others)]
    assert places_to_search([own, mine, theirs], found, {str(others), str(theirs)}, own) == [
        Place(ModelSource.OWN, own),
        Place(ModelSource.FOLDER, mine),
        Place(ModelSource.JAN, theirs),
    ]


def test_with_a_thousand_folders_the_window_is_never_held_up(
    qtbot: QtBot, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lollma_gui.qt import folder_watch

    monkeypatch.setattr(folder_watch, "_MOST_WATCHED", 60)
    added: list[int] = []
    for number in range(100):
        (tmp_path / "mine" / f"{number:03}").mkdir(parents=True)
    library = make()
    watcher = library._watch._watcher
    really = watcher.addPaths
    monkeypatch.setattr(watcher, "addPaths", lambda p: (added.append(len(p)), really(p))[1])
    search(qtbot, library)
    qtbot.waitUntil(lambda: len(library._watch.watched) == 60)
    assert max(added) <= 32
    library.set_folders([])
    qtbot.waitUntil(lambda: library._watch.watched == [])
