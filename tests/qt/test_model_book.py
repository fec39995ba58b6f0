"""The model book in the window: seen at once, written in order, nothing lost while it is read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lollma_gui.core.model_page import ModelPage, Run
from lollma_gui.qt.background import Background
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.services.database import Database
from lollma_gui.services.model_book_store import ModelBookStore

PATH = "/m/a.gguf"


@pytest.fixture
def keeper(qtbot: QtBot) -> Iterator[Background]:
    made = Background(threads=1)
    yield made
    assert made.shutdown(cancel=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ModelBookStore]:
    database = Database(tmp_path / "lollma.sqlite")
    yield ModelBookStore(database)
    database.close()


def opened(qtbot: QtBot, store: ModelBookStore, keeper: Background) -> ModelBook:
    book = ModelBook(store, keeper)
    with qtbot.waitSignal(book.changed):
        book.open()
    return book


def test_what_is_written_is_told_at_once_and_kept(
    qtbot: QtBot, store: ModelBookStore, keeper: Background
) -> None:
    book = opened(qtbot, store, keeper)
    with qtbot.waitSignal(book.changed) as told:
        book.set_favourite(PATH, True)
    assert told.args == [PATH]
    book.set_note(PATH, "  mine ")
    assert book.page(PATH) == ModelPage(favourite=True, note="mine")
    qtbot.waitUntil(keeper.is_idle)
    assert store.all() == {PATH: book.page(PATH)}


def test_what_changes_nothing_is_not_told(
    qtbot: QtBot, store: ModelBookStore, keeper: Background
) -> None:
    book = opened(qtbot, store, keeper)
    with qtbot.assertNotEmitted(book.changed):
        book.set_favourite(PATH, False)


def test_a_change_before_the_book_is_read_does_not_wipe_the_page(
    qtbot: QtBot, store: ModelBookStore, keeper: Background
) -> None:
    store.save(PATH, ModelPage(note="from last time"))
    book = ModelBook(store, keeper)
    book.mark_used(PATH, 77.0)
    with qtbot.waitSignal(book.speeds_changed):
        book.open()
    assert book.page(PATH) == ModelPage(note="from last time", last_used=77.0)
    qtbot.waitUntil(keeper.is_idle)
    assert store.all()[PATH].note == "from last time"


def test_a_renamed_model_takes_its_page_along(
    qtbot: QtBot, store: ModelBookStore, keeper: Background
) -> None:
    book = opened(qtbot, store, keeper)
    book.set_note(PATH, "mine")
    book.move(PATH, "/m/b.gguf")
    assert book.page(PATH) == ModelPage()
    assert book.page("/m/b.gguf").note == "mine"
    qtbot.waitUntil(keeper.is_idle)
    assert list(store.all()) == ["/m/b.gguf"]


def test_answers_make_predictions_better(
    qtbot: QtBot, store: ModelBookStore, keeper: Background
) -> None:
    book = opened(qtbot, store, keeper)
    assert book.speed_factor is None
    with qtbot.waitSignal(book.speeds_changed):
        book.add_run(PATH, Run(30.0, 0, 4096, 1.0, predicted=20.0))
    assert book.speed_factor == 1.5
