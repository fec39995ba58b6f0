"""One thing that was looked at on this PC, and whether it is as it should be."""

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """How a check came out; every state also has a word and a shape in the window."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """What was looked at, what was found, what would be best, and what to do if it is not so."""

    what: str
    found: str
    recommended: str
    state: CheckState
    advice: str = ""
