"""Names of models that are split over several files, as llama.cpp's ``gguf-split`` writes them."""

import re
from dataclasses import dataclass

_SPLIT = re.compile(r"(?P<stem>.+)-(?P<part>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)


@dataclass(frozen=True)
class SplitName:
    """What the name of one part says.

    Attributes:
        stem: The name without part and ending; the same for all parts.
        part: Number of this part, from 1.
        count: How many parts there are.
    """

    stem: str
    part: int
    count: int


def parse_split_name(file_name: str) -> SplitName | None:
    """Read a file name such as ``model-00001-of-00003.gguf``; None if it is no part's name."""
    match = _SPLIT.fullmatch(file_name)
    if match is None:
        return None
    part, count = int(match["part"]), int(match["count"])
    return SplitName(match["stem"], part, count) if 1 <= part <= count else None


def part_name(stem: str, part: int, count: int) -> str:
    """The file name of one part, numbered from 1."""
    return f"{stem}-{part:05}-of-{count:05}.gguf"
