"""One LoLLMa at a time: a second start raises the first one's window and ends."""

from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal

#: How long a second start waits for the first one to hear it.
_PATIENCE_MS = 2000
_RAISE = b"raise\n"


class SingleInstance(QObject):
    """Holds the lock of a data folder, and listens for second starts.

    Signals:
        raise_wanted: Somebody started LoLLMa again.
    """

    raise_wanted = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = QLockFile(str(folder / "running.lock"))
        # A lock whose process is gone is taken over; age alone proves nothing.
        self._lock.setStaleLockTime(0)
        self._folder = folder
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
        name = _socket_name(self._folder)
        QLocalServer.removeServer(name)
        server.newConnection.connect(self._on_connection)
        server.listen(name)
        self._server = server

    def _on_connection(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        assert isinstance(self._server, QLocalServer)
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(socket.deleteLater)
        socket.disconnectFromServer()
        self.raise_wanted.emit()

    def release(self) -> None:
        """Let another instance start."""
        from PySide6.QtNetwork import QLocalServer

        if isinstance(self._server, QLocalServer):
            self._server.close()
        self._lock.unlock()


def _socket_name(folder: Path) -> str:
    # Socket names are short and, on Windows, not files: a hash of the folder is both.
    import hashlib

    return f"lollma-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"


def raise_first(folder: Path) -> bool:
    """Ask the instance that holds this folder to show its window; false if it does not answer."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    loop = QEventLoop()
    # The first instance hangs up when it has heard us.
    socket.disconnected.connect(loop.quit)
    socket.errorOccurred.connect(loop.quit)
    QTimer.singleShot(_PATIENCE_MS, loop.quit)
    socket.connectToServer(_socket_name(folder))
    loop.exec()
    return socket.error() in (
        QLocalSocket.LocalSocketError.UnknownSocketError,
        QLocalSocket.LocalSocketError.PeerClosedError,
    )
