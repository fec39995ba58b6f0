"""Brings work from any thread to the thread that a Qt object lives in."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot


class OwnerThread(QObject):
    """Runs what is posted on the thread this object was made in, in order."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, work: Callable[[], None]) -> None:
        """Run this on the owner's thread, soon. Called from any thread."""
        try:
            self._posted.emit(work)
        except RuntimeError:
            # The window is gone and Qt has deleted this object: nobody is left to tell.
            return

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Run this after a while, unless this object is gone by then."""
        QTimer.singleShot(int(seconds * 1000), self, work)

    @Slot(object)
    def _run(self, work: Callable[[], None]) -> None:
        work()
