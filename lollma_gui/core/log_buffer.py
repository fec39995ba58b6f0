"""The last lines of a program's log: fed in whatever pieces it writes, bounded, free of secrets.

What comes in is only counted and kept; all the rest (letters, colours, secrets, levels) is done
for the few lines that somebody looks at. So feeding costs next to nothing, however fast it comes.
"""

from bisect import bisect_right
from collections.abc import Iterable

from lollma_gui.core.log_line import LogLine, parse_line, strip_colours
from lollma_gui.core.redaction import redact, redact_unfinished, safe_cut

MOST_LINES = 100_000
MOST_BYTES = 32 * 1024**2
#: An unfinished line that is longer is cut into several.
LONGEST_LINE = 64 * 1024
#: Lines are kept in blocks of about this size.
_BLOCK_BYTES = 32 * 1024
#: What a block costs beside its letters, in bytes.
_BLOCK_COST = 300
#: A secret may stand this many lines below its name.
_LINES_OF_CONTEXT = 2
#: So many lines are looked through at a time: what is done in one go must be short.
_LINES_AT_ONCE = 200


class _Block:
    """Whole lines that came within one second.

    Attributes:
        first: Number of its first line.
        lines: How many there are.
        at: When they came, in whole seconds since 1970.
        text: The lines as they came, each with its end.
    """

    __slots__ = ("at", "first", "lines", "text")

    def __init__(self, first: int, lines: int, at: int, text: bytes) -> None:
        self.first = first
        self.lines = lines
        self.at = at
        self.text = text


class LogBuffer:
    """A bounded log.

    Args:
        most_lines: So many lines are kept at most; the oldest go.
        most_bytes: So many bytes are kept at most, with what keeping them costs.
    """

    def __init__(self, most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES) -> None:
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._blocks: list[_Block] = []
        #: Blocks at the beginning of the list that are gone already.
        self._gone = 0
        self._n_bytes = 0
        self._end = 0
        self._tail = b""
        self._tail_at = 0
        self._secrets: tuple[str, ...] = ()

    # ---- coming in -------------------------------------------------------------------------

    def hide(self, secrets: Iterable[str]) -> None:
        """Keys that must not be seen, however they look, in any line there is or will be."""
        self._secrets = tuple(dict.fromkeys((*self._secrets, *(s for s in secrets if s))))

    def feed(self, data: bytes, at: float) -> None:
        """Take what a program wrote, in pieces of any size.

        Args:
            data: Bytes as they came.
            at: When they came, seconds since 1970.
        """
        for start in range(0, len(data), LONGEST_LINE):
            self._feed(data[start : start + LONGEST_LINE], int(at))

    def finish(self) -> None:
        """The program has ended: an unfinished last line is a line."""
        if self._tail:
            self._add(self._tail + b"\n", self._tail_at)
            self._tail = b""

    def clear(self) -> None:
        """Forget all lines; counting goes on."""
        self._blocks, self._gone, self._n_bytes, self._tail = [], 0, 0, b""

    def _feed(self, data: bytes, at: int) -> None:
        data = self._tail + data
        end = data.rfind(b"\n") + 1
        if end:
            self._add(data[:end], at)
        self._tail, self._tail_at = data[end:], at
        if len(self._tail) > LONGEST_LINE:
            self._shorten_tail()

    def _shorten_tail(self) -> None:
        # A progress line is written over itself for ever: only its last state counts.
        self._tail = self._tail[self._tail.rfind(b"\r", 0, -1) + 1 :]
        if len(self._tail) <= LONGEST_LINE:
            return
        # One character a byte: keys and their names are plain ASCII.
        secrets = [secret.encode().decode("latin-1") for secret in self._secrets]
        cut = safe_cut(self._tail.decode("latin-1"), secrets)
        while cut > 1 and self._tail[cut] & 0xC0 == 0x80:
            cut -= 1  # not in the middle of a letter
        self._add(self._tail[:cut] + b"\n", self._tail_at)
        self._tail = self._tail[cut:]

    def _add(self, text: bytes, at: int) -> None:
        lines = text.count(b"\n")
        last = self._blocks[-1] if len(self._blocks) > self._gone else None
        if last and last.at == at and len(last.text) + len(text) <= _BLOCK_BYTES:
            last.text += text
            last.lines += lines
            self._n_bytes += len(text)
        else:
            self._blocks.append(_Block(self._end, lines, at, text))
            self._n_bytes += len(text) + _BLOCK_COST
        self._end += lines
        self._drop()

    def _drop(self) -> None:
        oldest = self._end - self._most_lines
        while len(self._blocks) - self._gone > 1:
            block = self._blocks[self._gone]
            if block.first + block.lines > oldest and self._n_bytes <= self._most_bytes:
                break
            self._n_bytes -= len(block.text) + _BLOCK_COST
            block.text = b""
            self._gone += 1
        # Taking them off the list one by one would move all others each time.
        if self._gone > 256 and self._gone * 2 > len(self._blocks):
            del self._blocks[: self._gone]
            self._gone = 0

    # ---- looking at it ---------------------------------------------------------------------

    @property
    def first(self) -> int:
        """Number of the oldest line there is; so many were dropped before it."""
        if len(self._blocks) == self._gone:
            return self._end
        return max(self._blocks[self._gone].first, self._end - self._most_lines)

    @property
    def end(self) -> int:
        """One more than the number of the newest line, the unfinished one included."""
        return self._end + bool(self._tail)

    @property
    def n_bytes(self) -> int:
        """What the log takes, in bytes."""
        return self._n_bytes + len(self._tail)

    def lines(self, start: int, stop: int) -> list[LogLine]:
        """Lines by their numbers, ready to be shown; those that are gone are left out."""
        start, stop = max(start, self.first), min(stop, self.end)
        made: list[LogLine] = []
        for at in range(start, stop, _LINES_AT_ONCE):
            made += self._parsed(at, min(at + _LINES_AT_ONCE, stop))
        return made

    def chunk(self, number: int) -> tuple[int, str]:
        """Some lines from this number on, to be searched; secrets are still in them.

        Returns:
            The number of the first line after them, and their text without colours. The
            unfinished line is not among them.
        """
        number = max(number, self.first)
        if number >= self._end:
            return self._end, ""
        stop = min(number + _LINES_AT_ONCE, self._end)
        return stop, strip_colours("\n".join(self._raw(number, stop)[0]))

    def _parsed(self, start: int, stop: int) -> list[LogLine]:
        context = max(self.first, start - _LINES_OF_CONTEXT)
        raw, times = self._raw(context, min(stop, self._end))
        clean = redact("\n".join(raw), self._secrets).split("\n") if raw else []
        if stop > self._end:
            tail = _last_state(self._tail).decode("utf-8", "replace")
            together = "\n".join([*raw[-_LINES_OF_CONTEXT:], tail])
            clean.append(redact_unfinished(together, self._secrets).rpartition("\n")[2])
            times.append(self._tail_at)
        skipped = start - context
        numbered = enumerate(zip(clean[skipped:], times[skipped:], strict=True), start)
        return [parse_line(number, at, text) for number, (text, at) in numbered]

    def _raw(self, start: int, stop: int) -> tuple[list[str], list[int]]:
        """Whole lines and when they came; secrets and colours are still in them."""
        texts: list[str] = []
        times: list[int] = []
        while start < stop:
            block = self._block(start)
            end = min(stop, block.first + block.lines)
            for line in block.text.split(b"\n")[start - block.first : end - block.first]:
                texts.append(_last_state(line).decode("utf-8", "replace"))
            times += [block.at] * (end - start)
            start = end
        return texts, times

    def _block(self, number: int) -> _Block:
        at = bisect_right(self._blocks, number, lo=self._gone, key=lambda block: block.first)
        return self._blocks[at - 1]


def _last_state(line: bytes) -> bytes:
    """What stands there after a line was written over itself: what follows the last return."""
    if b"\r" not in line:
        return line
    line = line.rstrip(b"\r")
    return line[line.rfind(b"\r") + 1 :]
