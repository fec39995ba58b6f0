"""Models on this PC of which the Hub has a newer upload, and what to do about each."""

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QWidget

from lollma_gui.core import units
from lollma_gui.qt.newer_uploads import NewerUploads
from lollma_gui.services.newer_uploads import UploadCheck
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.text import ElidedLabel

#: More than these are not shown at once: when one is dealt with, the next moves up.
_MOST = 5


class NewerCard(Card):
    """A row for each; hidden while nobody has asked.

    Args:
        newer: Knows them.
    """

    def __init__(self, newer: NewerUploads) -> None:
        super().__init__("Newer uploads")
        self._newer = newer
        self._rows: list[QWidget] = []
        self.close_button = button("Close", quiet=True)
        self.header.addWidget(self.close_button)
        self.close_button.clicked.connect(self.hide)
        newer.changed.connect(self._show)
        self.hide()

    def _show(self) -> None:
        for row in self._rows:
            self.body.removeWidget(row)
            row.hide()
            row.deleteLater()
        found = self._newer.newer
        self._rows = [self._row(answer) for answer in found[:_MOST]]
        for row in self._rows:
            self.body.addWidget(row)
        self.set_subtitle(self._words(len(found)))
        self.setVisible(not self._newer.is_checking)

    def _words(self, count: int) -> str:
        checked = self._newer.checked
        if not checked:
            return "No model on this PC was downloaded from the Hub by LoLLMa."
        models = f"{checked} model{'s' if checked != 1 else ''}"
        if not count:
            return f"The Hub was asked about {models}: none of them has a newer upload."
        return f"The Hub was asked about {models}: a newer upload exists of {count}."

    def _row(self, answer: UploadCheck) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        name = Path(answer.paths[0]).name
        size = units.file_size(answer.newer.size if answer.newer else None)
        layout.addWidget(ElidedLabel(f"{name} · {size}"), 1)
        for words, keep_both, tip in (
            ("Update", False, "Replaces the old files once the new ones are verified"),
            ("Keep both", True, "The new one gets its version into its name"),
        ):
            made = button(words, tooltip=tip)
            made.setAccessibleName(f"{words}: {name}")
            made.clicked.connect(
                lambda _=False, p=answer.paths[0], k=keep_both: self._newer.update(p, keep_both=k)
            )
            layout.addWidget(made)
        return row
