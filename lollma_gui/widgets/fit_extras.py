"""What can be loaded beside the model: draft models and vision projectors, with their price."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from lollma_gui.core.fit_view import Extra, FitView
from lollma_gui.core.fit_words import extra_words
from lollma_gui.widgets.fit_piece import FitPiece
from lollma_gui.widgets.text import ElidedLabel, TextRole, label


class _ExtraRow(QWidget):
    """A check box with the kind, then the name as far as there is room, then the price."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QCheckBox()
        self._name = ElidedLabel("", TextRole.CAPTION)
        self._price = label("", TextRole.CAPTION)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.box)
        row.addWidget(self._name, 1)
        row.addWidget(self._price)

    def show_extra(self, extra: Extra) -> None:
        kind, name, price = extra_words(extra)
        self.box.setText(kind)
        self.box.setAccessibleName(f"{kind}: {name} {price}")
        self.box.setToolTip(extra.key)
        self.box.setChecked(extra.is_chosen)
        self._name.setText(name)
        self._price.setText(price)


class ExtrasList(FitPiece):
    """A row for each.

    Signals:
        toggled: Key of one, and whether it is to be loaded too.
    """

    toggled = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[str] = []
        self._rows: list[_ExtraRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    @property
    def boxes(self) -> list[QCheckBox]:
        """The check boxes that are shown, in order."""
        return [row.box for row in self._rows if not row.isHidden()]

    def show_view(self, view: FitView) -> None:
        """Show what a view offers; rows stay, only what they show changes."""
        self._keys = [extra.key for extra in view.extras]
        while len(self._rows) < len(view.extras):
            self._add_row()
        for number, row in enumerate(self._rows):
            if number < len(view.extras):
                row.show_extra(view.extras[number])
            row.setVisible(number < len(view.extras))
        self.setVisible(bool(view.extras))

    def _add_row(self) -> None:
        row, number = _ExtraRow(), len(self._rows)
        row.box.clicked.connect(lambda on: self.toggled.emit(self._keys[number], on))
        row.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._rows.append(row)
        self._column.addWidget(row)
