"""The file from which llama-server's router loads models: one section a model, flags as keys.

Its grammar is that of ``parse_ini_from_file`` in common/preset.cpp (b11434).
"""

from collections.abc import Sequence
from pathlib import PurePath

#: What ends a value, or a name, before its end.
_NOT_IN_VALUES = set(";#\r\n")
_NOT_IN_NAMES = set("[];#\r\n:,*")


def model_name(model_path: str) -> str:
    """What the router, and so every client, calls a model: its file without the ending."""
    stem = PurePath(model_path).name.removesuffix(".gguf")
    return "".join("_" if char in _NOT_IN_NAMES else char for char in stem)


def preset(name: str, words: Sequence[str]) -> str | None:
    """The file for one model; None where these flags cannot be said in it.

    Args:
        name: What the model is called; empty: a file without any model.
        words: Flags as on the command line, ``--model PATH`` among them.
    """
    lines = ["version = 1", ""]
    if not name:
        return "\n".join(lines)
    pairs = _pairs(words)
    if pairs is None:
        return None
    lines += [f"[{name}]", *(f"{key} = {value}" for key, value in pairs.items())]
    return "\n".join([*lines, "load-on-startup = true", ""])


def _pairs(words: Sequence[str]) -> dict[str, str] | None:
    pairs: dict[str, str] = {}
    key = ""
    for word in words:
        if word.startswith("--"):
            key, _, value = word[2:].partition("=")
            if not key or key in pairs:
                return None  # said twice: a section holds each key once
            pairs[key] = value or "true"
        elif key and pairs[key] == "true":
            pairs[key] = word
        else:
            return None  # a short flag, or a second value
    if any(not _can_be_written(value) for value in pairs.values()):
        return None
    return pairs


def _can_be_written(value: str) -> bool:
    return bool(value) and value == value.strip() and not _NOT_IN_VALUES.intersection(value)
