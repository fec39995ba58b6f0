"""Tables and lists that look alike: whole rows, lines between them, no grid."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QListView, QTableView


def dress_table(table: QTableView, name: str) -> None:
    """Give a table the look and the keys of all tables here.

    Args:
        table: The table.
        name: What is listed, for screen readers.
    """
    table.setAccessibleName(name)
    # Widths and heights are asked for before the table is shown: they need its style by then.
    table.ensurePolished()
    table.setShowGrid(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setTextElideMode(Qt.TextElideMode.ElideRight)
    table.setWordWrap(False)
    # Tab goes on to the next control, not from cell to cell.
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(row_height(table))
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def row_height(table: QTableView) -> int:
    """Height of a row in pixels, whatever the font."""
    return table.fontMetrics().height() + 18


def dress_list(view: QListView, name: str) -> None:
    """Give a list the look of all lists here. Call it before anything is put in.

    Args:
        view: The list.
        name: What is listed, for screen readers.
    """
    view.setAccessibleName(name)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setTextElideMode(Qt.TextElideMode.ElideRight)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    # Rows measured without the style sheet lie one over the other.
    view.ensurePolished()
