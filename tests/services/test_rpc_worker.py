"""RPC workers are asked what they have: real ones, and some that only look like one."""

import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from helpers.rpc_servers import rpc_library, rpc_servers
from helpers.trap_program import free_port

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.rpc_workers import MAJOR_VERSION, RpcDevice
from lollma_gui.services.rpc_worker import ask_worker

HELLO = struct.pack("<QBBBx24x", 28, MAJOR_VERSION, 0, 3)


def python_with_rpc() -> str:
    """An interpreter whose llama_cpp was built with RPC; empty: none is known."""
    python = os.environ.get("LOLLMA_RPC_PYTHON", sys.executable)
    try:
        rpc_library(python)
    except (OSError, ValueError):
        return ""
    return python


@contextmanager
def worker(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """Whoever connects first is acted to; the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connected, _ = listener.accept()
        with connected:
            act(connected)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    thread.join()
    listener.close()


def exactly(connected: socket.socket, n_bytes: int) -> bytes:
    read = b""
    while len(read) < n_bytes and (piece := connected.recv(n_bytes - len(read))):
        read += piece
    return read


def test_a_worker_s_words_are_understood_in_small_pieces() -> None:
    asked: list[bytes] = []

    def act(connected: socket.socket) -> None:
        asked.append(exactly(connected, 33))
        for byte in HELLO:
            connected.sendall(bytes([byte]))
        asked.append(exactly(connected, 9))
        connected.sendall(struct.pack("<QI", 4, 2))
        for number in range(2):
            asked.append(exactly(connected, 13))
            connected.sendall(struct.pack("<QQQ", 16, 7 + number, 10))

    with worker(act) as address:
        said = ask_worker(address)
    assert said.version == (MAJOR_VERSION, 0, 3)
    assert said.devices == (RpcDevice(7, 10), RpcDevice(8, 10))
    assert asked[0] == struct.pack("<BQ", 14, 24) + bytes(24)
    assert asked[1] == struct.pack("<BQ", 15, 0)
    assert asked[3] == struct.pack("<BQI", 11, 4, 1)


def test_one_of_another_version_is_told_by_its_version_and_not_asked_on() -> None:
    def act(connected: socket.socket) -> None:
        exactly(connected, 33)
        connected.sendall(struct.pack("<QBBBx24x", 28, MAJOR_VERSION + 1, 2, 3))

    with worker(act) as address:
        said = ask_worker(address)
    assert said.version == (MAJOR_VERSION + 1, 2, 3)
    assert not said.is_compatible


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        struct.pack("<Q", 2**63),
        struct.pack("<QBBB", 3, 1, 0, 0),
        HELLO + struct.pack("<QI", 4, 2**31),
    ],
)
def test_what_is_no_worker_is_said_and_little_is_read(said: bytes) -> None:
    def act(connected: socket.socket) -> None:
        exactly(connected, 33)
        connected.sendall(said)

    with worker(act) as address, pytest.raises(LollmaError, match="no RPC worker") as refused:
        ask_worker(address)
    assert refused.value.advice


def test_one_that_is_at_work_is_not_waited_for_and_a_cancel_is_heard() -> None:
    # As a worker does that talks to somebody else: it is connected to, and never answers.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(LollmaError, match="at work"):
            ask_worker(address, seconds=0.3)
        with pytest.raises(Cancelled):
            ask_worker(address, lambda: True)


def test_nothing_there_is_said() -> None:
    with pytest.raises(LollmaError, match="Nothing answers"):
        ask_worker(f"127.0.0.1:{free_port()}")


def test_real_workers_tell_their_memory() -> None:
    python = python_with_rpc()
    if not python:
        pytest.skip("no llama-cpp-python built with RPC (LOLLMA_RPC_PYTHON names its Python)")
    with rpc_servers(2, python, rpc_library(python)) as addresses:
        for address in addresses:
            said = ask_worker(address)
            assert said.is_compatible
            assert len(said.devices) == 1
            assert 0 < said.devices[0].free_bytes <= said.devices[0].total_bytes
