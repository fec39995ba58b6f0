"""The columns of the list of models: what each says of a model, and what it is sorted by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.days import day_words
from lollma_gui.core.fit_summary import FitSummary
from lollma_gui.core.kind_words import KIND_WORDS
from lollma_gui.core.model_info import ModelInfo, ModelKind
from lollma_gui.core.model_page import ModelPage
from lollma_gui.core.speed import Speed
from lollma_gui.core.verdict import Fit
from lollma_gui.services.model_library import LibraryEntry


class Row(NamedTuple):
    """A model in the list.

    Attributes:
        entry: The model.
        fit: What is known of its fit.
        page: Its page in the book.
        speed_factor: What measured runs of all models teach, see ``speed.calibration``.
        has_newer: Whether the Hub has a newer upload.
    """

    entry: LibraryEntry
    fit: FitSummary | None
    page: ModelPage
    speed_factor: float | None = None
    has_newer: bool = False

    @property
    def predicted(self) -> Speed | None:
        """The predicted speed; None where a bandwidth is not known."""
        found = self.fit.speed if self.fit else None
        return found.calibrated(self.speed_factor) if found else None


@dataclass(frozen=True)
class Column:
    """A column of the list.

    Attributes:
        key: Its name where it is remembered.
        title: What stands above it.
        text: What a cell says.
        sort_key: What a row is sorted by.
        is_number: Whether its cells are numbers.
        meaning: What it is, for those who point at its title.
    """

    key: str
    title: str
    text: Callable[[Row], str]
    sort_key: Callable[[Row], object]
    is_number: bool = False
    meaning: str = ""


def _of_info(words: Callable[[ModelInfo], str]) -> Callable[[Row], str]:
    return lambda row: words(row.entry.info) if row.entry.info else units.UNKNOWN


def _number(attribute: str) -> Callable[[Row], object]:
    return lambda row: (getattr(row.entry.info, attribute) or 0) if row.entry.info else -1


def _letters(attribute: str) -> Callable[[Row], object]:
    return lambda row: getattr(row.entry.info, attribute).casefold() if row.entry.info else ""


def _name(row: Row) -> str:
    marks = "⚠ " if row.entry.problem else "★ " if row.page.favourite else ""
    return f"{'↑ ' * row.has_newer}{marks}{row.entry.name}"


def _parameters(info: ModelInfo) -> str:
    words = units.parameter_count(info.parameters)
    if info.active_parameters is None:
        return words
    # As names of models have it: 30B-A3B; the tooltip and the details say it in words.
    return f"{words}-A{units.parameter_count(info.active_parameters)}"


def active_words(info: ModelInfo) -> str:
    """What of a model of experts computes each token; empty for others."""
    if info.active_parameters is None:
        return ""
    whole, active = (units.parameter_count(n) for n in (info.parameters, info.active_parameters))
    return f"{active} of {whole} parameters compute each token."


# ---- fit and speed ---------------------------------------------------------------------------

#: Best first.
_ORDER = (
    *(Fit.FITS, Fit.PARTLY, Fit.MOSTLY_RAM, Fit.MAY_FIT, Fit.ONLY_JUST, Fit.DOES_NOT_FIT),
    Fit.UNKNOWN,
)


def state_words(entry: LibraryEntry) -> str:
    """What stands in place of a verdict: what is wrong with the file, or what else it is for."""
    if entry.problem:
        return "Half downloaded" if entry.is_partial else "Cannot be used"
    if entry.info is None or entry.info.kind is ModelKind.TEXT:
        return units.UNKNOWN
    return KIND_WORDS[entry.info.kind]


def _fit(row: Row) -> str:
    """For screen readers and copying; the window draws a badge."""
    return f"{row.fit.fit}, {row.fit.detail}" if row.fit else state_words(row.entry)


def _fit_key(row: Row) -> object:
    if row.fit is None:
        return len(_ORDER) + bool(row.entry.problem), 0
    return _ORDER.index(row.fit.fit), -(row.fit.spare or 0)


def _speed(row: Row) -> str:
    """Measured on this PC, else predicted and marked so."""
    if row.page.measured is not None:
        return units.speed(row.page.measured).removesuffix(" tok/s")
    return row.predicted.text if row.predicted else units.UNKNOWN


def _speed_key(row: Row) -> object:
    if row.page.measured is not None:
        return row.page.measured
    return row.predicted.expected if row.predicted else 0.0


def _used(row: Row) -> str:
    if not row.page.last_used:
        return units.UNKNOWN
    return day_words(row.page.last_used, datetime.now().astimezone())


COLUMNS = (
    Column("name", "Model", _name, lambda row: row.entry.name.casefold()),
    Column("parameters", "Params", _of_info(_parameters), _number("parameters"), True),
    Column("quantisation", "Quant", _of_info(lambda i: i.quantisation), _letters("quantisation")),
    Column(
        *("size", "On disk", lambda row: units.file_size(row.entry.size_bytes or None)),
        *(lambda row: row.entry.size_bytes, True),
    ),
    Column("fit", "Fit on this PC", _fit, _fit_key),
    Column(
        *("speed", "Tokens/s", _speed, _speed_key, True),
        "Speed of writing: measured on this PC, or predicted (~)",
    ),
    Column(
        *("context", "Context", _of_info(lambda i: units.whole(i.context_length))),
        *(_number("context_length"), True, "Tokens it was trained on"),
    ),
    Column(
        *("used", "Last used", _used, lambda row: -row.page.last_used),
        meaning="When it was loaded here last",
    ),
    Column(
        *("source", "Source", lambda row: str(row.entry.source)),
        lambda row: row.entry.source.casefold(),
        meaning="Whose folder it lies in",
    ),
    Column(
        *("architecture", "Architecture", _of_info(lambda i: i.architecture)),
        _letters("architecture"),
    ),
)
NAMES = tuple(column.key for column in COLUMNS)
_NEWER = "A newer upload exists on Hugging Face: see Downloads."
#: The column with the badge, and the one beside it.
FIT_COLUMN, SPEED_COLUMN = NAMES.index("fit"), NAMES.index("speed")


def tip(row: Row, column: int, company: str) -> str:
    """What is said to those who point at a cell.

    Args:
        row: The model.
        column: The cell's column.
        company: What files belong to the model; may be empty.
    """
    if row.fit is not None and column == FIT_COLUMN:
        return row.fit.headline
    if column == SPEED_COLUMN and (words := _speed_tip(row)):
        return words
    problem = f"{row.entry.problem} {row.entry.advice}".strip()
    newer = _NEWER * row.has_newer
    active = active_words(row.entry.info) if row.entry.info else ""
    parts = (problem, newer, active, str(row.entry.path), company, row.page.note)
    return "\n".join(part for part in parts if part)


def _speed_tip(row: Row) -> str:
    if row.page.measured is not None:
        run = row.page.runs[-1]
        where = f"{run.gpu_layers} layers on the GPU" if run.gpu_layers else "on the processor"
        return (
            f"{units.speed(row.page.measured)} measured on this PC, {where}, "
            f"{units.whole(run.n_ctx, 'tokens')} of context."
        )
    return row.predicted.sentence if row.predicted else ""


def search_text(entry: LibraryEntry, page: ModelPage) -> str:
    """Everything that typing finds a model by."""
    words = [entry.name, str(entry.path), str(entry.source), page.note]
    if entry.info is not None:
        info = entry.info
        words += [info.quantisation, info.architecture, info.licence, KIND_WORDS[info.kind]]
    return " ".join(words).casefold()
