"""A model's page in the book: what a person wrote about it, and how it ran on this PC."""

import json
import statistics
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lollma_gui.core.speed import calibration

#: So many answers are kept; older ones were written by another driver, or another build.
MOST_RUNS = 9
#: A shorter answer says little about the speed of writing.
FEWEST_TOKENS = 16


class Run(NamedTuple):
    """One answer, as far as its speed goes.

    Attributes:
        tokens_per_second: How fast it was written.
        gpu_layers: Layers on GPUs, the output included.
        n_ctx: Context in force, in tokens.
        ended_at: When, in seconds since 1970.
        predicted: What the uncalibrated prediction said, in tokens per second; None if unknown.
    """

    tokens_per_second: float
    gpu_layers: int
    n_ctx: int
    ended_at: float
    predicted: float | None = None


class ModelPage(NamedTuple):
    """What is known of one model beside its file.

    Attributes:
        favourite: Whether it is one of the person's favourites.
        note: What the person wrote.
        last_used: When it was loaded last, in seconds since 1970; 0 = never.
        runs: Its last answers, the newest last.
        loads_anyway: Whether it is to be loaded unasked also where it will not fit.
    """

    favourite: bool = False
    note: str = ""
    last_used: float = 0.0
    runs: tuple[Run, ...] = ()
    loads_anyway: bool = False

    @property
    def measured(self) -> float | None:
        """Tokens per second: the median of the answers with the settings of the last one."""
        if not self.runs:
            return None
        last = self.runs[-1]
        same = [r for r in self.runs if (r.gpu_layers, r.n_ctx) == (last.gpu_layers, last.n_ctx)]
        return statistics.median(run.tokens_per_second for run in same)

    def with_run(self, run: Run) -> "ModelPage":
        """The page with one more answer; of too many the oldest go."""
        return self._replace(runs=(*self.runs, run)[-MOST_RUNS:])


def factor_of(pages: Iterable[ModelPage]) -> float | None:
    """What to multiply predictions of speed with on this PC, from all answers; see ``speed``."""
    runs = (run for page in pages for run in page.runs)
    return calibration((run.tokens_per_second, run.predicted) for run in runs if run.predicted)


def encode_page(page: ModelPage) -> str:
    """As JSON."""
    body = page._asdict() | {"runs": [run._asdict() for run in page.runs]}
    return json.dumps(body, ensure_ascii=False)


def decode_page(text: str) -> ModelPage:
    """What ``encode_page`` made; what cannot be used is left out."""
    try:
        body = json.loads(text)
    except json.JSONDecodeError:
        return ModelPage()
    if not isinstance(body, dict):
        return ModelPage()
    found = {name: body[name] for name, fits in _FIELDS.items() if fits(body.get(name))}
    stored = body.get("runs")
    runs = [_run(item) for item in stored] if isinstance(stored, list) else []
    return ModelPage(**found, runs=tuple(run for run in runs if run)[-MOST_RUNS:])


def _run(item: object) -> Run | None:
    try:
        run = Run(**item)  # type: ignore[arg-type]
    except TypeError:
        return None
    numbers = (*run[:4], run.predicted or 0)
    return run if all(_is_number(n) and n >= 0 for n in numbers) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "favourite": lambda value: isinstance(value, bool),
    "note": lambda value: isinstance(value, str),
    "last_used": _is_number,
    "loads_anyway": lambda value: isinstance(value, bool),
}
