"""The library in the real window: load, what will not fit, notes, names and the bin."""

from pathlib import Path

import pytest
from helpers.header_only import llama_8b, write_sparse
from helpers.model_shapes import write_shape
from helpers.person import Person
from helpers.stores import OllamaStore, write_named
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from lollma_gui.app import LollmaApp
from lollma_gui.core.engine_status import EngineState
from lollma_gui.services.places import Places
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.widgets.load_dialog import LoadDialog

LEFT = Qt.MouseButton.LeftButton
HUGE = 10_485_760


@pytest.fixture(autouse=True)
def own_bin(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bin of whoever runs the tests stays as it is."""
    folder = own_home / "xdg"
    folder.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def models_of(person: Person, app: LollmaApp) -> ModelsTab:
    tab = app.window.show_page("Models")
    assert isinstance(tab, ModelsTab)
    person.wait(lambda: tab.models.entry() is not None)
    return tab


def names(tab: ModelsTab) -> list[str]:
    rows = tab.models.rows
    return [rows.index(row, 0).data() for row in range(rows.rowCount())]


def question_of(person: Person, app: LollmaApp) -> LoadDialog:
    person.wait(lambda: app.question is not None and app.question.isVisible())
    assert app.question is not None
    return app.question


def press_in_notice(person: Person, notices, words: str) -> None:
    found = next(b for b in notices.findChildren(QPushButton) if b.text() == words)
    person.qtbot.mouseClick(found, LEFT)


def is_ready(app: LollmaApp) -> bool:
    return app.parts.engine.status.state is EngineState.READY


def test_enter_loads_the_chosen_model_with_its_own_profile(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    tab = models_of(person, app)
    app.parts.settings.set_values_of(str(with_starter), {"n_ctx": 1024})
    tab.table.setFocus()
    person.qtbot.keyClick(tab.table, Qt.Key.Key_Return)
    person.wait(lambda: is_ready(app))
    assert app.parts.engine.status.loaded.n_ctx == 1024
    assert app.question is None
    page = app.parts.book.page(str(with_starter))
    assert page.last_used > 0


def test_an_answers_speed_is_in_the_list_and_survives_a_restart(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    models_of(person, app)
    # Left to chance, one answer in many is too short to say anything about speed.
    app.parts.settings.set_values_of(str(with_starter), {"temperature": 0.0})
    app.load_model(str(with_starter))
    person.wait(lambda: is_ready(app))
    app.parts.session.send("Count from one to thirty.")
    person.wait(lambda: app.parts.book.page(str(with_starter)).measured is not None)
    person.wait(app.parts.keeper.is_idle)
    run = app.parts.book.page(str(with_starter)).runs[-1]
    assert run.predicted is not None
    assert run.n_ctx == app.parts.engine.status.loaded.n_ctx
    person.close(app)
    again = person.start()
    tab = models_of(person, again)
    person.wait(lambda: again.parts.book.page(str(with_starter)).measured is not None)
    column = [c.key for c in _columns()].index("speed")
    assert not tab.models.rows.index(0, column).data().startswith("~")
    tip = tab.models.rows.index(0, column).data(Qt.ItemDataRole.ToolTipRole)
    assert "measured on this PC" in tip


def _columns():
    from lollma_gui.qt.model_columns import COLUMNS

    return COLUMNS


@pytest.mark.parametrize("way", ["picker", "button", "reload"])
def test_whatever_way_a_model_is_loaded_one_that_will_not_fit_is_asked_about(
    person: Person, with_starter: Path, way: str
) -> None:
    app = person.start()
    tab = models_of(person, app)
    app.parts.settings.set_values_of(str(with_starter), {"n_ctx": HUGE})
    if way == "picker":
        app.window.run_bar.picker.chosen.emit(str(with_starter))
    elif way == "button":
        person.qtbot.mouseClick(tab.load_button, LEFT)
    else:
        app.parts.engine.status_changed.emit(app.parts.engine.status)
        app.load_model(str(with_starter))
        question_of(person, app).reject()
        app.parts.reload_wanted.emit()
    dialog = question_of(person, app)
    assert dialog.verdict.headline.text().startswith("Needs ")
    assert dialog.bars.bars[-1].isVisible()
    person.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert app.question is None
    assert app.parts.engine.status.state is EngineState.NOT_LOADED


def test_one_click_on_a_change_applies_it_and_loads(person: Person, with_starter: Path) -> None:
    app = person.start()
    models_of(person, app)
    app.parts.settings.set_values_of(str(with_starter), {"n_ctx": HUGE})
    app.load_model(str(with_starter))
    dialog = question_of(person, app)
    assert 1 <= len(dialog.offer_buttons) <= 3
    person.qtbot.mouseClick(dialog.offer_buttons[0], LEFT)
    person.wait(lambda: is_ready(app))
    assert app.parts.engine.status.loaded.n_ctx < HUGE
    assert app.parts.settings.values_of(str(with_starter))["n_ctx"] < HUGE


def test_load_anyway_really_asks_the_engine_and_can_be_for_good(
    person: Person, places: Places
) -> None:
    places.models.mkdir(parents=True)
    model = write_shape(places.models, "deepseek-v3", "Q8_0")
    app = person.start()
    models_of(person, app)
    app.load_model(str(model))
    dialog = question_of(person, app)
    assert dialog.offer_buttons == []
    dialog.ask_no_more.setChecked(True)
    person.qtbot.mouseClick(dialog.anyway_button, LEFT)
    ask_engine_and_cancel(person, app, model)
    app.load_model(str(model))
    ask_engine_and_cancel(person, app, model)
    assert app.question is None
    press_in_notice(person, app.window.notices, "Ask again")
    app.load_model(str(model))
    question_of(person, app).reject()


def ask_engine_and_cancel(person: Person, app: LollmaApp, model: Path) -> None:
    """The engine was asked to load it; there is nothing behind its header to wait for."""
    person.wait(lambda: app.parts.engine.status.is_busy)
    assert app.parts.engine.status.model_path == str(model)
    app.parts.engine.unload()
    person.wait(lambda: app.parts.engine.status.state is EngineState.NOT_LOADED)


def test_favourite_and_note_survive_a_restart(person: Person, with_starter: Path) -> None:
    app = person.start()
    tab = models_of(person, app)
    tab.table.setFocus()
    person.qtbot.keyClick(tab.table, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    tab.side.show_page("details")
    note = tab.side.details.about.note
    note.setFocus()
    person.qtbot.keyClicks(note, "good at rhymes")
    tab.search.setFocus()
    person.wait(lambda: app.parts.book.page(str(with_starter)).note == "good at rhymes")
    assert names(tab)[0].startswith("★ ")
    person.close(app)
    again = person.start()
    tab = models_of(person, again)
    person.wait(lambda: names(tab)[0].startswith("★ "))
    tab.side.show_page("details")
    assert tab.side.details.about.note.toPlainText() == "good at rhymes"
    person.qtbot.keyClicks(tab.search, "rhymes")
    assert len(names(tab)) == 1


def test_a_model_is_renamed_with_all_its_parts_its_note_and_its_settings_and_back(
    person: Person, places: Places
) -> None:
    places.models.mkdir(parents=True)
    path = write_sparse(places.models, "Big", llama_8b(parts=3))
    app = person.start()
    tab = models_of(person, app)
    app.parts.book.set_note(str(path), "mine")
    app.parts.settings.set_values_of(str(path), {"n_ctx": 1024})
    tab.table.setFocus()
    person.qtbot.keyClick(tab.table, Qt.Key.Key_F2)
    form = tab.side.details.rename_form
    assert form.name.text() == "Big"
    person.qtbot.keyClicks(form.name, "a/b")
    assert not form.ok_button.isEnabled()
    form.name.selectAll()
    person.qtbot.keyClicks(form.name, "Small")
    person.qtbot.keyClick(form.name, Qt.Key.Key_Return)
    person.wait(lambda: names(tab) == ["Small"])
    renamed = places.models / "Small-00001-of-00003.gguf"
    assert sorted(p.name for p in places.models.iterdir()) == [
        f"Small-0000{n}-of-00003.gguf" for n in (1, 2, 3)
    ]
    assert app.parts.book.page(str(renamed)).note == "mine"
    assert app.parts.settings.values_of(str(renamed))["n_ctx"] == 1024
    press_in_notice(person, tab.notices, "Undo")
    person.wait(lambda: names(tab) == ["Big"])
    assert path.exists()
    assert app.parts.book.page(str(path)).note == "mine"


def test_a_model_goes_to_the_bin_and_comes_back(person: Person, with_starter: Path) -> None:
    app = person.start()
    tab = models_of(person, app)
    content = with_starter.read_bytes()
    tab.table.setFocus()
    person.qtbot.keyClick(tab.table, Qt.Key.Key_Delete)
    person.wait(lambda: not app.parts.library.entries)
    assert not with_starter.exists()
    press_in_notice(person, tab.notices, "Undo")
    person.wait(lambda: bool(app.parts.library.entries))
    assert with_starter.read_bytes() == content


def test_where_there_is_no_bin_nothing_is_deleted(
    person: Person, with_starter: Path, own_bin: Path
) -> None:
    app = person.start()
    tab = models_of(person, app)
    own_bin.rmdir()
    own_bin.write_text("no folder, so no bin")
    tab.table.setFocus()
    person.qtbot.keyClick(tab.table, Qt.Key.Key_Delete)
    person.wait(lambda: tab.notices.titles)
    assert tab.notices.titles[0].startswith("There is no bin")
    assert with_starter.exists()


def test_the_loaded_model_is_neither_renamed_nor_binned(person: Person, with_starter: Path) -> None:
    app = person.start()
    tab = models_of(person, app)
    app.load_model(str(with_starter))
    person.wait(lambda: is_ready(app))
    tab.table.setFocus()
    person.qtbot.keyClick(tab.table, Qt.Key.Key_Delete)
    assert any("is loaded" in title for title in tab.notices.titles)
    app.parts.actions.rename(tab.models.entry(), "Other")
    person.wait(app.parts.background.is_idle)
    assert with_starter.exists()


def test_a_model_of_ollama_goes_by_its_name_there_everywhere(
    person: Person, own_home: Path, tmp_path: Path
) -> None:
    store = OllamaStore(own_home / "nobody/.ollama/models")
    digest = store.blob(write_shape(tmp_path, "smollm2-135m", "Q8_0"))
    store.manifest("registry.ollama.ai/library/smollm2/135m", model=digest)
    app = person.start()
    tab = models_of(person, app)
    assert names(tab) == ["smollm2:135m"]
    picker = app.window.run_bar.picker
    assert [choice.name for choice in picker._choices] == ["smollm2:135m"]
    assert app.parts.model_name(str(store.path(digest))) == "smollm2:135m"


def test_of_very_many_models_the_picker_offers_favourites_and_those_used_last(
    person: Person, places: Places
) -> None:
    places.models.mkdir(parents=True)
    paths = [write_named(places.models / f"M{number:03}.gguf") for number in range(100)]
    app = person.start()
    book = app.parts.book
    book.set_favourite(str(paths[70]), True)
    book.mark_used(str(paths[50]), 2e9)
    book.mark_used(str(paths[60]), 1e9)
    menu = app.window.run_bar.picker.make_menu()
    texts = [action.text().split("\t")[0] for action in menu.actions()]
    assert texts[:4] == ["M070", "M050", "M060", "M000"]
    assert texts[-1] == "All 100 models…"
    assert len(texts) < 25
    menu.deleteLater()


def test_sorting_grouping_and_columns_are_as_they_were_left(
    person: Person, with_starter: Path
) -> None:
    app = person.start()
    tab = models_of(person, app)
    person.qtbot.mouseClick(tab.models.group_button, LEFT)
    tab.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    menu = tab.table.columns_menu()
    source = next(a for a in menu.actions() if a.text() == "Architecture")
    source.setChecked(True)
    menu.close()
    person.wait(lambda: app.remembered.choices.models_columns)
    person.wait(app.parts.keeper.is_idle)
    person.close(app)
    again = person.start()
    tab = models_of(person, again)
    assert tab.models.group_button.isChecked()
    assert tab.models.rows.sorted_by == "-size"
    assert not tab.table.isColumnHidden(9)
    assert names(tab) == ["SmolLM2-135M-Instruct"]
