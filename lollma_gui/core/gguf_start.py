"""The first bytes of a file that should be a GGUF model, and what else they give away."""

import struct

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.gguf_cursor import Cursor, CutOffError

_MAGIC = b"GGUF"
_VERSION = struct.Struct("<I")
_VERSIONS = (2, 3)
_AGAIN = "Download it again."
_GET_GGUF = "Download a GGUF version of this model."

#: First four bytes, what such a file is, and what to do.
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\0\0\0\0",
        "The file holds nothing but zeros at its start: it is a broken download.",
        _AGAIN,
    ),
    (b"vers", "The file is a Git LFS pointer, not the model itself.", "Run: git lfs pull"),
    (b"<!do", "The file is a web page, not a model.", _AGAIN),
    (b"<htm", "The file is a web page, not a model.", _AGAIN),
    (b"lmgg", "The model is in the GGML format, which llama.cpp no longer reads.", _GET_GGUF),
    (b"fmgg", "The model is in the GGMF format, which llama.cpp no longer reads.", _GET_GGUF),
    (b"tjgg", "The model is in the GGJT format, which llama.cpp no longer reads.", _GET_GGUF),
    (b"pk\3\4", "The file is a ZIP archive, not a GGUF model.", _GET_GGUF),
)


def check_start(cursor: Cursor, file_size: int) -> int:
    """Pass over magic and version; returns the version.

    Raises:
        LollmaError: The file is no GGUF, or one of a kind nothing here can read.
        HeaderIncomplete: Fewer than eight bytes were given of a larger file.
    """
    if file_size == 0:
        raise CutOffError("The file is empty.", _AGAIN)
    if file_size < len(_MAGIC):
        raise CutOffError("The file is not a GGUF model.", _GET_GGUF)
    magic = cursor.take(len(_MAGIC), "its first bytes")
    if magic != _MAGIC:
        raise _not_gguf(magic)
    version = int(cursor.unpack(_VERSION, "its version")[0])
    if version in _VERSIONS:
        return version
    # Versions are small: with the low half zero the bytes are in the other order.
    if version and version & 0xFFFF == 0:
        raise LollmaError(
            "The model was made for big-endian computers.", "Download the little-endian version."
        )
    if version < _VERSIONS[0]:
        raise LollmaError(
            f"The model is in version {version} of the GGUF format, which llama.cpp no longer "
            "reads.",
            "Download a newer conversion of this model.",
        )
    raise LollmaError(
        f"The model is in version {version} of the GGUF format, which this LoLLMa does not know.",
        "Update LoLLMa, or download the model again if it should be an older one.",
    )


def _not_gguf(magic: bytes) -> LollmaError:
    for start, title, advice in _OTHERS:
        if magic.lower() == start:
            # Some programs reserve a file's room before they fill it.
            kind = LollmaError if start.strip(b"\0") else CutOffError
            return kind(title, advice)
    return LollmaError("The file is not a GGUF model.", _GET_GGUF)
