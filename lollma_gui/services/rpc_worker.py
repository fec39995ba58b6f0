"""Asks an RPC worker of llama.cpp what it has. Nothing is changed there.

The protocol is that of ``ggml-rpc.cpp`` in llama-cpp-python 0.3.36 (version 7.0.0): a question is
one byte of command, eight bytes of length and the data; an answer eight bytes of length and the
data; all numbers little-endian and packed.
"""

import contextlib
import socket
import struct
import time
from collections.abc import Callable

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.rpc_workers import MAJOR_VERSION, RpcDevice, RpcWorker

#: ``enum rpc_cmd``; the first is promised never to change.
_HELLO, _GET_DEVICE_MEMORY, _DEVICE_COUNT = 14, 11, 15
#: ``RPC_CONN_CAPS_SIZE``: what either side could do instead of TCP; we say nothing.
_CAPS_BYTES = 24
#: No PC has more devices; a larger number is nonsense.
_MOST_DEVICES = 64
_TICK_SECONDS = 0.1


def ask_worker(
    address: str, cancelled: Callable[[], bool] = bool, seconds: float = 4.0
) -> RpcWorker:
    """What a worker has.

    Args:
        address: ``host:port``.
        cancelled: Asked about ten times a second while it is silent.
        seconds: For all of it.

    Raises:
        LollmaError: If it does not answer, or is no worker; with what to do.
        Cancelled: If it is no longer wanted.
    """
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + seconds
    try:
        connected = socket.create_connection((host, int(port)), seconds)
    except OSError as error:
        raise LollmaError(
            f"Nothing answers at {address}.",
            "Start rpc-server there, with --host 0.0.0.0 so that other PCs reach it.",
            str(error),
        ) from error
    with contextlib.closing(connected):
        return _Talk(connected, address, cancelled, deadline).worker()


class _Talk:
    """One connection to a worker."""

    def __init__(
        self,
        connected: socket.socket,
        address: str,
        cancelled: Callable[[], bool],
        deadline: float,
    ) -> None:
        self._socket = connected
        self._address = address
        self._cancelled = cancelled
        self._deadline = deadline
        connected.settimeout(_TICK_SECONDS)

    def worker(self) -> RpcWorker:
        """All that is asked."""
        major, minor, patch = self._ask(_HELLO, bytes(_CAPS_BYTES), f"<BBBx{_CAPS_BYTES}x")
        version = (major, minor, patch)
        if major != MAJOR_VERSION:
            return RpcWorker(version)
        (count,) = self._ask(_DEVICE_COUNT, b"", "<I")
        if count > _MOST_DEVICES:
            raise self._no_worker()
        return RpcWorker(version, tuple(self._device(number) for number in range(count)))

    def _device(self, number: int) -> RpcDevice:
        free, total = self._ask(_GET_DEVICE_MEMORY, struct.pack("<I", number), "<QQ")
        return RpcDevice(min(free, total), total)

    def _ask(self, command: int, data: bytes, answer: str) -> tuple[int, ...]:
        try:
            self._socket.sendall(struct.pack("<BQ", command, len(data)) + data)
        except OSError as error:
            raise self._no_worker(str(error)) from error
        (length,) = struct.unpack("<Q", self._read(8))
        if length != struct.calcsize(answer):
            raise self._no_worker(f"an answer of {length} bytes")
        return struct.unpack(answer, self._read(length))

    def _read(self, n_bytes: int) -> bytes:
        read = b""
        while len(read) < n_bytes:
            if self._cancelled():
                raise Cancelled
            if time.monotonic() > self._deadline:
                raise LollmaError(
                    f"The worker at {self._address} does not answer: it may be at work for a "
                    "server.",
                    "It talks to one at a time. If no server uses it, start it again.",
                )
            try:
                piece = self._socket.recv(n_bytes - len(read))
            except TimeoutError:
                continue
            except OSError as error:
                raise self._no_worker(str(error)) from error
            if not piece:
                raise self._no_worker("the connection was closed")
            read += piece
        return read

    def _no_worker(self, details: str = "") -> LollmaError:
        return LollmaError(
            f"What answers at {self._address} is no RPC worker, or one of another version.",
            "Check the port, and take rpc-server from the same llama.cpp as your llama-server.",
            details,
        )
