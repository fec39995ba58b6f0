"""The file from which llama-server's router loads models: one section a model, flags as keys.

Its grammar is that of ``parse_ini_from_file`` in common/preset.cpp (b11434).
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath

#: What ends a value, or a name, before its end.
_NOT_IN_VALUES = set(";#\r\n")
_NOT_IN_NAMES = set("[];#\r\n:,*")


def model_name(model_path: str) -> str:
    """What the router, and so every client, calls a model: its file without the ending."""
    stem = PurePath(model_path).name.removesuffix(".gguf")
    return "".join("_" if char in _NOT_IN_NAMES else char for char in stem)


def section(words: Sequence[str]) -> str | None:
    """What stands under a model's name; None where these flags cannot be said in such a file.

    Args:
        words: Flags as on the command line, ``--model PATH`` among them.
    """
    pairs = _pairs(words)
    return None if pairs is None else "\n".join(f"{key} = {value}" for key, value in pairs.items())


def preset(sections: Mapping[str, str]) -> str:
    """The whole file, of sections by the names of their models."""
    models = [f"[{name}]\n{body}\n" for name, body in sections.items()]
    return "\n".join(["version = 1\n", *models])


def sections_of(text: str) -> dict[str, str]:
    """The sections of a file that ``preset`` made."""
    parts = text.split("\n[")[1:]
    return {
        name: body.strip() for part in parts for name, _, body in [part.partition("]\n")] if body
    }


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
