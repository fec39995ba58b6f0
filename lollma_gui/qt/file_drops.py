"""Model files and folders that are dragged over the window and dropped on it."""

from typing import NamedTuple

from PySide6.QtCore import QEvent, QFileInfo, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QWindow

from lollma_gui.core.open_request import is_model_name

_MOUSE = (QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress)


class Dragged(NamedTuple):
    """What is dragged and can be opened: whole paths."""

    models: tuple[str, ...]
    folders: tuple[str, ...]


class FileDrops(QObject):
    """Watches a window of the system.

    Fields for text would take a file's address as text if they were asked first; so files are
    taken before any widget sees them. Whatever else is dragged goes its usual way.

    Args:
        window: The window; it exists already.
        parent: The Qt parent.

    Signals:
        hovering: A ``Dragged`` that is held over the window.
        left: It is held there no more.
        dropped: Paths that were dropped, a list.
    """

    hovering = Signal(object)
    left = Signal()
    dropped = Signal(list)

    def __init__(self, window: QWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._dragged: Dragged | None = None
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take files that can be opened, refuse other files, leave the rest alone."""
        kind = event.type()
        if kind is QEvent.Type.DragEnter and isinstance(event, QDropEvent):
            return self._enter(event)
        if kind is QEvent.Type.DragMove and isinstance(event, QDragMoveEvent):
            return self._move(event)
        if kind is QEvent.Type.Drop and isinstance(event, QDropEvent):
            return self._drop(event)
        if kind is QEvent.Type.DragLeave or (self._dragged is not None and kind in _MOUSE):
            self._forget()  # the pointer is free again, however the drag ended
        return False

    def _enter(self, event: QDropEvent) -> bool:
        if not has_files(event.mimeData()):
            return False
        found = dragged(event.mimeData())
        if (found.models or found.folders) and _take(event):
            self._dragged = found
            self.hovering.emit(found)
        else:
            event.ignore()
        return True

    def _move(self, event: QDragMoveEvent) -> bool:
        if not has_files(event.mimeData()):
            return False
        if self._dragged is None or not _take(event):
            event.ignore()
        return True

    def _drop(self, event: QDropEvent) -> bool:
        if not has_files(event.mimeData()):
            return False
        found = dragged(event.mimeData())
        self._forget()
        if (found.models or found.folders) and _take(event):
            self.dropped.emit([*found.models, *found.folders])
        else:
            event.ignore()
        return True

    def _forget(self) -> None:
        if self._dragged is not None:
            self._dragged = None
            self.left.emit()


def has_files(data: QMimeData) -> bool:
    """Whether files of this PC are dragged, rather than text or an address."""
    return any(url.isLocalFile() for url in data.urls())


def dragged(data: QMimeData) -> Dragged:
    """Models and folders among the files that are dragged."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    models = tuple(path for path in paths if is_model_name(path))
    rest = (path for path in paths if not is_model_name(path))
    return Dragged(models, tuple(path for path in rest if QFileInfo(path).isDir()))


def _take(event: QDropEvent) -> bool:
    """Accept it, but never as "move": that would have the other program delete the file."""
    for action in (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction):
        if event.possibleActions() & action:
            event.setDropAction(action)
            event.accept()
            return True
    return False
