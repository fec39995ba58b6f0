"""The list of models as a view: columns as wide as they need, or as a person arranged them."""

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelectionModel,
    QObject,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from lollma_gui.qt.model_columns import COLUMNS, FIT_COLUMN, NAMES
from lollma_gui.qt.models_table import ENTRY_ROLE, FIT_ROLE, ModelsTable
from lollma_gui.qt.titled_table import Index
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.widgets.fit_badge import FitDelegate
from lollma_gui.widgets.tables import dress_table
from lollma_gui.widgets.theme import Theme

#: Columns in the order in which they get room.
_IMPORTANT_FIRST = tuple(
    NAMES.index(key)
    for key in (
        *("quantisation", "fit", "speed", "parameters", "size"),
        *("used", "source", "context", "architecture"),
    )
)
#: The name of a model gets at least this much: in pixels, and of the list's width.
_NAME_WIDTH, _NAME_SHARE = 150, 0.27
#: Columns that can do with so much: a badge without its words.
_LEAST = {FIT_COLUMN: 165}
#: Verdicts come in one after the other: columns need not be measured for each.
_SOON_MS = 200


class _NameDelegate(QStyledItemDelegate):
    """Draws the names of models; a heading takes the whole row, below it they are set in."""

    def __init__(self, table: QTableView, rows: ModelsTable) -> None:
        super().__init__(table)
        self._table = table
        self._rows = rows

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Other cells of a heading are empty: it is drawn over them."""
        if self._rows.is_heading(index.row()):
            whole = QStyleOptionViewItem(option)
            rect: QRect = option.rect  # type: ignore[attr-defined]
            whole.rect = rect.adjusted(0, 0, self._table.viewport().width() - rect.width(), 0)  # type: ignore[attr-defined]
            super().paint(painter, whole, index)
        else:
            super().paint(painter, option, index)


class ModelsView(QTableView):
    """The list of models: whole rows, sorted by a click on a title.

    Signals:
        arranged: The person sorted, moved, resized or hid columns.
        seen: Other rows are in view: the first and the last of them.
        menu_wanted: A menu for the selected model, at this place of the screen.
    """

    arranged = Signal()
    seen = Signal(int, int)
    menu_wanted = Signal(QPoint)

    def __init__(self, rows: ModelsTable, theme: Theme) -> None:
        super().__init__()
        self._rows = rows
        self._is_own = False
        self._is_dragged = False
        self._fitted_width = 0
        self.setModel(rows)
        self._soon = self._timer(self.fit_columns)
        self._told = self._timer(self.arranged.emit)
        self._looked = self._timer(self._tell_seen)
        rows.shown_changed.connect(self._looked.start)
        self.verticalScrollBar().valueChanged.connect(self._looked.start)
        dress_table(self, "Models on this PC")
        self.setItemDelegateForColumn(FIT_COLUMN, FitDelegate(theme, FIT_ROLE, self))
        self.setItemDelegateForColumn(0, _NameDelegate(self, rows))
        self.setSortingEnabled(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self._dress_header()

    def _timer(self, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(_SOON_MS)
        timer.timeout.connect(then)
        return timer

    def _dress_header(self) -> None:
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionsMovable(True)
        # Only rows that are seen: a long list would take a tenth of a second each time.
        header.setResizeContentsPrecision(0)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(
            lambda at: self.columns_menu().popup(header.mapToGlobal(at))
        )
        header.viewport().installEventFilter(self)
        header.sectionResized.connect(self._on_dragged)
        header.sectionMoved.connect(self._on_dragged)
        header.sortIndicatorChanged.connect(lambda *_: self._told.start())

    # ---- as a person wants it --------------------------------------------------------------

    @property
    def columns(self) -> str:
        """Places and widths as the person arranged them; empty where that is left to us."""
        if not self._is_own:
            return ""
        return bytes(self.horizontalHeader().saveState().toBase64().data()).decode()

    def arrange(self, columns: str, sort: str) -> None:
        """Take columns and order as they were remembered."""
        state = QByteArray.fromBase64(columns.encode())
        if columns and self.horizontalHeader().restoreState(state):
            self._take_over()
            self.setColumnHidden(0, False)
        key = sort.removeprefix("-")
        order = Qt.SortOrder.DescendingOrder if sort != key else Qt.SortOrder.AscendingOrder
        self.sortByColumn(NAMES.index(key) if key in NAMES else 0, order)
        self._told.stop()

    def columns_menu(self) -> QMenu:
        """Which columns there are, and which of them are shown."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(COLUMNS[1:], 1):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.toggled.connect(lambda on, n=number: self._show_column(n, on))
        menu.addSeparator()
        reset = menu.addAction("Fit to the window")
        reset.setEnabled(self._is_own)
        reset.triggered.connect(self._leave_to_us)
        return menu

    def _show_column(self, number: int, shown: bool) -> None:
        self.setColumnHidden(number, not shown)
        if shown:
            self.resizeColumnToContents(number)
        self._on_arranged()

    def _leave_to_us(self) -> None:
        header = self.horizontalHeader()
        self._is_own = False
        for number in range(len(COLUMNS)):
            header.moveSection(header.visualIndex(number), number)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.fit_columns()
        self.arranged.emit()

    def _take_over(self) -> None:
        """From now on columns are as the person has them."""
        header = self.horizontalHeader()
        if header.sectionResizeMode(0) is not QHeaderView.ResizeMode.Interactive:
            width = self.columnWidth(0)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(0, width)
        self._is_own = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Columns change by themselves too: only a mouse on their titles is a person's wish."""
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            self._is_dragged = True
        elif event.type() is QEvent.Type.MouseButtonRelease:
            self._is_dragged = False
        return super().eventFilter(watched, event)

    def _on_dragged(self) -> None:
        if self._is_dragged:
            self._on_arranged()

    def _on_arranged(self) -> None:
        self._take_over()
        self._told.start()

    # ---- as wide as needed -----------------------------------------------------------------

    def fit_columns(self) -> None:
        """As wide as their texts; the name takes what is left.

        Where too little is left for it, columns go: the details show them as well. What a person
        arranged stays as it is.
        """
        if self._is_own:
            return
        self._fitted_width = self.width()
        name = max(_NAME_WIDTH, round(_NAME_SHARE * self.width()))
        left = self.width() - self.verticalScrollBar().sizeHint().width() - name
        wanted: dict[int, int] = {}
        is_room = True
        for column in _IMPORTANT_FIRST:
            self.setColumnHidden(column, False)
            self.resizeColumnToContents(column)
            wanted[column] = self.columnWidth(column)
            least = min(wanted[column], _LEAST.get(column, wanted[column]))
            is_room = is_room and least <= left
            self.setColumnHidden(column, not is_room)
            left -= least * is_room
        for column in _LEAST:
            self._widen(column, wanted[column], left)
            left -= max(self.columnWidth(column) - _LEAST[column], 0)

    def _widen(self, column: int, wanted: int, left: int) -> None:
        """Give a column that makes do with less of the room that is left."""
        if wanted > _LEAST[column] and not self.isColumnHidden(column):
            self.setColumnWidth(column, min(wanted, _LEAST[column] + max(left, 0)))

    def fit_columns_soon(self) -> None:
        """The same once for all that changes in the next moments."""
        if not self._soon.isActive():
            self._soon.start()

    def _tell_seen(self) -> None:
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        count = self._rows.rowCount()
        if count:
            self.seen.emit(max(first, 0), last if last >= 0 else count - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room for columns."""
        super().resizeEvent(event)
        # A scroll bar that comes and goes while somebody types is no reason.
        if self.width() != self._fitted_width:
            self.fit_columns()

    # ---- the chosen model ------------------------------------------------------------------

    def selected(self) -> LibraryEntry | None:
        """The model that is chosen; None if there is none."""
        rows = self.selectionModel().selectedRows()
        return rows[0].data(ENTRY_ROLE) if rows else None

    def choose(self, row: int) -> None:
        """Choose a row; nothing if there is no such model."""
        if row >= 0:
            flags = QItemSelectionModel.SelectionFlag
            index = self._rows.index(row, 0)
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _open_menu(self, at: QPoint) -> None:
        if self.selected() is not None:
            self.menu_wanted.emit(self.viewport().mapToGlobal(at))
