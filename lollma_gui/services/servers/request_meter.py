"""Counts the requests and tokens of an OpenAI-compatible ASGI application, and tells them."""

import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]

#: An answer that is not streamed is read for its count of tokens up to this size.
_MOST_BYTES = 4 * 1024**2


class RequestMeter:
    """Stands before an application.

    ``GET /health`` is answered here: the application itself answers nobody while it writes.

    Args:
        app: The application.
        model: What it has loaded.
        key: What ``/health`` wants to be told; empty: nothing.
        write: Takes one line for the log for each request.
    """

    def __init__(self, app: _App, model: str, key: str, write: Callable[[str], None]) -> None:
        self._app = app
        self._model = model
        self._key = key
        self._write = write
        self._active = 0
        self._requests = 0
        self._tokens = 0
        self._speed: float | None = None

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == "/health":
            await self._tell(scope, send)
        else:
            await self._count(scope, receive, send)

    async def _tell(self, scope: _Message, send: _Send) -> None:
        said = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        is_allowed = not self._key or said == f"Bearer {self._key}"
        values = {
            "model": self._model,
            "active": self._active,
            "requests": self._requests,
            "tokens": self._tokens,
            "tokens_per_second": self._speed,
        }
        body = json.dumps(values if is_allowed else {"error": "a key is needed"}).encode()
        headers = [(b"content-type", b"application/json")]
        status = 200 if is_allowed else 401
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _count(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        answer = _Answer()

        async def watched(message: _Message) -> None:
            answer.take(message)
            await send(message)

        self._active += 1
        try:
            await self._app(scope, receive, watched)
        finally:
            self._active -= 1
            self._requests += 1
            tokens, speed = answer.counted()
            self._tokens += tokens
            self._speed = speed or self._speed
            told = f", {tokens} tokens, {speed:.1f} tokens/s" if speed else ""
            self._write(f"{scope['method']} {scope['path']}: {answer.status}{told}")


class _Answer:
    """One answer on its way."""

    def __init__(self) -> None:
        self.status = 0
        self._is_stream = False
        self._began = time.perf_counter()
        self._first: float | None = None
        self._chunks = 0
        self._body = b""

    def take(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = dict(message.get("headers", ()))
            self._is_stream = headers.get(b"content-type", b"").startswith(b"text/event-stream")
            return
        body = message.get("body", b"")
        if self._is_stream:
            self._chunks += body.count(b"data: {")
            if self._first is None and self._chunks:
                self._first = time.perf_counter()
        elif len(self._body) < _MOST_BYTES:
            self._body += body

    def counted(self) -> tuple[int, float | None]:
        """Tokens, and how many a second; a streamed answer sends about one a piece."""
        now = time.perf_counter()
        if self._is_stream:
            # The first piece of a chat names the role, the last one the reason of its end.
            tokens = max(0, self._chunks - 2)
            seconds = now - (self._first or now)
        else:
            tokens, seconds = _usage(self._body), now - self._began
        return tokens, (tokens / seconds if tokens and seconds > 0 else None)


def _usage(body: bytes) -> int:
    if b'"usage"' not in body:
        return 0
    try:
        return int(json.loads(body)["usage"]["completion_tokens"])
    except (ValueError, KeyError, TypeError):
        return 0
