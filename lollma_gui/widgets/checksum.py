"""The SHA-256 of a model: computed on request, held against one that a person knows."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from lollma_gui.core import units
from lollma_gui.core.checksums import find_sha256
from lollma_gui.widgets.badge import Badge
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Role, Theme


class Checksum(QWidget):
    """Shows, compares, copies.

    Signals:
        wanted: It is to be computed.
        stopped: It is to be given up.
    """

    wanted = Signal()
    stopped = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._hashes: list[str] = []
        self.start_button = button("Compute SHA-256", tooltip="Reads the whole file")
        self.cancel_button = button("Cancel")
        self.copy_button = button("Copy")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the checksum")
        self.progress = label("", TextRole.CAPTION)
        self.facts = FactList()
        self.expected = QLineEdit()
        self.expected.setPlaceholderText("Paste a known SHA-256 to compare")
        self.expected.setAccessibleName("Known SHA-256")
        self.verdict = Badge(theme)
        self._build()
        self.start_button.clicked.connect(self.wanted)
        self.cancel_button.clicked.connect(self.stopped)
        self.copy_button.clicked.connect(self._copy)
        self.expected.textChanged.connect(self._compare)
        self.clear()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for made in (self.start_button, self.cancel_button, self.copy_button):
            row.addWidget(made)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(label("Checksum", TextRole.STRONG))
        for part in (self.facts, self.bar, self.progress, self.expected, self.verdict):
            column.addWidget(part)
        column.addLayout(row)

    def clear(self) -> None:
        """Nothing was computed of this model yet."""
        self._hashes = []
        self.facts.show_facts(())
        self.expected.clear()
        self._show(is_busy=False)

    def show_progress(self, done: float, total: float) -> None:
        """So many bytes were read, of all."""
        self._show(is_busy=True)
        self.bar.setValue(round(1000 * done / total) if total else 0)
        self.progress.setText(f"{units.file_size(done)} of {units.file_size(total)}")

    def show_hashes(self, files: Sequence[Path], hashes: Sequence[str]) -> None:
        """It was computed."""
        self._hashes = list(hashes)
        names = ["SHA-256"] if len(files) == 1 else [file.name for file in files]
        self.facts.show_facts(list(zip(names, hashes, strict=True)))
        self._show(is_busy=False)

    def show_stopped(self) -> None:
        """It was given up."""
        self._show(is_busy=False)

    def _show(self, *, is_busy: bool) -> None:
        self.bar.setVisible(is_busy)
        self.progress.setVisible(is_busy)
        self.cancel_button.setVisible(is_busy)
        self.start_button.setVisible(not is_busy)
        self.copy_button.setVisible(bool(self._hashes) and not is_busy)
        self.expected.setVisible(bool(self._hashes) and not is_busy)
        self._compare()

    def _compare(self) -> None:
        text = self.expected.text()
        known = find_sha256(text)
        if not text.strip() or not self._hashes:
            self.verdict.show_state("", Role.MUTED)
        elif not known:
            self.verdict.show_state("This is no SHA-256: 64 digits from 0 to f", Role.WARNING)
        elif known in self._hashes:
            self.verdict.show_state("The same", Role.GOOD)
        else:
            self.verdict.show_state("Not the same", Role.BAD)
        self.verdict.setVisible(bool(self.verdict.text()))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._hashes))
