"""A model that a person opened: whether it fits, and an offer to load it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import verdict_word, verdict_words
from lollma_gui.widgets.badge import Badge
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.fit_badge import FIT_ROLES
from lollma_gui.widgets.notice import announce
from lollma_gui.widgets.style_property import set_style_property
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.theme import Role, Theme

#: Room above it, as above notices; it comes and goes with the card.
_ABOVE = 12
_LOOKING = "Looking whether it fits…"


class OfferCard(QWidget):
    """Looks like a notice; its words follow the verdict without moving the focus.

    Signals:
        load_wanted: The person takes the offer.
        next_wanted: The person wants to see the next of several.
        folder_wanted: The folder of the model is to be searched from now on.
        closed: The person wants it gone.
    """

    load_wanted = Signal()
    next_wanted = Signal()
    folder_wanted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._frame = QFrame()
        self.name = label("", TextRole.STRONG, selectable=True)
        self.badge = Badge(theme)
        self.words = label("", TextRole.MUTED, selectable=True, wrap=True)
        self.path = ElidedLabel("", TextRole.CAPTION)
        self.load_button = button("Load", primary=True, tooltip="Load it with its settings (Enter)")
        self.load_button.setAutoDefault(True)
        self.next_button = button("Next", tooltip="Look at the next of the files")
        self.folder_button = button("Add its folder", tooltip="Search its folder for models")
        self.close_button = button("×", quiet=True, tooltip="Close this offer (Esc)")
        self.close_button.setProperty("kind", "close")
        self.close_button.setAccessibleName("Close this offer")
        self._build()
        self.load_button.clicked.connect(self.load_wanted)
        self.next_button.clicked.connect(self.next_wanted)
        self.folder_button.clicked.connect(self.folder_wanted)
        self.close_button.clicked.connect(self.closed)
        self.hide()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.name)
        top.addWidget(self.badge)
        top.addStretch(1)
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addLayout(top)
        texts.addWidget(self.words)
        texts.addWidget(self.path)
        row = QHBoxLayout(self._frame)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(8)
        row.addLayout(texts, 1)
        for made in (self.next_button, self.folder_button, self.load_button, self.close_button):
            row.addWidget(made)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, _ABOVE, 0, 0)
        whole.addWidget(self._frame)

    # ---- what is shown ---------------------------------------------------------------------

    def show_model(self, name: str, path: str, number: int, count: int) -> None:
        """Offer a model, the number of so many that were opened; its verdict comes later.

        Args:
            name: The model's name.
            path: Where it is, and what else a person should know about the file.
            number: From 1.
            count: All that were opened.
        """
        self.name.setText(name)
        self.path.setText(path)
        self.next_button.setText(f"Next ({number} of {count})")
        self.next_button.setVisible(count > 1)
        self._say("", _LOOKING, Role.MUTED)
        self.show()
        self.load_button.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self)

    def show_view(self, view: FitView) -> None:
        """Say what the fit panel says."""
        headline, text = verdict_words(view)
        role = Role.BAD if view.refusal is not None else FIT_ROLES[view.verdict.fit]
        self._say(verdict_word(view), f"{headline.rstrip('.')}. {text}", role)

    def show_error(self, error: LollmaError) -> None:
        """Say why nothing can be said of its fit."""
        self._say("Not known", str(error), Role.MUTED)

    def show_loaded(self) -> None:
        """It is what the engine has loaded: there is nothing to offer."""
        self._say("Loaded", "It is loaded already: you can talk to it in Chat.", Role.GOOD)

    def show_choices(self, *, can_load: bool, can_add: bool) -> None:
        """Which of the offers there are."""
        self.load_button.setVisible(can_load)
        self.folder_button.setVisible(can_add)

    def _say(self, word: str, words: str, role: Role) -> None:
        if (self.badge.text(), self.words.text()) == (word, words):
            return
        self.badge.show_state(word, role)
        self.words.setText(words)
        self.setAccessibleName(f"{self.name.text()}: {word or words}")
        self.setAccessibleDescription(words)
        set_style_property(self._frame, "notice", role.value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
