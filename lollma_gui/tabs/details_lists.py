"""The long parts of a model's details: chat template, tensors, keys."""

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_details import DetailsView
from lollma_gui.qt.details_tables import KeysFilter, KeysTable, TensorsTable
from lollma_gui.widgets.tables import dress_table
from lollma_gui.widgets.text import TextRole, label

#: A template is some thousand characters long; a forged one is not to fill the window's memory.
_MOST_SHOWN = 200_000


def _mono(name: str) -> QPlainTextEdit:
    text = QPlainTextEdit()
    text.setReadOnly(True)
    text.setProperty("role", "mono")
    text.setAccessibleName(name)
    text.setTabChangesFocus(True)
    return text


def _column(page: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    return column


class TemplatePage(QWidget):
    """What the template makes of a short conversation, and the template itself."""

    def __init__(self) -> None:
        super().__init__()
        self.words = label("", TextRole.MUTED, wrap=True)
        self.text = _mono("A short conversation as the model sees it")
        self.source = _mono("The chat template")
        column = _column(self)
        column.addWidget(label("A short conversation as the model sees it", TextRole.STRONG))
        column.addWidget(self.words)
        column.addWidget(self.text, 2)
        column.addWidget(label("Template", TextRole.STRONG))
        column.addWidget(self.source, 3)

    def show_view(self, view: DetailsView | None) -> None:
        """Show another model's template; what it makes comes later."""
        template = view.template if view else ""
        cut = "\n…" if len(template) > _MOST_SHOWN else ""
        self.source.setPlainText(template[:_MOST_SHOWN] + cut)
        self.text.clear()
        has_none = view is not None and not template
        self._say("This model has no chat template: it was not taught to chat." if has_none else "")

    def show_text(self, text: str) -> None:
        """What the template makes of it."""
        self.text.setPlainText(text)
        self._say("")

    def show_problem(self, error: LollmaError) -> None:
        """Why there is no text."""
        self.text.clear()
        self._say(str(error))

    def _say(self, words: str) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))


class TensorsPage(QWidget):
    """Every tensor, and how much there is of each format."""

    def __init__(self) -> None:
        super().__init__()
        self.sums = label("", TextRole.CAPTION, wrap=True, selectable=True)
        self.rows = TensorsTable(self)
        self.table = QTableView()
        self.table.setModel(self.rows)
        dress_table(self.table, "Tensors")
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(0)
        # In the file's order until a title is clicked.
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(False)
        self.table.setSortingEnabled(True)
        column = _column(self)
        column.addWidget(self.sums)
        column.addWidget(self.table, 1)

    def show_view(self, view: DetailsView | None) -> None:
        """Show another model's tensors."""
        sums = view.sums if view else ()
        words = (f"{s.type} {units.file_size(s.n_bytes)} in {s.tensors:,}" for s in sums)
        self.sums.setText(" · ".join(words))
        self.rows.show_tensors(view.tensors if view else ())
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        for column in range(1, self.rows.columnCount()):
            self.table.resizeColumnToContents(column)


class KeysPage(QWidget):
    """Every key of the header, found by typing; a long value is shown whole below."""

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search keys and values…")
        self.search.setAccessibleName("Search keys and values")
        self.search.setClearButtonEnabled(True)
        self.rows = KeysTable(self)
        self.filter = KeysFilter(self.rows)
        self.table = QTableView()
        self.table.setModel(self.filter)
        self.whole = _mono("The whole value")
        self.whole.setMaximumHeight(110)
        dress_table(self.table, "Keys of the header")
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.whole.hide()
        column = _column(self)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        column.addWidget(self.whole)
        self.search.textChanged.connect(self.filter.setFilterFixedString)
        self.table.selectionModel().currentChanged.connect(self._show_whole)

    def show_view(self, view: DetailsView | None) -> None:
        """Show another model's keys."""
        self.rows.show_keys(view.keys if view else ())
        self.whole.hide()

    def _show_whole(self, current: QModelIndex) -> None:
        if current.isValid():
            row = self.rows.row(self.filter.mapToSource(current).row())
            self.whole.setPlainText(f"{row.key} =\n{row.whole[:_MOST_SHOWN]}")
            self.whole.show()
