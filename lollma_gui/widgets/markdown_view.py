"""One answer, shown while it is written."""

import math
import time
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
    QTextBlock,
    QTextCursor,
)
from PySide6.QtWidgets import QWidget

from lollma_gui.core.markdown_pieces import Piece, PieceReader
from lollma_gui.core.plain_tip import plain_tip
from lollma_gui.widgets.growing_text import GrowingText
from lollma_gui.widgets.page_style import (
    CODE_PADDING,
    LINE_HEIGHT,
    LIST_INDENT,
    MARK,
    QUOTE_INDENT,
    BlockMark,
    PageStyle,
)
from lollma_gui.widgets.page_writer import Mark, PageWriter
from lollma_gui.widgets.theme import Role, Theme

#: Shortest time between two updates while an answer streams, in milliseconds: 20 a second.
UPDATE_MS = 50
#: Updates take at most this part of the time, however long the unfinished piece has grown.
_LARGEST_SHARE = 0.02
_RADIUS = 7


class MarkdownView(GrowingText):
    """Markdown without HTML, as tall as its content, that fetches and opens nothing.

    While text is appended, finished blocks stay as they are and only the unfinished rest is drawn
    anew, so that a long answer costs no more per token than a short one.

    Signals:
        link_clicked: A web or mail address the person clicked; opening it is for others.

    Args:
        theme: Where colours come from.
        name: What a screen reader calls the text.
        parent: The widget it stands in.
    """

    link_clicked = Signal(str)

    def __init__(self, theme: Theme, name: str = "Answer", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._theme = theme
        self._source: list[str] = []
        self._pictures: Mapping[str, QImage] = {}
        self._is_streaming = False
        self._definitions = ""
        self._waiting: list[Piece] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._update_due)
        self._interval_ms = UPDATE_MS
        self._is_behind = False
        self._is_outdated = False
        self.document().setIndentWidth(LIST_INDENT)
        self._begin_page()
        self.anchorClicked.connect(self._on_anchor)
        # Where a link leads is seen before it is clicked.
        self.highlighted.connect(lambda url: self.setToolTip(plain_tip(url.toString())))
        theme.changed.connect(self._on_look_changed)

    @property
    def is_streaming(self) -> bool:
        """Whether more text is expected."""
        return self._is_streaming

    def text(self) -> str:
        """The source, to the letter."""
        return "".join(self._source)

    def line_height(self) -> int:
        """Height in pixels of one line of running text."""
        return math.ceil(self.fontMetrics().height() * LINE_HEIGHT / 100)

    def set_update_interval(self, milliseconds: int) -> None:
        """Shortest time between two updates while text is appended; 0 shows each part at once."""
        self._interval_ms = milliseconds

    def set_text(self, text: str) -> None:
        """Show a whole text in place of what is there."""
        self._source = [text]
        self._is_streaming = False
        self._timer.stop()
        self._write_all_anew()

    def show_pictures(self, pictures: Mapping[str, QImage]) -> None:
        """Show these in place of their words, by the names that the text has for them."""
        self._pictures = self._given.pictures = pictures
        self._write_all_anew()

    def begin(self) -> None:
        """Text will be appended to what is there: show where."""
        if not self._is_streaming:
            self._is_streaming = True
            self._write_all_anew()

    def append(self, text: str) -> None:
        """Take the next part of an answer; it shows at once or within the update interval."""
        self.begin()
        self._source.append(text)
        self._waiting += self._reader.feed(text)
        self._is_behind = True
        if not self._timer.isActive():
            self._update_due()

    def finish(self) -> None:
        """The answer has ended: show all of it, for good."""
        self._timer.stop()
        self._is_streaming = False
        was_defined_late = self._reader.definitions != ""
        self._waiting += self._reader.finish()
        if was_defined_late:
            self._write_all_anew()
        else:
            self._show_waiting()

    # ---- writing ---------------------------------------------------------------------------

    def _begin_page(self) -> None:
        self.document().clear()
        self._style = PageStyle(self._theme.palette, self.font())
        self._writer = PageWriter(self.document(), self._style, self._pictures)
        self._reader = PieceReader()
        self._waiting = []
        self._end_of_finished: Mark | None = None

    def _write_all_anew(self) -> None:
        text = self.text()
        # Links may be defined after their use, so all definitions are looked for beforehand.
        self._definitions = _definitions(text) if "]:" in text else ""
        self._begin_page()
        self._waiting = self._reader.feed(text)
        if not self._is_streaming:
            self._waiting += self._reader.finish()
        self._show_waiting()

    def _update_due(self) -> None:
        if not self._is_behind:
            return
        self._is_behind = False
        began = time.perf_counter()
        self._show_waiting()
        if self._interval_ms == 0:
            return
        took_ms = (time.perf_counter() - began) * 1000
        self._timer.start(max(self._interval_ms, round(took_ms / _LARGEST_SHARE)))

    def _show_waiting(self) -> None:
        """Take the unfinished rest back, write what is finished, then the new rest."""
        definitions = self._reader.definitions or self._definitions
        anchor, position = self.textCursor().anchor(), self.textCursor().position()
        with self._writer.one_change():
            if self._end_of_finished is not None:
                self._writer.back_to(self._end_of_finished)
            for piece in self._waiting:
                self._writer.write(piece, definitions)
            self._waiting = []
            self._end_of_finished = self._writer.mark()
            rest = self._reader.rest() if self._is_streaming else None
            if rest is not None:
                self._writer.write(rest, definitions)
        self._select(anchor, position)
        self.viewport().update()

    def _select(self, anchor: int, position: int) -> None:
        """What the person had selected; writing would carry the text cursor along."""
        end = self.document().characterCount() - 1
        cursor = self.textCursor()
        if (cursor.anchor(), cursor.position()) != (min(anchor, end), min(position, end)):
            cursor.setPosition(min(anchor, end))
            cursor.setPosition(min(position, end), QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)

    def _on_look_changed(self) -> None:
        """Formats hold colours and fonts; texts out of sight get new ones when they are shown."""
        self._is_outdated = not self.isVisible()
        if self.isVisible():
            self._write_all_anew()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with colours that changed while the text was hidden."""
        if self._is_outdated:
            self._is_outdated = False
            self._write_all_anew()
        super().showEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs other formats."""
        super().changeEvent(event)
        # Qt tells of fonts before the constructor is through, and when nothing is another.
        style = getattr(self, "_style", None)
        if event.type() == QEvent.Type.FontChange and style and style.font != self.font():
            self._on_look_changed()

    def _on_anchor(self, url: QUrl) -> None:
        if url.scheme().lower() in ("http", "https", "mailto"):
            self.link_clicked.emit(url.toString())

    # ---- painting --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Boxes, bars and rules first, the letters over them."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter, QRectF(event.rect()))
        if self._is_streaming:
            self._paint_caret(painter)
        painter.end()
        super().paintEvent(event)

    def _paint_marks(self, painter: QPainter, clip: QRectF) -> None:
        layout = self.document().documentLayout()
        at = layout.hitTest(QPointF(0, clip.top() - CODE_PADDING), Qt.HitTestAccuracy.FuzzyHit)
        block = self.document().findBlock(max(at, 0))
        if block.previous().isValid():
            block = block.previous()
        box, box_rect = 0, QRectF()
        while block.isValid():
            rect = layout.blockBoundingRect(block)
            if rect.top() > clip.bottom() + CODE_PADDING:
                break
            mark = block.blockFormat().intProperty(MARK)
            if mark != box:
                self._paint_box(painter, box, box_rect)
                box, box_rect = mark, QRectF()
            if mark >= BlockMark.CODE:
                box_rect = box_rect.united(self._box_part(block, rect, mark))
            elif mark != BlockMark.NONE:
                self._paint_line(painter, block, rect, mark)
            block = block.next()
        self._paint_box(painter, box, box_rect)

    def _box_part(self, block: QTextBlock, rect: QRectF, box: int) -> QRectF:
        """The part of a box around one of its lines; its ends have room above and below."""
        form = block.blockFormat()
        left = form.indent() * LIST_INDENT + form.leftMargin() - CODE_PADDING
        has_above = block.previous().blockFormat().intProperty(MARK) == box
        has_below = block.next().blockFormat().intProperty(MARK) == box
        top = rect.top() - (0 if has_above else CODE_PADDING)
        bottom = rect.bottom() + (0 if has_below else CODE_PADDING)
        right = self.viewport().width()
        # A part whose neighbour is out of sight reaches beyond what is painted now.
        return QRectF(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1)

    def _paint_box(self, painter: QPainter, box: int, rect: QRectF) -> None:
        if box >= BlockMark.CODE and not rect.isEmpty():
            painter.setPen(QPen(self._colour(Role.LINE), 1))
            painter.setBrush(self._colour(Role.FIELD))
            painter.drawRoundedRect(rect, _RADIUS, _RADIUS)

    def _paint_line(self, painter: QPainter, block: QTextBlock, rect: QRectF, mark: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(Role.LINE))
        if mark == BlockMark.RULE:
            painter.drawRect(QRectF(0, round(rect.center().y()), self.viewport().width(), 1))
            return
        form = block.blockFormat()
        top = rect.top()
        if _is_quote(block.previous()):
            # Distances between lines belong to no line.
            above = self.document().documentLayout().blockBoundingRect(block.previous())
            top = above.bottom()
        for level in range(round(form.leftMargin() / QUOTE_INDENT)):
            left = form.indent() * LIST_INDENT + level * QUOTE_INDENT
            painter.drawRect(QRectF(left, top, 3, rect.bottom() - top))

    def _paint_caret(self, painter: QPainter) -> None:
        """Where the next token will stand."""
        end = QTextCursor(self.document())
        end.movePosition(QTextCursor.MoveOperation.End)
        place = self.cursorRect(end)
        painter.fillRect(place.left() + 1, place.top(), 4, place.height(), self._colour(Role.TEXT))

    def _colour(self, role: Role) -> QColor:
        return self._theme.palette.colour(role)


def _definitions(text: str) -> str:
    reader = PieceReader()
    reader.feed(text + "\n")
    return reader.definitions


def _is_quote(block: QTextBlock) -> bool:
    return block.blockFormat().intProperty(MARK) == BlockMark.QUOTE
