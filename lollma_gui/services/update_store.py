"""What is remembered of new versions: ``updates.json``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lollma_gui.services.json_file import read_json, write_json


class UpdateMemory(NamedTuple):
    """The choice, and GitHub's last answer.

    Attributes:
        wanted: Whether the person wants to be told of new versions.
        checked_at: When GitHub was asked last, in seconds since 1970; 0 for never.
        etag: GitHub's mark of its last answer: sent along, an unchanged answer need not come again.
        version: The newest release then; empty for none.
        page: Its page.
        skipped: The version that the person does not want to hear of again.
    """

    wanted: bool = False
    checked_at: float = 0.0
    etag: str = ""
    version: str = ""
    page: str = ""
    skipped: str = ""


class UpdateStore:
    """Keeps it. One call at a time.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = {}

    def load(self) -> tuple[UpdateMemory, list[str]]:
        """What is remembered, and a sentence about each thing that was wrong with the file.

        What cannot be used is as if it were not there: nobody is asked by mistake.
        """
        self._values, problems = read_json(self._path)
        return _memory(self._values), problems

    def save(self, memory: UpdateMemory) -> None:
        """Save it. What a newer version has put into the file stays there.

        Raises:
            LollmaError: If the file cannot be written.
        """
        self._values = {**self._values, **memory._asdict()}
        write_json(self._path, self._values)


def _memory(values: Mapping[str, Any]) -> UpdateMemory:
    at = values.get("checked_at")
    checked_at = float(at) if isinstance(at, int | float) else 0.0
    texts = {
        name: value
        for name in ("etag", "version", "page", "skipped")
        if isinstance(value := values.get(name), str) and value.isascii() and value.isprintable()
    }
    return UpdateMemory(values.get("wanted") is True, checked_at, **texts)
