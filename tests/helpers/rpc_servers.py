"""Servers of llama.cpp's RPC backend on this machine, which stand in for GPUs."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

#: Runs in a process of its own until it is ended.
_SERVER = """
import ctypes, sys
from llama_cpp import llama_cpp as api
by_type = api._lib.ggml_backend_dev_by_type
by_type.restype = ctypes.c_void_p
devices = (ctypes.c_void_p * 1)(by_type(0))
start = ctypes.CDLL(sys.argv[1]).ggml_backend_rpc_start_server
text, size = ctypes.c_char_p, ctypes.c_size_t
start.argtypes = (text, text, size, size, ctypes.c_void_p)
start(sys.argv[2].encode(), None, 1, 1, devices)
"""


def rpc_library(python: str = sys.executable) -> str:
    """Path of the library that an interpreter's llama_cpp was built with.

    Raises:
        FileNotFoundError: It was built without ``-DGGML_RPC=ON``.
    """
    # libX.so and libX.so.0 are copies, and only the second is the one in use.
    code = (
        "import llama_cpp, pathlib; "
        "print(pathlib.Path(llama_cpp.__file__).parent / 'lib' / 'libggml-rpc.so.0')"
    )
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    path = Path(found.stdout.strip())
    if not path.exists():
        raise FileNotFoundError(f"no {path}: build llama-cpp-python with -DGGML_RPC=ON")
    return str(path)


@contextlib.contextmanager
def rpc_servers(count: int, python: str, library: str) -> Iterator[list[str]]:
    """Addresses of so many running servers."""
    addresses = [f"127.0.0.1:{_free_port()}" for _ in range(count)]
    processes = [
        subprocess.Popen(
            [python, "-c", _SERVER, library, address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for address in addresses
    ]
    try:
        for address in addresses:
            _wait_for(address)
        yield addresses
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str) -> None:
    host, port = address.split(":")
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"no RPC server at {address}")
