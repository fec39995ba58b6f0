"""The texts of single tokens, read from a model file without keeping its whole vocabulary."""

import struct
from collections.abc import Collection
from pathlib import Path

from lollma_gui.core.gguf_values import ArrayInfo

_LENGTH = struct.Struct("<Q")
#: No token is longer; a forged length must not make us read a file into memory.
_MOST_BYTES = 64 * 1024


def token_texts(path: Path, tokens: ArrayInfo, wanted: Collection[int]) -> dict[int, str]:
    """The texts of some tokens by number; those that cannot be read are left out.

    Args:
        path: The file that holds the vocabulary: the first part of a split model.
        tokens: Where its texts lie: the value of ``tokenizer.ggml.tokens``.
        wanted: Numbers of tokens.
    """
    last = max(wanted, default=-1)
    if tokens.item_type != "string" or not 0 <= last < tokens.length:
        return {}
    found: dict[int, str] = {}
    try:
        with path.open("rb") as file:
            file.seek(tokens.offset)
            for number in range(last + 1):
                (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
                if length > _MOST_BYTES:
                    break
                text = file.read(length)
                if number in wanted:
                    found[number] = text.decode("utf-8", "replace")
    except (OSError, struct.error):
        return found
    return found
