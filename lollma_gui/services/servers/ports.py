"""Ports: who holds one, which is free, and what a program really listens on."""

import contextlib
import ipaddress
import socket
import sys
from collections.abc import Iterable
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_state import TakenPort
from lollma_gui.services.child_process import started_at
from lollma_gui.services.servers import linux_sockets

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


class PortTakenError(LollmaError):
    """A port that a server needs is taken.

    Attributes:
        taken: Which, by whom, and what could be used instead.
    """

    def __init__(self, taken: TakenPort) -> None:
        who = f"{taken.program} (PID {taken.pid})" if taken.pid else "another program"
        use = f"Use port {taken.next_free}, which is free, or end" if taken.next_free else "End"
        super().__init__(f"Port {taken.port} is taken by {who}.", f"{use} that program.")
        self.taken = taken


def is_loopback(address: str) -> bool:
    """Whether only this PC can reach an address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (inner or found).is_loopback


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


def check(port: int, host: str, name: str, avoid: Iterable[int] = ()) -> None:
    """See that a port is free.

    Args:
        port: Its number.
        host: The address to listen on.
        name: Which of the server's ports it is.
        avoid: Ports that are not to be offered instead.

    Raises:
        PortTakenError: With who has it, and one that is free.
    """
    if not is_free(port, host):
        taken = TakenPort(name, port, next_free=next_free(port, host, avoid))
        raise PortTakenError(_with_holder(taken))


def _with_holder(taken: TakenPort) -> TakenPort:
    import psutil

    # macOS tells it to administrators only.
    with contextlib.suppress(psutil.Error):
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr.port == taken.port and one.pid:
                name = psutil.Process(one.pid).name()
                return taken._replace(pid=one.pid, program=name, started_at=started_at(one.pid))
    return taken


def listening(pids: Iterable[int]) -> tuple[Listening, ...]:
    """What these processes listen on, the first process's first."""
    found: list[Listening] = []
    for pid in pids:
        if sys.platform.startswith("linux"):
            found += [Listening(*socket, pid) for socket in linux_sockets.listening(pid)]
        else:
            found += _asked_of_psutil(pid)
    return tuple(dict.fromkeys(found))


def _asked_of_psutil(pid: int) -> list[Listening]:
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        return [
            Listening(one.laddr.ip, one.laddr.port, pid)
            for one in psutil.Process(pid).net_connections("tcp")
            if one.status == psutil.CONN_LISTEN
        ]
    return []
