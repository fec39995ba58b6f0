"""Read-only text as tall as what it holds, that fetches nothing."""

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRect, QRectF, QSize, QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPyTextObject,
    QResizeEvent,
    QTextDocument,
    QTextFormat,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QTextBrowser, QWidget

#: Keys that belong to the page around the text, which scrolls; the text itself never does.
_PAGE_KEYS = frozenset({Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End})


class _GivenPictures(QPyTextObject):
    """Draws the pictures that it was given, where Qt would draw any.

    Qt's own handler opens a file by the picture's name when ``loadResource`` gives nothing.
    """

    def __init__(self, text: "GrowingText") -> None:
        super().__init__(text)
        self._text = text
        self.pictures: Mapping[str, QImage] = {}

    def intrinsicSize(  # noqa: N802
        self, _document: QTextDocument, _position: int, form: QTextFormat
    ) -> QSizeF:
        """Its size, no wider than the text; none for a picture that was not given."""
        picture = self.pictures.get(form.toImageFormat().name())
        if picture is None or picture.isNull():
            return QSizeF(0, 0)
        widest = max(self._text.viewport().width() - 2, 1)
        scale = min(1.0, widest / picture.width())
        return QSizeF(picture.width() * scale, picture.height() * scale)

    def drawObject(  # noqa: N802
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _document: QTextDocument,
        _position: int,
        form: QTextFormat,
    ) -> None:
        """The picture, if it was given."""
        picture = self.pictures.get(form.toImageFormat().name())
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect, picture)


class GrowingText(QTextBrowser):
    """Text that can be selected by mouse and keyboard, and is as tall as its content.

    Whatever the text names, pictures and style sheets included, is never fetched nor opened.

    Signals:
        grown: The height changed by itself, because the text did.
        cursor_moved: The person moved the text cursor, by keys or by dragging: its rectangle.
    """

    grown = Signal()
    cursor_moved = Signal(QRect)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizeAdjustPolicy(QAbstractScrollArea.SizeAdjustPolicy.AdjustIgnored)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet("QTextBrowser { background: transparent; border: none; padding: 0; }")
        self.document().setDocumentMargin(0)
        self._full_width = -1
        self._height = 0
        layout = self.document().documentLayout()
        self._given = _GivenPictures(self)
        layout.registerHandler(int(QTextFormat.ObjectTypes.ImageObject.value), self._given)
        # A signal of the document's end of layout, so that no change of text goes unseen.
        layout.documentSizeChanged.connect(self._fit)

    def loadResource(self, _kind: int, _url: QUrl | str) -> Any:
        """Nothing, for every address: an answer may name anything, and nothing is fetched."""
        return None

    def height_for(self, width: int) -> int:
        """Height of the whole text at a width, both in pixels; lays the text out if need be."""
        if self.document().textWidth() != width:
            self.document().setTextWidth(width)
        return self._text_height()

    def _text_height(self) -> int:
        """Height in pixels with the room below the last block, which Qt leaves out."""
        layout, last = self.document().documentLayout(), self.document().lastBlock()
        bottom = layout.blockBoundingRect(last).bottom() + last.blockFormat().bottomMargin()
        return math.ceil(max(layout.documentSize().height(), bottom))

    def sizeHint(self) -> QSize:
        """As tall as the text at the present width."""
        return QSize(super().sizeHint().width(), self._height)

    def minimumSizeHint(self) -> QSize:
        """As tall as the text, and willing to be narrow."""
        return QSize(80, self._height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A new width lays the text out anew; a new height alone never does."""
        if event.size().width() == self._full_width:
            QAbstractScrollArea.resizeEvent(self, event)
            return
        self._full_width = event.size().width()
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling is for the page around the text."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that scroll are for the page around the text, Escape for the window."""
        if event.key() in _PAGE_KEYS or event.key() == Qt.Key.Key_Escape:
            event.ignore()
            return
        before = self.textCursor().position()
        super().keyPressEvent(event)
        self._tell_moved(before)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragging selects."""
        before = self.textCursor().position()
        super().mouseMoveEvent(event)
        self._tell_moved(before)

    def _tell_moved(self, before: int) -> None:
        if self.textCursor().position() != before:
            self.cursor_moved.emit(self.cursorRect())

    def _fit(self, *_: object) -> None:
        height = self._text_height()
        if height != self._height:
            self._height = height
            self.setFixedHeight(height)
            self.grown.emit()
