"""How an answer looks on the page: its fonts, colours and distances."""

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtGui import QColor, QFont, QFontDatabase, QTextCharFormat, QTextFormat

from lollma_gui.widgets.theme import Palette, Role

#: Distances in pixels.
GAP = 10
ITEM_GAP = 3
CODE_PADDING = 11
QUOTE_INDENT = 16
LIST_INDENT = 20
LINE_HEIGHT = 122.0  # percent of the font's own, as the next
CODE_LINE_HEIGHT = 112.0
_HEADING_SCALES = {1: 1.38, 2: 1.22, 3: 1.1}
#: What nobody means: Qt's marks for frames and objects, and characters that would end a block.
_UNWRITABLE = {
    **dict.fromkeys(map(ord, "\x00\ufdd0\ufdd1\ufffc"), "\ufffd"),
    **dict.fromkeys(map(ord, "\r"), ""),
    **dict.fromkeys(map(ord, "\u2028\u2029"), "\n"),
    **dict.fromkeys(map(ord, "\x0b\x0c"), " "),
}


class BlockMark(IntEnum):
    """What is painted with a block of text; kept in its format under ``MARK``."""

    NONE = 0
    QUOTE = 1
    RULE = 2
    CODE = 3
    """And every number from here on: blocks of one number share a box."""


#: The property of a block's format that holds its mark.
MARK = int(QTextFormat.Property.UserProperty) + 1


def writable(text: str) -> str:
    """Text without what would break the page."""
    return text.translate(_UNWRITABLE)


@dataclass(frozen=True)
class Ink:
    """How a run of letters is drawn."""

    heading: int = 0
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    quoted: bool = False
    link: str = ""


class PageStyle:
    """Formats of letters for one palette and font, each made once.

    Args:
        palette: The colours.
        font: The font of running text.
    """

    def __init__(self, palette: Palette, font: QFont) -> None:
        self._palette = palette
        self._font = QFont(font)
        self._code_families = QFontDatabase.systemFont(
            QFontDatabase.SystemFont.FixedFont
        ).families()
        self._formats: dict[Ink, QTextCharFormat] = {}

    @property
    def font(self) -> QFont:
        """The font of running text."""
        return self._font

    def colour(self, role: Role) -> QColor:
        """The colour of a role."""
        return self._palette.colour(role)

    def format(self, ink: Ink) -> QTextCharFormat:
        """The format of letters drawn like this."""
        made = self._formats.get(ink)
        if made is None:
            made = self._made(ink)
            if not ink.link:  # links are many and rarely alike
                self._formats[ink] = made
        return made

    def _made(self, ink: Ink) -> QTextCharFormat:
        letters = QTextCharFormat()
        self._set_size(letters, _HEADING_SCALES.get(ink.heading, 1.0) * (0.93 if ink.code else 1.0))
        if ink.heading or ink.bold:
            letters.setFontWeight(QFont.Weight.DemiBold if ink.heading else QFont.Weight.Bold)
        letters.setFontItalic(ink.italic)
        letters.setFontStrikeOut(ink.struck)
        if ink.code:
            letters.setFontFamilies(self._code_families)
            letters.setFontFixedPitch(True)
        if ink.link:
            letters.setAnchor(True)
            letters.setAnchorHref(ink.link)
            letters.setFontUnderline(True)
        role = Role.ACCENT if ink.link else Role.MUTED if ink.quoted else Role.TEXT
        letters.setForeground(self.colour(role))
        return letters

    def _set_size(self, letters: QTextCharFormat, scale: float) -> None:
        if self._font.pixelSize() > 0:
            size = round(self._font.pixelSize() * scale)
            letters.setProperty(QTextFormat.Property.FontPixelSize, size)
        else:
            letters.setFontPointSize(self._font.pointSizeF() * scale)
