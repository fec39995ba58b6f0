"""Which of several quantisations of one model suits this PC, and why.

What each needs is found elsewhere and handed in as plain values. The rule, in one breath: the best
quality that lies wholly on the GPU with the wanted context; where only poor ones do, a better one
that is partly in RAM if it still writes as fast as people read.
"""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.quality import Quality
from lollma_gui.core.speed import Speed

#: Losses that differ by no more than this are one: the measurements are no better. A fraction.
_SAME_LOSS = 0.001
#: Above this rise of the perplexity a better quantisation is worth some speed.
ACCEPTABLE_LOSS = 0.12
#: For mixes nobody measured: from Q8_0 (7.95 GiB of Llama-3-8B) to Q3_K_M (3.74 GiB) the loss goes
#: from 0.04 to 10.5 %, with the seventh power of the size's inverse; a little less is taken.
_LOSS_POWER = 6
_DECENT_LOSS, _LEAST_LOSS = 0.004, 0.0004
#: Tokens per second that people read at.
READING_SPEED = 8.0


class Place(StrEnum):
    """Where the layers of a load lie."""

    GPU = "all on the GPU"
    PARTLY = "partly on the GPU"
    RAM = "only in RAM"
    NONE = "does not fit"
    UNKNOWN = "not known"


class Candidate(NamedTuple):
    """One file that could be loaded.

    Attributes:
        key: Tells it apart; handed back, for example its path.
        label: For people: its quantisation, for example ``Q4_K_M``.
        size_bytes: All its files together.
        place: Where its layers would lie, with the wanted context if they can have it.
        gpu_layers: How many of them on GPUs; None if unknown.
        layers: How many there are, the output included; None if unknown.
        max_context: Largest context in tokens that it could have there; None if unknown.
        speed: Predicted speed of writing; None if unknown.
        quality: Expected loss; None if nobody measured it.
    """

    key: str
    label: str
    size_bytes: int
    place: Place
    gpu_layers: int | None = None
    layers: int | None = None
    max_context: int | None = None
    speed: Speed | None = None
    quality: Quality | None = None

    @property
    def layers_text(self) -> str:
        """For a table: ``all``, ``32 of 41``, ``RAM``, ``too big``."""
        if self.place is Place.PARTLY and self.gpu_layers is not None and self.layers is not None:
            return f"{self.gpu_layers} of {self.layers}"
        return _PLACE_WORDS[self.place]


_PLACE_WORDS = {
    Place.GPU: "all",
    Place.PARTLY: "partly",
    Place.RAM: "RAM",
    Place.NONE: "too big",
    Place.UNKNOWN: units.UNKNOWN,
}


class Advice(NamedTuple):
    """What to take.

    Attributes:
        rows: All candidates, large before small.
        recommended: Key of the one for this PC; empty if there is none.
        reason: Why, one or two sentences.
    """

    rows: tuple[Candidate, ...]
    recommended: str
    reason: str


def advise(candidates: Iterable[Candidate], wanted_context: int) -> Advice:
    """Choose one.

    Args:
        candidates: Files of the same model.
        wanted_context: Tokens of context there should be room for.
    """
    rows = tuple(sorted(candidates, key=lambda c: (-c.size_bytes, c.label, c.key)))
    if not rows:
        return Advice((), "", "There is no other quantisation of this model.")
    usable = [c for c in rows if c.place not in (Place.NONE, Place.UNKNOWN)]
    if not usable:
        return Advice(rows, "", _why_none(rows))
    losses = _assumed_losses(rows)
    roomy = [c for c in usable if c.max_context is None or c.max_context >= wanted_context]
    if not roomy:
        chosen, reason = _most_context(usable, wanted_context)
    else:
        chosen, reason = _Choice(roomy, losses, wanted_context).best()
    return Advice(rows, chosen.key, reason)


def _why_none(rows: Sequence[Candidate]) -> str:
    if any(c.place is Place.UNKNOWN for c in rows):
        return "What fits is not known yet."
    smallest = rows[-1]
    return (
        f"None fits this PC: even {smallest.label} with {units.file_size(smallest.size_bytes)} is "
        "too big. Choose a model with fewer parameters."
    )


def _most_context(usable: Sequence[Candidate], wanted: int) -> tuple[Candidate, str]:
    chosen = max(usable, key=lambda c: (c.max_context or 0, c.size_bytes))
    return chosen, (
        f"None has room for {units.whole(wanted, 'tokens')} of context; {chosen.label} has most, "
        f"{units.whole(chosen.max_context, 'tokens')}."
    )


def _assumed_losses(rows: Sequence[Candidate]) -> dict[str, float]:
    """Loss of each by key; of those that nobody measured, guessed from the one nearest in size."""
    measured = [(max(c.size_bytes, 1), c.quality.loss) for c in rows if c.quality is not None]
    # With nothing measured only the order counts: the largest is taken for a decent one.
    known = measured or [(max(rows[0].size_bytes, 1), _DECENT_LOSS)]

    def guess(size: int) -> float:
        near, loss = min(known, key=lambda one: abs(math.log(one[0] / size)))
        return max(loss, _LEAST_LOSS) * (near / size) ** _LOSS_POWER

    return {c.key: c.quality.loss if c.quality else guess(max(c.size_bytes, 1)) for c in rows}


class _Choice:
    """The choice among candidates that have room for the wanted context."""

    def __init__(
        self, roomy: Sequence[Candidate], losses: dict[str, float], wanted_context: int
    ) -> None:
        self._roomy = roomy
        self._losses = losses
        self._wanted = wanted_context

    def best(self) -> tuple[Candidate, str]:
        """The one to take, and why."""
        on_gpu = [c for c in self._roomy if c.place is Place.GPU]
        found = self._best_quality(on_gpu)
        if found and self._losses[found.key] <= ACCEPTABLE_LOSS:
            return found, self._why_on_gpu(found)
        quick = [c for c in self._roomy if c.place is not Place.GPU and self._is_quick(c)]
        better = self._best_quality(quick)
        if better and (not found or self._losses[better.key] < self._losses[found.key]):
            return better, self._why_quick(better, found)
        if found:
            return found, self._why_poor(found)
        return self._least_slow()

    def _best_quality(self, among: Sequence[Candidate]) -> Candidate | None:
        """The least loss; of those that lose as good as the same, the smallest file."""
        if not among:
            return None
        least = min(self._losses[c.key] for c in among)
        equal = [c for c in among if self._losses[c.key] <= least + _SAME_LOSS]
        return min(equal, key=lambda c: c.size_bytes)

    @staticmethod
    def _is_quick(candidate: Candidate) -> bool:
        """Whether it writes as fast as people read; without a speed, whether most is on the GPU."""
        if candidate.speed is not None:
            return candidate.speed.expected >= READING_SPEED
        if candidate.gpu_layers is None or not candidate.layers:
            return False
        return candidate.gpu_layers >= 0.75 * candidate.layers

    def _least_slow(self) -> tuple[Candidate, str]:
        """Nothing is on the GPU and nothing is quick: the fastest that is not poor."""
        decent = [c for c in self._roomy if self._losses[c.key] <= ACCEPTABLE_LOSS] or self._roomy
        chosen = max(decent, key=lambda c: (_expected(c), _gpu_share(c), -c.size_bytes))
        speed = f", {chosen.speed.text} tok/s" if chosen.speed else ""
        return chosen, (
            f"{self._none_on_gpu}. {chosen.label} is the fastest whose quality is still good "
            f"enough ({_quality(chosen)}{speed})."
            if self._losses[chosen.key] <= ACCEPTABLE_LOSS
            else f"{self._none_on_gpu}; {chosen.label} is the fastest ({_quality(chosen)}{speed})."
        )

    # ---- reasons ---------------------------------------------------------------------------

    @property
    def _tokens(self) -> str:
        return f"{units.whole(self._wanted, 'tokens')} of context"

    @property
    def _none_on_gpu(self) -> str:
        """Said of a PC without GPU, too."""
        if all(candidate.place is Place.RAM for candidate in self._roomy):
            return f"All lie in RAM, with room for {self._tokens}"
        return f"None lies wholly on the GPU with {self._tokens}"

    def _why_on_gpu(self, chosen: Candidate) -> str:
        larger = [c for c in self._roomy if c.size_bytes > chosen.size_bytes]
        equal = [c for c in larger if c.place is Place.GPU]
        more = (
            f" {equal[0].label} is no better that could be measured, and larger." if equal else ""
        )
        return (
            f"{chosen.label} is the best quality that lies wholly on the GPU with {self._tokens} "
            f"({_quality(chosen)}).{more}"
        )

    def _why_quick(self, chosen: Candidate, poor: Candidate | None) -> str:
        if poor is None:
            before = f"{self._none_on_gpu}."
        else:
            before = f"On the GPU alone only {poor.label} fits, which is {_grade(poor)}."
        pace = (
            f"still writes about as fast as you read ({chosen.speed.text} tok/s)"
            if chosen.speed
            else f"has most layers on the GPU ({chosen.layers_text})"
        )
        return f"{before} {chosen.label} {pace}, with {_quality(chosen)}."

    def _why_poor(self, chosen: Candidate) -> str:
        return (
            f"{chosen.label} is the best that lies wholly on the GPU with {self._tokens}, but "
            f"{_grade(chosen)}; anything better would be slow. A smaller model may do better."
        )


def _expected(candidate: Candidate) -> float:
    return candidate.speed.expected if candidate.speed else 0.0


def _gpu_share(candidate: Candidate) -> float:
    if candidate.gpu_layers is None or not candidate.layers:
        return 0.0
    return candidate.gpu_layers / candidate.layers


def _quality(candidate: Candidate) -> str:
    if candidate.quality is None:
        return "its quality was not measured by llama.cpp"
    return f"{candidate.quality.short} perplexity"


def _grade(candidate: Candidate) -> str:
    if candidate.quality is None:
        return "probably much worse than unquantised"
    return f"{candidate.quality.grade} than unquantised ({candidate.quality.short} perplexity)"
