"""What stands beside the list of models: fit, other quantisations, details of the chosen one."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from lollma_gui.core.family_advice import family_advice
from lollma_gui.core.fit_extras import extras_for
from lollma_gui.core.model_family import relatives
from lollma_gui.core.model_info import ModelInfo
from lollma_gui.core.quantisation_adviser import Advice
from lollma_gui.qt.fit_session import FitSession
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.library_fits import LibraryFits
from lollma_gui.services.model_library import LibraryEntry
from lollma_gui.tabs.details_page import ModelDetails
from lollma_gui.tabs.fit_connection import connect_fit
from lollma_gui.widgets.adviser_table import AdviserTable
from lollma_gui.widgets.buttons import SegmentedControl
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.fit_panel import FitPanel
from lollma_gui.widgets.scrolled import fill_with_scrolled
from lollma_gui.widgets.theme import Theme

_WIDTH, _WIDEST = 372, 620
#: What a draft model is reckoned with; its cache is small at any length.
_DRAFT_CONTEXT = 8192
_PAGES = (("fit", "Fit"), ("quants", "Quantisations"), ("details", "Details"))


class ModelSide(QWidget):
    """Fit panel, adviser and details, one at a time.

    Args:
        fit: The fit of the chosen model.
        fits: The fits of all models.
        knowledge: Facts of the PC; takes what is to stay free.
        details: The page of details.
        theme: The colours.

    Signals:
        model_chosen: Path of another quantisation that is to be looked at.
        margins_chosen: Bytes to stay free on each GPU (None = automatic), and for games.
    """

    model_chosen = Signal(str)
    margins_chosen = Signal(object, object)

    def __init__(
        self,
        fit: FitSession,
        fits: LibraryFits,
        knowledge: Knowledge,
        details: ModelDetails,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._fit = fit
        self._fits = fits
        self._knowledge = knowledge
        self._entry: LibraryEntry | None = None
        self._others: Sequence[LibraryEntry] = ()
        self._family: list[ModelInfo] = []
        self._advice: tuple[Advice, str] | None = None
        self.pages = SegmentedControl(_PAGES, "What to show of the model")
        self.panel = FitPanel(theme)
        self.adviser = AdviserTable(theme)
        self.details = details
        self._adviser_card = Card("Other quantisations of this model")
        self._stack = QStackedWidget()
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setFixedWidth(_WIDTH)
        self.panel.setMaximumWidth(_WIDTH)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.adviser)
        column.addStretch(1)
        scrolled = QWidget()
        fill_with_scrolled(scrolled, content)
        self._adviser_card.body.addWidget(scrolled)
        for page in (self.panel, self._adviser_card, self.details):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self.pages)
        whole.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.pages.chosen.connect(self.show_page)
        connect_fit(self.panel, self._fit, self._knowledge, self.margins_chosen.emit)
        self.adviser.chosen.connect(self.model_chosen)
        self.details.page_shown.connect(lambda _key: self._show_width())
        self._fits.changed.connect(self._on_fit)
        self._fit.changed.connect(lambda _view: self._show_advice())

    # ---- what is shown ---------------------------------------------------------------------

    def show_page(self, key: str) -> None:
        """Show this of the pages: ``fit``, ``quants`` or ``details``."""
        self.pages.choose(key)
        self._stack.setCurrentIndex([k for k, _ in _PAGES].index(key))
        self._show_width()
        self._show_details()

    def _show_width(self) -> None:
        """A table with all its columns needs more room than the rest."""
        shown, part = self.pages.current(), self.details.pages.current()
        is_wide = shown == "quants" or (shown == "details" and part != "about")
        self.setMaximumWidth(_WIDEST if is_wide else _WIDTH)

    def _show_details(self) -> None:
        """Details are read for those who look."""
        if self.pages.current() == "details":
            self.details.show_entry(self._entry, self._others)

    def show_entry(self, entry: LibraryEntry | None, others: Sequence[LibraryEntry]) -> None:
        """Show this model; ``others`` are all that are there."""
        self._entry, self._others = entry, others
        infos = (other.info for other in others if not other.problem)
        found = [info for info in infos if info is not None]
        self._show_details()
        info = entry.info if entry else None
        self._family = relatives(info, found) if info else []
        if entry is None or info is None or entry.problem or not info.can_chat:
            self._fit.show_model("")
            self.panel.show_empty(_why_nothing(entry))
        else:
            extras = extras_for(info, found, _DRAFT_CONTEXT)
            self._fit.show_model(str(entry.path), info.quantisation, extras)
        self._show_advice()

    def _on_fit(self, path: str) -> None:
        if any(path == relative.files[0] for relative in self._family):
            self._show_advice()

    def _show_advice(self) -> None:
        info = self._entry.info if self._entry else None
        family = [(relative, self._fits.summary(relative.files[0])) for relative in self._family]
        wanted = self._fit.values()["n_ctx"]
        advice = family_advice(family, wanted if isinstance(wanted, int) else 0)
        shown = advice, info.files[0] if info else ""
        if shown != self._advice:  # else the row that keys stand on would be lost
            self._advice = shown
            self.adviser.show_advice(*shown)


def _why_nothing(entry: LibraryEntry | None) -> str:
    if entry is None:
        return "Choose a model to see what it needs on this PC."
    if entry.problem:
        return f"{entry.problem} {entry.advice}".strip()
    return "This file is no model that writes text, so there is nothing to plan."
