"""Facts: a name on the left, its value on the right, row by row."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from lollma_gui.core.units import UNKNOWN
from lollma_gui.widgets.text import TextRole, label


class _Value(QLineEdit):
    """A value that can be marked and copied, and ends in "…" where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFrame(False)
        self.setProperty("role", "fact")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Show a value from its beginning."""
        if text == self.text():
            return
        self.setText(text)
        self.setCursorPosition(0)
        self.setToolTip(text if len(text) > 12 else "")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Room for all of it."""
        width = self.fontMetrics().horizontalAdvance(self.text()) + 6
        return QSize(width, self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        full = self.sizeHint()
        return QSize(min(full.width(), self.fontMetrics().averageCharWidth() * 8), full.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """All of it where it fits or is being marked, else what fits."""
        room = self.width() - 4
        metrics = self.fontMetrics()
        if self.hasFocus() or metrics.horizontalAdvance(self.text()) <= room:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(self.rect().adjusted(2, 0, -2, 0), Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()


class FactList(QWidget):
    """Rows of name and value."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[QLabel, _Value]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these names and values. Rows stay, only their texts change: nothing jumps."""
        while len(self._rows) < len(facts):
            self._add_row()
        for number, (name, value) in enumerate(self._rows):
            shown = number < len(facts)
            if shown:
                words = facts[number]
                name.setText(words[0])
                value.setAccessibleName(words[0])
                value.show_text(words[1] or UNKNOWN)
            name.setVisible(shown)
            value.setVisible(shown)

    def facts(self) -> list[tuple[str, str]]:
        """What is shown now."""
        return [(n.text(), v.text()) for n, v in self._rows if not n.isHidden()]

    def _add_row(self) -> None:
        name, value = label("", TextRole.MUTED), _Value()
        name.setBuddy(value)
        number = len(self._rows)
        self._grid.addWidget(name, number, 0)
        self._grid.addWidget(value, number, 1)
        self._rows.append((name, value))
