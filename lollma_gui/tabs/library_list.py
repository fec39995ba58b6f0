"""The list of models with what narrows it: search, filter, grouping."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedLayout, QVBoxLayout, QWidget

from lollma_gui.qt.library import Library
from lollma_gui.qt.library_fits import LibraryFits
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.qt.models_table import Arrangement, ModelsTable
from lollma_gui.qt.newer_uploads import NewerUploads
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.tabs.models_view import ModelsView
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.empty import EmptyState
from lollma_gui.widgets.filter_button import FilterButton, FilterLine
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

_FIRST_STEPS = (
    ("starter", "Get the starter model (98 MB)"),
    ("folder", "Choose a folder…"),
)


class SearchLine(QLineEdit):
    """Words to search for; keys that go down lead into the list.

    Signals:
        left_down: The person wants to go on in the list.
    """

    left_down = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Search models…")
        self.setAccessibleName("Search models")
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(110)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down and Enter go to the list, Escape shows all again."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left_down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class LibraryList(Card):
    """Every model that was found.

    Args:
        library: The models.
        fits: What is known of their fit.
        book: What the person wrote about them.
        newer: Of which of them the Hub has a newer upload.
        arrangement: How the person wants the list.
        theme: The colours.

    Signals:
        selected: The ``LibraryEntry`` that is chosen now, or None.
        arranged: The new ``Arrangement``.
        first_step: Key of a first step that the person wants to take: ``starter``, ``folder``.
        count_changed: Other models are shown.
        copies_wanted: The person wants to see which models are here more than once.
    """

    selected = Signal(object)
    arranged = Signal(object)
    first_step = Signal(str)
    count_changed = Signal()
    copies_wanted = Signal()

    def __init__(
        self,
        library: Library,
        fits: LibraryFits,
        book: ModelBook,
        newer: NewerUploads,
        arrangement: Arrangement,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._library = library
        self._path = ""
        self._chosen: LibraryEntry | None = None
        self._guest: LibraryEntry | None = None
        self.rows = ModelsTable(fits.summary, book.page, newer.has_newer, self)
        self.search = SearchLine()
        self.filter = FilterButton(self.rows.groups)
        self.group_button = button("Group", tooltip="Quantisations of a model together")
        self.group_button.setCheckable(True)
        self.line = FilterLine()
        self.copies = label("", TextRole.CAPTION, wrap=True)
        self.copies_button = button("Show them")
        self.copies_button.setProperty("kind", "link")
        self._copies_row = QWidget()
        self.table = ModelsView(self.rows, theme)
        self.nothing = label("No model is like that.", TextRole.MUTED)
        self.empty = EmptyState("No models yet", "", _FIRST_STEPS)
        self._middle = QStackedLayout()
        self._build()
        self._connect(fits, book)
        newer.changed.connect(self.rows.marks_changed)
        self.table.arrange(arrangement.columns, arrangement.sort)
        self.group_button.setChecked(arrangement.grouped)
        self.show_entries()

    def _build(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.search, 1)
        tools.addWidget(self.filter)
        tools.addWidget(self.group_button)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(tools)
        column.addWidget(self.line)
        column.addWidget(self.table, 1)
        row = QHBoxLayout(self._copies_row)
        row.setContentsMargins(4, 0, 0, 0)
        row.addWidget(self.copies, 1)
        row.addWidget(self.copies_button)
        column.addWidget(self._copies_row)
        self._copies_row.hide()
        # Over the table: a line that comes and goes would move it at every key.
        self.nothing.setParent(self.table)
        self.nothing.move(12, self.table.horizontalHeader().sizeHint().height() + 12)
        self.nothing.hide()
        self._middle.addWidget(self.empty)
        self._middle.addWidget(full)
        self.body.addLayout(self._middle)

    def _connect(self, fits: LibraryFits, book: ModelBook) -> None:
        self.search.textChanged.connect(self.rows.search)
        self.search.left_down.connect(self._go_to_list)
        self.filter.changed.connect(self._narrow)
        self.line.cleared.connect(self.filter.clear)
        self.group_button.toggled.connect(self.rows.set_grouped)
        self.group_button.toggled.connect(self._tell_arranged)
        self.table.arranged.connect(self._tell_arranged)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.rows.shown_changed.connect(self._on_shown)
        self.empty.chosen.connect(self.first_step)
        self.copies_button.clicked.connect(self.copies_wanted)
        fits.changed.connect(self._on_fit)
        book.changed.connect(self.rows.page_changed)
        book.speeds_changed.connect(lambda: self.rows.set_speed_factor(book.speed_factor))
        self.rows.set_speed_factor(book.speed_factor)
        self.table.seen.connect(lambda first, last: fits.prefer(self.rows.paths(first, last)))
        self._library.changed.connect(self.show_entries)

    # ---- what is shown ---------------------------------------------------------------------

    def show_entries(self) -> None:
        """Show what the library knows now."""
        entries = self._library.entries
        self.rows.set_entries(entries)
        self._middle.setCurrentIndex(bool(entries))
        self.table.fit_columns_soon()
        if len(self._library.folders) > 1:
            text = "No GGUF files were found in the folders that are searched."
        else:
            text = (
                "Get a small model and talk to it in a minute, or choose a folder with GGUF files."
            )
        self.empty.set_text(text)
        if self.table.selected() is None:
            row = self.rows.row_of(self._path)
            # While headers are read, only what is damaged is known at first.
            is_left = not self._library.is_scanning and self._guest is None
            self.table.choose(self.rows.first_row() if row < 0 and is_left else row)
        known = self.table.selected() or self._library.entry(self._path)
        self._tell_chosen(known or self._guest)
        self.count_changed.emit()

    def show_copies(self, words: str) -> None:
        """Say that models are here more than once; nothing for an empty sentence."""
        self.copies.setText(words)
        self._copies_row.setVisible(bool(words))

    def entry(self) -> LibraryEntry | None:
        """The model that is chosen, also while a search hides it: it stays at hand."""
        return self._chosen

    def select(self, path: str, guest: LibraryEntry | None = None) -> None:
        """Choose a model, now or as soon as it is there.

        Args:
            path: The model's file.
            guest: The model, where it need not be in the library: it counts as chosen until
                another one is.
        """
        self._path, self._guest = path, guest
        row = self.rows.row_of(path)
        self.table.choose(row)
        if row < 0 and guest is not None:
            self.table.clearSelection()
            self._tell_chosen(guest)

    def show_all(self) -> None:
        """Narrow the list no longer."""
        self.search.clear()
        self.filter.clear()

    def _narrow(self, wanted: dict[str, frozenset[str]]) -> None:
        self.rows.narrow(wanted)
        self.line.show_words(self.filter.words)

    def _on_shown(self) -> None:
        self.nothing.setVisible(bool(self.rows.known) and not self.rows.shown)
        if self.table.selected() is None:
            # What was chosen before was only hidden: it is chosen again once it is shown.
            self.table.choose(self.rows.row_of(self._path))
        self.count_changed.emit()

    def _on_selection(self) -> None:
        entry = self.table.selected()
        if entry is not None:
            self._path, self._guest = str(entry.path), None
            self._tell_chosen(entry)

    def _tell_chosen(self, entry: LibraryEntry | None) -> None:
        if entry != self._chosen:
            self._chosen = entry
            self.selected.emit(entry)

    def _go_to_list(self) -> None:
        if self.table.selected() is None:
            self.table.choose(self.rows.first_row())
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_fit(self, path: str) -> None:
        self.rows.fit_changed(path)
        self.table.fit_columns_soon()

    def _tell_arranged(self) -> None:
        grouped = self.group_button.isChecked()
        self.arranged.emit(Arrangement(self.rows.sorted_by, grouped, self.table.columns))
