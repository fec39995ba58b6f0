"""The planner, by clicking and typing: this PC, PCs to be bought, any size, the guide's example."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.planner import PlannerFit
from lollma_gui.core.settings_facts import GpuFacts, PcFacts
from lollma_gui.tabs.planner_page import PlannerPage
from lollma_gui.widgets.theme import Theme

LEFT = Qt.MouseButton.LeftButton
GIB = 2**30
PC = PcFacts(
    ram_available_bytes=50 * GIB, gpus=(GpuFacts("RTX 4080", 16 * GIB, 15 * GIB, "NVIDIA"),)
)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> PlannerPage:
    made = PlannerPage(theme)
    qtbot.addWidget(made)
    made.resize(1080, 1000)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.show_pc(PC)
    return made


def click(qtbot: QtBot, place: QWidget, words: str) -> None:
    found = next(b for b in place.findChildren(QPushButton) if b.text() == words)
    assert found.isVisible()
    qtbot.mouseClick(found, LEFT)


def pick(qtbot: QtBot, box: QComboBox, words: str) -> None:
    """Type a part of a choice into a box, as one does in its list."""
    box.setFocus()
    qtbot.keyClicks(box, words)


def type_gpu(qtbot: QtBot, page: PlannerPage, words: str) -> None:
    line = page.choice.gpu.lineEdit()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, words)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def fit_of(page: PlannerPage, billions: float, mix: str) -> PlannerFit:
    page.grid.choose(round(billions * 1e9), mix)
    found = page.grid.current_cell()
    assert found is not None
    assert (found.parameters, found.row.mix) == (round(billions * 1e9), mix)
    return found.fit


def test_the_guides_example_is_worked_out_from_the_start(page: PlannerPage) -> None:
    facts = dict(page.example.facts.facts())
    assert facts["Guide's rule"] == "33 billion × 0.625 bytes = 20.625 GB"
    assert facts["True size"] == "33 billion × 5.7036 bits ÷ 8 = 23.527 GB"
    assert facts["With context"] == "21.9 GiB + 1.0 GiB for 4,096 tokens = 22.9 GiB"
    assert facts["Speed"] == "-"
    assert page.room.text() == "This PC. Room for a model: 13.4 GiB on the GPU and 48.7 GiB in RAM."
    assert page.example.badge.text() == "Fits partly (GPU + RAM)"
    assert "14 %" in page.example.difference.text()


def test_what_is_free_on_this_pc_counts(page: PlannerPage) -> None:
    assert fit_of(page, 14, "Q6_K") is PlannerFit.GPU
    busy = GpuFacts("RTX 4080", 16 * GIB, 6 * GIB, "NVIDIA")
    page.show_pc(PcFacts(ram_available_bytes=50 * GIB, gpus=(busy,)))
    assert fit_of(page, 14, "Q6_K") is PlannerFit.PARTLY
    assert page.example.badge.text() == "Fits partly (GPU + RAM)"


def test_before_this_pc_is_measured_nothing_is_promised(qtbot, theme) -> None:
    made = PlannerPage(theme)
    qtbot.addWidget(made)
    assert fit_of(made, 1, "Q2_K") is PlannerFit.UNKNOWN
    assert made.example.badge.text() == "Not known"


def test_a_pc_to_be_bought_is_put_together_from_lists(qtbot, page: PlannerPage) -> None:
    assert not page.choice.gpu.isVisible()
    click(qtbot, page.choice, "Another PC")
    assert page.pc.name == "RTX 4080 · 16 GB, 64 GB RAM"
    type_gpu(qtbot, page, "5090")
    pick(qtbot, page.choice.ram, "128")
    assert page.pc.name == "RTX 5090 · 32 GB, 128 GB RAM"
    assert fit_of(page, 32, "Q6_K") is PlannerFit.GPU
    assert "tok/s" in dict(page.example.facts.facts())["Speed"]
    pick(qtbot, page.choice.count, "2")
    assert page.pc.name == "2 × RTX 5090 · 32 GB, 128 GB RAM"
    assert fit_of(page, 70, "Q5_K_M") is PlannerFit.GPU
    click(qtbot, page.choice, "This PC")
    assert page.pc.name == "this PC"
    assert not page.choice.ram.isVisible()


def test_what_is_no_gpu_leaves_the_one_before(qtbot, page: PlannerPage) -> None:
    click(qtbot, page.choice, "Another PC")
    type_gpu(qtbot, page, "voodoo 2")
    assert page.choice.gpu.currentText() == "RTX 4080 · 16 GB"
    assert page.pc.name == "RTX 4080 · 16 GB, 64 GB RAM"


def test_without_a_gpu_and_with_unified_memory_only_what_can_be_chosen_is_asked(
    qtbot, page: PlannerPage
) -> None:
    click(qtbot, page.choice, "Another PC")
    type_gpu(qtbot, page, "no gpu")
    assert page.pc.gpus == ()
    assert page.choice.ram.isVisible()
    assert not page.choice.count.isVisible()
    type_gpu(qtbot, page, "M3 Max · 128")
    assert page.pc.is_unified
    assert not page.choice.ram.isVisible()


@pytest.mark.parametrize(("typed", "billions"), [("27B", 27), ("0.6b", 0.6), ("405", 405)])
def test_any_size_can_be_typed(qtbot, page: PlannerPage, typed: str, billions: float) -> None:
    qtbot.keyClicks(page.size_box, typed)
    qtbot.keyClick(page.size_box, Qt.Key.Key_Return)
    found = page.grid.current_cell()
    assert found is not None
    assert (found.parameters, found.row.mix) == (round(billions * 1e9), "Q5_K_M")
    columns = page.grid.rows.columnCount()
    page.size_box.clear()
    assert page.grid.rows.columnCount() == columns - 1


def test_what_is_no_size_is_said_and_changes_nothing(qtbot, page: PlannerPage) -> None:
    columns = page.grid.rows.columnCount()
    qtbot.keyClicks(page.size_box, "huge")
    qtbot.keyClick(page.size_box, Qt.Key.Key_Return)
    assert page.wrong.isVisible()
    assert "27B" in page.wrong.text()
    assert page.grid.rows.columnCount() == columns
    qtbot.keyClick(page.size_box, Qt.Key.Key_Backspace)
    assert not page.wrong.isVisible()


def test_more_context_needs_more_room(qtbot, page: PlannerPage) -> None:
    assert fit_of(page, 14, "Q6_K") is PlannerFit.GPU
    pick(qtbot, page.context.box, "32,768")
    assert fit_of(page, 14, "Q6_K") is PlannerFit.PARTLY
    assert "32,768 tokens" in dict(page.example.facts.facts())["With context"]


def takes_wheel(place: QWidget) -> bool:
    """Turn the wheel over a widget; whether it keeps that from the page behind it."""
    at = QPointF(place.rect().center())
    nothing, buttons = QPoint(), Qt.MouseButton.NoButton
    phase, keys = Qt.ScrollPhase.NoScrollPhase, Qt.KeyboardModifier.NoModifier
    turn = QWheelEvent(
        at, place.mapToGlobal(at), nothing, QPoint(0, -120), buttons, keys, phase, False
    )
    QApplication.sendEvent(place, turn)
    return turn.isAccepted()


def test_the_wheel_scrolls_the_page_and_changes_no_choice(qtbot, page: PlannerPage) -> None:
    click(qtbot, page.choice, "Another PC")
    before = page.pc, page.context.tokens
    for place in (page.choice.gpu, page.choice.ram, page.context.box, page.grid.viewport()):
        assert not takes_wheel(place)
    assert (page.pc, page.context.tokens) == before
    page.choice.ram.setFocus()
    assert takes_wheel(page.choice.ram)
    assert page.pc != before[0]


def test_a_click_on_a_cell_works_it_out(qtbot, page: PlannerPage) -> None:
    view = page.grid
    cell = view.visualRect(view.rows.index(8, view.rows.column_of(8 * 10**9))).center()
    qtbot.mouseClick(view.viewport(), LEFT, pos=cell)
    facts = dict(page.example.facts.facts())
    assert facts["Guide's rule"] == "-"
    assert facts["True size"] == "8 billion × 4.4597 bits ÷ 8 = 4.46 GB"
    assert facts["Quality"] == "+3.7 % perplexity, a little worse"


def test_the_table_and_the_example_can_be_copied(qtbot, page: PlannerPage) -> None:
    qtbot.mouseClick(page.copy_button, LEFT)
    assert "33B\tQ5_K_M\t20.625\t23.5273" in QApplication.clipboard().text()
    qtbot.mouseClick(page.example.copy_button, LEFT)
    assert "33 billion × 0.625 bytes = 20.625 GB" in QApplication.clipboard().text()


def test_in_a_narrow_window_the_cards_stand_one_above_the_other(page: PlannerPage) -> None:
    assert page.example.y() == page.assumptions.y()
    page.resize(820, 900)
    QApplication.sendPostedEvents()
    assert page.example.width() > 700
    assert page.minimumSizeHint().width() <= 820


def test_every_control_has_a_name_for_screen_readers(page: PlannerPage) -> None:
    named = [
        *(page.choice.which, page.choice.gpu, page.choice.count, page.choice.ram),
        *(page.context.box, page.size_box, page.copy_button, page.grid, page.example.copy_button),
    ]
    assert all(widget.accessibleName() for widget in named)
