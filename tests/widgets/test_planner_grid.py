"""The planner's grid: read, moved in by keys, copied, told apart without colours."""

import pytest
from helpers.pictures import colours_in, picture
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lollma_gui.core.gpu_catalog import find_gpu
from lollma_gui.core.planner import COLUMNS, ROWS, PlannerFit, grid
from lollma_gui.core.planner_pc import PlannerPc, pc_to_buy
from lollma_gui.widgets.planner_cells import FIT_ROLES, FIT_WORDS, LEADING
from lollma_gui.widgets.planner_grid import PlannerGrid
from lollma_gui.widgets.theme import LIGHT, Theme

B = 10**9
GIB = 2**30
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
GAMING = pc_to_buy(find_gpu("RTX 4080"), 64 * GIB)
OFFICE = pc_to_buy(None, 16 * GIB)


def shown(qtbot: QtBot, theme: Theme, pc: PlannerPc = GAMING) -> PlannerGrid:
    made = PlannerGrid(theme)
    qtbot.addWidget(made)
    made.show_grid(grid(pc), pc)
    made.resize(1200, made.sizeHint().height())
    made.show()
    made.choose(33 * B, "Q5_K_M")
    return made


def said(made: PlannerGrid, mix: str, billions: int, role: Qt.ItemDataRole) -> str:
    row = [row.mix for row in ROWS].index(mix)
    return str(made.rows.index(row, made.rows.column_of(billions * B)).data(role))


def copied() -> str:
    return QApplication.clipboard().text()


def test_the_guides_parameter_counts_and_all_quantisations_are_there(qtbot, theme):
    made = shown(qtbot, theme)
    across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    titles = [made.rows.headerData(i, across) for i in range(made.rows.columnCount())]
    assert titles[0] == "Weight"
    assert {"7B", "13B", "33B", "235B"} <= set(titles)
    names = [made.rows.headerData(i, down) for i in range(made.rows.rowCount())]
    assert names == [row.mix for row in ROWS]
    spoken = made.rows.index(4, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Q5_K_M: 5.7036 bits a parameter. 0.625 B"


def test_a_cell_says_both_formulas_and_the_verdict(qtbot, theme):
    made = shown(qtbot, theme)
    role = Qt.ItemDataRole
    assert said(made, "Q5_K_M", 33, role.DisplayRole) == "23.5 GB"
    tip = said(made, "Q5_K_M", 33, role.ToolTipRole)
    assert "33 billion × 0.625 bytes = 20.625 GB" in tip
    assert "33 billion × 5.7036 bits ÷ 8 = 23.527 GB" in tip
    spoken = said(made, "Q5_K_M", 33, role.AccessibleTextRole)
    assert spoken == "33B at Q5_K_M: 23.527 GB, fits partly (GPU + RAM)"


def test_arrow_keys_go_from_cell_to_cell(qtbot, theme):
    made = shown(qtbot, theme)
    made.setFocus()
    seen: list[str] = []
    made.cell_chosen.connect(lambda cell: seen.append(cell.title))
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(made, key)
    assert seen == ["32B at Q5_K_M", "32B at Q5_K_S", "33B at Q5_K_S"]


def test_one_cell_is_copied_as_its_true_size(qtbot, theme):
    made = shown(qtbot, theme)
    qtbot.keyClick(made, "C", CONTROL)
    assert copied() == "23.527 GB"


def test_several_cells_are_copied_as_a_table_for_spreadsheets(qtbot, theme):
    made = shown(qtbot, theme)
    qtbot.keyClick(made, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(made, "C", CONTROL)
    assert copied().splitlines() == [
        "Parameters\tQuantisation\tGuide (GB)\tTrue (GB)\tWith context (GB)\tVerdict",
        "33B\tQ5_K_M\t20.625\t23.5273\t24.6106\tfits partly (GPU + RAM)",
        "33B\tQ5_K_S\t\t22.9779\t24.0611\tfits partly (GPU + RAM)",
    ]


def test_all_of_it_can_be_copied(qtbot, theme):
    made = shown(qtbot, theme)
    made.selectAll()
    qtbot.keyClick(made, "C", CONTROL)
    marked = copied()
    made.copy_all()
    assert marked == copied()
    assert len(marked.splitlines()) == 1 + len(ROWS) * len(COLUMNS)


def test_verdicts_have_colours_shapes_and_words(qtbot, theme):
    made = shown(qtbot, theme)
    colours = colours_in(picture(made))
    for fit in (PlannerFit.GPU, PlannerFit.PARTLY, PlannerFit.NONE):
        assert LIGHT.tint(FIT_ROLES[fit]).name() in colours
        assert LIGHT.colour(FIT_ROLES[fit]).name() in colours
    assert len(set(FIT_WORDS.values())) == len(PlannerFit)
    assert len(set(FIT_ROLES.values())) == len(PlannerFit)


def test_another_pc_changes_verdicts_and_the_cell_that_is_looked_at_stays(qtbot, theme):
    made = shown(qtbot, theme)
    with qtbot.waitSignal(made.cell_chosen) as told:
        made.show_grid(grid(OFFICE), OFFICE)
    assert told.args[0].fit is PlannerFit.NONE
    current = made.current_cell()
    assert current is not None
    assert current.title == "33B at Q5_K_M"
    tint = LIGHT.tint(FIT_ROLES[PlannerFit.GPU]).name()
    assert tint not in colours_in(picture(made))


def test_another_column_leaves_the_cell_that_is_looked_at(qtbot, theme):
    made = shown(qtbot, theme)
    made.show_grid(grid(GAMING, [*COLUMNS[:6], 27 * B, *COLUMNS[6:]]), GAMING)
    current = made.current_cell()
    assert current is not None
    assert current.title == "33B at Q5_K_M"
    assert made.rows.column_of(27 * B) == LEADING + 6


@pytest.mark.parametrize("points", [9, 18])
def test_nothing_is_cut_with_small_and_large_letters(qtbot, theme, qapp, points):
    before = qapp.font()
    font = qapp.font()
    font.setPointSizeF(points)
    qapp.setFont(font)
    try:
        made = shown(qtbot, theme)
        for column in range(made.rows.columnCount()):
            assert made.columnWidth(column) >= made.sizeHintForColumn(column)
        assert made.rowHeight(0) >= 2 * made.fontMetrics().ascent()
        last = made.rowViewportPosition(len(ROWS) - 1) + made.rowHeight(len(ROWS) - 1)
        assert last <= made.viewport().height()
    finally:
        qapp.setFont(before)


def test_selecting_the_leading_column_copies_nothing(qtbot, theme):
    made = shown(qtbot, theme)
    made.copy()
    flags = QItemSelectionModel.SelectionFlag
    made.selectionModel().setCurrentIndex(made.rows.index(0, 0), flags.ClearAndSelect)
    assert made.selected_cells() == []
    made.copy()
    assert copied() == "23.527 GB"
