"""What is known of this PC and of its models: read off the window's thread, kept for who asks."""

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.engine_messages import Buffer
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.load_record import LoadRecord, learned_overheads
from lollma_gui.core.model_facts import model_facts
from lollma_gui.core.pc_now import has_moved, pc_now, without_model
from lollma_gui.core.readings import GpuSurvey, Reading
from lollma_gui.core.recommendations import recommend
from lollma_gui.core.settings_facts import GpuFacts, ModelFacts, PcFacts, with_margins
from lollma_gui.core.slim_header import slimmed
from lollma_gui.qt.background import Background, Job
from lollma_gui.services import pc_facts
from lollma_gui.services.load_store import LoadStore
from lollma_gui.services.model_files import read_whole_header

#: So many models are kept of those looked at, of those only passed in a search, and of those that
#: are not on this PC. One has about 500 objects, which the garbage collector looks at now and then,
#: and takes about 6 ms to read anew; its formulas are kept for all models of its shape together.
_MODELS_KEPT, _PASSED_KEPT, _REMOTE_KEPT = 8, 256, 64
#: Two sessions show a model each, and one is loaded.
_AT_HAND = 3
#: Free memory trembles all the time.
_NOTICEABLE_BYTES = 32 * 1024**2


class Knowledge(QObject):
    """Facts about the PC and about models.

    Args:
        background: Where files and drivers are read.
        survey: Looks at the GPUs once.
        wake: Looks at them once even if that wakes them.
        loads: What earlier loads took.
        name_of: The name a person knows a model file by.
        parent: The Qt parent.

    Signals:
        pc_changed: The PC was measured, or what is to stay free was changed.
        memory_changed: What is free now, or is to stay free, changed noticeably.
        failed: A ``LollmaError``: what was learned could not be read or stored.
    """

    pc_changed = Signal()
    memory_changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        background: Background,
        survey: Callable[[], GpuSurvey],
        wake: Callable[[], GpuSurvey],
        loads: LoadStore,
        name_of: Callable[[str], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._survey = survey
        self._wake = wake
        self._loads = loads
        self._name_of = name_of
        self._pc = PcFacts()
        self._models: OrderedDict[str, ModelFacts] = OrderedDict()
        self._passed: OrderedDict[str, ModelFacts] = OrderedDict()
        self._remote: OrderedDict[str, ModelFacts] = OrderedDict()
        self._stale: set[str] = set()
        self._ready: dict[str, PcFacts] = {}
        self._records: list[LoadRecord] = []
        self._margin: int | None = None
        self._games = 0
        self._reading: Reading | None = None
        self._held: tuple[Buffer, ...] = ()
        self._held_then: tuple[Buffer, ...] = ()
        self._is_moving = False
        self._told: PcFacts | None = None

    # ---- the PC ----------------------------------------------------------------------------

    @property
    def pc(self) -> PcFacts:
        """The PC as it was measured last without a model of ours, margins included."""
        return self._with_margins(self._pc)

    @property
    def pc_now(self) -> PcFacts:
        """The PC with the memory that is free now, or will be once our model is out."""
        if self._reading is None:
            return self.pc
        return pc_now(self.pc, self._reading, self._held_then)

    def take_reading(self, reading: Reading) -> None:
        """A new reading; who asked is told when what is free changed noticeably.

        While a model of ours comes in or goes out, readings say nothing of the next load.
        """
        if self._is_moving:
            return
        self._reading, self._held_then = reading, self._held
        now = self.pc_now
        if has_moved(self._told, now, _NOTICEABLE_BYTES):
            self._told = now
            self.memory_changed.emit()

    def set_held(self, buffers: tuple[Buffer, ...], *, is_moving: bool = False) -> None:
        """What our engine holds, and whether it is just loading or unloading."""
        self._held, self._is_moving = buffers, is_moving

    def _with_margins(self, pc: PcFacts) -> PcFacts:
        return with_margins(pc, self._margin, self._games)

    @property
    def games_bytes(self) -> int:
        """What is kept free on each GPU for games."""
        return self._games

    @property
    def margin_bytes(self) -> int | None:
        """What a person wants to stay free on each GPU; None leaves it to us."""
        return self._margin

    def set_margins(self, margin: int | None, games: int) -> None:
        """What is to stay free on each GPU: a margin (None = automatic), and more for games."""
        if (margin, games) != (self._margin, self._games):
            self._margin, self._games = margin, games
            self.memory_changed.emit()
            pc, at_hand = self.pc, self._at_hand()
            self._background.run(
                lambda _job: _make_formulas(pc, at_hand),
                on_result=lambda _none: self.pc_changed.emit(),
                on_error=self.failed.emit,
                owner=self,
            )

    def measure(self, then: Callable[[], None] = lambda: None) -> None:
        """Measure the PC; of a GPU that sleeps, what is known of it stays."""
        held, at_hand, known = self._held_now(), self._at_hand(), self._pc.gpus

        def look(_job: Job) -> tuple[PcFacts, list[LoadRecord]]:
            pc, records = self._measured(known, may_wake=False)
            _make_formulas(self._with_margins(without_model(pc, held or ())), at_hand)
            return pc, records

        def take(found: tuple[PcFacts, list[LoadRecord]]) -> None:
            self._take_pc(*found, held)
            then()

        self._background.run(look, on_result=take, on_error=self.failed.emit, owner=self)

    def _measured(
        self, known: tuple[GpuFacts, ...], *, may_wake: bool
    ) -> tuple[PcFacts, list[LoadRecord]]:
        """The PC, and what earlier loads took. For the background."""
        records: list[LoadRecord] = []
        # A database that cannot be read is told by whoever keeps conversations in it.
        with contextlib.suppress(LollmaError):
            records = self._loads.all()
        survey = self._survey()
        sleeps = survey.is_asleep
        if sleeps and may_wake and (woken := self._wake()).gpus:
            survey, sleeps = woken, False
        pc = pc_facts.measure(survey, learned_overheads(records))
        if sleeps:
            # Nothing runs on a GPU that sleeps: all of it is free but what its driver keeps. And
            # one that is awake beside it is the processor's own.
            pc = replace(pc, gpus=known)
        return pc, records

    def _held_now(self) -> tuple[Buffer, ...] | None:
        """What our engine holds; None while that changes."""
        return None if self._is_moving else self._held

    def _take_pc(
        self, pc: PcFacts, records: list[LoadRecord], held: tuple[Buffer, ...] | None
    ) -> None:
        self._records = records
        if held is None or held != self._held_now():
            # A model came or went meanwhile: what is free is known better, but what was learned.
            self._pc = _learned_from(self._pc, pc)
        else:
            self._pc = without_model(pc, held)
        self.pc_changed.emit()

    # ---- models ----------------------------------------------------------------------------

    def facts(self, path: str) -> ModelFacts:
        """What is known of a model; little more than its name before ``learn``."""
        if path in self._models:
            self._models.move_to_end(path)
            return self._models[path]
        known = self._passed.get(path) or self._remote.get(path)
        return known or ModelFacts(name=self._name_of(path))

    def know(self, key: str, facts: ModelFacts) -> None:
        """Take what is known of a model that is not on this PC; its key stands for a path."""
        _put(self._remote, key, facts, _REMOTE_KEPT)

    def learn(self, path: str, then: Callable[[], None]) -> None:
        """Read a model's header and measure the PC, then go on: a load is about to begin.

        A GPU that sleeps is woken for it, as the load will do anyway.

        A model that cannot be read is left to the engine, which says why.
        """
        name, held, known = self._name_of(path), self._held_now(), self._pc.gpus

        def look(_job: Job) -> tuple[ModelFacts | None, PcFacts, list[LoadRecord]]:
            facts, (pc, records) = None, self._measured(known, may_wake=True)
            with contextlib.suppress(LollmaError):
                facts = read_facts(path, name)
                _make_formulas(self._with_margins(without_model(pc, held or ())), [facts])
            return facts, pc, records

        def take(found: tuple[ModelFacts | None, PcFacts, list[LoadRecord]]) -> None:
            self._keep(path, found[0])
            self._take_pc(*found[1:], held)
            then()

        self._background.run(look, on_result=take, on_error=lambda _error: then(), owner=self)

    def read(
        self,
        path: str,
        on_facts: Callable[[ModelFacts], None],
        on_error: Callable[[LollmaError], None],
    ) -> Job | None:
        """Read a model's header, if it is not known yet, and hand over what it says.

        Args:
            path: The model's file.
            on_facts: Called at once where the model is known, else later.
            on_error: Called if the file cannot be read.
        """
        known = self.known(path)
        if known is not None and self._ready.get(path) == self.pc:
            self._keep(path, known)
            on_facts(known)
            return None
        name = self._name_of(path)

        def take(found: tuple[ModelFacts, PcFacts]) -> None:
            facts, self._ready[path] = found
            self._keep(path, facts)
            on_facts(facts)

        return self._background.run(
            lambda _job: self._made_ready(known or read_facts(path, name)),
            on_result=take,
            on_error=on_error,
            owner=self,
        )

    def _made_ready(self, facts: ModelFacts) -> tuple[ModelFacts, PcFacts]:
        """The facts, and the PC that all formulas are made for: that of now."""
        made_for = None
        while made_for != self.pc:
            made_for = self.pc
            _make_formulas(made_for, [facts])
        assert made_for is not None
        return facts, made_for

    def _at_hand(self) -> list[ModelFacts]:
        """The models that were looked at last: that which is shown, and that which is loaded."""
        return list(self._models.values())[-_AT_HAND:]

    def known(self, path: str) -> ModelFacts | None:
        """What a model's header said; None if it is to be read, for the first time or again."""
        return None if path in self._stale else self._models.get(path) or self._passed.get(path)

    def pass_by(self, path: str, facts: ModelFacts) -> None:
        """Keep what was read of one of many; those that were looked at are kept before it.

        Where there are too many, the first ones stay: in each round all come by in the same order.
        """
        if path in self._passed or len(self._passed) < _PASSED_KEPT:
            self._keep(path, facts, passing=True)

    def _keep(self, path: str, facts: ModelFacts | None, passing: bool = False) -> None:
        if facts is None:
            return
        self._stale.discard(path)
        if passing and path not in self._models:
            _put(self._passed, path, facts, _PASSED_KEPT)
        else:
            self._passed.pop(path, None)
            _put(self._models, path, facts, _MODELS_KEPT)

    def forget_models(self, paths: Iterable[str] | None = None) -> None:
        """Files may have changed: read their headers anew. Until then, what is known stands.

        Args:
            paths: The files; None for all.
        """
        if paths is None:
            self._stale.update(self._models, self._passed)
            return
        for path in paths:
            self._passed.pop(path, None)
            if path in self._models:
                self._stale.add(path)

    # ---- loads -----------------------------------------------------------------------------

    @property
    def records(self) -> list[LoadRecord]:
        """What earlier loads took, the newest last."""
        return self._records

    def forget_loads(self) -> None:
        """Learn anew what loads take on this PC."""
        self._background.run(
            lambda _job: self._loads.forget(),
            on_result=lambda _none: self.measure(),
            on_error=self.failed.emit,
            owner=self,
        )


def read_facts(path: str, name: str) -> ModelFacts:
    """What a model's header says. For any thread.

    Args:
        path: The model's file.
        name: As the window shows it.

    Raises:
        LollmaError: If the file cannot be read.
    """
    return model_facts(slimmed(read_whole_header(Path(path))), name)


def _make_formulas(pc: PcFacts, models: Sequence[ModelFacts]) -> None:
    """Have the formulas of these models made that recommendations for this PC need.

    They are made when they are needed first, and take up to a second: the window's thread is not
    to wait for that.
    """
    for facts in models:
        recommend(pc, facts)


def _put(models: OrderedDict[str, ModelFacts], key: str, facts: ModelFacts, most: int) -> None:
    """Keep facts as the newest; of too many, the oldest go."""
    models[key] = facts
    models.move_to_end(key)
    while len(models) > most:
        models.popitem(last=False)


def _learned_from(before: PcFacts, now: PcFacts) -> PcFacts:
    known = {gpu.key: gpu for gpu in now.gpus}
    gpus = (
        replace(
            gpu,
            overhead_bytes=known.get(gpu.key, gpu).overhead_bytes,
            is_learned=known.get(gpu.key, gpu).is_learned,
        )
        for gpu in before.gpus
    )
    return replace(before, gpus=tuple(gpus))
