"""For every model on this PC whether it fits, found out some at a time in the background."""

import contextlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.fit_summary import FitSummary, summarise
from lollma_gui.core.pc_now import has_moved
from lollma_gui.core.recommendations import Recommendation
from lollma_gui.core.settings_facts import ModelFacts, PcFacts
from lollma_gui.core.settings_now import SettingsNow
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.knowledge import Knowledge, read_facts
from lollma_gui.qt.library import Library
from lollma_gui.qt.settings import Settings, model_key
from lollma_gui.services.model_library import LibraryEntry

#: Settings and readings change in bursts.
_SETTLED_MS = 500
#: A list need not tremble with every browser tab.
_NOTICEABLE_BYTES = 256 * 1024**2
#: Few enough that what comes into view is next within moments; a new model takes about 50 ms.
_AT_A_TIME = 4


class _Judged(NamedTuple):
    """What was found out of a model, and from what.

    Attributes:
        advised_for: The PC of ``advice``.
        advice: What is advised for it.
        values: The settings that were judged.
        pc: The PC that they were judged on.
        summary: The verdict; None for a file that cannot be planned.
    """

    advised_for: PcFacts
    advice: Mapping[str, Recommendation]
    values: Mapping[str, SettingValue]
    pc: PcFacts
    summary: FitSummary | None


class _Task(NamedTuple):
    """A model to judge: its file, its name, what is known of it, and the verdict before."""

    path: str
    name: str
    facts: ModelFacts | None
    before: _Judged | None


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
        self._entries: dict[str, LibraryEntry] = {}
        self._judged: dict[str, _Judged] = {}
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._preferred: list[str] = []
        self._job: Job | None = None
        self._pc = PcFacts()
        self._now = settings.now()
        self._is_only_memory = True
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._begin)
        library.changed.connect(self._on_library)
        knowledge.pc_changed.connect(self._on_change)
        knowledge.memory_changed.connect(self._on_memory)
        settings.changed.connect(self._on_change)

    def summary(self, path: str) -> FitSummary | None:
        """What is known of a model's fit; None before it was found out."""
        judged = self._judged.get(path)
        return judged.summary if judged else None

    def prefer(self, paths: Sequence[str]) -> None:
        """Find out of these models first, in this order: they are in view."""
        self._preferred = list(paths)
        for path in reversed(self._preferred):
            if path in self._waiting or self._is_old(path):
                self._waiting[path] = None
                self._waiting.move_to_end(path, last=False)
        self._next()

    def _is_old(self, path: str) -> bool:
        """Whether a model was judged with other memory free than now."""
        judged = self._judged.get(path)
        return judged is not None and judged.pc != self._pc

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up."""
        self._settled.stop()
        self._waiting.clear()
        if self._job is not None:
            self._job.cancel()

    # ---- when ------------------------------------------------------------------------------

    def _on_library(self) -> None:
        before, self._entries = self._entries, dict(self._models())
        now = self._entries
        changed = [p for p, e in before.items() if now.get(p) is not e and now.get(p) != e]
        self._knowledge.forget_models(changed)
        for path in changed:
            self._judged.pop(path, None)
        if changed or before.keys() != now.keys():
            self._on_change()

    def _on_change(self) -> None:
        self._is_only_memory = False
        self._settled.start()

    def _models(self) -> Iterator[tuple[str, LibraryEntry]]:
        """The models that can be planned, by path."""
        for entry in self._library.entries:
            if not entry.problem and entry.info is not None and entry.info.can_chat:
                yield str(entry.path), entry

    def _on_memory(self) -> None:
        if has_moved(self._pc, self._knowledge.pc_now, _NOTICEABLE_BYTES):
            self._settled.start()

    def _begin(self) -> None:
        self._pc, self._now = self._knowledge.pc_now, self._settings.now()
        self._waiting = OrderedDict.fromkeys(filter(self._is_due, self._entries))
        self._is_only_memory = True
        self.prefer(self._preferred)

    def _is_due(self, path: str) -> bool:
        """Whether to judge a model now: memory moves all the time, and headers are not all kept."""
        if not self._is_only_memory or path not in self._judged:
            return True
        return self._knowledge.known(path) is not None

    # ---- one after the other ---------------------------------------------------------------

    def _next(self) -> None:
        if self._job is not None or not self._waiting:
            return
        paths = [self._waiting.popitem(last=False)[0] for _ in range(self._how_many())]
        tasks, now, pc = [self._task(path) for path in paths], self._now, self._pc
        self._job = self._background.run(
            lambda job: list(_judge_all(tasks, now, pc, job)),
            on_result=self._take,
            on_error=lambda _error: self._go_on(),
            owner=self,
        )

    def _how_many(self) -> int:
        return min(_AT_A_TIME, len(self._waiting))

    def _task(self, path: str) -> _Task:
        name = self._entries[path].name if path in self._entries else path
        return _Task(path, name, self._knowledge.known(path), self._judged.get(path))

    def _take(self, found: Iterable[tuple[str, ModelFacts | None, _Judged]]) -> None:
        for path, facts, judged in found:
            if path not in self._entries:
                continue  # it went meanwhile
            if facts is not None:
                self._knowledge.pass_by(path, facts)
            was, self._judged[path] = self.summary(path), judged
            if judged.summary != was:
                self.changed.emit(path)
        self._go_on()

    def _go_on(self) -> None:
        self._job = None
        self._next()


def _judge_all(
    tasks: Sequence[_Task], now: SettingsNow, pc: PcFacts, job: Job
) -> Iterator[tuple[str, ModelFacts | None, _Judged]]:
    """Judge some models; of a file that cannot be read the library says what is wrong."""
    for task in tasks:
        if job.cancelled():
            raise Cancelled
        with contextlib.suppress(LollmaError):
            yield task.path, *_judge(task, now, pc)


def _judge(task: _Task, now: SettingsNow, pc: PcFacts) -> tuple[ModelFacts | None, _Judged]:
    """Judge one model, doing again only what has something new to go by.

    Raises:
        LollmaError: If its header is needed and cannot be read.
    """
    before, key = task.before, model_key(task.path)
    if before and before.advised_for == now.pc:
        values = now.values(key, before.advice)
        if before.values == values and before.pc == pc:
            return task.facts, before
        facts, advice = task.facts or read_facts(task.path, task.name), before.advice
    else:
        facts = task.facts or read_facts(task.path, task.name)
        advice = now.advice(facts)
        values = now.values(key, advice)
    summary = summarise(facts.prepared, pc, values) if facts.prepared else None
    return facts, _Judged(now.pc, advice, values, pc, summary)
