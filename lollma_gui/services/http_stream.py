"""One HTTP request whose answer is read on a thread of its own, so that a cancel is heard at once.

A thread that waits for a silent server, a dead name server or a blackhole cannot look whether it
is still wanted. Here one thread waits, and the caller's looks at the clock and at ``cancelled``.
"""

import contextlib
import logging
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lollma_gui import __version__
from lollma_gui.core.errors import Cancelled, LollmaError

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 5.0
#: So long a connection may be silent before it counts as broken.
SILENCE_SECONDS = 30.0
#: How often the caller's thread looks whether it is still wanted.
_TICK_SECONDS = 0.1
#: A piece is what has arrived by then, at most this much: larger ones cost less each byte.
PIECE_BYTES = 512 * 1024
#: Pieces read ahead of who takes them: 4 MiB at most, which a SIGKILL loses.
_PIECES_AHEAD = 8

_CHECK_NETWORK = "Check the internet connection (and the proxy, if you use one), then try again."


class TransferError(LollmaError):
    """A server could not be reached, or did not give what was asked for.

    Attributes:
        is_broken: The connection broke or fell silent: asking for the rest may help.
        may_pass: Nobody refused anything: the network is away or the server has trouble, and
            the same question may be answered later.
        status: HTTP status of a server that refused; 0 where none answered.
    """

    def __init__(
        self,
        title: str,
        advice: str,
        details: str = "",
        *,
        is_broken: bool = False,
        may_pass: bool = False,
        status: int = 0,
    ) -> None:
        super().__init__(title, advice, details)
        self.status = status
        self.is_broken = is_broken
        self.may_pass = may_pass or is_broken


class HubClosed(TransferError):  # noqa: N818 - a state of the Hub, told as one
    """The Hub wants terms accepted, or a token, before it shows this repository.

    Attributes:
        is_gated: Whether terms have to be accepted on the repository's page.
    """

    def __init__(
        self, title: str, advice: str, details: str = "", *, is_gated: bool, status: int = 0
    ) -> None:
        super().__init__(title, advice, details, status=status)
        self.is_gated = is_gated


_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True)
class Answer:
    """What a server says before it sends anything.

    Attributes:
        status: HTTP status.
        headers: Names in lower case.
        redirects: Headers of each answer on the way here.
    """

    status: int
    headers: Mapping[str, str]
    redirects: tuple[Mapping[str, str], ...] = field(default=())

    def first(self, name: str) -> str:
        """A header of the first server that sent it, or empty."""
        return next((h[name] for h in (*self.redirects, self.headers) if name in h), "")

    def sent_range(self) -> tuple[int, int | None] | None:
        """Where the bytes begin in the file, and how large that is; None without a range.

        The size is None if the server does not say it.
        """
        found = _CONTENT_RANGE.fullmatch(self.headers.get("content-range", ""))
        if found is None:
            return None
        return int(found[1]), None if found[2] == "*" else int(found[2])


class _ClosedError(Exception):
    """Nobody wants the answer any more."""


#: Waits as long as so many bytes should take, or until the second says that it is in vain; says how
#: many to read at once from then on.
Pace = Callable[[int, Callable[[], bool]], int]


class HttpStream:
    """One request and its answer; a context manager.

    Args:
        method: ``GET``, ``HEAD`` or ``POST``.
        url: Address.
        headers: Sent along. ``Authorization`` is dropped on the way to another host.
        cancelled: Asked about ten times a second.
        follow: Whether redirects are followed.
        pace: Called with the bytes of each piece, and with what says that nobody wants it any
            more, before the next one is read: waiting there slows the sender down.
        body: What is sent.
        silence_seconds: So long the connection may be silent before it counts as broken.
        direct: Whether the system's proxies are passed by: a server at home is not behind them.
    """

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        cancelled: Callable[[], bool],
        *,
        follow: bool = True,
        pace: Pace | None = None,
        body: bytes | None = None,
        silence_seconds: float = SILENCE_SECONDS,
        direct: bool = False,
    ) -> None:
        self._request = (method, url)
        self._sent = body
        self._silence_seconds = silence_seconds
        self._direct = direct
        # "identity": ranges and sizes are those of the file, not of something packed on the way.
        own = {"User-Agent": f"LoLLMa/{__version__}", "Accept-Encoding": "identity"}
        self._headers = own | dict(headers)
        self._host = _host(url)
        self._cancelled = cancelled
        self._follow = follow
        self._pace = pace
        self._piece_bytes = PIECE_BYTES
        self._arrivals: queue.Queue[Answer | bytes | Exception | None] = queue.Queue(_PIECES_AHEAD)
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        self._reader = threading.Thread(target=self._read, name="http-reader", daemon=True)

    def __enter__(self) -> "HttpStream":
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed.set()
        if self._socket is not None and self._reader.is_alive():
            # Wakes the reader. Plain shutdown, also below TLS: nobody is to say goodbye here.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        # A reader that waits for a name server or a connect ends by itself a little later.
        self._reader.join(_TICK_SECONDS * 5)

    def answer(self, within_seconds: float = SILENCE_SECONDS) -> Answer:
        """Wait for the answer's first lines.

        Raises:
            TransferError: If there is none in that time, or no connection.
            Cancelled: If it is no longer wanted.
        """
        arrived = self._next(time.monotonic() + within_seconds)
        assert isinstance(arrived, Answer)
        return arrived

    def pieces(self, *, with_silence: bool = False) -> Iterator[bytes]:
        """What the server sends, as it arrives.

        Args:
            with_silence: Whether to yield nothing (``b""``) ten times a second while nothing comes.

        Raises:
            TransferError: If the connection breaks.
            Cancelled: If it is no longer wanted.
        """
        silence = b"" if with_silence else None
        while (piece := self._next(None, silence)) is not None:
            assert isinstance(piece, bytes)
            yield piece

    def refusal(self, answer: Answer) -> TransferError:
        """The error that a status of 400 or more means for a person."""
        return _refusal(self._host, answer)

    def _next(self, deadline: float | None, silence: bytes | None = None) -> Answer | bytes | None:
        while True:
            if self._cancelled():
                raise Cancelled
            try:
                arrived = self._arrivals.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                if deadline is not None and time.monotonic() > deadline:
                    raise self._trouble("does not answer", "no answer in time") from None
                if silence is not None:
                    return silence
                continue
            if isinstance(arrived, Exception):
                raise self._explained(arrived) from arrived
            return arrived

    # ---- the reader's thread ---------------------------------------------------------------

    def _read(self) -> None:
        import httpx2

        # It logs each address; those that servers redirect to are keys to the file for a while.
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        how: dict[str, Any] = {
            "timeout": httpx2.Timeout(self._silence_seconds, connect=CONNECT_SECONDS),
            "follow_redirects": self._follow,
            "trust_env": not self._direct,
        }
        what: dict[str, Any] = {"headers": self._headers, "extensions": {"trace": self._trace}}
        try:
            with (
                httpx2.Client(**how) as client,
                client.stream(*self._request, content=self._sent, **what) as response,
            ):
                self._put(_answer(response))
                for piece in self._body(response):
                    self._put(piece)
                    if self._pace is not None:
                        self._piece_bytes = self._pace(len(piece), self._closed.is_set)
            self._put(None)
        except _ClosedError:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller's thread tells it
            with contextlib.suppress(_ClosedError):
                self._put(error)

    def _body(self, response: "httpx2.Response") -> Iterator[bytes]:
        """What the server sends.

        The first piece comes through httpx2, the rest of a body of known length straight from the
        connection: in larger pieces and copied three times less, which takes half the time.

        Raises:
            httpx2.TransportError: If the connection breaks.
        """
        import httpx2

        pieces = response.iter_raw()
        length = response.headers.get("content-length", "")
        connection = response.extensions.get("network_stream")
        is_plain = (
            response.http_version == "HTTP/1.1" and "transfer-encoding" not in response.headers
        )
        if not (length.isdigit() and is_plain and connection and response.request.method == "GET"):
            yield from pieces
            return
        left = int(length)
        # It holds all that was read so far; httpx2 keeps nothing back.
        for piece in pieces:
            left -= len(piece)
            yield piece
            break
        while left:
            try:
                piece = connection.read(min(self._piece_bytes, left), SILENCE_SECONDS)
            except Exception as error:
                raise httpx2.ReadError(str(error)) from error
            if not piece:
                raise httpx2.RemoteProtocolError("the connection was closed too early")
            left -= len(piece)
            yield piece

    def _put(self, arrived: Answer | bytes | Exception | None) -> None:
        while not self._closed.is_set():
            try:
                self._arrivals.put(arrived, timeout=_TICK_SECONDS)
            except queue.Full:
                continue
            return
        raise _ClosedError

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the socket of the newest connection, to be able to wake who waits for it."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._closed.is_set():
                # Nobody else would: who asked for the connection does not have it yet.
                info["return_value"].close()
                raise _ClosedError

    # ---- errors ----------------------------------------------------------------------------

    def _explained(self, error: Exception) -> TransferError:
        import httpx2

        details = f"{type(error).__name__}: {error}"
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            return self._trouble("cannot be reached", details)
        if isinstance(error, httpx2.TransportError) and not isinstance(
            error, httpx2.UnsupportedProtocol
        ):
            return TransferError(
                f"The connection to {self._host} broke.", _CHECK_NETWORK, details, is_broken=True
            )
        return TransferError(
            f"{self._host} cannot be used: it is no web address, or leads nowhere.",
            "Check the address, then try again.",
            details,
        )

    def _trouble(self, what: str, details: str) -> TransferError:
        return TransferError(f"{self._host} {what}.", _CHECK_NETWORK, details, may_pass=True)


def pause(seconds: float, cancelled: Callable[[], bool]) -> None:
    """Wait before the next try.

    Raises:
        Cancelled: If there is to be none.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if cancelled():
            raise Cancelled
        time.sleep(_TICK_SECONDS / 2)


def _host(url: str) -> str:
    """What a person is told instead of a long address: its host, without user and password."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return host or "This address"


def _answer(response: "httpx2.Response") -> Answer:
    redirects = tuple(dict(earlier.headers) for earlier in response.history)
    return Answer(response.status_code, dict(response.headers), redirects)


#: Statuses, or the Hub's own names of an error, that a person can do something about.
_REFUSALS: dict[str, tuple[str, str]] = {
    "GatedRepo": (
        "wants you to accept the terms of this model first",
        "Accept them on the model's page, then try again with your access token.",
    ),
    "401": (
        "wants to know who you are, or does not have this file",
        "Check the name of the model; a private one needs your access token.",
    ),
    "403": ("does not allow this", "Check your access token, then try again."),
    "404": ("does not have this file", "It may have been renamed or removed; look for another."),
    "429": ("has had too many requests from here", "Wait some minutes, then try again."),
    "5xx": ("has trouble of its own", "Try again later."),
}


def _refusal(host: str, answer: Answer) -> TransferError:
    code = answer.headers.get("x-error-code", "")
    key = code if code in _REFUSALS else str(answer.status)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        key = "5xx"
    usual = ("refuses to send the file", "Try again later.")
    what, advice = _REFUSALS.get(key, usual)
    said = answer.headers.get("x-error-message", "")
    details = f"HTTP status {answer.status} {code} {said}".strip()
    title = f"{host} {what} (HTTP {answer.status})."
    if key in ("GatedRepo", "401", "403"):
        is_gated = key == "GatedRepo"
        return HubClosed(title, advice, details, is_gated=is_gated, status=answer.status)
    may_pass = key in ("429", "5xx")
    return TransferError(title, advice, details, may_pass=may_pass, status=answer.status)
