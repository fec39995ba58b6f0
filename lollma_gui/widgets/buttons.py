"""Buttons, and a row of choices of which one is taken."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from lollma_gui.widgets.text import TextRole, scaled_font

_BY_KEYBOARD = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
}


def came_by_keyboard(event: QFocusEvent) -> bool:
    """Whether the focus came by a key: then a ring has to show where it is."""
    return event.reason() in _BY_KEYBOARD


def draw_ring(widget: QWidget, colour: QPalette.ColorRole, inset: float = 1.0) -> None:
    """Draw the ring of the keyboard focus over a widget, two pixels thick."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = painter.pen()
    pen.setColor(widget.palette().color(colour))
    pen.setWidthF(2.0)
    painter.setPen(pen)
    ring = QRectF(widget.rect()).adjusted(inset, inset, -inset, -inset)
    painter.drawRoundedRect(ring, 8.0 - inset, 8.0 - inset)
    painter.end()


class _Button(QPushButton):
    """A button whose focus ring shows only for those who use the keyboard."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._ringed = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember how the focus came; a window that comes back changes nothing."""
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._ringed = came_by_keyboard(event)
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button, and the ring over it."""
        super().paintEvent(event)
        if not (self._ringed and self.hasFocus()):
            return
        part = QPalette.ColorRole
        if self.property("kind") == "primary":
            # On the accent itself the ring is of the letters' colour, and further in.
            draw_ring(self, part.ButtonText, 3.0)
        else:
            draw_ring(self, part.Accent)


class _Segment(_Button):
    """One choice; as wide as its text needs when it is taken, so nothing moves."""

    def sizeHint(self) -> QSize:
        """Room for the heavier letters."""
        self.ensurePolished()
        heavy = QFontMetrics(scaled_font(self.font(), TextRole.STRONG))
        light = QFontMetrics(scaled_font(self.font(), TextRole.BODY))
        hint = super().sizeHint()
        more = heavy.horizontalAdvance(self.text()) - light.horizontalAdvance(self.text())
        return QSize(hint.width() + max(0, more) + 1, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()


def button(
    text: str,
    *,
    primary: bool = False,
    quiet: bool = False,
    tooltip: str = "",
    shortcut: str = "",
) -> QPushButton:
    """A button.

    Args:
        text: What it does, as a verb.
        primary: The one thing most people want here: filled with the accent.
        quiet: Without frame until pointed at.
        tooltip: More words; the shortcut is added to them.
        shortcut: Keys that press it, for example ``Ctrl+N``.
    """
    made = _Button(text)
    if primary or quiet:
        made.setProperty("kind", "primary" if primary else "quiet")
    made.setAutoDefault(False)
    made.setAccessibleName(_spoken(text))
    if shortcut:
        keys = QKeySequence(shortcut)
        made.setShortcut(keys)
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        tooltip = f"{tooltip or _spoken(text)} ({shown})"
    if tooltip:
        made.setToolTip(tooltip)
    return made


def _spoken(text: str) -> str:
    """The text as it is read out: without the mark of an access key and the dots."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…").strip()


class SegmentedControl(QWidget):
    """A few choices side by side of which one is taken; arrow keys go from one to the next.

    Args:
        options: Key and text of each choice; the first is taken at the start.
        name: What is chosen here, for screen readers.

    Signals:
        chosen: Key of the choice a person took.
    """

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], name: str = "") -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for key, text in options:
            self._buttons[key] = segment = _Segment(text)
            segment.setAccessibleName(_spoken(text))
            segment.setAutoDefault(False)
            segment.setCheckable(True)
            segment.setProperty("kind", "segment")
            self._group.addButton(segment)
            row.addWidget(segment)
            # A click on the one that is taken changes nothing, so it is no wish.
            segment.toggled.connect(lambda on, k=key: self._take(k) if on else None)
        self._current = ""
        if options:
            self.choose(options[0][0])

    def current(self) -> str:
        """Key of the choice that is taken; empty if there is none."""
        return self._current

    def choose(self, key: str) -> None:
        """Show this choice as taken. Emits nothing: it is not a person's wish.

        Raises:
            KeyError: If there is no such choice.
        """
        segment = self._buttons[key]
        self._current = key
        segment.setChecked(True)

    def set_text(self, key: str, text: str) -> None:
        """Other words for a choice, for example with a count."""
        self._buttons[key].setText(text)
        self._buttons[key].setAccessibleName(_spoken(text))

    def set_enabled(self, key: str, enabled: bool, why: str = "") -> None:
        """Whether a choice can be taken, and why not."""
        self._buttons[key].setEnabled(enabled)
        self._buttons[key].setToolTip("" if enabled else why)

    def _take(self, key: str) -> None:
        if key != self._current:
            self._current = key
            self.chosen.emit(key)
