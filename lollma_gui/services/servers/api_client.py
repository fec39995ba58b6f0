"""Short questions to a server: with a limit, and to be cancelled at once."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lollma_gui.core.errors import Cancelled, LollmaError

#: How often a waiting call looks whether it is still wanted.
_TICK_SECONDS = 0.1
#: No answer about a server's state is longer; more is not read.
_MOST_BYTES = 16 * 1024**2


class NoAnswerError(LollmaError):
    """A server did not answer: no connection, silence, or something that is no HTTP."""


class ApiAnswer(NamedTuple):
    """What a server answered.

    Attributes:
        status: HTTP status.
        body: As it came.
    """

    status: int
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the status says so; whether it is true is another question."""
        return self.status < HTTPStatus.BAD_REQUEST

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            NoAnswerError: If it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise NoAnswerError(
                "The server answered something that is no JSON.", details=str(error)
            ) from error


class ApiClient:
    """Asks one server.

    Args:
        key: Sent with every question; empty: none.
        cancelled: Asked some times a second while waiting.
        patience_seconds: How long an answer may take unless a call says otherwise.
    """

    def __init__(
        self, key: str = "", cancelled: Callable[[], bool] = bool, patience_seconds: float = 3.0
    ) -> None:
        self.key = key
        self.cancelled = cancelled
        self.patience_seconds = patience_seconds

    def get(self, url: str, *, key: str | None = None, seconds: float | None = None) -> ApiAnswer:
        """Ask for something. Arguments and errors are those of ``ask``."""
        return self.ask("GET", url, key=key, seconds=seconds)

    def post(
        self, url: str, body: Any = None, *, key: str | None = None, seconds: float | None = None
    ) -> ApiAnswer:
        """Send something as JSON. Arguments and errors are those of ``ask``."""
        return self.ask("POST", url, body, key=key, seconds=seconds)

    def ask(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        key: str | None = None,
        seconds: float | None = None,
    ) -> ApiAnswer:
        """One question and its answer.

        Args:
            method: ``GET`` or ``POST``.
            url: The whole address.
            body: Sent as JSON; None: nothing.
            key: In place of the usual one.
            seconds: In place of the usual patience.

        Raises:
            NoAnswerError: If there is no answer in that time.
            Cancelled: If it is no longer wanted.
        """
        if self.cancelled():
            raise Cancelled
        headers = {"Authorization": f"Bearer {said}"} if (said := key or self.key) else {}
        call = _Call(method, url, body, headers, seconds or self.patience_seconds)
        return call.result(self.cancelled)

    def wait(self, seconds: float) -> None:
        """Wait between two questions.

        Raises:
            Cancelled: If it is no longer wanted.
        """
        never = threading.Event()
        while seconds > 0:
            if self.cancelled():
                raise Cancelled
            never.wait(min(_TICK_SECONDS, seconds))
            seconds -= _TICK_SECONDS


class _Call:
    """One question. Short ones are made on the caller's thread, which cannot be woken early.

    A long one gets a thread of its own, so that a cancel is heard while it waits; its connection
    is then shut, which wakes that thread.
    """

    _SHORT_SECONDS = 3.0

    def __init__(
        self, method: str, url: str, body: Any, headers: Mapping[str, str], seconds: float
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.netloc
        self._seconds = seconds
        self._method = method
        self._target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._headers = dict(headers)
        self._body = None if body is None else json.dumps(body).encode()
        if self._body is not None:
            self._headers["Content-Type"] = "application/json"
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(self._host, timeout=seconds)
        self._done = threading.Event()
        self._answer: ApiAnswer | Exception = NoAnswerError(f"{self._host} does not answer.")

    def result(self, cancelled: Callable[[], bool]) -> ApiAnswer:
        if self._seconds <= self._SHORT_SECONDS:
            self._make()
        else:
            self._make_beside(cancelled)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def _make_beside(self, cancelled: Callable[[], bool]) -> None:
        thread = threading.Thread(target=self._make, name="server-api", daemon=True)
        thread.start()
        left = self._seconds
        while not self._done.wait(_TICK_SECONDS):
            left -= _TICK_SECONDS
            wanted = not cancelled()
            if wanted and left > 0:
                continue
            if (connected := self._connection.sock) is not None:
                with contextlib.suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)
            thread.join(_TICK_SECONDS)
            if not wanted:
                raise Cancelled
            return

    def _make(self) -> None:
        try:
            self._connection.request(self._method, self._target, self._body, self._headers)
            response = self._connection.getresponse()
            self._answer = ApiAnswer(response.status, response.read(_MOST_BYTES))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._answer = NoAnswerError(
                f"{self._host} does not answer.", details=f"{type(error).__name__}: {error}"
            )
        finally:
            self._connection.close()
            self._done.set()
