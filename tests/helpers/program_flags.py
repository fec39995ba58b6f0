"""What programs say of themselves: the stored help texts, each with its version and date."""

import re
from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "fakes" / "help"
#: A block of flags begins at the left edge; its explanation is indented or behind two spaces.
_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


def first_line(name: str) -> str:
    """Version and date of a stored text."""
    return _text(name).splitlines()[0]


def flags(name: str) -> set[str]:
    """Every flag that the program knows, without those it only says were removed."""
    found: set[str] = set()
    lines = _text(name).splitlines()
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("-") and "has been removed" not in line + after:
            found |= set(_FLAG.findall(re.split(r"\s{2,}(?![\s-])", line)[0]))
    return found


def request_fields(name: str) -> set[str]:
    """Fields of a request."""
    lines = [line for line in _text(name).splitlines() if line.startswith("request ")]
    return {field for line in lines for field in line.split()[1:]}


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
