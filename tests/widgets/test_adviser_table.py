"""The other quantisations of a model: read, chosen by mouse and keys, one of them marked."""

import pytest
from helpers.pictures import colours_in, picture
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lollma_gui.core.quality import quality_of
from lollma_gui.core.quantisation_adviser import Advice, Candidate, Place, advise
from lollma_gui.core.speed import Speed
from lollma_gui.widgets.adviser_table import COLUMNS, LAYERS_COLUMN, PLACE_ROLES, AdviserTable
from lollma_gui.widgets.theme import LIGHT, Theme

LEFT = Qt.MouseButton.LeftButton
GB = 10**9


def candidate(label: str, size: float, place: Place, layers: int, speed: float) -> Candidate:
    return Candidate(
        f"/models/{label}.gguf",
        label,
        round(size * GB),
        place,
        layers,
        41,
        12_288,
        Speed(speed, speed, speed),
        quality_of(label),
    )


ADVICE = advise(
    [
        candidate("F16", 29.5, Place.NONE, 0, 1),
        candidate("Q8_0", 15.7, Place.PARTLY, 32, 14),
        candidate("Q6_K", 12.1, Place.GPU, 41, 44),
        candidate("Q4_K_M", 9.0, Place.GPU, 41, 57),
        candidate("Q4_K_XL", 8.0, Place.RAM, 0, 4),
    ],
    8192,
)


def shown(qtbot: QtBot, theme: Theme, width: int = 600) -> AdviserTable:
    made = AdviserTable(theme)
    qtbot.addWidget(made)
    made.show_advice(ADVICE, "/models/Q4_K_M.gguf")
    made.resize(width, 400)
    made.show()
    return made


def texts(made: AdviserTable, row: int) -> list[str]:
    return [
        made.rows.index(row, column).data()
        for column in range(len(COLUMNS))
        if not made.table.isColumnHidden(column)
    ]


def click(qtbot: QtBot, made: AdviserTable, row: int) -> None:
    cell = made.table.visualRect(made.rows.index(row, 1)).center()
    qtbot.mouseClick(made.table.viewport(), LEFT, pos=cell)


def test_each_row_says_size_layers_context_loss_and_speed(qtbot, theme):
    made = shown(qtbot, theme)
    assert texts(made, 1) == ["Q8_0", "15.7 GB", "32 of 41", "12,288", "+0.04 %", "~14"]
    assert texts(made, 4) == ["Q4_K_XL", "8.0 GB", "RAM", "12,288", "-", "~4.0"]


def test_the_one_for_this_pc_has_a_star_and_the_reason_stands_below(qtbot, theme):
    made = shown(qtbot, theme)
    assert texts(made, 2)[0] == "★ Q6_K"
    assert made.reason.text().startswith("★ Q6_K is the best quality that lies wholly on the GPU")
    spoken = made.rows.index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Q6_K, recommended for this PC"
    assert "Llama-3-8B" in made.rows.index(2, 4).data(Qt.ItemDataRole.ToolTipRole)


def test_the_one_that_is_looked_at_is_marked_without_a_wish(qtbot, theme):
    made = AdviserTable(theme)
    qtbot.addWidget(made)
    with qtbot.assertNotEmitted(made.chosen):
        made.show_advice(ADVICE, "/models/Q4_K_M.gguf")
    assert {index.row() for index in made.table.selectedIndexes()} == {3}


def test_a_click_chooses(qtbot, theme):
    made = shown(qtbot, theme)
    with qtbot.waitSignal(made.chosen) as chosen:
        click(qtbot, made, 1)
    assert chosen.args == ["/models/Q8_0.gguf"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_keys_choose(qtbot, theme, key):
    made = shown(qtbot, theme)
    made.table.setFocus()
    wishes: list[str] = []
    made.chosen.connect(wishes.append)
    qtbot.keyClick(made.table, Qt.Key.Key_Up)
    assert wishes == []
    qtbot.keyClick(made.table, key)
    assert wishes == ["/models/Q6_K.gguf"]


def test_places_differ_in_colour_and_words(qtbot, theme):
    made = shown(qtbot, theme)
    colours = colours_in(picture(made))
    for place in (Place.GPU, Place.PARTLY, Place.NONE):
        assert LIGHT.colour(PLACE_ROLES[place]).name() in colours
    words = {made.rows.index(row, LAYERS_COLUMN).data() for row in range(5)}
    assert words == {"too big", "32 of 41", "all", "RAM"}


def test_little_room_takes_context_and_speed_away_and_cuts_nothing(qtbot, theme):
    made = shown(qtbot, theme, 330)
    assert texts(made, 1) == ["Q8_0", "15.7 GB", "32 of 41", "+0.04 %"]
    made.resize(700, 400)
    assert len(texts(made, 1)) == len(COLUMNS)
    for column in range(len(COLUMNS)):
        assert made.table.columnWidth(column) >= made.table.sizeHintForColumn(column)


def test_all_rows_are_seen_without_scrolling(qtbot, theme):
    made = shown(qtbot, theme)
    last = made.table.visualRect(made.rows.index(4, 0))
    assert made.table.viewport().rect().contains(last.bottomLeft() - QPoint(0, 1))


def test_with_nothing_to_choose_from_only_the_sentence_is_there(qtbot, theme):
    made = shown(qtbot, theme)
    made.show_advice(Advice((), "", "There is no other quantisation of this model."))
    assert not made.table.isVisible()
    assert made.reason.text() == "There is no other quantisation of this model."


def test_everything_has_a_name_for_screen_readers(qtbot, theme):
    made = shown(qtbot, theme)
    named: list[QWidget] = [made.table, made.reason]
    assert all(widget.accessibleName() for widget in named)


def test_who_walks_over_the_rows_is_not_thrown_back_by_news(qtbot: QtBot, theme: Theme) -> None:
    made = shown(qtbot, theme)
    with qtbot.waitActive(made):
        made.activateWindow()
    made.table.setFocus()
    qtbot.keyClick(made.table, Qt.Key.Key_Home)
    qtbot.keyClick(made.table, Qt.Key.Key_Up)
    qtbot.keyClick(made.table, Qt.Key.Key_Up)
    at = made.table.currentIndex().row()
    assert made.rows.key_at(at) != "/models/Q4_K_M.gguf"
    made.show_advice(ADVICE._replace(reason="News."), "/models/Q4_K_M.gguf")
    assert made.table.currentIndex().row() == at
    # A choice made elsewhere is followed.
    made.show_advice(ADVICE, "/models/Q8_0.gguf")
    assert made.rows.key_at(made.table.currentIndex().row()) == "/models/Q8_0.gguf"


def test_where_there_is_little_room_the_table_gives_way(qtbot: QtBot, theme: Theme) -> None:
    made = AdviserTable(theme, "Files", gives_way=True)
    qtbot.addWidget(made)
    made.show_advice(ADVICE)
    made.resize(600, 190)
    made.show()
    assert made.table.verticalScrollBar().maximum() > 0
    assert made.reason.geometry().bottom() <= made.height()
    made.resize(600, 600)
    qtbot.waitUntil(lambda: made.table.verticalScrollBar().maximum() == 0)
    # No gap between the last row and the reason.
    assert made.reason.y() - made.table.geometry().bottom() < 20


def test_the_columns_fill_the_table_however_wide_it_becomes(qtbot: QtBot, theme: Theme) -> None:
    made = shown(qtbot, theme, 600)
    for width in (900, 700, 1000):
        made.resize(width, 400)
        qtbot.waitUntil(
            lambda: made.table.horizontalHeader().length() == made.table.viewport().width()
        )
