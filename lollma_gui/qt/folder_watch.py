"""Tells when something in one of many folders came or went."""

from collections import deque
from collections.abc import Iterable

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

#: Systems bound how many folders may be watched, and each costs a little.
_MOST_WATCHED = 1024
#: So many are added at a time, so that the window never waits for it.
_AT_A_TIME = 32
#: A copy or an unpacked archive changes a folder many times.
_SETTLED_MS = 400


class FolderWatch(QObject):
    """Watches folders; those beyond a bound are not watched.

    Args:
        parent: The Qt parent.

    Signals:
        changed: Something came or went, some moments ago; or may have, before it was watched.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._wanted: set[str] = set()
        self._to_add: deque[str] = deque()
        self._adding = QTimer(self)
        self._adding.setInterval(0)
        self._adding.timeout.connect(self._add_some)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self.changed)
        self._watcher.directoryChanged.connect(self._on_change)

    def set_folders(self, folders: Iterable[str]) -> None:
        """Watch these folders and no others; the first ones where there are too many."""
        wanted = dict.fromkeys(folders)
        chosen = list(wanted)[:_MOST_WATCHED]
        self._wanted = set(chosen)
        watched = set(self._watcher.directories())
        if gone := watched - self._wanted:
            self._watcher.removePaths(list(gone))
        self._to_add = deque(folder for folder in chosen if folder not in watched)
        if self._to_add:
            self._adding.start()

    @property
    def watched(self) -> list[str]:
        """The folders that are watched by now."""
        return self._watcher.directories()

    def _add_some(self) -> None:
        some = [self._to_add.popleft() for _ in range(min(_AT_A_TIME, len(self._to_add)))]
        if some:
            self._watcher.addPaths(some)
        if not self._to_add:
            self._adding.stop()
            self._settled.start()  # what came before it was watched

    def _on_change(self, _folder: str) -> None:
        if not self._settled.isActive():
            self._settled.start()
