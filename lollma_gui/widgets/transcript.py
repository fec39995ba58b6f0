"""The talk: all turns below each other, following the end while one is at the end."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from lollma_gui.core.conversation import ANSWERING, Conversation, Turn
from lollma_gui.widgets.buttons import button
from lollma_gui.widgets.theme import Theme
from lollma_gui.widgets.turn_view import AnswerView, TurnView, UserTurnView

#: Text wider than this is hard to read.
_WIDEST = 760
_MARGIN_X, _MARGIN_Y = 15, 18
_GAP = 16
#: Turns this far out of sight, in pixels, are made ready.
_READY = 600
#: This near to the end counts as being there.
_NEAR = 24
#: For turns never seen: rough, and put right before they come into sight.
_LETTER_WIDTH, _LINE_HEIGHT, _TURN_HEIGHT = 7.2, 20, 60


@dataclass
class _Place:
    """One turn and where it stands. A view is made when the turn comes near to sight."""

    turn: Turn
    height: int
    top: int = 0
    view: TurnView | None = None
    laid_out_for: int = 0


@dataclass(frozen=True)
class _Held:
    """The turn at the upper edge, which stays there whatever becomes of the turns around it."""

    place: _Place
    above: int  # pixels of it above the edge; below 0, the edge is in the gap before it
    height: int

    def edge(self) -> int:
        """Where the upper edge must be now."""
        grown = self.place.height / self.height if self.above > 0 else 1.0
        return self.place.top + round(self.above * grown)


class Transcript(QScrollArea):
    """Shows a conversation, and the answer while it is written.

    Only turns near to sight have widgets and are laid out for the present width; of the others
    the height is estimated. So 400 turns open, scroll and resize like 4.

    Signals:
        link_clicked: An address in an answer was clicked; opening it is for others.
        retry_wanted: The person wants the last answer to be written again.
    """

    link_clicked = Signal(str)
    retry_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._places: list[_Place] = []
        self._updates_per_second = 0
        self._is_following = True
        self._is_arranging = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._ready_next)
        self._page = QWidget()
        self.setWidget(self._page)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Conversation")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.newest_button = button("Jump to newest", tooltip="Go to the end and follow it")
        self.newest_button.setParent(self)
        self.newest_button.hide()
        self.newest_button.clicked.connect(self.follow_end)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        # Before any turn connects: turns out of sight are dropped, not drawn in other colours.
        theme.changed.connect(self._drop_unseen)

    # ---- what is shown ---------------------------------------------------------------------

    def show_conversation(self, conversation: Conversation) -> None:
        """Show this conversation, from its end."""
        if any(_has_focus(place) for place in self._places):
            self.setFocus()
        for place in self._places:
            _discard(place)
        self._places = [self._place(turn) for turn in conversation.turns]
        last = conversation.last_answer
        if last is not None and last.ending == ANSWERING:
            self._open_last()
        self._is_following = True
        self._arrange()

    def add_turn(self, turn: Turn) -> None:
        """Show one more turn; a message of the person is gone to wherever they were."""
        self._offer_retry(False)
        self._places.append(self._place(turn))
        if turn.role == "user":
            self._is_following = True
        self._arrange()

    def begin_answer(self, model_name: str, updates_per_second: int = 0) -> None:
        """A model is about to answer; new text shows so often a second, 0 is as usual."""
        self._updates_per_second = updates_per_second
        self._offer_retry(False)
        self._places.append(self._place(Turn("assistant", "", model_name, ending=ANSWERING)))
        self._open_last()
        self._arrange()

    def show_progress(self, text: str, fraction: float | None = None) -> None:
        """Say, where the answer will appear, what is going on; ``fraction`` is 0 to 1."""
        if (answer := self._open_answer()) is not None:
            answer.show_progress(text, fraction)

    def append_text(self, text: str) -> None:
        """The next part of the answer begun last."""
        if (answer := self._open_answer()) is not None:
            answer.append(text)

    def finish_answer(self, turn: Turn) -> None:
        """The answer begun last has ended; ``turn`` is all of it."""
        answer = self._open_answer()
        if answer is None:
            self.add_turn(turn)
        else:
            self._places[-1].turn = turn
            answer.finish(turn)
        self._offer_retry(turn.can_be_retried)

    def follow_end(self) -> None:
        """Go to the end, and stay there while it grows."""
        self._is_following = True
        self._arrange()

    def _place(self, turn: Turn) -> _Place:
        return _Place(turn, _estimate(turn, self._column().width()))

    def _open_last(self) -> None:
        view = self._made(self._places[-1])
        assert isinstance(view, AnswerView)
        view.begin(self._updates_per_second)

    def _open_answer(self) -> AnswerView | None:
        """The answer being written."""
        view = self._places[-1].view if self._places else None
        is_open = isinstance(view, AnswerView) and view.turn.ending == ANSWERING
        return view if is_open and isinstance(view, AnswerView) else None

    def _offer_retry(self, offered: bool) -> None:
        view = self._places[-1].view if self._places else None
        if isinstance(view, AnswerView):
            view.offer_retry(offered)

    # ---- places ----------------------------------------------------------------------------

    def _column(self) -> QRect:
        """Where text stands, from left to right; its height means nothing."""
        # Room for the scroll bar is always kept, or text would be broken anew when it appears.
        bar = self.verticalScrollBar().sizeHint().width()
        room = max(self.width() - bar - 2 * _MARGIN_X, 120)
        width = min(room, _WIDEST)
        return QRect(_MARGIN_X + (room - width) // 2, 0, width, 0)

    def _made(self, place: _Place) -> TurnView:
        if place.view is None:
            is_user = place.turn.role == "user"
            view = (UserTurnView if is_user else AnswerView)(self._theme, place.turn)
            view.setParent(self._page)
            view.link_clicked.connect(self.link_clicked)
            view.retry_wanted.connect(self.retry_wanted)
            view.grown.connect(lambda: self._on_grown(place))
            view.text.cursor_moved.connect(lambda cursor: self._follow_cursor(view, cursor))
            place.view, place.laid_out_for = view, 0
            if isinstance(view, AnswerView) and place is self._places[-1]:
                view.offer_retry(place.turn.can_be_retried)
        return place.view

    def _on_grown(self, place: _Place) -> None:
        place.laid_out_for = 0
        if not self._is_arranging:
            self._arrange()

    def _arrange(self) -> None:
        """Put turns near to sight in their places; what the person reads does not move."""
        if self._is_arranging:
            return
        self._is_arranging = True
        try:
            held = None if self._is_following else self._first_seen()
            # Real heights replace estimates, which may bring others into sight.
            for _ in range(8):
                self._stack()
                self._scroll_to(held)
                if not self._ready_seen():
                    break
            self._stack()
            self._scroll_to(held)
        finally:
            self._is_arranging = False
        self._show_newest_button()
        self._idle.start()

    def _stack(self) -> None:
        column, top = self._column(), _MARGIN_Y
        for place in self._places:
            place.top = top
            if place.view is not None:
                place.view.setGeometry(column.left(), top, column.width(), place.height)
            top += place.height + _GAP
        self._page.resize(self.viewport().width(), max(top + _MARGIN_Y, self.viewport().height()))

    def _first_seen(self) -> _Held | None:
        """What is at the upper edge."""
        edge = self.verticalScrollBar().value()
        for place in self._places:
            if place.top + place.height > edge:
                return _Held(place, edge - place.top, place.height)
        return None

    def _scroll_to(self, held: _Held | None) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum() if held is None else held.edge())

    def _near(self, distance: int) -> list[_Place]:
        """Turns in sight, and those up to a distance in pixels out of it."""
        top = self.verticalScrollBar().value() - distance
        bottom = top + self.viewport().height() + 2 * distance
        return [p for p in self._places if p.top + p.height >= top and p.top <= bottom]

    def _ready_seen(self) -> bool:
        """Lay out what is in sight; whether any height is another than before."""
        changed = [self._ready(place) for place in self._near(_GAP)]
        return any(changed)

    def _ready(self, place: _Place) -> bool:
        width = self._column().width()
        if place.laid_out_for == width:
            return False
        view = self._made(place)
        height = view.lay_out(width)
        view.setGeometry(self._column().left(), place.top, width, height)
        view.show()
        was, place.height, place.laid_out_for = place.height, height, width
        return was != height

    def _ready_next(self) -> None:
        """Make one turn ready that may soon come into sight; then the next, when there is time."""
        width = self._column().width()
        for place in self._near(_READY):
            if place.laid_out_for != width:
                self._made(place)
                held = None if self._is_following else self._first_seen()
                self._is_arranging = True
                self._ready(place)
                self._stack()
                self._scroll_to(held)
                self._is_arranging = False
                self._idle.start()
                return

    # ---- scrolling -------------------------------------------------------------------------

    def _on_scrolled(self, value: int) -> None:
        if not self._is_arranging:
            self._is_following = value >= self.verticalScrollBar().maximum() - _NEAR
            self._arrange()

    def _show_newest_button(self) -> None:
        size = self.newest_button.sizeHint()
        left = (self.viewport().width() - size.width()) // 2
        self.newest_button.setGeometry(
            QRect(QPoint(left, self.viewport().height() - size.height() - 10), size)
        )
        if self._is_following and self.newest_button.hasFocus():
            # The focus of what is hidden goes to the next widget, and the area scrolls there.
            self.setFocus()
        self.newest_button.setVisible(not self._is_following)
        self.newest_button.raise_()

    def _follow_cursor(self, view: TurnView, cursor: QRect) -> None:
        """Keep in sight where the person selects, by keys or by dragging."""
        place = view.text.viewport().mapTo(self._page, cursor.center())
        self.ensureVisible(place.x(), place.y(), 0, cursor.height())

    def _drop_unseen(self) -> None:
        seen = self._near(0)
        for place in self._places[:-1]:
            if place not in seen and not _has_focus(place):
                _discard(place)
        self._idle.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out what is in sight for the new width."""
        super().resizeEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End go to the ends of the whole conversation."""
        if event.key() == Qt.Key.Key_Home:
            self.verticalScrollBar().setValue(0)
        elif event.key() == Qt.Key.Key_End:
            self.follow_end()
        else:
            super().keyPressEvent(event)


def _has_focus(place: _Place) -> bool:
    focused = QApplication.focusWidget()
    return place.view is not None and focused is not None and place.view.isAncestorOf(focused)


def _discard(place: _Place) -> None:
    if place.view is not None:
        # Hidden first: what is to be deleted no longer draws nor answers to anything.
        place.view.hide()
        place.view.deleteLater()
        place.view, place.laid_out_for = None, 0


def _estimate(turn: Turn, width: int) -> int:
    letters = max(width / _LETTER_WIDTH, 1)
    lines = sum(1 + int(len(line) / letters) for line in turn.text.split("\n"))
    return _TURN_HEIGHT + lines * _LINE_HEIGHT
