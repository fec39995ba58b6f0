"""Marking letters of a log by mouse and keyboard."""

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QMenu

from lollma_gui.core.log_line import LogLine
from lollma_gui.widgets.log_area import LogArea
from lollma_gui.widgets.log_selection import Place
from lollma_gui.widgets.theme import Theme

_AUTO_SCROLL_MS = 40
_K = Qt.Key


class LogText(LogArea):
    """The lines, as text that can be marked.

    Signals:
        copy_wanted: The person wants what is marked in the clipboard.
    """

    copy_wanted = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._pointer = QPointF()
        self._scroller = QTimer(self)
        self._scroller.setInterval(_AUTO_SCROLL_MS)
        self._scroller.timeout.connect(self._drag)

    def marked_numbers(self) -> list[int]:
        """Numbers of the lines that are marked, at least in part."""
        if self.selection.is_empty:
            return []
        start = self.rows.row(self.selection.start.number)
        stop = self.rows.row(self.selection.end.number) + 1
        return list(self.rows.numbers(start, stop))

    def mark_all(self) -> None:
        """Mark all lines that are shown."""
        if len(self.rows):
            last = self.fetch(len(self.rows) - 1, len(self.rows))
            self._go(Place(self.rows.number(0), 0), marking=False)
            if last:
                self._go(Place(last[0].number, len(last[0].text)), marking=True)

    def go_to(self, number: int) -> None:
        """Put the cursor at the beginning of a line, and bring it into view."""
        self._go(Place(number, 0), marking=False)
        self.show_line(number)

    def _go(self, place: Place, *, marking: bool) -> None:
        self.selection.move(place, marking=marking)
        self.viewport().update()
        self._tell()

    def _tell(self) -> None:
        """Screen readers read the line of the cursor."""
        line = self._line(self.selection.cursor.number)
        self.setAccessibleDescription(line.text if line else "")

    def _line(self, number: int) -> LogLine | None:
        row = self.rows.row(number)
        return next(iter(self.fetch(row, row + 1)), None)

    # ---- mouse -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to mark; with Shift, mark up to here."""
        place = self.place_at(event.position().x(), event.position().y())
        if event.button() != Qt.MouseButton.LeftButton or place is None:
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._go(place, marking=shift)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Mark the word."""
        place = self.place_at(event.position().x(), event.position().y())
        line = self._line(place.number) if place else None
        if place and line:
            self.selection.take_word(line, place.column)
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark up to here; outside, scroll on by oneself."""
        if not event.buttons() & Qt.MouseButton.LeftButton:
            return
        self._pointer = event.position()
        outside = not self.viewport().rect().contains(self._pointer.toPoint())
        if outside and not self._scroller.isActive():
            self.follow(False)
            self._scroller.start()
        self._drag()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """What is marked stays marked."""
        self._scroller.stop()

    def _drag(self) -> None:
        y = self._pointer.y()
        bar = self.verticalScrollBar()
        if y < 0:
            bar.setValue(bar.value() - 2)
        elif y > self.viewport().height():
            bar.setValue(bar.value() + 2)
        place = self.place_at(self._pointer.x(), min(max(y, 0), self.viewport().height() - 1))
        if place:
            self._go(place, marking=True)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy and mark all, as in any text."""
        menu = QMenu(self)
        for words, keys, wish in (
            ("Copy", QKeySequence.StandardKey.Copy, self.copy_wanted.emit),
            ("Select all", QKeySequence.StandardKey.SelectAll, self.mark_all),
        ):
            action = QAction(words, menu)
            action.setShortcut(keys)
            action.triggered.connect(wish)
            menu.addAction(action)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    # ---- keyboard --------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and pages scroll; with Shift they mark."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.mark_all()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._mark_by_key(event)
        else:
            self._scroll_by_key(event)

    def _steps(self, key: int) -> int:
        """How many rows a key goes down, less than 0: up; 0: it is none of these keys."""
        everything = len(self.rows)
        return {
            _K.Key_Up: -1,
            _K.Key_Down: 1,
            _K.Key_PageUp: -self.page_rows(),
            _K.Key_PageDown: self.page_rows(),
            _K.Key_Home: -everything,
            _K.Key_End: everything,
        }.get(_K(key), 0)

    def _scroll_by_key(self, event: QKeyEvent) -> None:
        across = self.horizontalScrollBar()
        if steps := self._steps(event.key()):
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + steps)
        elif event.key() in (_K.Key_Left, _K.Key_Right):
            side = -1 if event.key() == _K.Key_Left else 1
            across.setValue(across.value() + side * across.singleStep())
        else:
            super().keyPressEvent(event)

    def _mark_by_key(self, event: QKeyEvent) -> None:
        cursor = self.selection.cursor
        if not len(self.rows):
            return
        row = self.rows.row(cursor.number)
        if steps := self._steps(event.key()):
            number = self.rows.number(row + steps)
            at_end = event.key() in (_K.Key_End, _K.Key_PageDown) and row + steps >= len(self.rows)
            line = self._line(number)
            column = len(line.text) if line and at_end else cursor.column
            self._go(Place(number, min(column, len(line.text) if line else 0)), marking=True)
        elif event.key() in (_K.Key_Left, _K.Key_Right):
            line = self._line(cursor.number)
            side = -1 if event.key() == _K.Key_Left else 1
            column = max(0, min(cursor.column + side, len(line.text) if line else 0))
            self._go(Place(cursor.number, column), marking=True)
        else:
            super().keyPressEvent(event)
            return
        self.show_line(self.selection.cursor.number)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A cursor shows where the keyboard is."""
        super().focusInEvent(event)
        if self.selection.is_empty and not self.rows.has(self.selection.cursor.number):
            seen = self._seen()
            if seen:
                self._go(Place(seen[0].number, 0), marking=False)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor goes, the marking stays."""
        super().focusOutEvent(event)
        self.viewport().update()
