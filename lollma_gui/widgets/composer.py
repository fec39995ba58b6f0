"""Where the person writes: a field that grows, one button that sends or stops, and the figures."""

import math
from typing import Literal

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QSizePolicy,
    QStackedLayout,
    QWidget,
)

from lollma_gui.core import units
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.card import Card
from lollma_gui.widgets.text import ElidedLabel, TextRole, label
from lollma_gui.widgets.theme import Theme

Mode = Literal["idle", "generating", "stopping", "disabled"]

_MOST_LINES = 8
_BAR_WIDTH = 120
#: From this part on the context is called nearly full.
_NEARLY = 0.9
_STOP_WORDS = {"generating": "Stop", "stopping": "Stopping…"}


class Composer(Card):
    """The message being written.

    The draft is never lost: it stays until :meth:`accept` says that it was taken.

    Signals:
        send_wanted: The text the person wants to send.
        stop_wanted: The person wants the answer to stop.
    """

    send_wanted = Signal(str)
    stop_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mode: Mode = "idle"
        self.draft = _Draft()
        self.send_button = button("Send", primary=True, tooltip="Send the message (Enter)")
        self.stop_button = button("Stop", primary=True, tooltip="Stop the answer (Esc)")
        self._tokens = label("", TextRole.CAPTION)
        self._bar = QProgressBar()
        self._figures = ElidedLabel("", TextRole.CAPTION)
        self._build()
        self.draft.textChanged.connect(self._show_mode)
        self.draft.send_pressed.connect(self._send)
        self.draft.stop_pressed.connect(self._stop)
        self.send_button.clicked.connect(self._send)
        self.stop_button.clicked.connect(self._stop)
        self.setFocusProxy(self.draft)
        self.set_status(None, None, "")
        self._show_mode()

    def _build(self) -> None:
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(_BAR_WIDTH, 6)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName("Context used")
        buttons = QWidget()
        self._buttons = QStackedLayout(buttons)
        self._buttons.addWidget(self.send_button)
        self._buttons.addWidget(self.stop_button)
        buttons.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = self._row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._tokens)
        row.addWidget(self._bar)
        row.addWidget(self._figures, 1)
        row.addWidget(buttons)
        self.header.setContentsMargins(0, 0, 0, 0)
        self.body.setContentsMargins(14, 12, 14, 10)
        self.body.addWidget(self.draft)
        self.body.addLayout(row)

    def add_choice(self, widget: QWidget) -> None:
        """Put a choice before the figures."""
        self._row.insertWidget(0, widget)

    # ---- what is shown ---------------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        """What the button does now."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """``idle``: can send; ``generating``: can stop; ``stopping``, ``disabled``: neither.

        The draft can be written on in every mode.
        """
        had_focus = self.send_button.hasFocus() or self.stop_button.hasFocus()
        self._mode = mode
        self._show_mode()
        shown = self.stop_button if mode in _STOP_WORDS else self.send_button
        if had_focus and not shown.isEnabled():
            # Else the focus would be lost with the button.
            self.draft.setFocus()

    def set_placeholder(self, text: str) -> None:
        """What stands in the empty field."""
        self.draft.setPlaceholderText(text)

    def set_status(self, used: int | None, total: int | None, text: str = "") -> None:
        """Show the figures.

        Args:
            used: Tokens of the context that are taken, None where unknown.
            total: Tokens of the context; None or 0 where unknown, the meter is then hidden.
            text: More figures, for example the speed.
        """
        is_known = used is not None and bool(total)
        part = (used or 0) / total if is_known and total else 0.0
        words = f"{units.whole(used)} of {units.whole(total, 'tokens')}" if is_known else ""
        nearly = " · nearly full" if part >= _NEARLY else ""
        self._tokens.setText(words + nearly)
        self._tokens.setVisible(is_known)
        self._bar.setVisible(is_known)
        self._bar.setValue(round(min(part, 1.0) * 1000))
        self._bar.setAccessibleDescription(words + nearly)
        self._figures.setText(text)

    def text(self) -> str:
        """The draft."""
        return self.draft.toPlainText()

    def set_text(self, text: str) -> None:
        """Put a draft in the field."""
        self.draft.setPlainText(text)

    def accept(self) -> None:
        """The message was taken: empty the field."""
        self.draft.clear()

    def _show_mode(self) -> None:
        is_stop = self._mode in _STOP_WORDS
        self._buttons.setCurrentWidget(self.stop_button if is_stop else self.send_button)
        words = _STOP_WORDS.get(self._mode, "Stop")
        if words != self.stop_button.text():
            self.stop_button.setText(words)
            self.stop_button.setAccessibleName(words.rstrip("…"))
        self.stop_button.setEnabled(self._mode == "generating")
        self.send_button.setEnabled(self._mode == "idle" and bool(self.text().strip()))

    # ---- wishes ----------------------------------------------------------------------------

    def _send(self) -> None:
        if self._mode == "idle" and self.text().strip():
            self.send_wanted.emit(self.text())

    def _stop(self) -> None:
        if self._mode == "generating":
            self.stop_wanted.emit()


class _Draft(QPlainTextEdit):
    """Plain text that grows from one line to eight; then it scrolls.

    Signals:
        send_pressed: Enter.
        stop_pressed: Escape.
    """

    send_pressed = Signal()
    stop_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_composing = False
        self.setAccessibleName("Message")
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("QPlainTextEdit { background: transparent; border: none; padding: 0; }")
        self.document().setDocumentMargin(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends, Shift+Enter begins a line, Escape stops."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if self._is_composing:
            # The key belongs to the input method: Enter chooses a word there, Escape drops it.
            super().keyPressEvent(event)
        elif is_enter and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            # Qt would put a mark in the text that other programs do not know as a line's end.
            self.textCursor().insertBlock()
            self.ensureCursorVisible()
        elif is_enter:
            self.send_pressed.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.stop_pressed.emit()
            event.ignore()
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()  # comes here only where there is nowhere to go
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Letters on their way through an input method."""
        self._is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802
        """Text only."""
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802
        """Rich text is pasted as its letters."""
        if source.hasText():
            self.textCursor().insertText(source.text())
            self.ensureCursorVisible()

    def sizeHint(self) -> QSize:
        """As tall as the text, within limits."""
        return QSize(super().sizeHint().width(), self.height())

    def minimumSizeHint(self) -> QSize:
        """A line, and willing to be narrow."""
        return QSize(120, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A new width breaks lines anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # The size of a plain text's document is counted in lines.
        lines = min(max(round(self.document().size().height()), 1), _MOST_LINES)
        height = math.ceil(lines * self.fontMetrics().lineSpacing()) + 2
        scrolls = self.document().size().height() > _MOST_LINES
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if scrolls else policy.ScrollBarAlwaysOff
        )
        if height != self.minimumHeight() or height != self.maximumHeight():
            self.setFixedHeight(height)
