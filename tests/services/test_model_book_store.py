"""The model book on disk: what was written is there again, whatever else lies in the table."""

from pathlib import Path

import pytest

from lollma_gui.core.model_page import MOST_RUNS, ModelPage, Run, decode_page, factor_of
from lollma_gui.services.database import Database
from lollma_gui.services.model_book_store import ModelBookStore

RUN = Run(52.0, 33, 8192, 1000.0, 40.0)
PAGE = ModelPage(True, "good at “poems”", 1234.5, (RUN,), loads_anyway=True)


@pytest.fixture
def database(tmp_path: Path):
    made = Database(tmp_path / "lollma.sqlite")
    yield made
    made.close()


def test_a_page_is_there_again_after_a_restart(database: Database, tmp_path: Path) -> None:
    ModelBookStore(database).save("/m/a.gguf", PAGE)
    database.close()
    again = Database(tmp_path / "lollma.sqlite")
    assert ModelBookStore(again).all() == {"/m/a.gguf": PAGE}
    again.close()


def test_a_page_goes_along_with_its_model_and_replaces_a_stale_one(database: Database) -> None:
    store = ModelBookStore(database)
    store.save("/m/a.gguf", PAGE)
    store.save("/m/b.gguf", ModelPage(note="of a file that is gone"))
    store.move("/m/a.gguf", "/m/b.gguf")
    assert store.all() == {"/m/b.gguf": PAGE}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", '{"note": 7, "favourite": "yes", "runs": {}, "last_used": null}'],
)
def test_what_cannot_be_used_is_left_out(text: str) -> None:
    assert decode_page(text) == ModelPage()


def test_a_page_that_is_half_wrong_keeps_its_good_half() -> None:
    text = '{"note": "kept", "favourite": 3, "new": 1, "runs": [{"x": 1}, [1], {"gpu_layers": 1}]}'
    assert decode_page(text) == ModelPage(note="kept")


def test_the_speed_shown_is_the_median_of_answers_with_the_last_settings() -> None:
    page = ModelPage()
    for speed in (10.0, 50.0, 54.0, 52.0):
        page = page.with_run(RUN._replace(tokens_per_second=speed))
    assert page.measured == 51.0
    assert page.with_run(RUN._replace(tokens_per_second=9.0, gpu_layers=0)).measured == 9.0
    assert ModelPage().measured is None


def test_only_the_last_answers_are_kept() -> None:
    page = ModelPage()
    for number in range(30):
        page = page.with_run(RUN._replace(ended_at=float(number)))
    assert [run.ended_at for run in page.runs] == [float(n) for n in range(30 - MOST_RUNS, 30)]


def test_measured_answers_teach_what_predictions_are_off_by() -> None:
    assert factor_of([PAGE, ModelPage()]) == 52 / 40
    assert factor_of([ModelPage(runs=(RUN._replace(predicted=None),))]) is None
