"""The model card beside a repository's files: facts, text, and pictures when they are wanted."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.model_card import facts
from lollma_gui.qt.hub_card import HubCard
from lollma_gui.tabs.hub_search_page import as_of
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.markdown_view import MarkdownView
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import TextRole, label
from lollma_gui.widgets.theme import Theme

#: A long card is written in parts, so that the window stays quick meanwhile; in characters.
_PART = 2000


class HubCardView(QWidget):
    """The card that a ``HubCard`` has.

    Args:
        card: Fetches it.
        theme: The colours.

    Signals:
        link_clicked: An address in the card that a person clicked.
    """

    link_clicked = Signal(str)

    def __init__(self, card: HubCard, theme: Theme) -> None:
        super().__init__()
        self._card = card
        self._rest = ""
        self.facts = FactList()
        self.note = label("", TextRole.CAPTION, wrap=True, selectable=True)
        self.pictures_button = button("Show images", tooltip="Fetch the images of this card, once")
        self.text = MarkdownView(theme, "Model card")
        self.text.set_update_interval(0)
        self._writing = QTimer(self)
        self._writing.setInterval(0)
        self._writing.timeout.connect(self._write_more)
        self._build()
        self.text.link_clicked.connect(self.link_clicked)
        self.pictures_button.clicked.connect(card.show_pictures)
        card.changed.connect(self._show)
        card.pictures_changed.connect(self._show_pictures)
        card.failed.connect(self._show_trouble)
        self._show()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.note, 1)
        top.addWidget(self.pictures_button)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.facts)
        column.addWidget(self.text)
        column.addStretch(1)
        scrolled = QWidget()
        self.area = fill_with_scrolled(scrolled, content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(top)
        whole.addWidget(scrolled, 1)

    def _show(self) -> None:
        card = self._card.card
        self.facts.show_facts(facts(card) if card else [])
        self.facts.setVisible(bool(card and facts(card)))
        self._writing.stop()
        self.text.show_pictures({})
        self.text.set_text("")
        self._rest = card.text if card else ""
        if self._rest:
            self.text.begin()
            self._writing.start()
        self._show_note(self._words())
        self._show_pictures_button()

    def _write_more(self) -> None:
        part, self._rest = self._rest[:_PART], self._rest[_PART:]
        self.text.append(part)
        if not self._rest:
            self._writing.stop()
            self.text.finish()

    def _words(self) -> str:
        card = self._card.card
        if card is None:
            return "Fetching the model card…" if self._card.is_working else ""
        words = []
        if not card.text:
            words.append("This repository has no model card.")
        if card.is_shortened:
            words.append("This card is long; the rest of it stands on its page.")
        if self._card.offers_pictures:
            words.append("Its images were not fetched.")
        if self._card.kept_at is not None:
            words.append(f"The card {as_of(self._card.kept_at)}.")
        return " ".join(words)

    def _show_pictures_button(self) -> None:
        self.pictures_button.setVisible(self._card.offers_pictures)

    def _show_pictures(self) -> None:
        self._show_pictures_button()
        self._show_note(self._words())
        if self._card.pictures:
            # Written anew with them, all that is still to come included.
            self._writing.stop()
            self.text.show_pictures(self._card.pictures)
            self._rest = ""
            assert self._card.card is not None
            self.text.set_text(self._card.card.text)

    def _show_trouble(self, error: LollmaError) -> None:
        self._show_note(str(error))

    def _show_note(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))
