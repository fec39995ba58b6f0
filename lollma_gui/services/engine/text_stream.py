"""Bytes of tokens to text a person can see: whole characters only, never past a stop text."""

import codecs
import time
from collections.abc import Callable, Sequence


class TextStream:
    """Takes token bytes, gives text; holds back what might be the beginning of a stop text."""

    def __init__(self, stop_texts: Sequence[str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = [s for s in stop_texts if s]
        self._held = ""
        self.stopped = False

    def push(self, data: bytes) -> str:
        """The text that is now certain. After a stop text ``stopped`` is true."""
        return self._release(self._decoder.decode(data))

    def rest(self) -> str:
        """What was held back, once no more tokens come."""
        text = self._release(self._decoder.decode(b"", final=True))
        held, self._held = self._held, ""
        return text + ("" if self.stopped else held)

    def _release(self, text: str) -> str:
        if self.stopped:
            return ""
        text = self._held + text
        found = [at for at in (text.find(s) for s in self._stops) if at >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        keep = self._possible_beginning(text)
        self._held = text[len(text) - keep :] if keep else ""
        return text[: len(text) - keep]

    def _possible_beginning(self, text: str) -> int:
        longest = 0
        for stop in self._stops:
            for n in range(min(len(stop) - 1, len(text)), longest, -1):
                if text.endswith(stop[:n]):
                    longest = n
                    break
        return longest


class Coalescer:
    """Gathers small pieces and passes them on at most so often, the first one at once.

    A small model makes hundreds of tokens a second; a message for each would cost the reader's
    side, which shares the processor, more than it is worth.
    """

    def __init__(self, send: Callable[[str], None], interval_seconds: float) -> None:
        self._send = send
        self._interval = interval_seconds
        self._last = float("-inf")
        self._pieces: list[str] = []

    def push(self, text: str) -> None:
        """Pass a piece on, now or with the next one."""
        if text:
            self._pieces.append(text)
        if self._pieces and time.monotonic() - self._last >= self._interval:
            self.flush()

    def flush(self) -> None:
        """Pass on all that is waiting."""
        if self._pieces:
            self._last = time.monotonic()
            text = "".join(self._pieces)
            self._pieces.clear()
            self._send(text)
