"""Text in the window's few sizes, and text that gives way where there is little room."""

from enum import StrEnum

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from lollma_gui.core.plain_tip import plain_tip


class TextRole(StrEnum):
    """What a text is for; the style sheet gives it size, weight and colour."""

    BODY = "body"
    STRONG = "strong"
    MUTED = "muted"
    CAPTION = "caption"
    HEADING = "heading"
    TITLE = "title"
    FIGURE = "figure"
    MONO = "mono"


#: Size of letters relative to the system's UI font (13 px there: 18 px titles, 24 px figures).
SCALES = {
    TextRole.BODY: 1.0,
    TextRole.STRONG: 1.0,
    TextRole.MUTED: 1.0,
    TextRole.CAPTION: 0.9,
    TextRole.HEADING: 1.08,
    TextRole.TITLE: 1.38,
    TextRole.FIGURE: 1.85,
    TextRole.MONO: 0.95,
}
_HEAVY = {TextRole.STRONG, TextRole.HEADING, TextRole.TITLE, TextRole.FIGURE}


def scaled_font(font: QFont, role: TextRole, *, strong: bool = False) -> QFont:
    """The font of a role for widgets that draw themselves, made from the widget's own font."""
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(font.pointSizeF() * SCALES[role])
    else:
        made.setPixelSize(round(font.pixelSize() * SCALES[role]))
    if strong or role in _HEAVY:
        made.setWeight(QFont.Weight.DemiBold)
    return made


def label(
    text: str = "",
    role: TextRole = TextRole.BODY,
    *,
    selectable: bool = False,
    wrap: bool = False,
) -> QLabel:
    """A text. Always plain: what comes from files and models is never read as markup.

    Args:
        text: What it says.
        role: What it is for.
        selectable: Whether it can be marked and copied, by mouse and keyboard.
        wrap: Whether it goes on in a new line where there is no room.
    """
    made = QLabel()
    _dress(made, role)
    made.setText(text)
    made.setWordWrap(wrap)
    if selectable:
        flags = Qt.TextInteractionFlag
        made.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return made


def _dress(made: QLabel, role: TextRole) -> None:
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role is not TextRole.BODY:
        made.setProperty("role", role.value)


#: Between parts of a line that can do without each other.
_BETWEEN = " · "


class ElidedLabel(QLabel):
    """One line that ends in "…" where there is no room; the tooltip then says all of it.

    Args:
        text: What it says.
        role: How it looks.
        in_parts: Whether parts that stand behind a " · " go first, each as a whole.
    """

    def __init__(
        self, text: str = "", role: TextRole = TextRole.BODY, *, in_parts: bool = False
    ) -> None:
        super().__init__()
        self._in_parts = in_parts
        self._tip = ""
        _dress(self, role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        """Show this text."""
        super().setText(text)
        self._show_tip()

    def setToolTip(self, text: str) -> None:  # noqa: N802
        """A tooltip of its own, instead of the full text."""
        self._tip = text
        self._show_tip()

    @property
    def is_elided(self) -> bool:
        """Whether there is not enough room for the text."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    @property
    def shown(self) -> str:
        """What of the text there is room for."""
        metrics, width = self.fontMetrics(), self.contentsRect().width()
        words = self.text()
        while self._in_parts and _BETWEEN in words and metrics.horizontalAdvance(words) > width:
            words = words.rpartition(_BETWEEN)[0]
        return metrics.elidedText(words, Qt.TextElideMode.ElideRight, width)

    def _show_tip(self) -> None:
        super().setToolTip(plain_tip(self._tip or (self.text() if self.is_elided else "")))

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        few = self.fontMetrics().averageCharWidth() * 4
        full = super().minimumSizeHint()
        return QSize(min(few, full.width()), full.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Whether the text fits may have changed."""
        super().resizeEvent(event)
        self._show_tip()

    def changeEvent(self, event: QEvent) -> None:
        """The font may be another."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._show_tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        if not self.is_elided:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        rect = self.contentsRect()
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(rect, self.alignment() | Qt.TextFlag.TextSingleLine, self.shown)
        painter.end()
