"""Acts as the llama-server that TextGen starts: PORT MODEL CONTEXT."""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

port, model, context = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        loading = "slow" in model and not Path("go").exists()
        if loading:
            self._answer(503, {"error": {"message": "Loading model"}})
        elif self.path == "/slots":
            self._answer(200, [{"id": 0, "n_ctx": context, "is_processing": "busy" in model}])
        elif self.path == "/metrics":
            self._answer(501, {"error": {"message": "not enabled"}})
        elif self.path in ("/health", "/tokenize"):
            self._answer(200, {"status": "ok"})
        else:
            self._answer(404, {"error": {"message": "File Not Found"}})

    def _answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


if "oom" in model:
    sys.stderr.write(
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9000.00 MiB on device 0: "
    )
    sys.stderr.write("cudaMalloc failed: out of memory\n")
    time.sleep(0.05)
    sys.exit(1)
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
