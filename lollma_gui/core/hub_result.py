"""What a search on the Hub finds: one repository with GGUF files."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from lollma_gui.core import units
from lollma_gui.core.hub_source import is_repository
from lollma_gui.core.model_family import quantisation_label

_DAY = 86_400.0
_LICENCE = "license:"
#: A repository with more kinds of files than this is no ordinary one.
_MOST_QUANTISATIONS = 64


class HubResult(NamedTuple):
    """A repository as a search tells of it. What the Hub does not say is empty or None.

    Attributes:
        repository: ``owner/name``.
        downloads: In the last 30 days.
        likes: People who like it.
        modified: When it was changed last, in seconds since 1970.
        parameters: Of the model in it.
        context: Tokens of context that the model was made for.
        architecture: As GGUF files call it.
        licence: Its name on the Hub, for example ``apache-2.0``.
        is_gated: Whether its terms have to be accepted first.
        is_private: Whether only some may see it.
        task: What it is for, as the Hub names it.
        quantisations: Those of its files; empty where the files were not asked for.
    """

    repository: str
    downloads: int | None = None
    likes: int | None = None
    modified: float | None = None
    parameters: int | None = None
    context: int | None = None
    architecture: str = ""
    licence: str = ""
    is_gated: bool = False
    is_private: bool = False
    task: str = ""
    quantisations: tuple[str, ...] = ()

    @property
    def owner(self) -> str:
        """Whose repository it is."""
        return self.repository.partition("/")[0]

    @property
    def name(self) -> str:
        """Its name without the owner's."""
        return self.repository.partition("/")[2]

    def encoded(self) -> dict[str, object]:
        """As plain values for JSON; ``decode_result`` reads them."""
        return self._asdict()


def read_results(items: object) -> list[HubResult]:
    """What the Hub's answer lists; entries that are none are left out.

    Raises:
        ValueError: If it is no list.
    """
    if not isinstance(items, list):
        raise ValueError("no list of models")
    return [_read(item) for item in items if isinstance(item, dict) and _is_named(item)]


def _is_named(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("id"), str) and is_repository(item["id"])


def _read(item: Mapping[str, Any]) -> HubResult:
    gguf = item.get("gguf")
    about = gguf if isinstance(gguf, dict) else {}
    tags = item.get("tags")
    gated = item.get("gated")
    return HubResult(
        item["id"],
        _count(item.get("downloads")),
        _count(item.get("likes")),
        _moment(item.get("lastModified")),
        _count(about.get("total")),
        _count(about.get("context_length")),
        _text(about.get("architecture")),
        _licence(tags if isinstance(tags, list) else []),
        is_gated=gated not in (None, False, ""),
        is_private=item.get("private") is True,
        task=_text(item.get("pipeline_tag")),
        quantisations=_quantisations(item.get("siblings")),
    )


def decode_result(values: Mapping[str, Any]) -> HubResult:
    """Read what ``HubResult.encoded`` gave.

    Raises:
        TypeError: If it is something else.
    """
    quantisations = tuple(values.get("quantisations", ()))
    return HubResult(**{**values, "quantisations": quantisations})


def _count(value: object) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**63 else None  # type: ignore[operator,return-value]


def _text(value: object) -> str:
    return value[:100] if isinstance(value, str) else ""


def _moment(value: object) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return None


def _licence(tags: Iterable[object]) -> str:
    words = (tag for tag in tags if isinstance(tag, str) and tag.startswith(_LICENCE))
    return next(words, "").removeprefix(_LICENCE)[:100]


def _quantisations(siblings: object) -> tuple[str, ...]:
    if not isinstance(siblings, list):
        return ()
    names = [s["rfilename"] for s in siblings if isinstance(s, dict) and "rfilename" in s]
    models = [n for n in names if isinstance(n, str) and n.lower().endswith(".gguf")]
    labels = dict.fromkeys(label for name in models if (label := quantisation_label(name)))
    return tuple(labels)[:_MOST_QUANTISATIONS]


# ---- words -----------------------------------------------------------------------------------


def age(then: float | None, now: float) -> str:
    """How long ago: ``today``, ``3 days ago``, ``5 months ago``; both in seconds since 1970."""
    if then is None:
        return units.UNKNOWN
    days = int(max(now - then, 0) // _DAY)
    if days < 1:
        return "today"
    for length, unit in ((365, "year"), (30, "month"), (1, "day")):
        if days >= length:
            count = days // length
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    raise AssertionError("a day is the least")


def short_count(count: int | None) -> str:
    """A count in a few letters: ``812``, ``12.3k``, ``4.1M``."""
    if count is None:
        return units.UNKNOWN
    if count < 1000:
        return str(count)
    if count < 999_950:
        return f"{count / 1000:.1f}k"
    return f"{count / 1e6:.1f}M"


def result_facts(result: HubResult, now: float) -> Sequence[str]:
    """What stands below the name on its card, from the left; ``now`` in seconds since 1970."""
    return [
        f"{short_count(result.downloads)} downloads",
        f"{short_count(result.likes)} likes",
        age(result.modified, now),
        f"{units.parameter_count(result.parameters)} parameters",
        result.licence or "licence not said",
    ]
