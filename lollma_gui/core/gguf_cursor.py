"""Reading forward through the bytes of a GGUF header without ever trusting a number in it."""

import struct
from typing import BinaryIO

from lollma_gui.core.errors import LollmaError

#: Read at once. Large enough that reading costs next to nothing, small enough for any PC.
WINDOW_BYTES = 1 << 20

#: No real header is anywhere near this (vocabularies of 262,144 tokens take 16 MB); what claims
#: more is damaged or made to waste time.
MAX_HEADER_BYTES = 256 << 20

_U64 = struct.Struct("<Q")


class HeaderIncomplete(Exception):  # noqa: N818 - not damage: more bytes are wanted
    """The bytes given end before the header does, though the file goes on.

    Attributes:
        needed_bytes: The header needs at least this many bytes from the file's beginning; it may
            turn out to need more.
    """

    def __init__(self, needed_bytes: int) -> None:
        super().__init__(f"the header needs at least {needed_bytes} bytes")
        self.needed_bytes = needed_bytes


class CutOffError(LollmaError):
    """The file ends too early, as while it is being written, or after a download that broke off."""


def damaged(what: str) -> LollmaError:
    """The error for a file whose bytes contradict themselves; ``what`` completes the sentence."""
    return LollmaError(f"The model file is damaged: {what}.", "Download it again.")


class Cursor:
    """A position in the file, and a window of bytes from there on.

    Every step is checked against the file's size before anything is read or reserved, so a forged
    length costs nothing.

    Args:
        file: The file from its beginning on; may end early (see ``HeaderIncomplete``).
        file_size: Size of the whole file in bytes.
    """

    def __init__(self, file: BinaryIO, file_size: int) -> None:
        self._file = file
        self._limit = min(file_size, MAX_HEADER_BYTES)
        self._is_capped = file_size > MAX_HEADER_BYTES
        self._window = b""
        self._base = 0  # where the window begins in the file
        self._at = 0  # where we are in the window; may lie beyond its end after a skip

    @property
    def position(self) -> int:
        """Offset in the file of the next byte."""
        return self._base + self._at

    def check(self, n_bytes: int, what: str) -> None:
        """See that the file has so many more bytes.

        Raises:
            LollmaError: If it has not; ``what`` names what would lie there.
        """
        if self.position + n_bytes <= self._limit:
            return
        if self._is_capped:
            raise damaged(f"its header claims to be larger than any real one ({what})")
        raise CutOffError(
            f"The model file is damaged: it ends in the middle of {what}.", "Download it again."
        )

    def take(self, n_bytes: int, what: str) -> bytes:
        """The next bytes.

        Raises:
            LollmaError: If the file ends before.
            HeaderIncomplete: If only the bytes given end before.
        """
        self._fill(n_bytes, what)
        start, self._at = self._at, self._at + n_bytes
        return self._window[start : self._at]

    def unpack(self, form: struct.Struct, what: str) -> tuple[int | float | bool, ...]:
        """The next numbers; raises as ``take`` does."""
        self._fill(form.size, what)
        values = form.unpack_from(self._window, self._at)
        self._at += form.size
        return values

    def length(self, what: str) -> int:
        """The next 64-bit number, an unsigned length or count; raises as ``take`` does."""
        return int(self.unpack(_U64, what)[0])

    def skip(self, n_bytes: int, what: str) -> None:
        """Pass over bytes without reading them; raises as ``check`` does."""
        self.check(n_bytes, what)
        self._at += n_bytes

    def skip_texts(self, count: int, what: str) -> None:
        """Pass over texts, each with its 64-bit length before it; raises as ``take`` does."""
        while count:
            self.check(_U64.size * count, what)
            self._fill(_U64.size, what)
            count = self._skip_texts_in_window(count)
            self.check(0, what)

    def _skip_texts_in_window(self, count: int) -> int:
        """Walk to the last text that begins in the window; returns how many are left.

        The time to read a header is spent in this loop: it has one call for each text, and the end
        of the window is left to that call to find.
        """
        window, at, length_at = self._window, self._at, _U64.unpack_from
        left = count
        try:
            for left in range(count, 0, -1):  # noqa: B007 - wanted after the loop
                at += 8 + length_at(window, at)[0]
            left = 0
        except (struct.error, IndexError, OverflowError):
            pass  # the next length lies beyond the window, or beyond any file
        self._at = at
        return left

    def _fill(self, n_bytes: int, what: str) -> None:
        """See that the window holds the next bytes."""
        if 0 <= self._at <= len(self._window) - n_bytes:
            return
        self.check(n_bytes, what)
        start = self.position
        wanted = min(max(n_bytes, WINDOW_BYTES), self._limit - start)
        self._file.seek(start)
        parts, missing = [], wanted
        while missing and (part := self._file.read(missing)):
            parts.append(part)
            missing -= len(part)
        if wanted - missing < n_bytes:
            raise HeaderIncomplete(start + n_bytes)
        self._window, self._base, self._at = b"".join(parts), start, 0
