"""For every model on this PC whether it fits, found out one after the other in the background."""

from collections import OrderedDict
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.fit_summary import FitSummary, summarise
from lollma_gui.core.pc_now import has_moved
from lollma_gui.core.settings_facts import ModelFacts, PcFacts
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.qt.library import Library
from lollma_gui.qt.settings import Settings

#: Settings and readings change in bursts.
_SETTLED_MS = 500
#: A list need not tremble with every browser tab.
_NOTICEABLE_BYTES = 256 * 1024**2
#: Nor with every answer.
_NOTICEABLE_SPEED = 0.05


class LibraryFits(QObject):
    """Sums up the fit of each model of the library, with the settings in force for it.

    Args:
        library: The models.
        knowledge: Facts of the PC and of models.
        settings: The settings in force.
        background: Where sums are made.
        parent: The Qt parent.

    Signals:
        changed: Path of a model whose summary is new.
    """

    changed = Signal(str)

    def __init__(
        self,
        library: Library,
        knowledge: Knowledge,
        settings: Settings,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._knowledge = knowledge
        self._settings = settings
        self._background = background
        self._found: dict[str, FitSummary] = {}
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._job: Job | None = None
        self._is_busy = False
        self._pc: PcFacts | None = None
        self._speed_factor: float | None = None
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._begin)
        library.changed.connect(self._on_library)
        knowledge.pc_changed.connect(self._settled.start)
        knowledge.memory_changed.connect(self._on_memory)
        settings.changed.connect(self._settled.start)

    def summary(self, path: str) -> FitSummary | None:
        """What is known of a model's fit; None before it was found out."""
        return self._found.get(path)

    def set_speed_factor(self, factor: float | None) -> None:
        """What speeds measured on this PC teach, see ``speed.calibration``; fits are new soon."""
        before, after = self._speed_factor or 1.0, factor or 1.0
        if abs(after - before) > _NOTICEABLE_SPEED * before:
            self._speed_factor = factor
            self._settled.start()

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up."""
        self._settled.stop()
        self._waiting.clear()
        if self._job is not None:
            self._job.cancel()

    def _on_library(self) -> None:
        self._knowledge.forget_models()
        known = set(self._paths())
        self._found = {path: found for path, found in self._found.items() if path in known}
        self._settled.start()

    def _paths(self) -> Iterator[str]:
        """Files of the models that can be planned."""
        for entry in self._library.entries:
            if entry.info is not None and entry.info.can_chat and not entry.problem:
                yield str(entry.path)

    def _on_memory(self) -> None:
        if has_moved(self._pc, self._knowledge.pc_now, _NOTICEABLE_BYTES):
            self._settled.start()

    def _begin(self) -> None:
        self._pc = self._knowledge.pc_now
        self._waiting.update(dict.fromkeys(self._paths()))
        self._next()

    def _next(self) -> None:
        if self._is_busy or not self._waiting:
            return
        path, _ = self._waiting.popitem(last=False)
        self._is_busy = True
        self._job = self._knowledge.read(
            path, lambda facts: self._sum_up(path, facts), self._give_up, passing=True
        )

    def _sum_up(self, path: str, facts: ModelFacts) -> None:
        model, pc = facts.prepared, self._knowledge.pc_now
        if model is None:
            self._go_on()
            return
        values, factor = self._settings.values_of(path), self._speed_factor
        self._job = self._background.run(
            lambda _job: summarise(model, pc, values, factor),
            on_result=lambda found: self._take(path, found),
            on_error=self._give_up,
            owner=self,
        )

    def _take(self, path: str, found: FitSummary) -> None:
        if self._found.get(path) != found:
            self._found[path] = found
            self.changed.emit(path)
        self._go_on()

    def _give_up(self, _error: LollmaError) -> None:
        # The library says what is wrong with the file.
        self._go_on()

    def _go_on(self) -> None:
        self._is_busy = False
        self._next()
