"""Ports: who holds one, which is free, and what a program really listens on."""

import contextlib
import socket
import sys
from collections.abc import Iterable
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError

#: So many ports after the one wanted are tried before a person has to choose.
_TRIES = 100


class Listening(NamedTuple):
    """One socket that somebody listens on."""

    address: str
    port: int
    pid: int

    def words(self) -> str:
        """As a person writes it: ``127.0.0.1:5000``."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


class Holder(NamedTuple):
    """Who has a port; number and name are None and empty where the system does not tell."""

    port: int
    pid: int | None = None
    name: str = ""
    started_at: float | None = None


class PortTakenError(LollmaError):
    """A port that a server needs is taken.

    Attributes:
        holder: Who has it.
        port_name: Which of the program's ports it is, as ``api``.
        next_free: A port near it that is free; None: none was found.
    """

    def __init__(self, holder: Holder, port_name: str, next_free: int | None) -> None:
        who = f"{holder.name} (PID {holder.pid})" if holder.pid else "another program"
        free = f"Use port {next_free}, which is free, or end" if next_free else "End"
        super().__init__(
            f"Port {holder.port} is taken by {who}.",
            f"{free} {who}.",
        )
        self.holder = holder
        self.port_name = port_name
        self.next_free = next_free


def is_free(port: int, host: str) -> bool:
    """Whether a program could listen there now."""
    for family, address in _ways(host):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform == "win32":
                # Without this, Windows lets two programs have the same port.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                # As servers do it: a port whose last user has just gone counts as free.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def _ways(host: str) -> list[tuple[socket.AddressFamily, str]]:
    """Who listens on all addresses also takes the port from who wants loopback only."""
    ways = {host, "127.0.0.1", "0.0.0.0"}
    return [(socket.AF_INET, address) for address in sorted(ways)]


def next_free(port: int, host: str, avoid: Iterable[int] = ()) -> int | None:
    """The first free port after this one, None where there is none nearby."""
    taken = set(avoid)
    for candidate in range(port + 1, min(port + 1 + _TRIES, 65536)):
        if candidate not in taken and is_free(candidate, host):
            return candidate
    return None


def holder_of(port: int) -> Holder:
    """Who listens on a port of this PC."""
    import psutil

    from lollma_gui.services.child_process import started_at

    pid = None
    # macOS tells it to administrators only.
    with contextlib.suppress(psutil.AccessDenied):
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid:
                pid = one.pid
                break
    if pid is None:
        return Holder(port)
    try:
        return Holder(port, pid, psutil.Process(pid).name(), started_at(pid))
    except psutil.Error:
        return Holder(port)


def check(port: int, host: str, port_name: str, avoid: Iterable[int] = ()) -> None:
    """See that a port is free.

    Raises:
        PortTakenError: With who has it, and one that is free.
    """
    if not is_free(port, host):
        raise PortTakenError(holder_of(port), port_name, next_free(port, host, avoid))


def listening(pids: Iterable[int]) -> tuple[Listening, ...]:
    """What these processes listen on, the first process's first."""
    import psutil

    found = []
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            for one in psutil.Process(pid).net_connections("tcp"):
                if one.status == psutil.CONN_LISTEN:
                    found.append(Listening(one.laddr.ip, one.laddr.port, pid))
    return tuple(dict.fromkeys(found))
