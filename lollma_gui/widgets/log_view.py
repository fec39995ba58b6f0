"""The log of a program: live, filtered, searched, copied and saved."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.log_line import Level
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.log_stream import LogStream
from lollma_gui.widgets.buttons import SegmentedControl, button
from lollma_gui.widgets.find_bar import FindBar
from lollma_gui.widgets.log_text import LogText
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.theme import Theme

_LEVELS = {"all": Level.PLAIN, "warnings": Level.WARNING, "errors": Level.ERROR}


class LogView(QWidget):
    """A log with its tools.

    Args:
        theme: The colours.
        background: Where texts to be copied and saved are put together.
        name: What log it is, for screen readers.
        empty: What stands there while there are no lines.

    Signals:
        failed: The log could not be saved, as a ``LollmaError``.
    """

    failed = Signal(object)

    def __init__(self, theme: Theme, background: Background, name: str, empty: str = "") -> None:
        super().__init__()
        self._background = background
        self._name = name
        self.text = LogText(theme, name)
        self.level = SegmentedControl(
            [("all", "All"), ("warnings", "Warnings"), ("errors", "Errors")], "Which lines"
        )
        self.filter = QLineEdit()
        self.finder = FindBar(name)
        self._empty = label(empty, TextRole.MUTED, wrap=True)
        self._words = ElidedLabel("", TextRole.CAPTION)
        self._build()
        self._connect()
        self._show_counts()

    # ---- layout ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.filter.setPlaceholderText("Filter…")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName(f"Filter {self._name}")
        self.filter.setMinimumWidth(90)
        self.filter.setMaximumWidth(260)
        self.follow = button("Follow", tooltip="Keep the newest line in view")
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.copy = button("Copy", tooltip="Copy what is marked, else all that is shown")
        self.save = button("Save…", tooltip="Save all that is shown to a file")
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.level)
        tools.addWidget(self.filter, 1)
        tools.addStretch(1)
        for made in (self.follow, self.copy, self.save):
            tools.addWidget(made)
        self.finder.hide()
        # In the middle of the lines that are not there.
        inside = QVBoxLayout(self.text.viewport())
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        inside.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(tools)
        column.addWidget(self.finder)
        column.addWidget(self.text, 1)
        column.addWidget(self._words)

    def _connect(self) -> None:
        self.level.chosen.connect(self._show_wanted)
        self.filter.textChanged.connect(self._show_wanted)
        self.follow.clicked.connect(self.text.follow)
        self.text.follow_changed.connect(self.follow.setChecked)
        self.text.counted.connect(self._show_counts)
        self.text.copy_wanted.connect(self.copy_text)
        self.copy.clicked.connect(self.copy_text)
        self.save.clicked.connect(self._ask_where)
        self.finder.words_changed.connect(self._search)
        self.finder.next_wanted.connect(self.find_next)
        self.finder.closed.connect(self.close_search)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, wish in (
            (QKeySequence(QKeySequence.StandardKey.Find), self.finder.open),
            (QKeySequence("F3"), lambda: self.find_next(True)),
            (QKeySequence("Shift+F3"), lambda: self.find_next(False)),
        ):
            QShortcut(keys, self, wish, context=context)

    # ---- showing ---------------------------------------------------------------------------

    def show_stream(self, stream: LogStream | None) -> None:
        """Show this log."""
        self.text.show_stream(stream)

    def _show_wanted(self) -> None:
        self.text.show_only(self.filter.text(), _LEVELS[self.level.current()])

    def _show_counts(self) -> None:
        rows, found = self.text.rows, self.text.found
        self._empty.setVisible(rows.end == rows.first)
        count = rows.end - rows.first
        words = "1 line" if count == 1 else f"{count:,} lines"
        if not rows.wanted.takes_all:
            words = f"{len(rows):,} of {words}"
        if rows.first:
            words += f" · {rows.first:,} older ones dropped"
        self._words.setText(words)
        number = self.text.selection.cursor.number
        is_at = found.after(number - 1) == number
        self.finder.show_count(found.place(number) + 1 if is_at else 0, len(found.numbers))

    # ---- searching -------------------------------------------------------------------------

    def _search(self, words: str) -> None:
        self.text.search(words)
        if words:
            self.find_next(True, from_here=True)

    def find_next(self, forward: bool, *, from_here: bool = False) -> None:
        """Go to the next line found, or to the one before.

        Args:
            forward: Whether towards the newest.
            from_here: Whether the line of the cursor counts.
        """
        found, number = self.text.found, self.text.selection.cursor.number - from_here
        for _ in found.numbers:
            wanted = found.after(number) if forward else found.before(number)
            if wanted is None:
                break
            number = wanted
            if self.text.rows.has(number):
                self.text.go_to(number)
                break
        self._show_counts()

    def close_search(self) -> None:
        """Hide the search, and mark nothing any more."""
        self.finder.words.clear()
        self.finder.hide()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- taking away -----------------------------------------------------------------------

    def copy_text(self) -> None:
        """Put what is marked into the clipboard, else all that is shown, with its times."""
        stream, selection = self.text.stream, copy(self.text.selection)
        numbers = self.text.marked_numbers()
        if stream is None:
            return
        shown = self._shown_numbers()

        def work(job: Job) -> str:
            if not numbers:
                return "\n".join(_whole(stream.texts(shown), job))
            return "\n".join(_whole(map(selection.part, stream.some(numbers)), job))

        clipboard = QGuiApplication.clipboard()
        self._background.run(
            work, on_result=clipboard.setText, on_error=self.failed.emit, owner=self
        )

    def _ask_where(self) -> None:
        name = f"{self._name.lower().replace(' ', '-')}.txt"
        path, _ = QFileDialog.getSaveFileName(self, "Save the log", name, "Text (*.txt *.log)")
        if path:
            self.save_text(Path(path))

    def save_text(self, path: Path) -> None:
        """Save all that is shown, with its times."""
        stream = self.text.stream
        if stream is None:
            return
        shown = self._shown_numbers()

        def work(job: Job) -> None:
            try:
                with path.open("w", encoding="utf-8") as file:
                    file.writelines(f"{text}\n" for text in _whole(stream.texts(shown), job))
            except OSError as error:
                why = error.strerror or str(error)
                raise LollmaError(
                    f"The log could not be saved: {why}.", "Choose another folder."
                ) from error

        self._background.run(
            work, on_result=lambda _none: None, on_error=self.failed.emit, owner=self
        )

    def _shown_numbers(self) -> Sequence[int]:
        return self.text.rows.numbers(0, len(self.text.rows))


def _whole(texts: Iterable[str], job: Job) -> Iterator[str]:
    """The texts, until the job is cancelled."""
    for text in texts:
        if job.cancelled():
            raise Cancelled
        yield text
