"""What a server prints: read on a thread, cut into whole lines, without secrets.

A server that ends with us prints into a pipe. One that may outlive us prints into a file, since a
pipe without a reader would break it; the file is emptied whenever it has grown large.
"""

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

#: Read at once. Larger pieces would hold the window up while they are worked on.
_PIECE_BYTES = 64 * 1024
#: A line longer than this is cut.
_LINE_BYTES = 64 * 1024
#: A file is looked at for more this long after something came, and at last so seldom.
_LOOK_SECONDS = 0.1
_QUIET_LOOK_SECONDS = 1.0
#: A log file may grow to this before it is emptied.
_FILE_BYTES = 64 * 1024**2
#: Kept of the end of the log, to explain a failure.
_TAIL_LINES = 200

#: Colours and other orders to a terminal.
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]")


class Output:
    """Cuts what arrives, and hands it on.

    Args:
        secrets: Replaced by ``****`` wherever they stand.
        watched: Lines in which it matches are handed to ``on_line``.
        on_output: Takes whole lines, several at once, each with its line break.
        on_line: Takes one watched line as text, without colours and line break.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        watched: re.Pattern[bytes] | None,
        on_output: Callable[[bytes], None],
        on_line: Callable[[str], None],
    ) -> None:
        self._secrets = [secret.encode() for secret in secrets if secret]
        self._watched = watched
        self._on_output = on_output
        self._on_line = on_line
        self._rest = b""
        self._tail: deque[bytes] = deque(maxlen=_TAIL_LINES)
        self._count = 0
        self._over = threading.Event()

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The end of the log, without colours."""
        return tuple(_plain(line) for line in list(self._tail) if line.strip())

    @property
    def count(self) -> int:
        """How many lines there were so far."""
        return self._count

    def lines_since(self, count: int) -> tuple[str, ...]:
        """The end of the log as far as it came after so many lines."""
        new = self._count - count
        return tuple(_plain(line) for line in list(self._tail)[-new:]) if new > 0 else ()

    def stop(self) -> None:
        """Read a file no further. A pipe ends by itself, with the last process that has it."""
        self._over.set()

    def read_pipe(self, pipe: IO[bytes]) -> None:
        """Read until nobody can write any more; for a thread of its own."""
        with pipe:
            while piece := os.read(pipe.fileno(), _PIECE_BYTES):
                self._take(piece)
        self._finish()

    def read_file(self, path: Path, start: int) -> None:
        """Read what is and will be in a file, from a byte on; for a thread of its own."""
        pause = _LOOK_SECONDS
        with path.open("r+b", buffering=0) as file:
            file.seek(start)
            while True:
                is_over = self._over.is_set()
                pause = min(pause * 2, _QUIET_LOOK_SECONDS)
                while piece := file.read(_PIECE_BYTES):
                    self._take(piece)
                    pause = _LOOK_SECONDS
                if file.tell() > _FILE_BYTES:
                    # Whoever writes, appends: it goes on at the beginning.
                    file.truncate(0)
                    file.seek(0)
                if is_over:
                    break
                self._over.wait(pause)
        self._finish()

    def _take(self, piece: bytes) -> None:
        text = self._rest + piece
        cut = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
        if not cut and len(text) > _LINE_BYTES:
            text, cut = text + b"\n", len(text) + 1
        self._rest = text[cut:]
        if cut:
            self._hand_on(text[:cut])

    def _finish(self) -> None:
        if self._rest:
            rest, self._rest = self._rest, b""
            self._hand_on(rest + b"\n")

    def _hand_on(self, lines: bytes) -> None:
        for secret in self._secrets:
            lines = lines.replace(secret, b"****")
        single = lines.splitlines()
        self._count += len(single)
        self._tail.extend(single[-_TAIL_LINES:])
        self._on_output(lines)
        if self._watched is None:
            return
        seen = -1
        for found in self._watched.finditer(lines):
            begin = lines.rfind(b"\n", 0, found.start()) + 1
            end = lines.find(b"\n", found.end())
            if begin != seen:
                seen = begin
                self._on_line(_plain(lines[begin : end if end >= 0 else None]))


def _plain(line: bytes) -> str:
    return _ESCAPES.sub(b"", line).decode("utf-8", "replace").rstrip()
