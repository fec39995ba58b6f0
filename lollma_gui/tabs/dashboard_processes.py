"""Who uses the GPU, and the button that ends what is ours."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from lollma_gui.core.readings import MAY_BE_ENDED, ProcessesReading, ProcessReading
from lollma_gui.qt.processes_table import COLUMNS, ProcessesTable
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.tables import dress_table, row_height
from lollma_gui.widgets.text import TextRole, label

#: More rows than this are scrolled.
_MOST_ROWS = 8
_LEAST_ROWS = 3
_NAME_WIDTH = 160


class _View(QTableView):
    """As high as its rows."""

    def __init__(self, rows: ProcessesTable) -> None:
        super().__init__()
        self.setModel(rows)
        dress_table(self, "Programs that use the GPU or run models")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        rows.modelReset.connect(self.fit)
        self.fit()

    def fit(self) -> None:
        """Columns as wide as what they may hold, the table as high as its rows."""
        texts = ("", "started by LoLLMa", "4194304", "999.9 MiB", "999.9 MiB", "1000 %")
        for column in range(1, len(COLUMNS)):
            wanted = self.fontMetrics().horizontalAdvance(texts[column]) + 28
            self.setColumnWidth(column, wanted)
        count = min(_MOST_ROWS, max(_LEAST_ROWS, self.model().rowCount()))
        height = self.horizontalHeader().sizeHint().height() + count * row_height(self) + 4
        if height != self.height():
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room for columns."""
        super().resizeEvent(event)
        self.fit()


class ProcessCard(Card):
    """The table with its button.

    Signals:
        end_wanted: The ``ProcessReading`` that a person wants to end.
    """

    end_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__("Using the GPU", "programs that use the GPU or run models")
        self.rows = ProcessesTable(self)
        self.table = _View(self.rows)
        self.end_button = button("End…", tooltip="End the selected program (Delete)")
        self.note = label("", TextRole.CAPTION, wrap=True)
        self.header.addWidget(self.end_button, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(self.table)
        self.body.addWidget(self.note)
        self.note.hide()
        self.end_button.clicked.connect(self._want_end)
        self.end_button.setShortcut("Delete")
        self.table.selectionModel().selectionChanged.connect(self._show_selected)
        self._show_selected()

    def show_processes(self, reading: ProcessesReading) -> None:
        """Show these; the selected one stays selected while it is there."""
        chosen = self.selected()
        self.rows.set_processes(reading.processes)
        row = self.rows.row_of(chosen) if chosen else -1
        if row >= 0 and self.table.currentIndex().row() != row:
            self.table.selectRow(row)
        self.note.setText(reading.note)
        self.note.setVisible(bool(reading.note))
        self._show_selected()

    def selected(self) -> ProcessReading | None:
        """The process that is selected."""
        indexes = self.table.selectionModel().selectedRows()
        return self.rows.process(indexes[0].row()) if indexes else None

    def _show_selected(self) -> None:
        chosen = self.selected()
        may = chosen is not None and chosen.whose in MAY_BE_ENDED
        self.end_button.setEnabled(may)
        if chosen is not None and not may:
            why = f"{chosen.name} does not belong to LoLLMa and runs no models"
            self.end_button.setToolTip(why)
        else:
            self.end_button.setToolTip("End the selected program (Delete)")

    def _want_end(self) -> None:
        chosen = self.selected()
        if chosen is not None and chosen.whose in MAY_BE_ENDED:
            self.end_wanted.emit(chosen)
