"""The one way to a load: learn what the model and the PC are now, plan, and ask if it won't fit."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.load_case import LoadCase, LoadQuestion, PlannedLoad
from lollma_gui.qt.background import Background
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.model_book import ModelBook
from lollma_gui.qt.settings import Settings


class LoadGate(QObject):
    """Plans each load off the window's thread. Of several wishes only the last one counts.

    Args:
        knowledge: Facts of the PC and of models.
        settings: The settings in force, and where a change that is chosen goes.
        book: Knows which models are loaded unasked.
        background: Where loads are planned.
        parent: The Qt parent.

    Signals:
        ready: A ``PlannedLoad`` that is to begin now.
        asked: A ``LoadQuestion``: the load waits for an answer.
        failed: A ``LollmaError``: a change could not be kept.
    """

    ready = Signal(object)
    asked = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        knowledge: Knowledge,
        settings: Settings,
        book: ModelBook,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._knowledge = knowledge
        self._settings = settings
        self._book = book
        self._background = background
        self._wishes = 0

    def load(self, path: str) -> None:
        """Load a model with the settings in force for it, if it fits; else ask."""
        wish = self._wish()
        asks = not self._book.page(path).loads_anyway
        self._knowledge.learn(path, lambda: self._plan(path, wish, asks=asks))

    def load_anyway(self, question: LoadQuestion, *, ask_no_more: bool = False) -> None:
        """Load it although it will not fit, and perhaps never ask for this model again."""
        self._wish()
        if ask_no_more:
            self._book.set_loads_anyway(question.path, True)
        self.ready.emit(question.load)

    def load_with(self, question: LoadQuestion, values: Mapping[str, SettingValue]) -> None:
        """Put a change that was offered into the model's profile, and load it with that."""
        wish = self._wish()
        try:
            self._settings.set_values_of(question.path, values)
        except LollmaError as error:
            self.failed.emit(error)
            return
        # It was computed to fit: no second question.
        self._plan(question.path, wish, asks=False)

    def _wish(self) -> int:
        self._wishes += 1
        return self._wishes

    def _plan(self, path: str, wish: int, *, asks: bool) -> None:
        if wish != self._wishes:
            return
        case = self._settings.load_case(path)
        self._background.run(
            lambda _job: _planned(case, asks=asks),
            on_result=lambda found: self._go_on(found, wish),
            # Whatever went wrong with the plan: the engine says why it refuses a load.
            on_error=lambda _error: self._go_on(_unplanned(case), wish),
            owner=self,
        )

    def _go_on(self, found: PlannedLoad | LoadQuestion, wish: int) -> None:
        if wish != self._wishes:
            return
        if isinstance(found, LoadQuestion):
            self.asked.emit(found)
        else:
            self.ready.emit(found)


def _planned(case: LoadCase, *, asks: bool) -> PlannedLoad | LoadQuestion:
    load = case.planned()
    return (case.question(load) if asks else None) or load


def _unplanned(case: LoadCase) -> PlannedLoad:
    return PlannedLoad(case.path, case.asked(), None, None, case.pc)
