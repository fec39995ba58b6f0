"""Two profiles side by side."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QHeaderView, QTableView

from lollma_gui.core.profile import Difference, Sourced
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.tables import dress_table
from lollma_gui.widgets.text import TextRole, label


class ProfileCompare(Card):
    """What two profiles differ in.

    Signals:
        pair_chosen: Names of the two profiles to compare.
        closed: The person wants the settings back.
    """

    pair_chosen = Signal(str, str)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.first = _names("First profile")
        self.second = _names("Second profile")
        self.back_button = button("Back to the settings", tooltip="Back to the settings (Esc)")
        self.count = label("", TextRole.MUTED)
        self._rows = QStandardItemModel(self)
        self.table = QTableView()
        self.table.setModel(self._rows)
        dress_table(self.table, "Differences between two profiles")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.first, 2)
        row.addWidget(label("and", TextRole.MUTED))
        row.addWidget(self.second, 2)
        row.addWidget(self.count, 1)
        row.addWidget(self.back_button)
        self.body.addLayout(row)
        self.body.addWidget(self.table, 1)
        self.first.activated.connect(self._choose)
        self.second.activated.connect(self._choose)
        self.back_button.clicked.connect(self.closed)

    def show_names(self, names: Sequence[str], first: str, second: str) -> None:
        """Offer these profiles."""
        for box, chosen in ((self.first, first), (self.second, second)):
            box.clear()
            box.addItems(list(names))
            box.setCurrentText(chosen)

    @property
    def pair(self) -> tuple[str, str]:
        """Names of the two profiles compared."""
        return self.first.currentText(), self.second.currentText()

    def show_differences(self, differences: Sequence[Difference]) -> None:
        """Show what they differ in."""
        self._rows.clear()
        self._rows.setHorizontalHeaderLabels(["Setting", *self.pair])
        for difference in differences:
            setting = SETTINGS[difference.name]
            name = QStandardItem(setting.label)
            name.setToolTip(f"{setting.name}: {setting.explanation}")
            values = [_item(difference.name, v) for v in (difference.first, difference.second)]
            self._rows.appendRow([name, *values])
        count = len(differences)
        what = "setting differs" if count == 1 else "settings differ"
        self.count.setText(f"{count} {what}" if count else "They say the same")
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        for column in range(3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _choose(self) -> None:
        self.pair_chosen.emit(*self.pair)


def _item(name: str, sourced: Sourced) -> QStandardItem:
    words = SETTINGS[name].describe(sourced.value)
    made = QStandardItem(words.replace("\n", " "))
    made.setToolTip(f"{words}\n{sourced.sentence()}")
    return made


def _names(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(12)
    return made
