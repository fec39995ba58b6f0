"""Uses the engine client as the window does, but waits for what it wants."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lollma_gui.core.engine_messages import ChatMessage
from lollma_gui.core.engine_status import EngineState, EngineStatus
from lollma_gui.services.engine.client import AnswerEnd, ClientCallbacks, EngineClient
from lollma_gui.services.engine.link import EngineLink, LinkCallbacks

#: Only a hang takes this long.
DEADLINE_SECONDS = 90


class EngineUser:
    """Collects everything an engine client reports, on the thread of the test."""

    def __init__(self, make_link: Callable[[LinkCallbacks], EngineLink]) -> None:
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._timers: list[threading.Timer] = []
        self.links: list[EngineLink] = []
        self.statuses: list[EngineStatus] = []
        self.texts: list[str] = []
        self.prompts: list[tuple[int, int]] = []
        self.ends: list[AnswerEnd] = []
        self.log: list[str] = []

        def remembered(callbacks: LinkCallbacks) -> EngineLink:
            self.links.append(make_link(callbacks))
            return self.links[-1]

        self.client = EngineClient(
            remembered,
            self,
            ClientCallbacks(
                self.statuses.append,
                self.texts.append,
                lambda done, total: self.prompts.append((done, total)),
                self.ends.append,
                self.log.append,
            ),
        )

    # What the client asks of its scheduler.
    def post(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, self.post, (work,))
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    # What tests do.
    def wait(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not done():
            left = deadline - time.monotonic()
            assert left > 0, f"still waiting; status {self.status}, log {self.log[-8:]}"
            try:
                self._work.get(timeout=left)()
            except queue.Empty:
                continue

    @property
    def status(self) -> EngineStatus:
        return self.client.status

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def load(self, model: Path, settings: Mapping[str, object] | None = None) -> EngineStatus:
        self.client.load(str(model), settings or {"n_ctx": 2048})
        self.wait(lambda: not self.status.is_busy)
        return self.status

    def begin(self, *contents: str, **settings: object) -> None:
        """Ask; contents are user, assistant, user, ... in turn."""
        self.texts.clear()
        self.prompts.clear()
        roles = ("user", "assistant")
        messages = [ChatMessage(roles[i % 2], text) for i, text in enumerate(contents)]
        given = {"temperature": 0.0, "max_new_tokens": 24, "repetition_penalty": 1.0, **settings}
        self.client.generate(messages, given)

    def ask(self, *contents: str, **settings: object) -> AnswerEnd:
        before = len(self.ends)
        self.begin(*contents, **settings)
        self.wait(lambda: len(self.ends) > before)
        return self.ends[-1]

    def wait_for(self, state: EngineState) -> None:
        self.wait(lambda: self.status.state is state)

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self.client.unload()
        self.wait(lambda: not self.status.is_busy and not self.status.is_loaded)
