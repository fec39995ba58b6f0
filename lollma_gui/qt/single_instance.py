"""One LoLLMa at a time: a second start brings what it was given to the first one, and ends."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal

from lollma_gui.core.open_request import LONGEST_MESSAGE, message, read_message

#: How long a second start waits for the first one to hear it; that may be starting itself.
PATIENCE_MS = 15_000
#: How soon it tries again.
_AGAIN_MS = 100
#: What the first one answers to what it has understood.
_HEARD = b"heard\n"


class HandOver(Enum):
    """What came of a second start."""

    HEARD = "the first one has taken it over"
    FIRST = "the first one has ended, we are the first now"
    SILENT = "the first one does not answer"


class SingleInstance(QObject):
    """Holds the lock of a data folder, and listens for second starts.

    Signals:
        raise_wanted: Somebody started LoLLMa again.
        open_wanted: Paths of files that it was started with, a list.
    """

    raise_wanted = Signal()
    open_wanted = Signal(list)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = QLockFile(str(folder / "running.lock"))
        # A lock whose process is gone is taken over; age alone proves nothing.
        self._lock.setStaleLockTime(0)
        self._name = _socket_name(folder)
        self._server: QObject | None = None

    def is_first(self) -> bool:
        """Try to be the one; true if no other LoLLMa uses this folder."""
        return self._lock.tryLock(0)

    def listen(self) -> None:
        """Hear second starts from now on. Only for the first instance."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        # We hold the lock, so a socket of that name is a leftover of a crash.
        QLocalServer.removeServer(self._name)
        server.newConnection.connect(self._on_connection)
        server.listen(self._name)
        self._server = server

    def _on_connection(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        assert isinstance(self._server, QLocalServer)
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setReadBufferSize(LONGEST_MESSAGE)
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda s=socket: self._read(s))
            self._read(socket)

    def _read(self, socket: QObject) -> None:
        from PySide6.QtNetwork import QLocalSocket

        assert isinstance(socket, QLocalSocket)
        if not socket.canReadLine():
            if socket.bytesAvailable() >= LONGEST_MESSAGE:
                socket.abort()
            return
        try:
            paths = read_message(bytes(socket.readLine().data()))
        except ValueError:
            socket.abort()  # whoever that is: it is no LoLLMa
            return
        socket.write(_HEARD)
        socket.disconnectFromServer()
        self.raise_wanted.emit()
        if paths:
            self.open_wanted.emit(paths)

    def hear_no_more(self) -> None:
        """We are ending: a second start is to wait for that, and become the first."""
        from PySide6.QtNetwork import QLocalServer

        if isinstance(self._server, QLocalServer):
            self._server.close()

    def release(self) -> None:
        """Let another instance start."""
        self.hear_no_more()
        self._lock.unlock()

    def hand_over(self, paths: Sequence[str], patience_ms: int = PATIENCE_MS) -> HandOver:
        """Have the first instance show its window and open these files. Only for a second one.

        The first one may not listen yet, or no more: it is tried again until it hears, until it
        has ended, or until patience does.
        """
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        patience = QTimer(loop)
        patience.setSingleShot(True)
        patience.timeout.connect(loop.quit)
        patience.start(patience_ms)
        visit = _Visit(self._name, message(paths), loop)
        visit.ended.connect(loop.quit)
        wait_ms = 0
        while patience.isActive():
            visit.begin(wait_ms)
            loop.exec()
            if visit.was_heard:
                return HandOver.HEARD
            if self.is_first():
                return HandOver.FIRST
            wait_ms = _AGAIN_MS
        return HandOver.SILENT


class _Visit(QObject):
    """One try to reach the first instance after the other.

    Args:
        name: Of its socket.
        line: What to tell it.
        parent: The Qt parent.

    Signals:
        ended: A try has ended, ``was_heard`` says how.
    """

    ended = Signal()

    def __init__(self, name: str, line: bytes, parent: QObject) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtNetwork import QLocalSocket

        super().__init__(parent)
        self._name = name
        self._line = line
        self.was_heard = False
        self._socket = QLocalSocket(self)
        self._socket.connected.connect(lambda: self._socket.write(self._line))
        self._socket.readyRead.connect(self._on_answer)
        self._socket.disconnected.connect(self.ended)
        self._socket.errorOccurred.connect(lambda _error: self.ended.emit())
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._go)

    def begin(self, wait_ms: int) -> None:
        """Try it after so many milliseconds."""
        self._socket.abort()
        self._later.start(wait_ms)

    def _go(self) -> None:
        self._socket.connectToServer(self._name)

    def _on_answer(self) -> None:
        if self._socket.canReadLine():
            self.was_heard = bytes(self._socket.readLine().data()) == _HEARD
            self.ended.emit()


def _socket_name(folder: Path) -> str:
    # Socket names are short and, on Windows, not files: a hash of the folder is both.
    import hashlib

    return f"lollma-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"
