"""What a process of Linux listens on, from ``/proc`` (proc_pid_net(5), proc_pid_fd(5)).

psutil takes every connection of the system apart for that: tens of milliseconds where there are
thousands of them. A server that starts is looked at ten times a second.
"""

import contextlib
import re
import socket
import sys
from pathlib import Path

#: Local address and port, and the number of the socket, where its state is 0A: it listens.
_LISTENS = re.compile(
    rb"^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A \S+ \S+ \S+ +\d+ +\d+ (\d+) ",
    re.MULTILINE,
)

#: Where a handle leads that is a socket.
_SOCKET = re.compile(r"socket:\[(\d+)\]")


def listening(pid: int) -> list[tuple[str, int]]:
    """Addresses and ports; empty for a process that is gone, or hidden from us."""
    sockets = _sockets_of(pid)
    found = []
    for table in ("tcp", "tcp6"):
        try:
            content = Path(f"/proc/{pid}/net/{table}").read_bytes()
        except OSError:
            continue
        for address, port, number in _LISTENS.findall(content):
            if number in sockets:
                found.append((_address(address), int(port, 16)))
    return found


def _sockets_of(pid: int) -> set[bytes]:
    numbers = set()
    with contextlib.suppress(OSError):  # it has ended, or is not ours to look at
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed in the meantime
                if found := _SOCKET.fullmatch(str(handle.readlink())):
                    numbers.add(found[1].encode())
    return numbers


def _address(text: bytes) -> str:
    """Each 32 bits stand in the order of this processor, the words in that of the network."""
    raw = bytes.fromhex(text.decode())
    words = [raw[start : start + 4] for start in range(0, len(raw), 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words))
