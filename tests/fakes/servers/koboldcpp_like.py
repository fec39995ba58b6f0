"""Acts as KoboldCpp does: reads a .kcpps file, switches by reading it again, silent meanwhile.

A model whose name has ``bad`` in it cannot be loaded: then it takes the one from before.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

if "--version" in sys.argv:
    sys.stdout.write("1.102.2\n")
    sys.exit(0)
config_path = Path(sys.argv[sys.argv.index("--config") + 1])
config = json.loads(config_path.read_text())
state = {"model": config.get("model_param"), "began": time.time(), "next": None}


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def name():
    if not state["model"]:
        return "inactive"
    return "koboldcpp/" + Path(state["model"]).stem.replace("+", "")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/api/v1/model":
            self._answer(200, {"result": name()})
        elif self.path == "/api/extra/perf":
            up = time.time() - state["began"]
            self._answer(200, {"idle": 1, "queue": 0, "total_gens": 3, "uptime": up})
        else:
            self._answer(404, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        may = self.headers.get("Authorization") == f"Bearer {config['adminpassword']}"
        found = Path(config["admindir"]) / body["filename"]
        if not may or not found.is_file() or "/" in body["filename"]:
            self._answer(200, {"success": False})
            return
        state["next"] = json.loads(found.read_text())
        self._answer(200, {"success": True})
        threading.Thread(target=self.server.shutdown).start()

    def _answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


while True:
    say(f"words {sys.argv[1:]}")
    say("Loading Text Model: " + str(state["model"]))
    say("contextsize " + str(config.get("contextsize")))
    server = ThreadingHTTPServer((config["host"], config["port"]), Handler)
    say(f"Please connect to custom endpoint at http://localhost:{config['port']}")
    server.serve_forever(poll_interval=0.01)
    server.server_close()
    wanted = state["next"].get("model_param")
    if wanted and "bad" in wanted:
        say("gguf_init_from_file: failed to read magic")
        say("error: Could not load text model: " + wanted)
    else:
        config, state["model"] = state["next"], wanted
    state["began"] = time.time()
