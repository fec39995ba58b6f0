"""Reads and writes KoboldCpp's ``.kcpps`` files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import files

#: No file of settings is larger; models are, and have been chosen by mistake.
_MOST_BYTES = 1_000_000


def read(path: Path) -> dict[str, Any]:
    """All keys of a file.

    Raises:
        LollmaError: If it cannot be read, or is none.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError("it holds no keys")
    except (OSError, ValueError, RecursionError) as error:
        raise LollmaError(
            f"{path.name} is no settings file of KoboldCpp.",
            "Choose a file that KoboldCpp saved, with the ending .kcpps.",
            str(error),
        ) from error
    return values


def write(path: Path, config: Mapping[str, Any]) -> None:
    """Write a file.

    Raises:
        LollmaError: If it cannot be written; the old one is untouched.
    """
    with files.trouble_in_words(path):
        files.write_atomically(path, json.dumps(dict(config), indent=2).encode())
