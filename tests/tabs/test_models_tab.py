"""The models tab, by clicking: folders, search, details, the starter model's card."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts, card
from helpers.model_shapes import write_shape
from helpers.models_user import ModelsPage, open_tab
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from lollma_gui.core.progress import Progress
from lollma_gui.qt.model_columns import FIT_COLUMN
from lollma_gui.tabs.models_view import ModelsView

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def parts(qapp: QApplication, tmp_path: Path) -> Iterator[FitParts]:
    made = FitParts(tmp_path / "home", gpus=(card(),), folders=(tmp_path / "empty",))
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path, starter_model: Path) -> Path:
    """Two models that are whole and one that is not."""
    folder = tmp_path / "models"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "Alpha-Q4_1.gguf").symlink_to(starter_model)
    (folder / "b").mkdir()
    (folder / "deep" / "er" / "Beta-Q4_1.gguf").write_bytes(starter_model.read_bytes())
    (folder / "b" / "Broken.gguf").write_bytes(starter_model.read_bytes()[:500_000])
    os.utime(folder / "b" / "Broken.gguf", (1e9, 1e9))  # nobody is writing it just now
    return folder


@pytest.fixture
def tab(qtbot: QtBot, qapp: QApplication, parts: FitParts, tmp_path: Path) -> ModelsPage:
    return open_tab(qtbot, qapp, parts, tmp_path / "starter")


def add(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    with qtbot.waitSignal(tab.library.changed, timeout=20_000):
        tab.add_folder(folder)


def shown(tab: ModelsPage) -> list[str]:
    model = tab.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_without_models_the_two_first_steps_are_offered(tab: ModelsPage) -> None:
    assert tab.models.empty.isVisible()
    assert not tab.table.isVisible()
    assert not tab.load_button.isEnabled()
    assert list(tab.models.empty.buttons) == ["starter", "folder"]
    assert "98 MB" in tab.models.empty.buttons["starter"].text()


def test_a_folder_is_searched_at_any_depth(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    with qtbot.waitSignal(tab.folders_chosen) as told:
        add(qtbot, tab, folder)
    assert told.args[0][-1] == folder
    assert shown(tab) == ["Alpha", "Beta", "⚠ Broken.gguf"]
    assert tab.count.text() == "3 models · 2 folders"
    assert tab.table.isVisible()


def test_search_narrows_while_typing(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    add(qtbot, tab, folder)
    qtbot.keyClicks(tab.search, "q4_1 BET")
    assert shown(tab) == ["Beta"]
    assert tab.count.text() == "1 of 3 models · 2 folders"
    tab.search.clear()
    assert len(shown(tab)) == 3


def test_a_click_on_a_title_sorts_by_value(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    add(qtbot, tab, folder)
    header = tab.table.horizontalHeader()
    at = header.sectionViewportPosition(0) + 20
    qtbot.mouseClick(header.viewport(), LEFT, pos=header.rect().topLeft() + _right(at))
    assert shown(tab) == ["⚠ Broken.gguf", "Beta", "Alpha"]


def _right(x: int):
    from PySide6.QtCore import QPoint

    return QPoint(x, 8)


def test_details_say_what_a_model_is(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    add(qtbot, tab, folder)
    tab.select(str(folder / "Alpha-Q4_1.gguf"))
    tab.side.show_page("details")
    sections = tab.side.details.about.sections
    qtbot.waitUntil(lambda: bool(sections.titles()))
    facts = sections.facts()
    assert facts["Parameters"] == "135 M"
    assert facts["Quantisation"] == "Q4_1"
    assert facts["Context"] == "8,192 tokens"
    assert facts["Architecture"] == "llama"
    qtbot.mouseClick(tab.side.details.copy_button, LEFT)
    assert QApplication.clipboard().text() == str(folder / "Alpha-Q4_1.gguf")


def test_load_asks_for_the_selected_model_and_not_for_a_damaged_one(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    add(qtbot, tab, folder)
    tab.select(str(folder / "deep" / "er" / "Beta-Q4_1.gguf"))
    with qtbot.waitSignal(tab.load_wanted) as wanted:
        qtbot.mouseClick(tab.load_button, LEFT)
    assert wanted.args == [str(folder / "deep" / "er" / "Beta-Q4_1.gguf")]
    tab.select(str(folder / "b" / "Broken.gguf"))
    assert not tab.load_button.isEnabled()
    with qtbot.assertNotEmitted(tab.load_wanted):
        tab.table.activated.emit(tab.table.currentIndex())
    assert "damaged" in tab.notices.titles[0]


def test_removing_a_folder_can_be_undone(qtbot: QtBot, tab: ModelsPage, folder: Path) -> None:
    add(qtbot, tab, folder)
    with qtbot.waitSignal(tab.library.changed):
        tab.remove_folder(folder)
    assert shown(tab) == []
    assert (folder / "Alpha-Q4_1.gguf").exists()
    undo = next(b for b in tab.notices.findChildren(type(tab.load_button)) if b.text() == "Undo")
    with qtbot.waitSignal(tab.library.changed):
        qtbot.mouseClick(undo, LEFT)
    assert len(shown(tab)) == 3


def test_the_starters_card_shows_bytes_speed_and_time_left(tab: ModelsPage) -> None:
    tab.starter_card.show_progress(Progress(49_181_216, 98_362_432, 5_000_000, 12.3))
    assert tab.starter_card.words.text() == "49.2 MB of 98.4 MB · 5.0 MB/s · 12 s left"
    assert tab.starter_card.bar.value() == 500


def test_getting_the_starter_model_can_be_cancelled(qtbot: QtBot, tab: ModelsPage) -> None:
    qtbot.mouseClick(tab.models.empty.buttons["starter"], LEFT)
    assert tab.starter_card.isVisible()
    qtbot.mouseClick(tab.starter_card.cancel_button, LEFT)
    assert not tab.starter_card.isVisible()
    assert not tab.starter.is_fetching
    assert tab.notices.titles == []


def test_the_hub_is_one_click_or_one_key_away(qtbot: QtBot, tab: ModelsPage) -> None:
    segment = next(b for b in tab.pages.findChildren(QPushButton) if b.text() == "Hugging Face")
    qtbot.mouseClick(segment, LEFT)
    assert tab.hub.isVisible()
    assert not tab.load_button.isVisible()
    tab.show_part("library")
    assert not tab.hub.isVisible()
    with qtbot.waitActive(tab):
        tab.activateWindow()
    qtbot.keyClick(tab, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert tab.hub.isVisible()
    assert tab.pages.current() == "hub"
    assert tab.hub.line.hasFocus()


# ---- fit ---------------------------------------------------------------------------------------


def choose_page(qtbot: QtBot, tab: ModelsPage, words: str) -> None:
    segments = tab.side.pages.findChildren(type(tab.load_button))
    qtbot.mouseClick(next(s for s in segments if s.text() == words), LEFT)


@pytest.fixture
def big_models(tmp_path: Path) -> Path:
    """Headers of an 8B model in two quantisations, and of a 70B one."""
    folder = tmp_path / "big"
    folder.mkdir()
    for shape, quantisation, name in (
        ("llama3.1-8b", "Q4_K_M", "Llama-3.1-8B-Q4_K_M.gguf"),
        ("llama3.1-8b", "Q8_0", "Llama-3.1-8B-Q8_0.gguf"),
        ("llama3.1-70b", "Q4_K_M", "Llama-3.3-70B-Q4_K_M.gguf"),
    ):
        write_shape(folder, shape, quantisation).rename(folder / name)
    return folder


def all_summed_up(qtbot: QtBot, tab: ModelsPage) -> None:
    entries = tab.library.entries
    qtbot.waitUntil(lambda: all(tab.parts.fits.summary(str(e.path)) for e in entries))


def test_every_model_has_its_verdict_in_the_list(
    qtbot: QtBot, tab: ModelsPage, big_models: Path
) -> None:
    add(qtbot, tab, big_models)
    all_summed_up(qtbot, tab)
    model = tab.table.model()
    fits = [model.index(row, FIT_COLUMN).data() for row in range(model.rowCount())]
    assert fits[0].startswith("fits, ")
    assert fits[2].startswith(("mostly in RAM, ", "does not fit, "))
    speeds = [model.index(row, FIT_COLUMN + 1).data() for row in range(model.rowCount())]
    assert all(speed.startswith("~") for speed in speeds)
    tip = model.index(0, FIT_COLUMN).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("Fits with ")


def test_sorting_by_fit_puts_the_best_first(
    qtbot: QtBot, tab: ModelsPage, big_models: Path
) -> None:
    add(qtbot, tab, big_models)
    all_summed_up(qtbot, tab)
    tab.table.sortByColumn(FIT_COLUMN, Qt.SortOrder.AscendingOrder)
    names = shown(tab)
    assert names == ["Llama-3.1-8B", "Llama-3.1-8B", "Llama-3.3-70B"]
    assert tab.table.model().index(0, 2).data().startswith("Q4")


def test_the_panel_follows_the_chosen_model(
    qtbot: QtBot, tab: ModelsPage, big_models: Path
) -> None:
    add(qtbot, tab, big_models)
    for name, words in (("Llama-3.1-8B-Q4_K_M", "Fits"), ("Llama-3.3-70B-Q4_K_M", "")):
        tab.select(str(big_models / f"{name}.gguf"))
        qtbot.waitUntil(
            lambda n=name: bool(tab.parts.fit.view) and tab.parts.fit.path.endswith(f"{n}.gguf")
        )
        view = tab.parts.fit.view
        assert view is not None
        assert tab.side.panel.verdict.headline.text() == view.verdict.headline
        assert view.verdict.headline.startswith(words)


def test_a_damaged_file_says_so_in_place_of_the_panel(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    add(qtbot, tab, folder)
    tab.select(str(folder / "b" / "Broken.gguf"))
    assert tab.parts.fit.view is None
    assert not tab.side.panel.use_button.isVisible()


def test_an_engine_without_the_gpu_says_so_instead_of_a_wrong_plan(
    qtbot: QtBot, tab: ModelsPage, big_models: Path
) -> None:
    # The fake driver has a card; the engine of this machine was built for the processor.
    add(qtbot, tab, big_models)
    tab.select(str(big_models / "Llama-3.1-8B-Q4_K_M.gguf"))
    qtbot.waitUntil(
        lambda: bool(tab.parts.fit.view and tab.parts.fit.view.measuring_problem), timeout=20_000
    )
    assert tab.parts.fit.view is not None
    assert "does not use the GPU" in tab.parts.fit.view.measuring_problem
    assert tab.parts.fit.view.plan.method == "arithmetic"


def test_other_quantisations_are_compared_and_one_click_shows_another(
    qtbot: QtBot, tab: ModelsPage, big_models: Path
) -> None:
    add(qtbot, tab, big_models)
    all_summed_up(qtbot, tab)
    tab.select(str(big_models / "Llama-3.1-8B-Q4_K_M.gguf"))
    choose_page(qtbot, tab, "Quantisations")
    rows = tab.side.adviser.rows
    assert rows.rowCount() == 2
    assert "Q8_0" in tab.side.adviser.reason.text()
    assert tab.side.adviser.reason.text().startswith("★")
    table = tab.side.adviser.table
    place = table.visualRect(rows.index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=place)
    qtbot.waitUntil(lambda: tab.parts.fit.path.endswith("Llama-3.1-8B-Q8_0.gguf"))
    choose_page(qtbot, tab, "Details")
    sections = tab.side.details.about.sections
    qtbot.waitUntil(lambda: sections.facts().get("Quantisation") == "Q8_0")


def test_the_starter_model_is_in_the_menu_of_folders(
    qtbot: QtBot, tab: ModelsPage, folder: Path
) -> None:
    add(qtbot, tab, folder)
    qtbot.mouseClick(tab.folders_button, LEFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert any("starter" in action.text() for action in menu.actions())
    menu.close()


def test_a_burst_of_verdicts_has_the_columns_measured_once(
    qtbot: QtBot, tab: ModelsPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(qtbot, tab, folder)
    path = str(folder / "Alpha-Q4_1.gguf")
    qtbot.waitUntil(lambda: tab.parts.fits.summary(path) is not None)
    qtbot.waitUntil(tab.parts.background.is_idle)
    measured: list[int] = []
    monkeypatch.setattr(
        ModelsView, "resizeColumnToContents", lambda _, column: measured.append(column)
    )
    for _ in range(50):
        tab.parts.fits.changed.emit(path)
    qtbot.waitUntil(lambda: bool(measured))
    assert len(measured) == len(set(measured))
