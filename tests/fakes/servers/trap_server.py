"""A small real server that misbehaves in the way it is told.

``/health`` says how it is, ``/model`` which model it has, ``POST /load`` loads one; with a key,
all of them want it.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--model", default="")
parser.add_argument("--slow", default="", help="starts when this file is there")
parser.add_argument("--moves", action="store_true", help="takes another port without a word")
parser.add_argument("--lies", action="store_true", help="answers 200 to a load that fails")
parser.add_argument("--freezes", default="", help="answers nobody while this file is there")
parser.add_argument("--deaf", action="store_true", help="ignores SIGTERM")
parser.add_argument("--forks", default="", help="starts a child, writes its PID here")
parser.add_argument("--escapes", action="store_true", help="that child gets a session of its own")
parser.add_argument("--dies-when", default="", help="ends when this file is there")
parser.add_argument("--exits", type=int, default=-1, help="ends at once with this code")
parser.add_argument("--floods", action="store_true", help="prints without an end")
given = parser.parse_args()
key = os.environ.get("TRAP_KEY", "")
state = {"model": given.model, "requests": 0}


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answered(None)

    def do_POST(self) -> None:
        self._answered(json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0))))

    def _answered(self, body: dict[str, str] | None) -> None:
        while given.freezes and Path(given.freezes).exists():
            time.sleep(0.02)
        state["requests"] += 1
        if key and self.headers.get("Authorization") != f"Bearer {key}":
            self._say(401, {"error": "key"})
        elif body is None:
            self._say(200, {"status": "ok", **state})
        elif "bad" in body["model"]:
            say("error: cudaMalloc failed: out of memory")
            self._say(200 if given.lies else 500, "OK")
        else:
            state["model"] = body["model"]
            self._say(200, "OK")

    def _say(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Nothing: the log is for what the test wants."""


def until(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.02)


if given.exits >= 0:
    say("error: this build lacks everything")
    sys.exit(given.exits)
if given.deaf:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if given.forks:
    sleeper = "import time\nwhile True: time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", sleeper], start_new_session=given.escapes)
    Path(given.forks).write_text(str(child.pid))
if given.slow:
    say("starting, which takes its time")
    until(given.slow)
if given.dies_when:

    def die() -> None:
        until(given.dies_when)
        say("error: no kernel image is available")
        os._exit(1)

    threading.Thread(target=die, daemon=True).start()
port = given.port
if given.moves:
    while port == given.port:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
server = ThreadingHTTPServer((given.host, port), Handler)
say(f"listening with key {key} on http://127.0.0.1:{port}")
if given.floods:

    def flood() -> None:
        lines = b"".join(
            b"%07d a line of sixty-four bytes, again and again and again ...\n" % n
            for n in range(1000)
        )
        while True:
            os.write(1, lines)

    threading.Thread(target=flood, daemon=True).start()
server.serve_forever()
