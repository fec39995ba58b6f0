"""Markdown cut into pieces that can be shown one by one, while the text is still arriving.

A piece that is given out is final: whatever follows, it will look the same. So a window shows each
piece once and only draws the unfinished rest anew. The rules of where a block ends are those of
CommonMark 0.31 (https://spec.commonmark.org), as far as a cut needs them: where in doubt, text
stays together in one piece, which is always right and only costs time.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

_TAB = 4
_FENCE = re.compile(r" {0,3}(?P<run>`{3,}|~{3,})(?P<info>.*)$")
_HEADING = re.compile(r" {0,3}#{1,6}(\s|$)")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(\1[ \t]*){2,}$")
_QUOTE = re.compile(r" {0,3}>")
_MARKER = re.compile(
    r"(?P<indent>\s*)(?P<mark>[-+*]|(?P<number>\d{1,9})(?P<end>[.)]))(?P<gap>\s+|$)"
)
_DEFINITION = re.compile(
    r" {0,3}\[[^\]\n]+\]:[ \t]*\S+(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^)\n]*\)))?[ \t]*$"
)
#: The beginning of a line that may yet become a mark: shown, it would flicker, or turn the line
#: above into a heading.
_UNDECIDED = re.compile(r"\s*(?:[-=*+_~`#>]+|\d{1,9}[.)])\s*$")


class PieceKind(Enum):
    """What a piece is."""

    PROSE = auto()
    """Whole blocks of Markdown."""
    CODE_OPEN = auto()
    """The line that opens a code block; ``text`` is the language."""
    CODE_LINE = auto()
    """One line of a code block; ``text`` is the line as the author meant it."""
    CODE_CLOSE = auto()
    """The line that closes a code block."""


@dataclass(frozen=True)
class Piece:
    """A part of the source.

    Attributes:
        kind: What it is.
        source: The part of the source it came from, complete with its line ends.
        text: For code, the text without its fence; empty for prose.
        number: For an item of a numbered list, its number; items of one list may come in pieces.
        is_paragraph: Whether it is lines of running text, in which a line's end is a line's end.
    """

    kind: PieceKind
    source: str
    text: str = ""
    number: int | None = None
    is_paragraph: bool = False


class _Block(Enum):
    NONE = auto()
    PARAGRAPH = auto()
    LIST = auto()
    INDENTED = auto()
    FENCE = auto()


@dataclass
class _OpenList:
    """The list being read: its kind of mark, and where the text of the current item begins."""

    mark: str
    number: int | None
    content_column: int
    after_blank: bool = False
    fence: str = ""


class PieceReader:
    """Takes text as it comes and gives out finished pieces."""

    def __init__(self) -> None:
        self._partial = ""
        self._lines: list[str] = []
        self._block = _Block.NONE
        self._list = _OpenList("", None, 0)
        self._fence = ""
        self._fence_indent = 0
        self._done: list[Piece] = []
        self._definitions: list[str] = []

    @property
    def definitions(self) -> str:
        """Link definitions (``[1]: https://...``) met so far, a line each."""
        return "".join(self._definitions)

    def feed(self, text: str) -> list[Piece]:
        """Take more text; the pieces finished by it."""
        *whole, self._partial = (self._partial + text).split("\n")
        for line in whole:
            self._take(line + "\n")
        return self._given_out()

    def finish(self) -> list[Piece]:
        """The text has ended: the pieces left. The reader is then used up."""
        if self._partial:
            self._take(self._partial)
            self._partial = ""
        self._end_block()
        return self._given_out()

    def rest(self) -> Piece | None:
        """The unfinished rest as a piece to show for now, None where there is nothing to show."""
        undecided = _UNDECIDED.match(self._partial) is not None
        if self._block is _Block.FENCE:
            if not self._partial or undecided:
                return None
            return Piece(PieceKind.CODE_LINE, self._partial, self._code(self._partial))
        partial = "" if undecided or _FENCE.match(self._partial) else self._partial
        source = "".join(self._lines) + partial
        return self._prose(source) if source.strip() else None

    def _given_out(self) -> list[Piece]:
        done, self._done = self._done, []
        return done

    def _prose(self, source: str) -> Piece:
        number = self._list.number if self._block is _Block.LIST else None
        is_paragraph = self._block in (_Block.PARAGRAPH, _Block.NONE) and not _is_table(source)
        return Piece(PieceKind.PROSE, source, number=number, is_paragraph=is_paragraph)

    def _end_block(self) -> None:
        if self._lines:
            self._done.append(self._prose("".join(self._lines)))
            self._lines = []
        self._block = _Block.NONE

    def _take(self, line: str) -> None:
        if self._block is _Block.FENCE:
            self._in_fence(line)
        elif self._block is _Block.PARAGRAPH:
            self._in_paragraph(line)
        elif self._block is _Block.LIST:
            self._in_list(line)
        elif self._block is _Block.INDENTED:
            self._in_indented(line)
        else:
            self._begin(line)

    def _begin(self, line: str) -> None:
        bare = line.rstrip()
        fence = _opening_fence(bare)
        marker = None if _RULE.match(bare) else _MARKER.match(bare)
        if fence is not None:
            self._block = _Block.FENCE
            self._fence, info = fence
            self._fence_indent = _indent(line)
            self._done.append(Piece(PieceKind.CODE_OPEN, line, info))
        elif not bare or _RULE.match(bare) or _HEADING.match(bare):
            self._done.append(Piece(PieceKind.PROSE, line))
        elif _indent(line) >= _TAB:
            self._block, self._lines = _Block.INDENTED, [line]
        elif marker is not None:
            number = marker["number"]
            self._block = _Block.LIST
            self._list = _OpenList(_kind(marker), int(number) if number else None, 0)
            self._begin_item(line, marker)
        else:
            self._block, self._lines = _Block.PARAGRAPH, [line]
            self._note_definition(bare)

    def _note_definition(self, bare: str) -> None:
        if _DEFINITION.match(bare):
            self._definitions.append(bare + "\n")

    def _in_paragraph(self, line: str) -> None:
        if not line.strip():
            self._lines.append(line)
            self._end_block()
        elif _interrupts(line.rstrip()) or (
            _QUOTE.match(line) and not _QUOTE.match(self._lines[0])
        ):
            self._end_block()
            self._begin(line)
        else:
            self._lines.append(line)
            self._note_definition(line.rstrip())

    def _in_indented(self, line: str) -> None:
        if line.strip() and _indent(line) < _TAB:
            self._end_block()
            self._begin(line)
        else:
            self._lines.append(line)

    def _in_fence(self, line: str) -> None:
        if _closes(line, self._fence):
            self._done.append(Piece(PieceKind.CODE_CLOSE, line))
            self._block = _Block.NONE
        else:
            self._done.append(Piece(PieceKind.CODE_LINE, line, self._code(line)))

    def _code(self, line: str) -> str:
        """A line of code, less the indentation that its fence had."""
        text = line.rstrip("\r\n")
        surplus = min(self._fence_indent, len(text) - len(text.lstrip(" ")))
        return text[surplus:]

    def _in_list(self, line: str) -> None:
        state, bare = self._list, line.rstrip()
        marker = None if _RULE.match(bare) else _MARKER.match(bare)
        if state.fence:
            self._lines.append(line)
            if _closes(line.lstrip(" "), state.fence):
                state.fence = ""
        elif not bare:
            self._lines.append(line)
            state.after_blank = True
        elif marker and _kind(marker) == state.mark and _indent(line) < state.content_column:
            self._done.append(self._prose("".join(self._lines)))
            if state.number is not None:
                state.number += 1
            self._begin_item(line, marker)
        elif _indent(line) > 0:
            self._continue_item(line)
        elif state.after_blank or _interrupts(bare):
            self._end_block()
            self._begin(line)
        else:
            self._lines.append(line)

    def _begin_item(self, line: str, marker: re.Match[str]) -> None:
        gap = len(marker["gap"].expandtabs(_TAB))
        # Five spaces and more begin code inside the item.
        self._list.content_column = (
            _indent(line) + len(marker["mark"]) + (gap if 1 <= gap <= _TAB else 1)
        )
        self._lines = []
        self._continue_item(line, line.rstrip()[marker.end() :])

    def _continue_item(self, line: str, content: str | None = None) -> None:
        self._lines.append(line)
        self._list.after_blank = False
        bare = line.strip() if content is None else content
        inner = _MARKER.match(bare)
        fence = _opening_fence(bare[inner.end() :] if inner else bare)
        if fence is not None:
            self._list.fence = fence[0]


def _indent(line: str) -> int:
    expanded = line.expandtabs(_TAB)
    return len(expanded) - len(expanded.lstrip(" "))


def _kind(marker: re.Match[str]) -> str:
    """Bullets and numbers with different signs are different lists."""
    return marker["end"] or marker["mark"]


def _opening_fence(bare: str) -> tuple[str, str] | None:
    match = _FENCE.match(bare)
    if match is None or (match["run"][0] == "`" and "`" in match["info"]):
        return None
    return match["run"], match["info"].strip()


def _closes(line: str, fence: str) -> bool:
    match = _FENCE.match(line.rstrip())
    return (
        match is not None
        and match["run"].startswith(fence)
        and match["run"][0] == fence[0]
        and not match["info"].strip()
    )


def _interrupts(bare: str) -> bool:
    """Whether a line begins a new block without a blank line before it.

    Lines of hyphens and of equals signs do not: they make the paragraph a heading.
    """
    if _opening_fence(bare) or _HEADING.match(bare):
        return True
    if _RULE.match(bare):
        return not bare.lstrip().startswith("-")
    marker = _MARKER.match(bare)
    return (
        marker is not None
        and _indent(bare) < _TAB
        and bool(marker["gap"])
        and marker["number"] in (None, "1")
    )


def _is_table(source: str) -> bool:
    lines = source.split("\n", 2)
    return len(lines) > 1 and "|" in lines[0] and set(lines[1].strip()) <= set("|:- \t")
