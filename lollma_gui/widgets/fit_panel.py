"""The fit panel: where each byte of a model would go on this PC, and what to change."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lollma_gui.core.fit_view import FitView
from lollma_gui.core.fit_words import as_text, subtitle
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.fit_assumptions import Assumptions
from lollma_gui.widgets.fit_bar import DeviceBars
from lollma_gui.widgets.fit_changes_list import ChangesList
from lollma_gui.widgets.fit_context import ContextControl
from lollma_gui.widgets.fit_controls import (
    CacheControl,
    ComputeControl,
    ExpertsControl,
    LayersControl,
)
from lollma_gui.widgets.fit_extras import ExtrasList
from lollma_gui.widgets.fit_method import MethodLines
from lollma_gui.widgets.fit_piece import FitControl, FitPiece
from lollma_gui.widgets.fit_slider import FitSlider
from lollma_gui.widgets.fit_split import SplitControl
from lollma_gui.widgets.fit_verdict import VerdictBlock
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.theme import Theme

#: In pixels, for letters of this height in pixels.
_NARROWEST, _WIDEST, _USUAL_LETTERS = 340, 400, 13
_PADDING, _BUTTON_GAP = 14, 8
_MEASURE, _MEASURE_SHORT = "Measure with the engine", "Measure"
_NOTHING = "Choose a model to see what it needs on this PC."


class FitPanel(Card):
    """Shows a ``FitView`` and tells what a person wants; knows nothing else.

    Signals:
        changed: Values wanted, by their names in the settings table; each step of a drag.
        change_chosen: Values of one of the changes that would make it fit.
        extra_toggled: Key of something loaded beside the model, and whether it is to be.
        margin_changed: Bytes to stay free on each GPU; None = automatic.
        games_changed: Bytes to stay free for games, as a Python int.
        measure_wanted: The engine's dry run of these settings is wanted.
        use_wanted: These settings are to go into the model's profile.
        reset_wanted: The profile's settings are to be shown again.
        forget_wanted: What was learned from loads is to be forgotten.
    """

    changed = Signal(dict)
    change_chosen = Signal(dict)
    extra_toggled = Signal(str, bool)
    margin_changed = Signal(object)
    games_changed = Signal(object)  # Qt's own int ends at 2 GiB
    measure_wanted = Signal()
    use_wanted = Signal()
    reset_wanted = Signal()
    forget_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("Will it fit?")
        self.verdict = VerdictBlock(theme)
        self.bars = DeviceBars(theme)
        self.context = ContextControl()
        self.layers = LayersControl()
        self.cache = CacheControl()
        self.compute = ComputeControl()
        self.experts = ExpertsControl()
        self.split = SplitControl()
        self.extras = ExtrasList()
        self.assumptions = Assumptions()
        self.method = MethodLines()
        self.changes = ChangesList()
        self.copy_button = button("Copy", tooltip="Copy all figures as text")
        self.reset_button = button("Reset", tooltip="Back to the model's profile")
        self.measure_button = button(_MEASURE)
        self.use_button = button("Use these settings", primary=True)
        self.subtitle = ElidedLabel("", TextRole.CAPTION)
        self._view: FitView | None = None
        self.empty = label("", TextRole.MUTED, wrap=True)
        self._content = QWidget()
        self._scrolled = QWidget()
        self._footer = QWidget()
        self._build()
        self._connect()
        self.show_empty(_NOTHING)

    # ---- showing -----------------------------------------------------------------------------

    def show_view(self, view: FitView | None) -> None:
        """Show this; without a view, that nothing is chosen. Emits nothing."""
        if view is None:
            self.show_empty(_NOTHING)
            return
        is_other = self._view is None or self._view.name != view.name
        self._view = view
        if is_other:
            self.verdict.forget_room()
        self.subtitle.setText(subtitle(view))
        for piece in self._pieces():
            piece.show_view(view)
        self.measure_button.setEnabled(not view.is_measuring and view.refusal is None)
        self.use_button.setEnabled(view.is_changed and view.refusal is None)
        self.reset_button.setEnabled(view.is_changed)
        self._show_changes(view)
        self._show_whole(True)

    def show_empty(self, text: str) -> None:
        """Show one sentence in place of everything else."""
        self._view = None
        self.empty.setText(text)
        self._show_whole(False)

    def text(self) -> str:
        """All that is shown, as text; empty where no model is."""
        return "" if self._view is None else as_text(self._view)

    def _show_whole(self, is_whole: bool) -> None:
        self.empty.setVisible(not is_whole)
        for part in (self.subtitle, self._scrolled, self._footer, *self._small_buttons()):
            part.setVisible(is_whole)

    def _show_changes(self, view: FitView) -> None:
        # Under a hand that drags, nothing comes and goes.
        if self._is_dragged() and bool(view.changes) is self.changes.isHidden():
            return
        had_focus = self.changes.isAncestorOf(self.focusWidget() or self)
        self.changes.show_changes(view.changes)
        if had_focus and not view.changes:
            self.use_button.setFocus()

    def _show_changes_again(self) -> None:
        if self._view is not None:
            self._show_changes(self._view)

    def _small_buttons(self) -> tuple[QPushButton, QPushButton]:
        return (self.copy_button, self.reset_button)

    def _sliders(self) -> list[FitSlider]:
        controls = (self.context, self.layers, self.experts, self.split)
        return [control.slider for control in controls]

    def _is_dragged(self) -> bool:
        return any(slider.isSliderDown() for slider in self._sliders())

    # ---- copying -----------------------------------------------------------------------------

    def copy_text(self) -> None:
        """Put the whole panel on the clipboard, as text."""
        QGuiApplication.clipboard().setText(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copying where nothing is marked copies all of it."""
        if event.matches(QKeySequence.StandardKey.Copy) and self._view is not None:
            self.copy_text()
        else:
            super().keyPressEvent(event)

    # ---- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        for made in self._small_buttons():
            made.setProperty("kind", "link")
            self.header.addWidget(made)
        self.subtitle.setContentsMargins(_PADDING, 0, _PADDING, 8)
        self.body.setContentsMargins(0, 3, 0, 0)
        self.body.setSpacing(0)
        self.empty.setContentsMargins(_PADDING, 0, _PADDING, _PADDING)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._fill_content()
        self._fill_footer()
        self.body.addWidget(self.subtitle)
        self.body.addWidget(self.empty, 1)
        self.body.addWidget(self._scrolled, 1)
        self.body.addWidget(self._footer)

    def _controls(self) -> tuple[FitControl, ...]:
        return (self.context, self.layers, self.cache, self.compute, self.experts, self.split)

    def _pieces(self) -> tuple[FitPiece, ...]:
        return (
            *(self.verdict, self.bars, *self._controls()),
            *(self.extras, self.assumptions, self.method),
        )

    def _fill_content(self) -> None:
        self._column = column = QVBoxLayout(self._content)
        column.setContentsMargins(_PADDING, 2, _PADDING, 6)
        column.setSpacing(12)
        for piece in self._pieces():
            column.addWidget(piece)
        column.addStretch(1)
        self._keep_width(fill_with_scrolled(self._scrolled, self._content))

    def _scaled(self, width: int) -> int:
        return round(width * max(1.0, self.fontInfo().pixelSize() / _USUAL_LETTERS))

    def sizeHint(self) -> QSize:
        """The widest that is of use."""
        return QSize(self._scaled(_WIDEST), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The narrowest at which nothing is cut."""
        return QSize(self._scaled(_NARROWEST), super().minimumSizeHint().height())

    def _keep_width(self, area: QScrollArea) -> None:
        """Let the scroll bar take its room from the padding, so that nothing moves for it."""
        bar = area.verticalScrollBar()

        def give_way(_least: int, most: int) -> None:
            right = _PADDING - (bar.sizeHint().width() if most else 0)
            self._column.setContentsMargins(_PADDING, 2, max(right, 0), 6)

        bar.rangeChanged.connect(give_way)

    def _fill_footer(self) -> None:
        column = QVBoxLayout(self._footer)
        column.setContentsMargins(_PADDING, 8, _PADDING, _PADDING)
        column.setSpacing(10)
        row = QHBoxLayout()
        row.setSpacing(_BUTTON_GAP)
        row.addWidget(self.measure_button, 1)
        row.addWidget(self.use_button, 1)
        column.addWidget(self.changes)
        column.addLayout(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow panel the long button says less; it is read out as before."""
        super().resizeEvent(event)
        self.measure_button.setText(_MEASURE)
        buttons = (self.measure_button, self.use_button)
        for made in buttons:
            made.ensurePolished()
        wanted = sum(made.sizeHint().width() for made in buttons) + _BUTTON_GAP
        if wanted > self.width() - 2 * _PADDING:
            self.measure_button.setText(_MEASURE_SHORT)

    def _connect(self) -> None:
        for control in self._controls():
            control.changed.connect(self.changed)
        for slider in self._sliders():
            slider.sliderReleased.connect(self._show_changes_again)
        self.changes.chosen.connect(self.change_chosen)
        self.extras.toggled.connect(self.extra_toggled)
        self.assumptions.margin_changed.connect(self.margin_changed)
        self.assumptions.games_changed.connect(self.games_changed)
        self.method.forget_wanted.connect(self.forget_wanted)
        self.measure_button.clicked.connect(self.measure_wanted)
        self.use_button.clicked.connect(self.use_wanted)
        self.reset_button.clicked.connect(self.reset_wanted)
        self.copy_button.clicked.connect(self.copy_text)
