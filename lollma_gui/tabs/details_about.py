"""What a model is, in plain words; the person's note; its checksum."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from lollma_gui.core.model_details import DetailsView
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.checksum import Checksum
from lollma_gui.widgets.fact_sections import FactSections
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

_NOTE_LINES = 3
#: A note is kept when no key follows within this time.
_SETTLED_MS = 600


class NoteField(QPlainTextEdit):
    """A note that keeps itself.

    Signals:
        written: The new text; soon after the last key, or when the field is left.
    """

    written = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._kept = ""
        self.setPlaceholderText("Your note about this model…")
        self.setAccessibleName("Your note about this model")
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * _NOTE_LINES + 20)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self.keep)
        self.textChanged.connect(self._settled.start)

    def show_note(self, text: str) -> None:
        """Show a note; while the person writes, what is written stands."""
        if text != self._kept or not self.hasFocus():
            self._kept = text
            if text != self.toPlainText().strip():
                self.setPlainText(text)
        self._settled.stop()

    def keep(self) -> None:
        """Tell what was written, if that is anything new."""
        self._settled.stop()
        text = self.toPlainText().strip()
        if text != self._kept:
            self._kept = text
            self.written.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Who leaves it is done."""
        super().focusOutEvent(event)
        self.keep()


class AboutPage(QWidget):
    """The first page of the details.

    Signals:
        ask_again_wanted: The model is no longer to be loaded unasked where it will not fit.
    """

    ask_again_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.note = NoteField()
        self.sections = FactSections()
        self.checksum = Checksum(theme)
        self.reading = label("Reading the file…", TextRole.MUTED)
        self.unasked = QWidget()
        self.ask_again_button = button("Ask again")
        self.ask_again_button.clicked.connect(self.ask_again_wanted)
        self._build()

    def _build(self) -> None:
        row = QHBoxLayout(self.unasked)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        words = "Loads without asking, also where it will not fit."
        row.addWidget(label(words, TextRole.CAPTION, wrap=True), 1)
        row.addWidget(self.ask_again_button)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(12)
        for part in (self.note, self.unasked, self.reading, self.sections, self.checksum):
            column.addWidget(part)
        column.addStretch(1)
        fill_with_scrolled(self, content)
        self.unasked.hide()

    def show_view(self, view: DetailsView | None, *, is_reading: bool) -> None:
        """Show what the header says; None before it was read."""
        self.reading.setVisible(view is None and is_reading)
        self.sections.setVisible(view is not None)
        self.sections.show_sections(view.sections if view else ())
        self.checksum.setVisible(view is not None)
        if view is None:
            self.checksum.clear()
