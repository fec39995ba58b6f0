"""One turn of a conversation as it stands in the transcript."""

import math

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QToolButton, QWidget

from lollma_gui.core.conversation import STOPPED, Turn, ending_words, stats_line
from lollma_gui.widgets.badge import StatusDot
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.growing_text import GrowingText
from lollma_gui.widgets.markdown_view import MarkdownView
from lollma_gui.widgets.text import TextRole, label, scaled_font
from lollma_gui.widgets.theme import Role, Theme

_BUBBLE_X, _BUBBLE_Y = 13, 10
_BUBBLE_SHARE = 0.85
_RADIUS = 10
_ROW = 26  # height of the row below a turn
_BELOW_CAPTION = 6
_BAR_WIDTH = 120
_COPIED_MS = 1500


class TurnView(QWidget):
    """What all turns have: a height for each width, and a button that copies the source.

    Signals:
        grown: The turn wants another height.
        link_clicked: An address in the text was clicked.
        retry_wanted: The person wants the answer to be written again.
    """

    grown = Signal()
    link_clicked = Signal(str)
    retry_wanted = Signal()

    def __init__(self, text: GrowingText) -> None:
        super().__init__()
        self.text = text
        self.text.setParent(self)
        self.copy_button = _RowButton("Copy", "Copy the whole text of this turn", self)
        self.copy_button.clicked.connect(self._copy)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.timeout.connect(lambda: self.copy_button.setText("Copy"))

    def source(self) -> str:
        """The text to the letter, as it is copied."""
        raise NotImplementedError

    def lay_out(self, width: int) -> int:
        """Put everything in its place for a width in pixels; the height it takes."""
        raise NotImplementedError

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.source())
        self.copy_button.setText("Copied")
        self._copied.start(_COPIED_MS)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The pointer is over this turn: show what can be done with it."""
        self.copy_button.reveal(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The calm comes back."""
        self.copy_button.reveal(False)
        super().leaveEvent(event)


class UserTurnView(TurnView):
    """A message of the person: a bubble on the right, the text as it was typed."""

    def __init__(self, theme: Theme, turn: Turn) -> None:
        text = GrowingText("Your message")
        text.setPlainText(turn.text)
        super().__init__(text)
        self._theme = theme
        self._source = turn.text
        self._bubble = QRect()
        theme.changed.connect(self.update)

    def source(self) -> str:
        """What the person wrote."""
        return self._source

    def lay_out(self, width: int) -> int:
        """As narrow as the text, at most most of the width."""
        widest = round(width * _BUBBLE_SHARE) - 2 * _BUBBLE_X
        self.text.height_for(widest)
        # A pixel to spare: the ideal width is rounded, and a line must not break over it.
        wanted = min(math.ceil(self.text.document().idealWidth()) + 1, widest)
        height = self.text.height_for(wanted)
        self._bubble = QRect(
            width - wanted - 2 * _BUBBLE_X, 0, wanted + 2 * _BUBBLE_X, height + 2 * _BUBBLE_Y
        )
        self.text.setGeometry(self._bubble.left() + _BUBBLE_X, _BUBBLE_Y, wanted, height)
        size = self.copy_button.sizeHint()
        left = max(self._bubble.left() - size.width() - 4, 0)
        self.copy_button.setGeometry(left, self._bubble.bottom() - _ROW, size.width(), _ROW)
        self.update()
        return self._bubble.height()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The bubble."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.palette.colour(Role.SELECTED))
        painter.drawRoundedRect(QRectF(self._bubble), _RADIUS, _RADIUS)
        painter.end()


class AnswerView(TurnView):
    """An answer: the model's name, the text, and how it came and ended.

    The row below is there from the start, so that nothing moves when the answer ends.
    """

    def __init__(self, theme: Theme, turn: Turn) -> None:
        name = "System" if turn.role == "system" else turn.model_name or "Answer"
        self._markdown = MarkdownView(theme, f"Answer by {name}")
        super().__init__(self._markdown)
        self._width = 0
        self._is_waiting = False  # something is said in place of the text to come
        self._turn = turn
        self._caption = label(name, TextRole.CAPTION)
        self._dot = StatusDot(theme)
        self._words = label("", TextRole.CAPTION, selectable=True, wrap=True)
        self._progress_words = label("", TextRole.MUTED)
        self._progress_bar = QProgressBar()
        self._progress_bar.setTextVisible(False)
        self._progress_bar.setAccessibleName("Progress")
        self.retry_button = button("Try again", tooltip="Ask for this answer once more")
        self.retry_button.setParent(self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        waiting: list[QWidget] = [self._progress_words, self._progress_bar]
        children: list[QWidget] = [self._caption, self._dot, self._words, *waiting]
        for child in children:
            child.setParent(self)
        for child in waiting:
            child.hide()
        self.retry_button.clicked.connect(self.retry_wanted)
        self.retry_button.hide()
        self._markdown.link_clicked.connect(self.link_clicked)
        self._show_end()
        self._markdown.set_text(turn.text)
        self._markdown.grown.connect(self._on_grown)

    @property
    def turn(self) -> Turn:
        """The turn it shows."""
        return self._turn

    def source(self) -> str:
        """The Markdown the model wrote."""
        return self._markdown.text()

    # ---- while it is written ---------------------------------------------------------------

    def begin(self, updates_per_second: int = 0) -> None:
        """The model is about to write here; new text shows so often, 0 is as usual."""
        if updates_per_second > 0:
            self._markdown.set_update_interval(1000 // updates_per_second)
        self._markdown.begin()

    def show_progress(self, text: str, fraction: float | None) -> None:
        """Say what is going on before the first text; ``fraction`` 0 to 1, None if unknown."""
        self._is_waiting = True
        self._progress_words.setText(text)
        self._progress_words.show()
        self._progress_bar.setVisible(fraction is not None)
        self._progress_bar.setRange(0, 1000)
        self._progress_bar.setValue(round((fraction or 0) * 1000))
        self._markdown.hide()
        self._place_progress()

    def append(self, text: str) -> None:
        """The next part of the answer."""
        self._hide_progress()
        self._markdown.append(text)

    def finish(self, turn: Turn) -> None:
        """The answer has ended; the turn is what is kept of it."""
        self._turn = turn
        self._hide_progress()
        if turn.text == self._markdown.text():
            self._markdown.finish()
        else:
            self._markdown.set_text(turn.text)
        self._show_end()
        self._on_grown()

    def offer_retry(self, offered: bool) -> None:
        """Whether the answer can be asked for again."""
        if not offered and self.retry_button.hasFocus():
            self.text.setFocus()
        self.retry_button.setVisible(offered)
        if self._width:
            self.lay_out(self._width)

    # ---- layout ----------------------------------------------------------------------------

    def lay_out(self, width: int) -> int:
        """Caption, text, row."""
        self._width = width
        top = self._caption.sizeHint().height()
        self._caption.setGeometry(0, 0, width, top)
        top += _BELOW_CAPTION
        line = self._markdown.line_height()
        # An answer that failed before its first word has no text, not an empty one.
        is_there = bool(self._markdown.text()) or self._markdown.is_streaming
        height = max(self._markdown.height_for(width), line) if is_there else 0
        self._markdown.setVisible(is_there and not self._is_waiting)
        self._markdown.setGeometry(0, top, width, height)
        self._place_progress()
        top += height + 4
        return top + self._lay_out_row(top, width)

    def _lay_out_row(self, top: int, width: int) -> int:
        right, height = width, _ROW
        for row_button in (self.retry_button, self.copy_button):
            if not row_button.isHidden():
                size = row_button.sizeHint()
                right -= size.width()
                height = max(height, size.height())
                row_button.setGeometry(right, top, size.width(), size.height())
        left = 0
        if not self._dot.isHidden():
            size = self._dot.sizeHint()
            above = (_ROW - size.height()) // 2
            self._dot.setGeometry(0, top + above, size.width(), size.height())
            left = size.width() + 6
        room = max(right - left - 8, 80)
        self._words.ensurePolished()
        words = self._words.heightForWidth(room) if self._words.text() else 0
        above = max((_ROW - self._words.fontMetrics().height()) // 2, 0)
        self._words.setGeometry(left, top + above, room, words)
        return max(height, words + 2 * above)

    def _place_progress(self) -> None:
        """In the first line of the text to come."""
        top = self._caption.sizeHint().height() + _BELOW_CAPTION
        size = self._progress_words.sizeHint()
        line = self._markdown.line_height()
        self._progress_words.setGeometry(0, top, size.width(), line)
        self._progress_bar.setGeometry(size.width() + 12, top + (line - 6) // 2, _BAR_WIDTH, 6)

    def _hide_progress(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self._progress_words.hide()
            self._progress_bar.hide()
            self._markdown.show()

    def _on_grown(self) -> None:
        if self._width:
            self.grown.emit()

    def _show_end(self) -> None:
        turn = self._turn
        words = ending_words(turn)
        joint = "\n" if turn.has_failed else " · "
        self._words.setText(joint.join(filter(None, [words, stats_line(turn.stats)])))
        self._dot.setVisible(bool(words))
        quiet = turn.ending == STOPPED
        self._dot.show_role(Role.BAD if turn.has_failed else Role.MUTED if quiet else Role.WARNING)


class _RowButton(QToolButton):
    """A small button below a turn; drawn only while it is pointed at or has the focus."""

    def __init__(self, text: str, tooltip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_revealed = False
        self.setFont(scaled_font(self.font(), TextRole.CAPTION))
        self.setText(text)
        self.setToolTip(tooltip)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def reveal(self, revealed: bool) -> None:
        """Draw it, whatever has the focus."""
        self._is_revealed = revealed
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing while the turn is left alone."""
        if self._is_revealed or self.hasFocus():
            super().paintEvent(event)
