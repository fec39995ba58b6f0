"""The models tab, by clicking: folders, search, details, the starter model's card."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.fit_parts import FitParts, card
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from lollma_gui.core.progress import Progress
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.library import Library
from lollma_gui.qt.starter import StarterModel
from lollma_gui.services.engine.links import ProcessLink
from lollma_gui.services.places import resource
from lollma_gui.tabs.hub_page import HubPage
from lollma_gui.tabs.model_side import ModelSide
from lollma_gui.tabs.models_tab import ModelsTab
from lollma_gui.tabs.planner_page import PlannerPage
from lollma_gui.widgets.theme import Theme, ThemeChoice

LEFT = Qt.MouseButton.LeftButton


class Tab(ModelsTab):
    """The tab, and what it was made from."""

    library: Library
    starter: StarterModel
    parts: FitParts


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
    return folder


@pytest.fixture
def tab(qtbot: QtBot, qapp: QApplication, parts: FitParts, tmp_path: Path) -> Tab:
    style = resource("style.qss").read_text(encoding="utf-8")
    theme = Theme(qapp, style, ThemeChoice.LIGHT)
    starter = StarterModel(parts.background, tmp_path / "starter")
    side = ModelSide(parts.fit, parts.fits, parts.knowledge, theme)
    hub = HubPage(parts.hub_check, parts.hub_fit, parts.knowledge, theme)
    planner = PlannerPage(theme)
    engine = Engine(ProcessLink)
    tab = Tab(parts.library, starter, engine, parts.fits, side, hub, planner, theme)
    # kept, and for tests
    tab.library, tab.starter, tab.parts = parts.library, starter, parts
    engine.setParent(tab)
    theme.setParent(tab)
    with qtbot.waitSignal(parts.knowledge.pc_changed):
        parts.knowledge.measure()
    qtbot.addWidget(tab)
    tab.resize(1100, 700)
    tab.show()
    return tab


def add(qtbot: QtBot, tab: Tab, folder: Path) -> None:
    with qtbot.waitSignal(tab.library.changed, timeout=20_000):
        tab.add_folder(folder)


def shown(tab: Tab) -> list[str]:
    model = tab.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_without_models_the_two_first_steps_are_offered(tab: Tab) -> None:
    assert tab.empty.isVisible()
    assert not tab.table.isVisible()
    assert not tab.load_button.isEnabled()
    assert list(tab.empty.buttons) == ["starter", "folder"]
    assert "98 MB" in tab.empty.buttons["starter"].text()


def test_a_folder_is_searched_at_any_depth(qtbot: QtBot, tab: Tab, folder: Path) -> None:
    with qtbot.waitSignal(tab.folders_chosen) as told:
        add(qtbot, tab, folder)
    assert told.args[0][-1] == folder
    assert shown(tab) == ["Alpha", "Beta", "⚠ Broken.gguf"]
    assert tab.count.text() == "3 models · 2 folders"
    assert tab.table.isVisible()


def test_search_narrows_while_typing(qtbot: QtBot, tab: Tab, folder: Path) -> None:
    add(qtbot, tab, folder)
    qtbot.keyClicks(tab.search, "q4_1 BET")
    assert shown(tab) == ["Beta"]
    assert tab.count.text() == "1 of 3 models · 2 folders"
    tab.search.clear()
    assert len(shown(tab)) == 3


def test_a_click_on_a_title_sorts_by_value(qtbot: QtBot, tab: Tab, folder: Path) -> None:
    add(qtbot, tab, folder)
    header = tab.table.horizontalHeader()
    at = header.sectionViewportPosition(0) + 20
    qtbot.mouseClick(header.viewport(), LEFT, pos=header.rect().topLeft() + _right(at))
    assert shown(tab) == ["⚠ Broken.gguf", "Beta", "Alpha"]


def _right(x: int):
    from PySide6.QtCore import QPoint

    return QPoint(x, 8)


def test_details_say_what_a_model_is(qtbot: QtBot, tab: Tab, folder: Path) -> None:
    add(qtbot, tab, folder)
    tab.select(str(folder / "Alpha-Q4_1.gguf"))
    tab.side.show_page("details")
    facts = dict(tab.side.details.facts.facts())
    assert facts["Parameters"] == "135 M"
    assert facts["Quantisation"] == "Q4_1"
    assert facts["Context"] == "8,192 tokens"
    assert facts["Architecture"] == "llama"
    qtbot.mouseClick(tab.side.details.copy_button, LEFT)
    assert QApplication.clipboard().text() == str(folder / "Alpha-Q4_1.gguf")


def test_load_asks_for_the_selected_model_and_not_for_a_damaged_one(
    qtbot: QtBot, tab: Tab, folder: Path
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


def test_removing_a_folder_can_be_undone(qtbot: QtBot, tab: Tab, folder: Path) -> None:
    add(qtbot, tab, folder)
    with qtbot.waitSignal(tab.library.changed):
        tab.remove_folder(folder)
    assert shown(tab) == []
    assert (folder / "Alpha-Q4_1.gguf").exists()
    undo = next(b for b in tab.notices.findChildren(type(tab.load_button)) if b.text() == "Undo")
    with qtbot.waitSignal(tab.library.changed):
        qtbot.mouseClick(undo, LEFT)
    assert len(shown(tab)) == 3


def test_the_starters_card_shows_bytes_speed_and_time_left(tab: Tab) -> None:
    tab.starter_card.show_progress(Progress(49_181_216, 98_362_432, 5_000_000, 12.3))
    assert tab.starter_card.words.text() == "49.2 MB of 98.4 MB · 5.0 MB/s · 12 s left"
    assert tab.starter_card.bar.value() == 500


def test_getting_the_starter_model_can_be_cancelled(qtbot: QtBot, tab: Tab) -> None:
    qtbot.mouseClick(tab.empty.buttons["starter"], LEFT)
    assert tab.starter_card.isVisible()
    qtbot.mouseClick(tab.starter_card.cancel_button, LEFT)
    assert not tab.starter_card.isVisible()
    assert not tab.starter.is_fetching
    assert tab.notices.titles == []


def test_the_hub_is_one_click_or_one_key_away(qtbot: QtBot, tab: Tab) -> None:
    segment = next(b for b in tab.pages.findChildren(QPushButton) if b.text() == "From the Hub")
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
