"""How each model of a repository fits, found out one after the other."""

from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.fit_summary import FitSummary, summarise
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.core.verdict import Fit
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.settings import Settings

#: Settings and readings change in bursts.
_SETTLED_MS = 500


class HubSums(QObject):
    """Sums up the models that are shown, and again when the PC or the settings change.

    Args:
        knowledge: Facts of the PC.
        settings: The settings in force.
        background: Where sums are made.
        parent: The Qt parent.

    Signals:
        changed: A sum is there, or another.
    """

    changed = Signal()

    def __init__(
        self, knowledge: Knowledge, settings: Settings, background: Background, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._knowledge = knowledge
        self._settings = settings
        self._background = background
        self._shown: dict[str, ModelFacts] = {}
        self._fits: dict[str, FitSummary] = {}
        self._waiting: deque[str] = deque()
        self._job: Job | None = None
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._sum_up_all)
        knowledge.pc_changed.connect(self._settled.start)
        settings.changed.connect(self._settled.start)

    def fit(self, key: str) -> FitSummary | None:
        """The sum of a model, as it was found last; None before that."""
        return self._fits.get(key)

    def begin(self) -> None:
        """Other models will be shown. Sums that were made are kept."""
        self._shown.clear()
        self._waiting.clear()

    def add(self, key: str, facts: ModelFacts) -> None:
        """Sum up one more."""
        self._shown[key] = facts
        self._waiting.append(key)
        self._next()

    def forget(self, key: str) -> None:
        """This model is known no more."""
        self._fits.pop(key, None)

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up."""
        self._settled.stop()
        self._waiting.clear()
        if self._job is not None:
            self._job.cancel()

    def _sum_up_all(self) -> None:
        self._waiting = deque(sorted(self._shown))
        self._next()

    def _next(self) -> None:
        """One after the other: the settings in force are looked up on the window's thread."""
        if self._job is not None or not self._waiting:
            return
        key = self._waiting.popleft()
        model, pc = self._shown[key].prepared, self._knowledge.pc_now
        values = self._settings.values_of(key)
        assert model is not None
        self._job = self._background.run(
            lambda _job: summarise(model, pc, values),
            on_result=lambda found: self._take(key, found),
            on_error=lambda error: self._take(key, FitSummary(Fit.UNKNOWN, str(error), "-")),
            on_finished=self._ended,
            owner=self,
        )

    def _take(self, key: str, found: FitSummary) -> None:
        if self._fits.get(key) != found:
            self._fits[key] = found
            self.changed.emit()

    def _ended(self) -> None:
        self._job = None
        self._next()
