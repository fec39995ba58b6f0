"""What LoLLMa is: its version, what it runs on, and whether there is a newer one."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.logo import Wordmark
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme
from lollma_gui.widgets.update_box import UpdateBox

_LOGO = QSize(52, 52)
_WHAT = "A desktop control panel for running language models on your own PC."


class AboutPage(QWidget):
    """The first page of About.

    Args:
        theme: The colours.
        logo: The drawing, an SVG file.
    """

    def __init__(self, theme: Theme, logo: Path) -> None:
        super().__init__()
        self.facts = FactList()
        self.copy_button = button("Copy", tooltip="Copy all of it as text, for a report of a fault")
        self.copy_button.setAccessibleName("Copy versions")
        self.copied = label("", TextRole.CAPTION)
        self.updates = UpdateBox()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(_head(theme, logo))
        column.addWidget(self._versions())
        new = Card("New versions")
        new.body.addWidget(self.updates)
        column.addWidget(new)
        column.addStretch(1)
        fill_with_scrolled(self, content)
        self.copy_button.clicked.connect(self.copy)

    def _versions(self) -> Card:
        card = Card("This LoLLMa")
        card.header.addWidget(self.copied)
        card.header.addWidget(self.copy_button)
        card.body.addWidget(self.facts)
        return card

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these names and values."""
        self.facts.show_facts(facts)
        self.copied.setText("")
        self.copy_button.setEnabled(bool(facts))

    def copy(self) -> None:
        """Put all of it on the clipboard, a line a fact."""
        lines = (f"{name}: {value}" for name, value in self.facts.facts())
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.copied.setText("Copied")


def _head(theme: Theme, logo: Path) -> QHBoxLayout:
    drawing = QLabel()
    drawing.setPixmap(QIcon(str(logo)).pixmap(_LOGO, drawing.devicePixelRatioF()))
    drawing.setAccessibleName("The icon of LoLLMa")
    texts = QVBoxLayout()
    texts.setSpacing(2)
    texts.addWidget(Wordmark(theme))
    texts.addWidget(label(_WHAT, TextRole.MUTED, wrap=True))
    row = QHBoxLayout()
    row.setSpacing(14)
    row.addWidget(drawing)
    row.addLayout(texts, 1)
    return row
