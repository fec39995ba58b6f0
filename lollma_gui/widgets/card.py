"""A card: a framed group of things that belong together, with a title."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lollma_gui.widgets.text import ElidedLabel, TextRole

_PADDING = 14
_BELOW_HEADER = 10


class Card(QFrame):
    """A frame with a header (title, subtitle, room on the right) and a body.

    Attributes:
        header: Add a button or a figure here; it stands on the right.
        body: What the card is about. Set its margins to 0 to reach the edges.
    """

    def __init__(self, title: str = "", subtitle: str = "") -> None:
        super().__init__()
        self._title = ElidedLabel("", TextRole.HEADING)
        self._subtitle = ElidedLabel("", TextRole.CAPTION)
        self._texts = QWidget()
        texts = QVBoxLayout(self._texts)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setSpacing(3)
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        self.header = QHBoxLayout()
        self.header.setSpacing(8)
        self.header.setContentsMargins(_PADDING, _PADDING, _PADDING, 0)
        self.header.addWidget(self._texts, 1)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        above = _BELOW_HEADER if title or subtitle else _PADDING
        self.body.setContentsMargins(_PADDING, above, _PADDING, _PADDING)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self.header)
        whole.addLayout(self.body, 1)
        self.set_title(title)
        self.set_subtitle(subtitle)

    def set_title(self, text: str) -> None:
        """The title; screen readers name the card by it."""
        self._title.setText(text)
        self.setAccessibleName(text)
        self._show_texts()

    def set_subtitle(self, text: str) -> None:
        """A line of smaller words below the title."""
        self._subtitle.setText(text)
        self._show_texts()

    def _show_texts(self) -> None:
        self._title.setVisible(bool(self._title.text()))
        self._subtitle.setVisible(bool(self._subtitle.text()))
        has_texts = bool(self._title.text() or self._subtitle.text())
        self._texts.setVisible(has_texts)
        if not has_texts and self.header.count() == 1:
            self.header.setContentsMargins(0, 0, 0, 0)
        else:
            self.header.setContentsMargins(_PADDING, _PADDING, _PADDING, 0)
