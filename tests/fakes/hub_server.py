"""A real HTTP server on 127.0.0.1 that speaks the Hub's protocol for files.

It stands for two hosts, as the real one does: the Hub, which knows the repositories, and a CDN on
another port, to which large files are redirected. Every request is written down. Trouble is set
on the file (``cut_after``, ``hold_after``, ``ranges``, ``error``) or made by replacing it.
"""

import contextlib
import hashlib
import json
import re
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

from fakes.hub_catalog import COMMIT, Catalog

#: Only a hang takes this long.
DEADLINE_SECONDS = 30
_BLOCK_BYTES = 64 * 1024


@dataclass
class HubFile:
    """One file, and how the server behaves about it.

    Attributes:
        content: Its bytes.
        zeros: So many zeros follow them, which nobody need hold.
        is_large: Kept by the CDN, as the Hub does it with files of LFS.
        etag: As the sending server says it, quotes included; empty for none.
        ranges: Whether parts of it can be asked for.
        cut_after: For each coming answer with a body, after how many bytes of it the connection
            breaks; used up one by one.
        hold_after: After this many bytes of an answer, wait for ``HubServer.release``.
        hold_headers: Wait before saying anything at all.
        error: HTTP status, the Hub's error code, and its message, instead of the file.
        content_type: Of the answer.
        length_said: Whether answers say how large the file is.
        replaced_by: Served in its place as soon as a part of it has been sent.
        commit: The commit that the repository is at.
    """

    content: bytes
    is_large: bool = True
    etag: str = ""
    ranges: bool = True
    cut_after: list[int] = field(default_factory=list)
    hold_after: int | None = None
    hold_headers: bool = False
    error: tuple[int, str, str] | None = None
    content_type: str = "application/octet-stream"
    zeros: int = 0
    length_said: bool = True
    replaced_by: "HubFile | None" = None
    commit: str = COMMIT

    def __post_init__(self) -> None:
        self.etag = self.etag or f'"{hashlib.md5(self.content).hexdigest()}"'

    @property
    def size(self) -> int:
        return len(self.content) + self.zeros

    def part(self, start: int, end: int) -> bytes:
        return self.content[start:end].ljust(min(end, self.size) - start, b"\0")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def _sibling(name: str, file: HubFile) -> dict[str, Any]:
    told: dict[str, Any] = {"rfilename": name, "size": file.size, "blobId": COMMIT}
    if file.is_large:
        told["lfs"] = {"size": file.size, "sha256": file.sha256, "pointerSize": 135}
    return told


def _entry(name: str, file: HubFile) -> dict[str, Any]:
    """A file as the Hub lists it in a tree."""
    told: dict[str, Any] = {"type": "file", "path": name, "size": file.size, "oid": COMMIT}
    if file.is_large:
        told["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": 135}
    return told


@dataclass(frozen=True)
class Seen:
    """One request. Names of headers are in lower case."""

    host: str
    method: str
    path: str
    headers: dict[str, str]


class HubServer:
    """Both hosts; a context manager. ``url`` goes where ``HF_ENDPOINT`` would.

    ``sent`` has, for each answer with a body, where it began and how far the connection took it.
    """

    def __init__(self) -> None:
        self.files: dict[str, HubFile] = {}
        self.catalog = Catalog()
        #: API paths that are answered by sending the client to the other host.
        self.sent_elsewhere: set[str] = set()
        self.seen: list[Seen] = []
        self.sent: list[tuple[int, int]] = []
        self.held = threading.Event()
        self._released = threading.Event()
        self._hub = _Host("hub", self)
        self._cdn = _Host("cdn", self)

    def __enter__(self) -> "HubServer":
        self._hub.start()
        self._cdn.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._hub.stop()
        self._cdn.stop()

    @property
    def url(self) -> str:
        """Address of the Hub."""
        return self._hub.url

    @property
    def cdn_url(self) -> str:
        """Address of the CDN."""
        return self._cdn.url

    def add(self, path: str, file: HubFile) -> str:
        """Serve a file at a path of the Hub; returns its address."""
        self.files[path] = file
        return f"{self.url}{path}"

    def add_to_repository(self, repository: str, revision: str, name: str, file: HubFile) -> str:
        """Serve a file of a repository; returns its address."""
        return self.add(f"/{repository}/resolve/{revision}/{name}", file)

    def list_repository(self, repository: str, revision: str = "main", **options: Any) -> HubFile:
        """Tell what files of a repository are served by now, as the Hub tells it."""
        files = self.files_of(repository, revision)
        siblings = [_sibling(name, file) for name, file in files.items()]
        told = {"id": repository, "sha": COMMIT, "siblings": siblings}
        file = HubFile(json.dumps(told).encode(), is_large=False, **options)
        file.content_type = "application/json"
        self.add(f"/api/models/{repository}/revision/{revision}?blobs=true", file)
        return file

    def files_of(self, repository: str, revision: str) -> dict[str, HubFile]:
        """Files of a repository that are served by now, by their names."""
        below = f"/{repository}/resolve/{revision}/"
        served = self.files.items()
        return {p.removeprefix(below): file for p, file in served if p.startswith(below)}

    def replace(self, old: HubFile, new: HubFile) -> None:
        """Serve another file wherever this one is."""
        self.files.update({path: new for path, file in self.files.items() if file is old})

    def release(self) -> None:
        """Let held answers go on, and those to come."""
        self._released.set()

    def bodies_asked(self) -> list[str]:
        """The ``Range`` of each GET that could bring bytes, or ``whole``."""
        large = {path for path, file in self.files.items() if file.is_large and not file.error}
        return [
            request.headers.get("range", "whole")
            for request in self.seen
            if request.method == "GET" and (request.host == "cdn" or request.path not in large)
        ]

    def wait_if_held(self, file: HubFile, sent: int) -> None:
        """For the hosts: wait at the byte where the file is held."""
        if file.hold_after is not None and sent >= file.hold_after:
            self.wait_for_release()

    def wait_for_release(self) -> None:
        """For the hosts: say that something is held, and wait."""
        self.held.set()
        self._released.wait(DEADLINE_SECONDS)


class _Host(ThreadingHTTPServer):
    """One of the two hosts."""

    # Threads are waited for when the server is closed; their connections are cut before that.
    daemon_threads = False

    def __init__(self, name: str, hub: HubServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name = name
        self.hub = hub
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name=name)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()

    def process_request(self, request, client_address) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:
        """Clients that go away are part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Host

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed; see ``HubServer.seen``."""

    def do_POST(self) -> None:
        """``paths-info``: sizes and hashes of files by their names."""
        length = int(self.headers.get("Content-Length", "0"))
        asked = parse_qs(self.rfile.read(length).decode())["paths"]
        path = self._noted()
        repository, _, revision = path.removeprefix("/api/models/").partition("/paths-info/")
        files = self.server.hub.files_of(repository, revision)
        self._send_json([_entry(name, files[name]) for name in asked if name in files])

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self._noted()
        headers = self.server.hub.seen[-1].headers
        if path.partition("?")[0] in self.server.hub.sent_elsewhere and self.server.name == "hub":
            self._send_to(self.server.hub.cdn_url + self.path)
            return
        if path.startswith("/api/") and path not in self.server.hub.files:
            self._answer_question(path, headers)
            return
        file = self.server.hub.files.get(path)
        if file is not None and file.hold_headers:
            self.server.hub.wait_for_release()
        if file is None:
            self._refuse(404, "EntryNotFound", "Entry not found")
        elif file.error:
            self._refuse(*file.error)
        elif file.is_large and self.server.name == "hub":
            self._redirect(file)
        else:
            self._send(file, headers, with_body)

    def _noted(self) -> str:
        """Write the request down; returns its path."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = unquote(self.path)
        self.server.hub.seen.append(Seen(self.server.name, self.command, path, headers))
        return path

    def _answer_question(self, path: str, headers: dict[str, str]) -> None:
        hub, catalog = self.server.hub, self.server.hub.catalog
        if catalog.hold:
            hub.wait_for_release()
        tree = re.fullmatch(r"/api/models/(.+)/tree/([^?]+).*", path)
        if catalog.error:
            self._refuse(*catalog.error, "No.")
        elif path.startswith("/api/models?"):
            page, further = catalog.models(self.path, hub.url)
            self._send_json(page, {"Link": f'<{further}>; rel="next"'} if further else {})
        elif tree:
            files = hub.files_of(tree[1], tree[2])
            self._send_json([_entry(name, file) for name, file in files.items()])
        elif path == "/api/whoami-v2":
            account = catalog.whoami(headers.get("authorization", ""))
            self._send_json(account) if account else self._refuse(401, "", "Invalid token")
        else:
            self._refuse(404, "RepoNotFound", "Repository not found")

    def _send_json(self, value: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, words in (headers or {}).items():
            self.send_header(name, words)
        self.end_headers()
        self.wfile.write(body)

    def _send_to(self, url: str) -> None:
        self.send_response(307)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _redirect(self, file: HubFile) -> None:
        self.send_response(302)
        self.send_header("Location", self.server.hub.cdn_url + self.path)
        self.send_header("X-Repo-Commit", file.commit)
        self.send_header("ETag", f'"{file.sha256}"')
        self.send_header("X-Linked-Etag", f'"{file.sha256}"')
        self.send_header("X-Linked-Size", str(file.size))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, file: HubFile, headers: dict[str, str], with_body: bool) -> None:
        asked = self._range(file, headers)
        if asked is not None and asked[0] >= file.size:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{file.size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start, end = asked or (0, file.size)
        self.send_response(200 if asked is None else 206)
        if asked is not None:
            size = file.size if file.length_said else "*"
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("Content-Type", file.content_type)
        if file.length_said:
            self.send_header("Content-Length", str(end - start))
        else:
            self.send_header("Connection", "close")
        self.send_header("ETag", file.etag)
        self.send_header("X-Repo-Commit", file.commit)
        self.send_header("Accept-Ranges", "bytes" if file.ranges else "none")
        self.end_headers()
        if with_body:
            self._send_body(file, start, end)

    def _range(self, file: HubFile, headers: dict[str, str]) -> tuple[int, int] | None:
        """Where the answer begins and ends; None for the whole file."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
        if not asked or not file.ranges or headers.get("if-range", file.etag) != file.etag:
            return None
        end = int(asked[2]) + 1 if asked[2] else file.size
        return int(asked[1]), min(end, file.size)

    def _send_body(self, file: HubFile, start: int, end: int) -> None:
        if file.replaced_by:
            self.server.hub.replace(file, file.replaced_by)
        whole = end - start
        cut = file.cut_after.pop(0) if file.cut_after else whole
        sent, number = 0, len(self.server.hub.sent)
        self.server.hub.sent.append((start, start))
        while sent < min(cut, whole):
            self.server.hub.wait_if_held(file, sent)
            # An answer is held and cut at the very byte.
            stops = [sent + _BLOCK_BYTES, cut, whole]
            if file.hold_after is not None and sent < file.hold_after:
                stops.append(file.hold_after)
            self.wfile.write(file.part(start + sent, start + min(stops)))
            sent = min(stops)
            self.server.hub.sent[number] = (start, start + sent)
        if cut < whole:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
