"""Before a load that will not fit: why, what would make it fit, and a way to load all the same."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lollma_gui.core.load_case import LoadQuestion, Offer
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.fit_bar import DeviceBars
from lollma_gui.widgets.fit_verdict import VerdictBlock
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

_WIDTH = 560


class LoadDialog(QDialog):
    """Asks one question; ``open`` it. Escape and closing it are "Cancel".

    Args:
        question: What is asked.
        theme: The colours.
        parent: The window that waits for the answer.

    Signals:
        change_chosen: Values that make it fit, by their names in the settings table.
        anyway_chosen: It is to be loaded all the same; whether never to ask for this model again.
    """

    change_chosen = Signal(dict)
    anyway_chosen = Signal(bool)

    def __init__(self, question: LoadQuestion, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self.setWindowTitle("This model will not fit")
        self.setAccessibleDescription(question.view.verdict.headline)
        self.offer_buttons: list[QPushButton] = []
        self.ask_no_more = QCheckBox("Do not ask for this model again")
        self.anyway_button = button("Load anyway", tooltip="Load it with the settings as they are")
        self.cancel_button = button("Cancel", tooltip="Leave everything as it is (Esc)")
        self.verdict = VerdictBlock(theme)
        self.bars = DeviceBars(theme)
        self.verdict.show_view(question.view)
        self.bars.show_view(question.view)
        self._build(question)
        self.anyway_button.clicked.connect(self._load_anyway)
        self.cancel_button.clicked.connect(self.reject)

    def _build(self, question: LoadQuestion) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(f"{question.view.name} will not fit", TextRole.TITLE, wrap=True))
        column.addWidget(self.verdict)
        column.addWidget(self.bars)
        column.addLayout(self._offers(question))
        column.addSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.ask_no_more)
        row.addStretch(1)
        row.addWidget(self.anyway_button)
        row.addWidget(self.cancel_button)
        column.addLayout(row)
        (self.offer_buttons or [self.cancel_button])[0].setFocus()

    def _offers(self, question: LoadQuestion) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        if not question.offers:
            words = "No change of settings makes it fit here. A smaller quantisation may."
            column.addWidget(label(words, TextRole.STRONG, wrap=True))
            return column
        column.addWidget(label("Change one thing, and load:", TextRole.STRONG))
        for offer in question.offers:
            column.addSpacing(4)
            column.addWidget(self._offer_button(offer))
            column.addWidget(label(offer.effect, TextRole.CAPTION, wrap=True))
        return column

    def _offer_button(self, offer: Offer) -> QPushButton:
        is_first = not self.offer_buttons
        made = button(offer.change.words.replace("&", "&&"), primary=is_first)
        made.setAccessibleDescription(offer.effect)
        made.clicked.connect(lambda: self._choose(offer))
        self.offer_buttons.append(made)
        return made

    def _choose(self, offer: Offer) -> None:
        self.change_chosen.emit(dict(offer.change.values))
        self.accept()

    def _load_anyway(self) -> None:
        self.anyway_chosen.emit(self.ask_no_more.isChecked())
        self.accept()
