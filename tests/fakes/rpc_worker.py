"""A small RPC worker of llama.cpp: it says how much memory it has, to one after the other."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

from lollma_gui.core.rpc_workers import MAJOR_VERSION

GIB = 1024**3


@contextlib.contextmanager
def rpc_worker(free: int = 15 * GIB, total: int = 16 * GIB) -> Iterator[str]:
    """Its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = listener.accept()
                with connected:
                    _answer(connected, free, total)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _answer(connected: socket.socket, free: int, total: int) -> None:
    stream = connected.makefile("rwb")
    while head := stream.read(9):
        command, length = struct.unpack("<BQ", head)
        stream.read(length)
        said = {
            14: struct.pack("<BBBx24x", MAJOR_VERSION, 0, 0),
            15: struct.pack("<I", 1),
            11: struct.pack("<QQ", free, total),
        }[command]
        stream.write(struct.pack("<Q", len(said)) + said)
        stream.flush()
