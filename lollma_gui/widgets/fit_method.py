"""How the figures were found, and how good such figures were before."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import method_words, past_words
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.fit_piece import FitPiece
from lollma_gui.widgets.steady_label import SteadyLabel
from lollma_gui.widgets.text import TextRole


class MethodLines(FitPiece):
    """Two lines of small words.

    Signals:
        forget_wanted: What was learned from earlier loads is to be forgotten.
    """

    forget_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.method = SteadyLabel(TextRole.CAPTION, 2)
        self.past = SteadyLabel(TextRole.CAPTION)
        self.forget_button = button("Forget", tooltip="Forget what was learned from loads")
        self.forget_button.setProperty("kind", "link")
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self.past, 1)
        below.addWidget(self.forget_button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.method)
        column.addLayout(below)
        self.forget_button.clicked.connect(self.forget_wanted)

    def show_view(self, view: FitView) -> None:
        """Show the method of a view."""
        past = past_words(view.past)
        self.method.setText(method_words(view))
        self.past.setText(past)
        self.past.setVisible(bool(past))
        self.forget_button.setVisible(bool(past))
