"""Text that goes on in new lines, in a place that does not shrink while the text changes."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from lollma_gui.widgets.text import TextRole

#: As if it had so many pixels less: a digit more then needs no new line.
_SLACK = 22
_USUAL_WIDTH, _LEAST_WIDTH = 200, 90


class SteadyLabel(QLabel):
    """A wrapped text that can be marked and copied; what stands below it does not jump.

    Args:
        role: What the text is for.
        lines: It has room for so many lines from the start.
    """

    def __init__(self, role: TextRole, lines: int = 1) -> None:
        super().__init__()
        self._lines = lines
        self._highest: dict[int, int] = {}
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role.value)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def forget(self) -> None:
        """Give back room that only earlier texts needed."""
        self._highest.clear()
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        """The height of the highest text so far at this width."""
        needed = super().heightForWidth(max(width - _SLACK, 1))
        highest = max(needed, self._least(), self._highest.get(width, 0))
        self._highest[width] = highest
        return highest

    def _least(self) -> int:
        return self._lines * self.fontMetrics().lineSpacing()

    def sizeHint(self) -> QSize:
        """Some width; the height follows from it."""
        return QSize(_USUAL_WIDTH, self._least())

    def minimumSizeHint(self) -> QSize:
        """Room for a word. Qt's own would ask for the height of a text one letter wide."""
        return QSize(_LEAST_WIDTH, self._least())
