"""Lists and tables are laid out well from the start; icons take the colour of a role."""

import pytest
from helpers.pictures import colours_in
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QListWidget, QTableView

from lollma_gui.services.places import resource
from lollma_gui.widgets.icons import icon
from lollma_gui.widgets.tables import dress_list, dress_table
from lollma_gui.widgets.theme import LIGHT, Role

ICONS = sorted(resource("icons").glob("*.svg"), key=lambda path: path.name)


def test_rows_of_a_list_that_is_filled_before_it_is_shown_do_not_overlap(qtbot, theme):
    view = QListWidget()
    qtbot.addWidget(view)
    dress_list(view, "Chats")
    view.addItems(["VRAM and context", "Regex for log lines"])
    view.setCurrentRow(0)
    view.show()
    first, second = (view.visualItemRect(view.item(row)) for row in (0, 1))
    assert first.height() >= view.fontMetrics().height() + 16
    assert second.top() >= first.bottom()
    assert view.accessibleName() == "Chats"


def test_a_table_selects_whole_rows_and_the_tab_key_leaves_it(qtbot, theme):
    items = QStandardItemModel(0, 2)
    items.appendRow([QStandardItem("Qwen3"), QStandardItem("9.0 GB")])
    view = QTableView()
    qtbot.addWidget(view)
    items.setParent(view)
    view.setModel(items)
    dress_table(view, "Models")
    view.show()
    cell = view.visualRect(items.index(0, 1)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    assert [index.column() for index in view.selectedIndexes()] == [0, 1]
    assert not view.tabKeyNavigation()
    assert view.rowHeight(0) >= view.fontMetrics().height() + 16


@pytest.mark.parametrize("drawing", ICONS, ids=lambda path: path.stem)
def test_an_icon_is_drawn_in_the_colour_it_is_given(qapp, drawing):
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(LIGHT.colour(Role.PANEL))
    painter = QPainter(image)
    icon(drawing, LIGHT.colour(Role.BAD)).paint(painter, image.rect())
    painter.end()
    assert LIGHT.colour(Role.BAD).name() in colours_in(image)


def test_the_icon_of_the_app_is_still_a_picture_at_sixteen_pixels(qapp):
    image = QIcon(str(resource("lollma.svg"))).pixmap(16, 16).toImage()
    assert len(colours_in(image)) > 3
