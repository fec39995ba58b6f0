"""The second half of a whole self-test: a dry run, and a server that is started and watched."""

import secrets
import tempfile
import threading
from pathlib import Path

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_config import LOOPBACK, AtClose, ServerConfig
from lollma_gui.core.server_state import ServerState, ServerStatus
from lollma_gui.services.servers import ports
from lollma_gui.services.servers.api_client import ApiClient
from lollma_gui.services.servers.engine_api import EngineApi
from lollma_gui.services.servers.supervisor import Supervisor
from lollma_gui.services.servers.wish import SupervisorCallbacks, Wish

_VALUES = {"n_ctx": 512}
_ENDED = (ServerState.CRASHED, ServerState.STOPPED)
_LAST_SECONDS = 30.0


def plan(model: Path) -> dict[str, object]:
    """What a load would take, by llama.cpp's own word.

    Raises:
        LollmaError: If it cannot tell.
    """
    from lollma_gui.services.dry_run import dry_run

    found = dry_run(model, _VALUES, cancelled=bool)
    return {"planned_bytes": found.kv_bytes + sum(buffer.n_bytes for buffer in found.buffers)}


def serve(model: Path, patience_seconds: float) -> dict[str, object]:
    """Start the engine's API under supervision, have it answer once, and stop it.

    Raises:
        LollmaError: If it does not start, answer or end.
    """
    with tempfile.TemporaryDirectory() as folder:
        server = _Served(Path(folder))
        try:
            status = server.start(model, patience_seconds)
            text = server.ask(status, patience_seconds)
        finally:
            server.stop()
    return {"served_text": text, "served_at": status.api_url}


class _Served:
    def __init__(self, folder: Path) -> None:
        port = ports.next_free(EngineApi.usual_port, LOOPBACK)
        # It ends with us, however we end: that is tried too.
        config = ServerConfig(
            *("self-test", EngineApi.key, EngineApi.name),
            port=port or 0,
            at_close=AtClose.STOP,
        )
        self._key = secrets.token_hex(16)
        self._news = threading.Condition()
        callbacks = SupervisorCallbacks(
            self._take_status, lambda _one: None, lambda _lines: None, lambda _config: None
        )
        self._last = ServerStatus()
        self._began = False
        self._supervisor = Supervisor(EngineApi(), config, folder, callbacks)

    def _take_status(self, status: ServerStatus) -> None:
        with self._news:
            self._last = status
            self._began |= status.state is not ServerState.STOPPED
            self._news.notify_all()

    def start(self, model: Path, patience_seconds: float) -> ServerStatus:
        self._supervisor.start(Wish(_VALUES, str(model), None, self._key))
        with self._news:
            self._news.wait_for(self._is_settled, patience_seconds)
            status = self._last
        if not status.is_answering:
            raise LollmaError(
                status.problem or "The engine's API did not start in time.",
                status.advice,
                "\n".join(status.lines),
            )
        return status

    def _is_settled(self) -> bool:
        ended = self._last.problem or self._began
        return self._last.is_answering or bool(ended and self._last.state in _ENDED)

    def ask(self, status: ServerStatus, patience_seconds: float) -> str:
        api = ApiClient(self._key, patience_seconds=patience_seconds)
        asked = {"prompt": "The sky is", "max_tokens": 8, "temperature": 0}
        answer = api.post(f"{status.api_url}/completions", asked)
        if not answer.is_ok:
            raise LollmaError(f"The engine's API answered with status {answer.status}.")
        return str(answer.json()["choices"][0]["text"])

    def stop(self) -> None:
        self._supervisor.stop()
        if not self._supervisor.join(_LAST_SECONDS):
            raise LollmaError("The engine's API did not end.")
