"""The list of models, by clicking: narrow, group, arrange, kinds and pairs, copies."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts, card
from helpers.gguf_files import write_model
from helpers.model_shapes import write_shape
from helpers.models_user import ModelsPage, open_tab
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from lollma_gui.core.model_page import Run
from lollma_gui.core.model_source import ModelSource
from lollma_gui.qt.model_columns import COLUMNS, NAMES
from lollma_gui.qt.models_table import Arrangement
from lollma_gui.services.model_places import Place

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def parts(qapp: QApplication, tmp_path: Path) -> Iterator[FitParts]:
    made = FitParts(tmp_path / "home", gpus=(card(),), folders=(tmp_path / "empty",))
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An 8B model three times, a model with experts, a projector, an adapter, half a file."""
    folder = tmp_path / "models"
    folder.mkdir()
    for quantisation in ("Q4_K_M", "Q8_0", "F16"):
        made = write_shape(folder, "qwen3-8b", quantisation)
        made.rename(folder / f"Qwen3-8B-{quantisation}.gguf")
    write_shape(folder, "qwen3-30b-a3b", "Q4_K_M").rename(folder / "Qwen3-30B-A3B-Q4_K_M.gguf")
    write_model(folder / "mmproj-Qwen3-8B.gguf", {"general.type": "mmproj"}, architecture="clip")
    write_model(folder / "Pirate.gguf", {"general.type": "adapter"})
    with (folder / "Qwen3-8B-Q8_0.gguf").open("rb") as whole:
        (folder / "Half.gguf").write_bytes(whole.read(20_000))
    os.utime(folder / "Half.gguf", (1e9, 1e9))
    return folder


@pytest.fixture
def tab(
    qtbot: QtBot, qapp: QApplication, parts: FitParts, tmp_path: Path, folder: Path
) -> ModelsPage:
    made = open_tab(qtbot, qapp, parts, tmp_path / "starter")
    with qtbot.waitSignal(made.library.changed, timeout=20_000):
        made.add_folder(folder)
    qtbot.waitUntil(lambda: made.models.rows.known == 7)
    return made


def cell(tab: ModelsPage, name: str, column: str, role: int = 0) -> str:
    rows = tab.models.rows
    index = next(
        rows.index(row, NAMES.index(column))
        for row in range(rows.rowCount())
        if name in str(rows.index(row, 0).data())
    )
    return str(index.data(Qt.ItemDataRole(role)))


def names(tab: ModelsPage) -> list[str]:
    rows = tab.models.rows
    return [rows.index(row, 0).data() for row in range(rows.rowCount())]


def turn(tab: ModelsPage, group: str, words: str) -> None:
    option = next(
        o for g in tab.models.rows.groups() for o in g.options if (g.key, o.words) == (group, words)
    )
    tab.models.filter.turn(option, True)


# ---- what is said of a model ---------------------------------------------------------------------


def test_experts_that_are_active_stand_beside_all_parameters(tab: ModelsPage) -> None:
    assert cell(tab, "30B", "parameters") == "30.5 B-A3.4 B"


def test_what_is_no_text_model_says_what_it_is(tab: ModelsPage) -> None:
    assert cell(tab, "mmproj", "fit") == "Vision projector (mmproj)"
    assert cell(tab, "Pirate", "fit") == "LoRA adapter"


def test_a_projector_is_shown_with_its_model(tab: ModelsPage) -> None:
    qwens = [name for name in names(tab) if name.startswith("Qwen3-8B")]
    assert qwens == ["Qwen3-8B + projector"] * 3
    tip = cell(tab, "Qwen3-8B", "name", Qt.ItemDataRole.ToolTipRole)
    assert "mmproj-Qwen3-8B.gguf" in tip


def test_a_damaged_file_is_marked_and_says_why(tab: ModelsPage) -> None:
    assert "⚠ Half.gguf" in names(tab)
    assert cell(tab, "Half", "fit") in ("Cannot be used", "Half downloaded")
    assert "damaged" in cell(tab, "Half", "name", Qt.ItemDataRole.ToolTipRole)


def test_a_measured_speed_takes_the_place_of_the_predicted_one(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    path = str(folder / "Qwen3-30B-A3B-Q4_K_M.gguf")
    qtbot.waitUntil(lambda: cell(tab, "30B", "speed").startswith("~"))
    tab.book.add_run(path, Run(52.0, 49, 8192, 1000.0))
    assert cell(tab, "30B", "speed") == "52.0"
    tip = cell(tab, "30B", "speed", Qt.ItemDataRole.ToolTipRole)
    assert tip == ("52.0 tok/s measured on this PC, 49 layers on the GPU, 8,192 tokens of context.")


def test_measured_answers_move_the_predictions_of_other_models(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    qtbot.waitUntil(lambda: cell(tab, "30B", "speed").startswith("~"))
    before = float(cell(tab, "30B", "speed").strip("~"))
    tab.book.add_run(str(folder / "Qwen3-8B-Q8_0.gguf"), Run(30.0, 37, 8192, 1.0, predicted=20.0))
    after = float(cell(tab, "30B", "speed").strip("~"))
    assert after == pytest.approx(1.5 * before, rel=0.06)


# ---- narrow and group ----------------------------------------------------------------------------


def test_the_filter_narrows_says_so_and_lets_go(qtbot: QtBot, tab: ModelsPage) -> None:
    qtbot.waitUntil(lambda: cell(tab, "30B", "speed").startswith("~"))
    qtbot.mouseClick(tab.models.filter.button, LEFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    titles = [action.text().split("\t")[0] for action in menu.actions() if action.text()]
    assert titles == [
        *("Kind", "Source", "Fit", "Quantisation", "Favourites"),
        *("Newer upload exists", "Problems", "Show all"),
    ]
    menu.close()
    turn(tab, "quantisation", "Q8_0")
    assert names(tab) == ["Qwen3-8B + projector"]
    turn(tab, "quantisation", "F16")
    assert len(names(tab)) == 2
    assert tab.models.line.text.text() == "Only: Q8_0, F16"
    assert tab.count.text().startswith("2 of 7 models")
    turn(tab, "problem", "Problems")
    assert names(tab) == []
    assert tab.models.nothing.isVisible()
    qtbot.mouseClick(tab.models.line.clear_button, LEFT)
    assert len(names(tab)) == 7
    assert not tab.models.line.isVisible()


@pytest.mark.parametrize(
    ("group", "words", "count"),
    [("kind", "LoRA adapter", 1), ("source", "Folder", 7), ("problem", "Problems", 1)],
)
def test_each_kind_of_filter(tab: ModelsPage, group: str, words: str, count: int) -> None:
    turn(tab, group, words)
    assert len(names(tab)) == count


def test_favourites_are_marked_and_can_be_shown_alone(tab: ModelsPage, folder: Path) -> None:
    tab.book.set_favourite(str(folder / "Qwen3-8B-F16.gguf"), True)
    assert "★ Qwen3-8B + projector" in names(tab)
    turn(tab, "favourite", "Favourites")
    assert names(tab) == ["★ Qwen3-8B + projector"]


def test_quantisations_of_a_model_stand_together_below_its_name(
    qtbot: QtBot, tab: ModelsPage
) -> None:
    qtbot.mouseClick(tab.models.group_button, LEFT)
    shown = names(tab)
    heading = shown.index("Qwen3-8B · 3 files")
    assert [name.strip() for name in shown[heading + 1 : heading + 4]] == [
        "Qwen3-8B + projector"
    ] * 3
    # Keys go past the heading.
    tab.table.choose(heading - 1)
    tab.table.setFocus()
    qtbot.keyClick(tab.table, Qt.Key.Key_Down)
    assert tab.table.currentIndex().row() == heading + 1


def test_words_of_notes_and_sources_are_found_too(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    tab.book.set_note(str(folder / "Pirate.gguf"), "Talks like Blackbeard")
    qtbot.keyClicks(tab.search, "blackbeard folder")
    assert names(tab) == ["Pirate"]


def test_from_the_search_one_goes_on_into_the_list(qtbot: QtBot, tab: ModelsPage) -> None:
    with qtbot.waitActive(tab):
        tab.activateWindow()
    tab.search.setFocus()
    qtbot.keyClicks(tab.search, "30b")
    qtbot.keyClick(tab.search, Qt.Key.Key_Down)
    assert tab.table.hasFocus()
    assert tab.models.entry().name.startswith("Qwen3-30B")
    tab.search.setFocus()
    qtbot.keyClick(tab.search, Qt.Key.Key_Escape)
    assert tab.search.text() == ""


# ---- nothing jumps -------------------------------------------------------------------------------


def test_what_is_chosen_stays_chosen_when_models_come_in(
    qtbot: QtBot, tab: ModelsPage, folder: Path, starter_model: Path
) -> None:
    path = str(folder / "Qwen3-8B-Q8_0.gguf")
    tab.select(path)
    index = tab.table.currentIndex().row()
    (folder / "Aaa-Q4_1.gguf").symlink_to(starter_model)
    with qtbot.assertNotEmitted(tab.models.selected):
        with qtbot.waitSignal(tab.library.changed, timeout=20_000):
            tab.library.rescan()
        qtbot.waitUntil(lambda: "Aaa" in names(tab))
    assert tab.table.currentIndex().row() == index + 1
    assert str(tab.models.entry().path) == path


def test_what_a_search_hides_is_chosen_again_after_it(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    path = str(folder / "Qwen3-8B-Q8_0.gguf")
    tab.select(path)
    tab.search.setText("pirate")
    assert tab.table.selected() is None
    tab.search.clear()
    assert str(tab.table.selected().path) == path


# ---- columns -------------------------------------------------------------------------------------


def column_of(tab: ModelsPage, key: str) -> int:
    return next(n for n, column in enumerate(COLUMNS) if column.key == key)


def test_a_dragged_edge_is_remembered_and_can_be_left_to_us_again(
    qtbot: QtBot, tab: ModelsPage
) -> None:
    header = tab.table.horizontalHeader()
    column = column_of(tab, "quantisation")
    edge = header.sectionViewportPosition(column) + header.sectionSize(column) - 1
    start, end = QPoint(edge, 10), QPoint(edge + 60, 10)
    before = header.sectionSize(column)
    with qtbot.waitSignal(tab.models.arranged) as told:
        qtbot.mousePress(header.viewport(), LEFT, pos=start)
        qtbot.mouseMove(header.viewport(), end)
        qtbot.mouseRelease(header.viewport(), LEFT, pos=end)
    assert header.sectionSize(column) == before + 60
    arrangement = told.args[0]
    assert isinstance(arrangement, Arrangement)
    assert arrangement.columns
    menu = tab.table.columns_menu()
    reset = next(a for a in menu.actions() if a.text() == "Fit to the window")
    with qtbot.waitSignal(tab.models.arranged) as told:
        reset.trigger()
    assert told.args[0].columns == ""
    menu.close()


def test_an_arrangement_is_taken_up_again(
    qtbot: QtBot, qapp: QApplication, parts: FitParts, tmp_path: Path, tab: ModelsPage
) -> None:
    menu = tab.table.columns_menu()
    shown = next(a for a in menu.actions() if a.text() == "Architecture")
    hidden = next(a for a in menu.actions() if a.text() == "Fit on this PC")
    shown.setChecked(True)
    hidden.setChecked(False)
    menu.close()
    tab.table.sortByColumn(column_of(tab, "size"), Qt.SortOrder.DescendingOrder)
    wanted = Arrangement(tab.models.rows.sorted_by, True, tab.table.columns)
    again = open_tab(qtbot, qapp, parts, tmp_path / "starter", wanted)
    assert again.models.rows.sorted_by == "-size"
    assert again.models.group_button.isChecked()
    assert not again.table.isColumnHidden(column_of(again, "architecture"))
    assert again.table.isColumnHidden(column_of(again, "fit"))


@pytest.mark.parametrize("arrangement", [Arrangement("nonsense", False, "AAAA"), Arrangement("")])
def test_a_damaged_arrangement_does_no_harm(
    qtbot: QtBot, qapp: QApplication, parts: FitParts, tmp_path: Path, arrangement: Arrangement
) -> None:
    tab = open_tab(qtbot, qapp, parts, tmp_path / "starter", arrangement)
    assert tab.models.rows.sorted_by == "name"


# ---- the menu of a model -------------------------------------------------------------------------


def test_a_right_click_offers_what_can_be_done(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    tab.select(str(folder / "Pirate.gguf"))
    place = tab.table.visualRect(tab.table.currentIndex()).center()
    tab.table.customContextMenuRequested.emit(place)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text().split("\t")[0] for action in menu.actions() if action.text()]
    assert words == [
        *("Load", "Favourite", "Rename…", "Move to bin", "Open folder", "Copy path", "Details")
    ]
    next(a for a in menu.actions() if a.text() == "Copy path").trigger()
    assert QApplication.clipboard().text() == str(folder / "Pirate.gguf")
    menu.close()


# ---- folders -------------------------------------------------------------------------------------


def test_other_programs_folders_are_listed_and_can_be_switched_off(
    qtbot: QtBot, tab: ModelsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "lmstudio"
    theirs.mkdir()
    write_model(theirs / "Theirs.gguf", {"llama.block_count": 1})
    places = [Place(ModelSource.LM_STUDIO, theirs)]
    monkeypatch.setattr(tab.library, "_find_places", lambda: places)
    tab.library.rescan()
    qtbot.waitUntil(lambda: "Theirs" in names(tab), timeout=20_000)
    assert cell(tab, "Theirs", "source") == "LM Studio"
    qtbot.mouseClick(tab.folders_button, LEFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert tab.count.text().endswith("3 folders")
    assert "Found by itself" in [a.text() for a in menu.actions()]
    action = next(a for a in menu.actions() if a.text().startswith("LM Studio: "))
    assert action.text() == f"LM Studio: {theirs}  (1)"
    with qtbot.waitSignal(tab.library.off_changed):
        action.setChecked(False)
    menu.close()
    qtbot.waitUntil(lambda: "Theirs" not in names(tab), timeout=20_000)
    assert tab.count.text().endswith("2 folders")


def test_what_writes_no_text_is_not_loaded_and_that_is_said(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    loaded: list[str] = []
    tab.load_wanted.connect(loaded.append)
    tab.select(str(folder / "Pirate.gguf"))
    assert not tab.load_button.isEnabled()
    tab.table.setFocus()
    qtbot.keyClick(tab.table, Qt.Key.Key_Return)
    assert loaded == []
    assert tab.notices.titles == ["Pirate writes no text: LoRA adapter."]


def test_the_parts_stay_where_they_are_when_another_is_chosen(tab: ModelsPage) -> None:
    places = set()
    for part in ("library", "hub", "downloads", "planner"):
        tab.show_part(part)
        layout = tab.layout()
        assert layout is not None
        layout.activate()
        places.add((tab.pages.x(), tab.pages.width()))
    assert len(places) == 1


def test_a_model_that_works_is_chosen_first(
    qtbot: QtBot, qapp: QApplication, parts: FitParts, tmp_path: Path
) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "A.gguf").write_bytes(b"GGUF")
    os.utime(folder / "A.gguf", (1e9, 1e9))
    write_model(folder / "Z.gguf", {"llama.block_count": 1})
    parts.library.set_folders([folder])
    tab = open_tab(qtbot, qapp, parts, tmp_path / "starter")
    qtbot.waitUntil(lambda: names(tab) == ["⚠ A.gguf", "Z"], timeout=20_000)
    qtbot.waitUntil(lambda: not parts.library.is_scanning)
    entry = tab.models.entry()
    assert entry is not None
    assert entry.name == "Z"
