"""The verdict: a badge with one word, the headline beside it, and the sentences below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import verdict_word, verdict_words
from lollma_gui.core.verdict import Fit
from lollma_gui.widgets.badge import Badge
from lollma_gui.widgets.fit_piece import FitPiece
from lollma_gui.widgets.steady_label import SteadyLabel
from lollma_gui.widgets.text import TextRole
from lollma_gui.widgets.theme import Role, Theme

_ROLES = {
    Fit.FITS: Role.GOOD,
    Fit.PARTLY: Role.WARNING,
    Fit.MOSTLY_RAM: Role.WARNING,
    Fit.MAY_FIT: Role.WARNING,
    Fit.ONLY_JUST: Role.WARNING,
    Fit.DOES_NOT_FIT: Role.BAD,
    Fit.UNKNOWN: Role.MUTED,
}


class VerdictBlock(FitPiece):
    """What a memory plan means for this PC; or why these settings cannot be."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.badge = Badge(theme)
        self.headline = SteadyLabel(TextRole.STRONG, 2)
        self.text = SteadyLabel(TextRole.CAPTION, 2)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.headline, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.text)

    def show_view(self, view: FitView) -> None:
        """Show the verdict of a view."""
        headline, text = verdict_words(view)
        role = Role.BAD if view.refusal is not None else _ROLES[view.verdict.fit]
        word = verdict_word(view)
        if (self.badge.text(), self.badge.role) != (word, role):
            self.badge.show_state(word, role)
        self.headline.setText(headline)
        self.text.setText(text)

    def forget_room(self) -> None:
        """Give back room that another model's sentences needed."""
        self.headline.forget()
        self.text.forget()
