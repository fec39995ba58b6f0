"""Models that are here more than once: where, what a link would save, and the links themselves."""

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core import units
from lollma_gui.core.duplicates import Copy, Duplicates
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import ElidedLabel, TextRole, label

_WIDTH, _HEIGHT = 640, 440
_WHAT = (
    "Linked copies are one file with several names: they take room once, and each program finds "
    "its own as before. All of it is compared first; deleting one name leaves the other whole."
)


class DuplicatesDialog(QDialog):
    """Choose which copies are to share their bytes; ``open`` it.

    Args:
        parent: The window it belongs to.

    Signals:
        link_wanted: The chosen ``Duplicates``.
        cancelled: What is under way is to be given up.
    """

    link_wanted = Signal(list)
    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models that are here more than once")
        self.resize(_WIDTH, _HEIGHT)
        self.boxes: list[QCheckBox] = []
        self._groups: list[Duplicates] = []
        self._place = QWidget()
        self.sum = label("", TextRole.MUTED)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of comparing")
        self.link_button = button("Link", primary=True)
        self.stop_button = button("Stop", tooltip="What is linked already stays so")
        self.close_button = button("Close")
        self._rows = QVBoxLayout()
        self._build()
        self.link_button.clicked.connect(lambda: self.link_wanted.emit(self.chosen()))
        self.stop_button.clicked.connect(self.cancelled)
        self.close_button.clicked.connect(self.reject)
        self.show_idle()

    def _build(self) -> None:
        content = QWidget()
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._rows.setSpacing(10)
        outer = QVBoxLayout(content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(self._rows)
        outer.addStretch(1)
        fill_with_scrolled(self._place, content)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.sum, 1)
        for made in (self.stop_button, self.link_button, self.close_button):
            row.addWidget(made)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(_WHAT, TextRole.MUTED, wrap=True))
        column.addWidget(self._place, 1)
        column.addWidget(self.bar)
        column.addLayout(row)

    # ---- what is shown ---------------------------------------------------------------------

    def show_groups(self, groups: Sequence[Duplicates]) -> None:
        """Show these, all chosen."""
        self._groups = list(groups)
        self.boxes = []
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for group in groups:
            self._rows.addWidget(self._row(group))
        self._show_sum()

    def _row(self, group: Duplicates) -> QWidget:
        made = QWidget()
        name = PurePath(group.keep.files[0]).name
        box = QCheckBox(f"{name} · saves {units.file_size(group.saved_bytes)}".replace("&", "&&"))
        box.setChecked(True)
        box.toggled.connect(self._show_sum)
        self.boxes.append(box)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(box)
        lines = [("kept", group.keep), *(("linked", copy) for copy in group.others)]
        lines += [("stays as it is", copy) for copy in group.fixed]
        for words, copy in lines:
            column.addWidget(_line(words, copy))
        return made

    def chosen(self) -> list[Duplicates]:
        """Those that are to be linked."""
        pairs = zip(self._groups, self.boxes, strict=True)
        return [group for group, box in pairs if box.isChecked()]

    def _show_sum(self) -> None:
        chosen = self.chosen()
        saved = sum(group.saved_bytes for group in chosen)
        self.sum.setText(f"Saves {units.file_size(saved)}" if chosen else "Nothing is chosen")
        self.link_button.setEnabled(bool(chosen))

    def show_progress(self, done: float, total: float) -> None:
        """So many bytes were compared, of all."""
        self._show_busy(True)
        self.bar.setValue(round(1000 * done / total) if total else 0)
        self.sum.setText(f"Comparing: {units.file_size(done)} of {units.file_size(total)}")

    def show_idle(self) -> None:
        """Nothing is under way."""
        self._show_busy(False)
        self._show_sum()

    def _show_busy(self, is_busy: bool) -> None:
        self.bar.setVisible(is_busy)
        self.stop_button.setVisible(is_busy)
        self.link_button.setVisible(not is_busy)
        self._place.setEnabled(not is_busy)


def _line(words: str, copy: Copy) -> ElidedLabel:
    made = ElidedLabel(f"{words}: {copy.files[0]} ({copy.source})", TextRole.CAPTION)
    made.setContentsMargins(30, 0, 0, 0)
    return made
