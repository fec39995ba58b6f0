"""What can be downloaded of the repository that is looked into."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from lollma_gui.core import units
from lollma_gui.core.hub_files import HubFile
from lollma_gui.core.model_family import quantisation_label
from lollma_gui.widgets.buttons import button


class HubDownloadsRow(QWidget):
    """Two buttons: the file for this PC, and the one that is looked at; a projector beside.

    Signals:
        best_wanted: Download the one for this PC.
        chosen_wanted: Download the one that is looked at.
    """

    best_wanted = Signal()
    chosen_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.best_button = button("Download the one for this PC", primary=True)
        self.chosen_button = button("")
        self.projector = QCheckBox()
        self.projector.setChecked(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.best_button)
        row.addWidget(self.chosen_button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.projector)
        self.best_button.clicked.connect(self.best_wanted)
        self.chosen_button.clicked.connect(self.chosen_wanted)

    def show_files(
        self, best: HubFile | None, chosen: HubFile | None, projector: HubFile | None
    ) -> None:
        """Offer these; None is what there is not, or what is here already."""
        self.best_button.setVisible(best is not None)
        self.chosen_button.setVisible(chosen is not None and chosen != best)
        self.projector.setVisible(projector is not None and bool(best or chosen))
        if best is not None:
            self.best_button.setToolTip(_words(best))
        if chosen is not None:
            self.chosen_button.setText(f"Download {_label(chosen)}")
            self.chosen_button.setToolTip(_words(chosen))
            self.chosen_button.setAccessibleName(f"Download {_words(chosen)}")
        if projector is not None:
            size = units.file_size(projector.size)
            self.projector.setText(f"With what lets it see pictures ({size})")
            self.projector.setToolTip(projector.path)

    @property
    def with_projector(self) -> bool:
        """Whether the projector is to come along."""
        return self.projector.isChecked()


def _label(file: HubFile) -> str:
    return quantisation_label(file.path) or file.name


def _words(file: HubFile) -> str:
    return f"{_label(file)}, {units.file_size(file.size)}"
