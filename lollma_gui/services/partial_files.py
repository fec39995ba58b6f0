"""Downloads that were not finished: how programs call them, and how much of them is there.

Where each name is from:

- ``X.gguf.part`` and ``X.gguf.part.json``: our own (``part_file``); the former Firefox's too.
- ``downloading_X.gguf.part``: LM Studio (its bug tracker, issues 1477 and 2291).
- ``X.gguf.tmp``: Jan (src-tauri/src/core/downloads).
- ``X.gguf.downloadInProgress``: llama.cpp (common/download.cpp).
- ``incomplete-X.gguf``: GPT4All (``ModelList::incompleteDownloadPath``).
- ``HASH.incomplete``: huggingface_hub, which does not say whose bytes they are.
- ``X.gguf.crdownload``: Chromium and its kin; ``X.gguf.partial``: curl front ends, LocalAI.
- ``X.gguf`` with ``X.gguf.aria2`` beside it: aria2.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lollma_gui.core import units

MODEL_ENDING = ".gguf"
#: What stands behind a model's name while it is on its way.
ENDINGS = (".part", ".partial", ".crdownload", ".tmp", ".downloadinprogress", ".incomplete")
#: What stands beside a file that aria2 has not finished.
CONTROL_ENDING = ".aria2"

_PREFIXES = ("downloading_", "incomplete-")
_MAGIC = b"GGUF"


def is_partial_name(name: str) -> bool:
    """Whether a file's name says that it is a model on its way.

    ``HASH.incomplete`` may be: its content has to tell, see ``is_model``.
    """
    lower = name.lower()
    if lower.endswith(MODEL_ENDING):
        return lower.startswith("incomplete-")
    if not lower.endswith(ENDINGS):
        return False
    stem = lower.rpartition(".")[0]
    return stem.endswith(MODEL_ENDING) or lower.endswith(".incomplete")


def whole_name(name: str) -> str:
    """What a file will be called once it is whole; empty if its name does not say so."""
    stem = name if name.lower().endswith(MODEL_ENDING) else name.rpartition(".")[0]
    if not stem.lower().endswith(MODEL_ENDING):
        return ""
    for prefix in _PREFIXES:
        stem = stem.removeprefix(prefix)
    return stem


def is_model(path: Path) -> bool:
    """Whether a file's first bytes are those of a GGUF model."""
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def expected_bytes(path: Path) -> int | None:
    """How large a download of ours will be; None for those of others."""
    if path.suffix != ".part":
        return None
    return _whole_number(read_small_json(path.with_name(path.name + ".json")), "size")


def ollama_progress(parts: Iterable[Path]) -> tuple[int, int]:
    """How many bytes of how many Ollama has fetched of a blob.

    Args:
        parts: Its ``sha256-…-partial-N`` files; the bytes themselves lie in ``sha256-…-partial``,
            which has its full size from the beginning (server/download.go of Ollama).
    """
    have = need = 0
    for part in parts:
        values = read_small_json(part)
        have += _whole_number(values, "Completed") or 0
        need += _whole_number(values, "Size") or 0
    return have, need


def unfinished(have: int, need: int | None, keeper: str) -> tuple[str, str]:
    """What to tell of an unfinished download: what is wrong with it, and what to do.

    Args:
        have: Bytes that are there.
        need: Bytes of the whole; None if that is not known.
        keeper: The program that began it, by its name; empty if unknown.
    """
    of_all = f" of {units.file_size(need)}" if need and need > have else ""
    return (
        f"The download was not finished: {units.file_size(have)}{of_all} are there.",
        f"Go on with it in {keeper}, or throw it away."
        if keeper
        else "Go on with it in the program that began it, or throw it away.",
    )


#: Far above what such files hold.
_MOST_JSON_BYTES = 1 << 20


def read_small_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of another program; empty if there is none to be read."""
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_MOST_JSON_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _whole_number(values: dict[str, Any], key: str) -> int | None:
    value = values.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
