"""The details of the chosen model: what it is, its template, tensors and keys, and its files."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QStackedWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_details import DetailsView
from lollma_gui.qt.details_session import DetailsSession
from lollma_gui.qt.model_actions import ModelActions
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.tabs.details_about import AboutPage
from lollma_gui.tabs.details_lists import KeysPage, TemplatePage, TensorsPage
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.rename_form import RenameForm
from lollma_gui.widgets.text import label
from lollma_gui.widgets.theme import Theme

_PAGES = (("about", "About"), ("template", "Template"), ("tensors", "Tensors"), ("keys", "Keys"))


class ModelDetails(Card):
    """Everything about one model, and what can be done with its files.

    Args:
        session: Reads what is shown.
        book: Notes and favourites.
        actions: Works on files.
        theme: The colours.

    Signals:
        page_shown: Key of the page that is shown now.
    """

    page_shown = Signal(str)

    def __init__(
        self, session: DetailsSession, book: ModelBook, actions: ModelActions, theme: Theme
    ) -> None:
        super().__init__("Model")
        self._session = session
        self._book = book
        self._actions = actions
        self._entry: LibraryEntry | None = None
        self._is_rendered = False
        self._problem = label("", wrap=True, selectable=True)
        self.pages = SegmentedControl(_PAGES, "What to show of the details")
        self.about = AboutPage(theme)
        self.template = TemplatePage()
        self.tensors = TensorsPage()
        self.keys = KeysPage()
        self.rename_form = RenameForm()
        self.favourite_button = button("☆ Favourite", tooltip="Mark it (Ctrl+D)")
        self.favourite_button.setCheckable(True)
        self.folder_button = button("Open folder", tooltip="Show the file where it lies")
        self.copy_button = button("Copy path", tooltip="Copy the path of the file")
        self.rename_button = button("Rename…", tooltip="Give the file another name (F2)")
        self.bin_button = button("Move to bin", tooltip="Move the file to the bin (Delete)")
        self._stack = QStackedWidget()
        self._build()
        self._connect()

    def _build(self) -> None:
        tools = QGridLayout()
        tools.setSpacing(6)
        first = (self.favourite_button, self.folder_button, self.copy_button)
        for number, made in enumerate(first):
            tools.addWidget(made, 0, number)
        tools.addWidget(self.rename_button, 1, 0)
        tools.addWidget(self.bin_button, 1, 1)
        self.body.addWidget(self._problem)
        self.body.addLayout(tools)
        self.body.addWidget(self.rename_form)
        self.body.addWidget(self.pages)
        for page in (self.about, self.template, self.tensors, self.keys):
            self._stack.addWidget(page)
        self.body.addWidget(self._stack, 1)
        self.rename_form.hide()

    def _connect(self) -> None:
        self.pages.chosen.connect(self.show_page)
        self.favourite_button.toggled.connect(self._set_favourite)
        self.folder_button.clicked.connect(self.open_folder)
        self.copy_button.clicked.connect(self.copy_path)
        self.rename_button.clicked.connect(self.ask_name)
        self.bin_button.clicked.connect(self.move_to_bin)
        self.rename_form.accepted.connect(self._rename)
        self.about.note.written.connect(self._keep_note)
        self.about.ask_again_wanted.connect(self._ask_again)
        checksum = self.about.checksum
        checksum.wanted.connect(self._session.hash)
        checksum.stopped.connect(self._session.stop_hashing)
        session = self._session
        session.changed.connect(self._show_view)
        session.unreadable.connect(self._show_error)
        session.rendered.connect(self.template.show_text)
        session.not_rendered.connect(self.template.show_problem)
        session.hash_progress.connect(checksum.show_progress)
        session.hashed.connect(lambda hashes: checksum.show_hashes(session.files, hashes))
        session.not_hashed.connect(self._on_not_hashed)
        self._book.changed.connect(self._on_book)
        self._actions.folder_wanted.connect(_open_folder)

    # ---- what is shown ---------------------------------------------------------------------

    def show_entry(self, entry: LibraryEntry | None, others: Sequence[LibraryEntry]) -> None:
        """Show this model; None when nothing is selected. ``others`` are all that are there."""
        self.about.note.keep()
        if entry is None or self._entry is None or entry.path != self._entry.path:
            self.rename_form.hide()
        self._entry = entry
        problem = f"{entry.problem} {entry.advice}".strip() if entry else ""
        self._say(problem)
        self.set_title(entry.name if entry else "Model")
        self.set_subtitle(entry.path.name if entry else "Select a model to see what it is.")
        tools = (self.favourite_button, self.folder_button, self.copy_button)
        for made in (*tools, self.rename_button, self.bin_button, self.about.note):
            made.setEnabled(entry is not None)
        infos = [other.info for other in others if other.info and not other.problem]
        self._session.show(entry, infos)
        self._show_page_of_book()

    def show_page(self, key: str) -> None:
        """Show this part: ``about``, ``template``, ``tensors`` or ``keys``."""
        self.pages.choose(key)
        self._stack.setCurrentIndex([k for k, _ in _PAGES].index(key))
        self._render()
        self.page_shown.emit(key)

    def _show_view(self, view: DetailsView | None) -> None:
        is_reading = self._entry is not None and self._entry.info is not None
        self.about.show_view(view, is_reading=is_reading)
        for page in (self.template, self.tensors, self.keys):
            page.show_view(view)
        self._is_rendered = False
        self._render()

    def _render(self) -> None:
        """A process is started for it: only for those who look."""
        if self.pages.current() == "template" and not self._is_rendered:
            self._is_rendered = True
            self._session.render()

    def _on_not_hashed(self, error: LollmaError | None) -> None:
        self.about.checksum.show_stopped()
        if error is not None:
            self._show_error(error)

    def _show_error(self, error: LollmaError) -> None:
        self.about.reading.hide()
        self._say(str(error))

    def _say(self, words: str) -> None:
        self._problem.setText(words)
        self._problem.setVisible(bool(words))

    def _on_book(self, path: str) -> None:
        if self._entry is not None and path in ("", str(self._entry.path)):
            self._show_page_of_book()

    def _show_page_of_book(self) -> None:
        page = self._book.page(str(self._entry.path) if self._entry else "")
        self.favourite_button.setChecked(page.favourite)
        self.favourite_button.setText("★ Favourite" if page.favourite else "☆ Favourite")
        self.about.note.show_note(page.note)
        self.about.unasked.setVisible(page.loads_anyway)

    # ---- wishes ----------------------------------------------------------------------------

    def toggle_favourite(self) -> None:
        """Mark the model as a favourite, or no longer."""
        if self._entry is not None:
            self.favourite_button.toggle()

    def _set_favourite(self, favourite: bool) -> None:
        if self._entry is not None:
            self._book.set_favourite(str(self._entry.path), favourite)

    def _keep_note(self, text: str) -> None:
        if self._entry is not None:
            self._book.set_note(str(self._entry.path), text)

    def _ask_again(self) -> None:
        if self._entry is not None:
            self._book.set_loads_anyway(str(self._entry.path), False)

    def open_folder(self) -> None:
        """Show the file in the system's file manager."""
        if self._entry is not None:
            self._actions.show_in_folder(self._entry)

    def copy_path(self) -> None:
        """Put the file's path on the clipboard."""
        if self._entry is not None:
            QGuiApplication.clipboard().setText(str(self._entry.path))

    def ask_name(self) -> None:
        """Ask for another name, where the file may have one."""
        if self._entry is not None and self._actions.may_change(self._entry):
            self.rename_form.ask(str(self._entry.path))

    def _rename(self, name: str) -> None:
        if self._entry is not None:
            self._actions.rename(self._entry, name)

    def move_to_bin(self) -> None:
        """Move the model to the bin."""
        if self._entry is not None:
            self._actions.move_to_bin(self._entry)


def _open_folder(path: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
