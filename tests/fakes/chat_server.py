"""A small server of OpenAI's protocol that acts whatever a test wants it to act."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What a handler is given to answer with.
Act = Callable[["Stage"], None]


class Stage:
    """One question that is being answered."""

    def __init__(self, handler: BaseHTTPRequestHandler, server: "ChatServerFake") -> None:
        self._handler = handler
        self.server = server

    def begin(self, status: int = 200, kind: str = "text/event-stream") -> None:
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", kind)
        self._handler.end_headers()

    def raw(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def say(self, text: str, **more: Any) -> None:
        self.chunk({"choices": [{"delta": {"content": text}, **more}]})

    def chunk(self, values: dict[str, Any]) -> None:
        self.raw(b"data: " + json.dumps(values).encode() + b"\n\n")

    def end(self, reason: str = "stop") -> None:
        self.chunk({"choices": [{"delta": {}, "finish_reason": reason}]})
        self.raw(b"data: [DONE]\n\n")

    def json(self, status: int, values: object) -> None:
        self.begin(status, "application/json")
        self.raw(json.dumps(values).encode())

    def until_gone(self) -> None:
        """Write until the one who asked has closed the connection."""
        try:
            while True:
                self.say("on ")
                self.server.tick.wait(0.02)
        except OSError:
            self.server.gone.set()


def usual(stage: Stage) -> None:
    """Two words and an end."""
    stage.begin()
    for word in ("Good ", "day."):
        stage.say(word)
    stage.end()


class ChatServerFake:
    """A context manager; ``act`` answers questions, ``models`` is what it offers.

    Attributes:
        url: Its API.
        asked: Bodies of the questions, with the value of ``Authorization``.
        gone: Set when somebody has closed the connection in mid-answer.
        key: What ``/models`` wants to be told; empty: nothing.
    """

    def __init__(self, act: Act = usual, models: tuple[str, ...] = ("small",)) -> None:
        self.act = act
        self.models = models
        self.key = ""
        self.paths: list[str] = []
        self.asked: list[tuple[dict[str, Any], str]] = []
        self.gone = threading.Event()
        self.tick = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stage = Stage(self, fake)
                fake.paths.append(self.path)
                if fake.key and self.headers.get("Authorization") != f"Bearer {fake.key}":
                    stage.json(401, {"error": {"message": "no"}})
                elif self.path == "/v1/models":
                    stage.json(200, {"data": [{"id": name} for name in fake.models]})
                else:
                    stage.json(404, {})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.paths.append(self.path)
                fake.asked.append((body, self.headers.get("Authorization") or ""))
                fake.act(Stage(self, fake))

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "ChatServerFake":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
