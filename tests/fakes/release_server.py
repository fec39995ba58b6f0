"""GitHub's REST API on this PC, as far as "Get the latest release" goes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

ETAG = 'W/"first"'


class ReleaseServer:
    """Answers what it is told to, and keeps what it was asked; a context manager.

    Attributes:
        release: The answer's values; text is sent as it is.
        status: HTTP status of the answer.
        headers: Sent along.
        seen: Path and headers (in lower case) of each question.
        may_answer: While it is not set, no answer begins.
    """

    def __init__(self, repository: str, tag: str) -> None:
        self.release: Any = release(repository, tag)
        self.status = 200
        self.headers: dict[str, str] = {"ETag": ETAG}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.answer(self)

            def log_message(self, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        given = {name.lower(): value for name, value in handler.headers.items()}
        self.seen.append((handler.path, given))
        self.may_answer.wait()
        is_same = self.status == 200 and given.get("if-none-match") == self.headers.get("ETag", "")
        text = self.release if isinstance(self.release, str) else json.dumps(self.release)
        body = b"" if is_same else text.encode()
        try:
            handler.send_response(304 if is_same else self.status)
            for name, value in self.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            pass  # whoever asked has gone

    def __enter__(self) -> "ReleaseServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def release(repository: str, tag: str, **other: Any) -> dict[str, Any]:
    """What GitHub says of a release, as far as anybody looks at it."""
    page = f"https://github.com/{repository}/releases/tag/{tag}"
    return {"tag_name": tag, "html_url": page, "draft": False, "prerelease": False, **other}
