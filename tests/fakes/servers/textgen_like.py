"""Acts as TextGen's server.py does, with every trap of its API; the flags are real ones.

A model called ``oom...`` cannot be loaded, ``slow...`` is loaded once the file ``go`` is there.
"""

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

from modules import shared

args = shared.args
one_at_a_time = threading.Lock()
state = {"name": "None", "child": None, "port": 0}
PAGE = b"<html>TextGen</html>"


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def free_port(wanted):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def load(path, given):
    unload()
    name = Path(path).name
    # What the caller does not send, it makes up itself: the command line is forgotten.
    layers, context = given.get("gpu_layers", -1), given.get("ctx_size", 0)
    state["name"] = path
    say(f'INFO     Loading "{path}"')
    say(f"INFO     Using gpu_layers={layers} | ctx_size={context} | threads={given.get('threads')}")
    port = free_port(args.api_port + 5)
    words = [sys.executable, str(Path(__file__).parent / "llama_like.py"), str(port), name]
    child = subprocess.Popen([*words, str(context)])
    state.update(child=child, port=port)
    while child.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.01)
            continue
        if "slow" not in name or Path("go").exists():
            break
        time.sleep(0.01)
    if child.poll() is None:
        say(f'INFO     Loaded "{path}" in 0.1 seconds.')
    else:
        state["child"] = None
        say("ERROR    Error loading the model with llama.cpp: exit code: 1")


def unload():
    # After a failed load there is nothing to unload, and so the name stays.
    if state["child"] is not None:
        state["child"].terminate()
        state["child"].wait()
        state.update(child=None, name="None")


def ask_child(path):
    import urllib.request

    urllib.request.urlopen(f"http://127.0.0.1:{state['port']}{path}", timeout=5).read()


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        # One handler that waits keeps all of them waiting.
        with one_at_a_time:
            self._get()

    def _get(self):
        if not self._may():
            self._answer(401, {"detail": "Unauthorized"})
        elif self.path == "/v1/internal/health":
            self._answer(200, {"status": "ok"})
        elif self.path == "/v1/internal/model/info":
            self._answer(200, {"model_name": state["name"], "lora_names": [], "loader": None})
        else:
            self._answer(404, {"detail": "Not Found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
        with one_at_a_time:
            if not self._may():
                self._answer(401, {"detail": "Unauthorized"})
            elif self.path == "/v1/internal/model/load":
                load(body["model_name"], body.get("args") or {})
                self._answer(200, "OK")
            elif self.path == "/v1/internal/model/unload":
                unload()
                self._answer(200, "OK")
            elif self.path == "/v1/internal/token-count":
                self._count()
            else:
                self._answer(404, {"detail": "Not Found"})

    def _count(self):
        try:
            ask_child("/tokenize")
        except OSError:
            self._answer(500, "Internal Server Error")
        else:
            self._answer(200, {"length": 1})

    def _may(self):
        key = args.api_key
        return not key or self.headers.get("Authorization") == f"Bearer {key}"

    def _answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


class Page(Api):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)


def end(number, frame):
    unload()
    sys.exit(0)


def main():
    signal.signal(signal.SIGTERM, end)
    say("INFO     Starting TextGen")
    say(f"words: {sys.argv[1:]}")
    host = (args.listen_host or "0.0.0.0") if args.listen else "127.0.0.1"
    if args.model:
        load(str(Path(args.model_dir) / args.model), vars(args))
    port = args.api_port
    if os.environ.get("TRAP_MOVE"):
        port = free_port(0)
        say(f"WARNING  Port {args.api_port} is already in use. Using port {port} instead.")
    if not args.nowebui:
        page = ThreadingHTTPServer((host, args.listen_port), Page)
        threading.Thread(target=page.serve_forever, daemon=True).start()
        say(f"Running on local URL:  http://{host}:{args.listen_port}")
    if args.api_key:
        say(f"INFO     OpenAI API key:\n\n{args.api_key}\n")
    server = ThreadingHTTPServer((host, port), Api)
    say(f"INFO     OpenAI/Anthropic-compatible API URL:\n\nhttp://{host}:{port}/v1\n")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        signal.pause()


main()
