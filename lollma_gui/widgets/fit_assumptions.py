"""What the fit panel takes for granted: always in one line, unfolded value by value."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from lollma_gui.core.fit_parts import gib
from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import assumed_facts, assumed_line
from lollma_gui.widgets.facts import FactList
from lollma_gui.widgets.fit_piece import FitPiece
from lollma_gui.widgets.setting_editor import ChoiceBox
from lollma_gui.widgets.steady_label import SteadyLabel
from lollma_gui.widgets.text import TextRole, label

_GIB = 1024**3
_FOLD_WIDTH = 20
_MARGINS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
_GAMES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0)


class BytesBox(ChoiceBox):
    """A few amounts of memory to choose from.

    Args:
        name: What they are for.
        amounts: In GiB.
        automatic: Whether there is an amount that we choose.

    Signals:
        wanted: Bytes, or None for what we choose.
    """

    wanted = Signal(object)

    def __init__(self, name: str, amounts: tuple[float, ...], *, automatic: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        if automatic:
            self.addItem("Automatic", None)
        for amount in amounts:
            self._add(round(amount * _GIB))
        self.activated.connect(lambda index: self.wanted.emit(self.itemData(index)))

    def _add(self, n_bytes: int) -> None:
        self.addItem(gib(n_bytes), n_bytes)

    def show_bytes(self, n_bytes: int | None) -> None:
        """Show an amount; one that is not in the list is added to it."""
        if n_bytes is not None and self._index(n_bytes) < 0:
            self._add(n_bytes)
        self.setCurrentIndex(self._index(n_bytes))

    def _index(self, n_bytes: int | None) -> int:
        # Qt's own search takes numbers beyond 32 bits for others.
        return next((i for i in range(self.count()) if self.itemData(i) == n_bytes), -1)


class Assumptions(FitPiece):
    """The line, and below it the fold.

    Signals:
        margin_changed: Bytes to stay free on each GPU; None = automatic.
        games_changed: Bytes to stay free for games.
    """

    margin_changed = Signal(object)
    games_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.fold_button = QToolButton()
        self.fold_button.setCheckable(True)
        self.fold_button.setFixedWidth(_FOLD_WIDTH)
        self.fold_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.line = SteadyLabel(TextRole.CAPTION, 2)
        self.margin_box = BytesBox("Keep free on each GPU", _MARGINS, automatic=True)
        self.games_box = BytesBox("Leave for games", _GAMES)
        self.facts = FactList()
        self.details = QWidget()
        self._lay_out()
        self.fold_button.toggled.connect(self._unfold)
        self.margin_box.wanted.connect(self.margin_changed)
        self.games_box.wanted.connect(self.games_changed)
        self._unfold(False)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.fold_button, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.line, 1)
        boxes = QGridLayout()
        boxes.setHorizontalSpacing(10)
        boxes.setVerticalSpacing(2)
        named = (("Keep free", self.margin_box), ("Leave for games", self.games_box))
        for column, (name, box) in enumerate(named):
            boxes.addWidget(label(name, TextRole.CAPTION), 0, column)
            boxes.addWidget(box, 1, column)
            boxes.setColumnStretch(column, 1)
        inside = QVBoxLayout(self.details)
        inside.setContentsMargins(0, 2, 0, 0)
        inside.setSpacing(8)
        inside.addLayout(boxes)
        inside.addWidget(self.facts)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.setSpacing(4)
        column_layout.addLayout(top)
        column_layout.addWidget(self.details)

    def show_view(self, view: FitView) -> None:
        """Show the assumptions of a view."""
        self.line.setText(assumed_line(view))
        self.margin_box.show_bytes(view.margin_wish)
        self.games_box.show_bytes(view.games_bytes)
        self.facts.show_facts(assumed_facts(view))

    def _unfold(self, unfolded: bool) -> None:
        self.fold_button.setText("▾" if unfolded else "▸")
        words = "Fold the assumptions" if unfolded else "Show all assumptions"
        self.fold_button.setAccessibleName(words)
        self.fold_button.setToolTip(words)
        self.details.setVisible(unfolded)
