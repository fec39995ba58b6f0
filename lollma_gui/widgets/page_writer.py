"""Writes pieces of Markdown on a page, and takes the unfinished ones back.

Qt reads the Markdown, into a scratch document that is never laid out; what it read is written
anew with our formats. So nothing that Qt makes of an answer gets on the page unseen: pictures
become their words, addresses other than web and mail become plain text.
"""

import contextlib
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from PySide6.QtGui import (
    QBrush,
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextImageFormat,
    QTextList,
    QTextListFormat,
    QTextTable,
    QTextTableFormat,
)

from lollma_gui.core.markdown_pieces import Piece, PieceKind
from lollma_gui.widgets.page_style import (
    CODE_LINE_HEIGHT,
    CODE_PADDING,
    GAP,
    ITEM_GAP,
    LINE_HEIGHT,
    MARK,
    QUOTE_INDENT,
    BlockMark,
    Ink,
    PageStyle,
    writable,
)
from lollma_gui.widgets.theme import Role

_READ = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)
_SAFE_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
#: A line's end that is neither a hard break already nor the end of the text.
_SOFT_BREAK = re.compile(r"(?<![\\ \n])\n(?=[^\n])")
#: Deeper than this, lists and quotes are no longer moved to the right.
DEEPEST = 8
_PROPORTIONAL = int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)


@dataclass(frozen=True)
class Mark:
    """A place on the page to come back to."""

    position: int
    block_format: QTextBlockFormat
    is_fresh: bool
    last: str
    box: int
    table: QTextTable | None


class PageWriter:
    """Writes at the end of a document.

    Args:
        document: The page.
        style: How it looks.
        pictures: Names of the pictures that the page has; of all others it shows the words.
    """

    def __init__(
        self, document: QTextDocument, style: PageStyle, pictures: Container[str] = ()
    ) -> None:
        self._cursor = QTextCursor(document)
        self._document = document
        self._style = style
        self._pictures = pictures
        self._scratch = QTextDocument()
        self._scratch.setUndoRedoEnabled(False)
        # The last block is there but nothing is in it yet, as on an empty page or after a table.
        self._is_fresh = True
        self._last = ""  # what kind of block was written last
        self._box = int(BlockMark.CODE)
        self._table: QTextTable | None = None  # the one written last
        # Of the piece being written:
        self._lists: dict[int, QTextList] = {}
        self._number: int | None = None
        self._continues = False

    def mark(self) -> Mark:
        """The end of the page as it is now."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        block = self._cursor.blockFormat()
        position = self._cursor.position()
        return Mark(position, block, self._is_fresh, self._last, self._box, self._table)

    def back_to(self, mark: Mark) -> None:
        """Take back everything written since the mark."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        if self._cursor.position() != mark.position or self._is_fresh != mark.is_fresh:
            self._cursor.setPosition(mark.position, QTextCursor.MoveMode.KeepAnchor)
            self._cursor.removeSelectedText()
            if self._cursor.blockFormat() != mark.block_format:
                # Qt gives an emptied block the format of what followed it.
                self._cursor.setBlockFormat(mark.block_format)
        self._is_fresh, self._last = mark.is_fresh, mark.last
        self._box, self._table = mark.box, mark.table
        if self._is_fresh:
            self._leave_room_above(0)

    @contextlib.contextmanager
    def one_change(self) -> Iterator[None]:
        """Make all changes inside the block one change, laid out once."""
        bracket = QTextCursor(self._document)
        bracket.beginEditBlock()
        try:
            yield
        finally:
            bracket.endEditBlock()

    def write(self, piece: Piece, definitions: str = "") -> None:
        """Write a piece at the end; ``definitions`` are link definitions from elsewhere."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        if piece.kind is PieceKind.PROSE:
            self._write_prose(piece, definitions)
        elif piece.kind is PieceKind.CODE_OPEN:
            self._box += 1
            self._begin_code_line(is_first=True)
        elif piece.kind is PieceKind.CODE_LINE:
            self._write_code_line(piece.text)

    # ---- code ------------------------------------------------------------------------------

    def _write_code_line(self, text: str) -> None:
        if self._last == "code opened":
            self._last = "code"  # the first line stands in the block that opened the box
        else:
            self._begin_code_line(is_first=False)
        self._insert(writable(text).replace("\n", " "), Ink(code=True))

    def _begin_code_line(self, *, is_first: bool, indent: int = 0, quotes: int = 0) -> None:
        """A block inside the box; the last one of a box carries the room below it."""
        if not is_first:
            above = self._cursor.blockFormat()
            above.setBottomMargin(0)
            self._cursor.setBlockFormat(above)
        block = QTextBlockFormat()
        block.setProperty(MARK, self._box)
        block.setIndent(indent)
        block.setLeftMargin(CODE_PADDING + quotes * QUOTE_INDENT)
        block.setRightMargin(CODE_PADDING)
        block.setLineHeight(CODE_LINE_HEIGHT, _PROPORTIONAL)
        block.setTopMargin(self._gap("code") + CODE_PADDING if is_first else 0)
        block.setBottomMargin(CODE_PADDING)
        self._begin_block(block, Ink(code=True))
        self._last = "code opened" if is_first else "code"

    # ---- prose -----------------------------------------------------------------------------

    def _write_prose(self, piece: Piece, definitions: str) -> None:
        source = writable(piece.source)
        if piece.is_paragraph:
            source = _SOFT_BREAK.sub("  \n", source)
        if not source.strip():
            return
        if definitions:
            source = f"{source}\n\n{writable(definitions)}"
        self._scratch.setMarkdown(source, _READ)
        self._lists = {}
        self._number = piece.number
        self._continues = False
        iterator = self._scratch.rootFrame().begin()
        while not iterator.atEnd():
            frame = iterator.currentFrame()
            if isinstance(frame, QTextTable):
                self._write_table(frame)
            elif frame is None and not _is_filler(iterator.currentBlock()):
                self._write_block(iterator.currentBlock())
                self._continues = piece.is_paragraph
            iterator += 1

    def _write_block(self, source: QTextBlock) -> None:
        form = source.blockFormat()
        level = form.intProperty(QTextFormat.Property.BlockQuoteLevel)
        quotes, indent = min(level, DEEPEST), min(form.indent(), DEEPEST)
        if form.nonBreakableLines():
            is_first = not self._last.startswith("code")
            self._box += is_first
            self._begin_code_line(is_first=is_first, indent=indent, quotes=quotes)
            self._last = "code"
            self._insert(source.text(), Ink(code=True))
            return
        heading = form.headingLevel()
        listed = source.textList()
        kind = _kind(form, listed)
        block = QTextBlockFormat()
        block.setIndent(indent)
        block.setLeftMargin(quotes * QUOTE_INDENT)
        block.setMarker(form.marker() if listed else QTextBlockFormat.MarkerType.NoMarker)
        block.setTopMargin(0 if self._continues else self._gap(kind))
        block.setLineHeight(LINE_HEIGHT, _PROPORTIONAL)
        block.setHeadingLevel(heading)
        if kind == "rule":
            block.setProperty(MARK, int(BlockMark.RULE))
        elif quotes:
            block.setProperty(MARK, int(BlockMark.QUOTE))
        ink = Ink(heading=heading, quoted=quotes > 0)
        self._begin_block(block, ink)
        if listed is not None:
            self._join_list(listed)
        self._last = kind
        self._copy_letters(source, ink)

    def _join_list(self, source: QTextList) -> None:
        """Put the block written last in the list that stands for one of the scratch document."""
        key = source.objectIndex()
        joined = self._lists.get(key)
        if joined is not None:
            joined.add(self._cursor.block())
            return
        form = source.format()
        made = QTextListFormat()
        made.setStyle(form.style())
        made.setIndent(min(form.indent(), DEEPEST))
        if form.style() is QTextListFormat.Style.ListDecimal:
            made.setNumberSuffix(form.numberSuffix())
            # Items of one list come in several pieces; each knows the number it begins with.
            own = self._number if not self._lists and self._number is not None else form.start()
            made.setStart(own)
        self._lists[key] = self._cursor.createList(made)

    def _copy_letters(self, source: QTextBlock, ink: Ink) -> None:
        iterator = source.begin()
        while not iterator.atEnd():
            fragment = iterator.fragment()
            letters = fragment.charFormat()
            link = letters.anchorHref()
            text = fragment.text()
            name = letters.toImageFormat().name() if letters.isImageFormat() else ""
            if name in self._pictures:
                shown = QTextImageFormat()
                shown.setName(name)
                self._cursor.insertImage(shown)
                iterator += 1
                continue
            if letters.isImageFormat():
                text = letters.stringProperty(QTextFormat.Property.ImageAltText)
                link = link or name
            ends_at = len(text)
            if text == link:
                # A sentence that ends with an address: its stop is no part of the address.
                link = text.rstrip(".,;:!?'\"")
                ends_at = len(link)
            self._insert(text[:ends_at], _ink(letters, ink, link))
            self._insert(text[ends_at:], ink)
            iterator += 1

    # ---- tables ----------------------------------------------------------------------------

    def _write_table(self, source: QTextTable) -> None:
        form = QTextTableFormat()
        form.setBorder(1)
        form.setBorderCollapse(True)
        form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        form.setBorderBrush(QBrush(self._style.colour(Role.LINE)))
        form.setCellPadding(6)
        form.setCellSpacing(0)
        form.setTopMargin(self._gap("table"))
        form.setHeaderRowCount(1)
        if self._is_fresh:
            self._shrink_block()
        table = self._cursor.insertTable(source.rows(), source.columns(), form)
        for row in range(source.rows()):
            for column in range(source.columns()):
                self._copy_cell(source, table, row, column)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._shrink_block()
        self._is_fresh, self._last, self._table = True, "table", table

    def _copy_cell(self, source: QTextTable, table: QTextTable, row: int, column: int) -> None:
        read = source.cellAt(row, column)
        block = read.firstCursorPosition().block()
        last = read.lastCursorPosition().block()
        self._cursor = table.cellAt(row, column).firstCursorPosition()
        form = QTextBlockFormat()
        form.setAlignment(block.blockFormat().alignment())
        self._cursor.setBlockFormat(form)
        self._cursor.setBlockCharFormat(self._style.format(Ink(bold=row == 0)))
        while True:
            self._copy_letters(block, Ink(bold=row == 0))
            if block == last or not block.isValid():
                return
            block = block.next()

    def _shrink_block(self) -> None:
        """Qt insists on a block after a table; until it is used it shall take no room."""
        block = QTextBlockFormat()
        block.setLineHeight(1, int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
        letters = QTextCharFormat()
        letters.setProperty(QTextFormat.Property.FontPixelSize, 1)
        self._cursor.setBlockFormat(block)
        self._cursor.setBlockCharFormat(letters)

    # ---- the end of the page ---------------------------------------------------------------

    def _begin_block(self, block: QTextBlockFormat, ink: Ink) -> None:
        letters = self._style.format(ink)
        if self._is_fresh:
            self._leave_room_above(block.topMargin())
            block.setTopMargin(0)
            self._cursor.setBlockFormat(block)
            self._cursor.setBlockCharFormat(letters)
            self._is_fresh = False
        else:
            self._cursor.insertBlock(block, letters)

    def _leave_room_above(self, room: float) -> None:
        """Room above a first block, or one after a table: Qt takes it from the frame alone."""
        if self._table is not None:
            cells = self._table.format()
            cells.setBottomMargin(room)
            self._table.setFormat(cells)
        else:
            page = self._document.rootFrame()
            form = page.frameFormat()
            form.setTopMargin(room)
            page.setFrameFormat(form)

    def _insert(self, text: str, ink: Ink) -> None:
        if text:
            self._cursor.insertText(text, self._style.format(ink))

    def _gap(self, kind: str) -> int:
        """Distance in pixels to what was written last.

        Margins of neighbours overlap in Qt: the larger counts. So the whole distance is kept in
        the upper margin of the lower block, and must hold the room below a box of code as well.
        """
        if not self._last:
            return 0
        gap = GAP
        if kind in ("item", "rest of item") and self._last in ("item", "rest of item"):
            gap = ITEM_GAP
        elif kind == "heading":
            gap = GAP + 6
        elif self._last == "heading":
            gap = GAP // 2
        return gap + (CODE_PADDING if self._last.startswith("code") else 0)


def _kind(form: QTextBlockFormat, listed: QTextList | None) -> str:
    if form.hasProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth):
        return "rule"
    if listed is not None:
        return "item"
    if form.headingLevel():
        return "heading"
    return "rest of item" if form.indent() else "text"


def _is_filler(block: QTextBlock) -> bool:
    """Whether a block is there only because Qt wants one around a table."""
    form = block.blockFormat()
    return (
        block.length() <= 1
        and block.textList() is None
        and not form.nonBreakableLines()
        and not form.hasProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth)
    )


def _ink(letters: QTextCharFormat, ink: Ink, link: str) -> Ink:
    return Ink(
        heading=ink.heading,
        bold=ink.bold or letters.fontWeight() > QFont.Weight.Medium,
        italic=letters.fontItalic(),
        struck=letters.fontStrikeOut(),
        code=letters.fontFixedPitch(),
        quoted=ink.quoted,
        link=link if _SAFE_LINK.match(link) else "",
    )
