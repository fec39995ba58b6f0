"""Who answers in the chat: our own engine, or a server that is ready."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.chat_request import chat_request
from lollma_gui.core.engine_messages import ChatMessage, SettingValue, Stats
from lollma_gui.core.engine_status import EngineState
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.program_name import Program
from lollma_gui.core.server_config import ELSEWHERE
from lollma_gui.core.server_state import ServerState
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.engine import Engine
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.qt.servers import Servers
from lollma_gui.services.engine.client import AnswerEnd
from lollma_gui.services.openai_chat import ChatServer, Heard, Reply, ask

#: Key of our own engine among those who can answer.
ENGINE = "engine"
ENGINE_NAME = "Built-in llama.cpp"

_USABLE = frozenset({ServerState.READY, ServerState.BUSY})


class Choice(NamedTuple):
    """One who can answer.

    Attributes:
        key: ``ENGINE``, or the id of a server.
        name: What the person calls it.
        model: What it has loaded; empty: nothing, or it does not say.
    """

    key: str
    name: str
    model: str = ""


class ServerAnswers(QObject):
    """Asks a server, one answer at a time.

    Args:
        background: A background of one thread, which an answer keeps busy.
        parent: The Qt parent.

    Signals:
        text: The next piece of the answer.
        prompt_read: Prompt tokens read so far, and all.
        answer_ended: An ``AnswerEnd``.
    """

    text = Signal(str)
    prompt_read = Signal(int, int)
    answer_ended = Signal(object)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._session: ServerSession | None = None
        self._stopped: threading.Event | None = None
        self._shown = 0

    @property
    def is_answering(self) -> bool:
        """Whether an answer is under way."""
        return self._stopped is not None

    @property
    def is_stopping(self) -> bool:
        """Whether it is being stopped."""
        return self._stopped is not None and self._stopped.is_set()

    def turn_to(self, session: ServerSession | None) -> None:
        """Ask this one from now on; an answer under way goes on."""
        self._session = session

    def generate(
        self, messages: Sequence[ChatMessage], settings: Mapping[str, SettingValue]
    ) -> None:
        """Ask for an answer.

        Raises:
            LollmaError: If the server cannot answer now.
        """
        session = self._session
        _check(session)
        assert session is not None
        body = chat_request(_program(session), settings, messages, session.status.model)
        server = ChatServer(session.config.name, session.status.api_url, session.key)
        stopped = self._stopped = threading.Event()
        self._shown = 0

        def work(job: Job) -> Reply:
            return ask(server, body, job.report, lambda: stopped.is_set() or job.cancelled())

        self._background.run(
            work,
            on_result=self._on_reply,
            on_error=self._on_error,
            on_progress=self._on_heard,
            owner=self,
        )

    def stop(self) -> None:
        """Stop the answer under way: its connection is closed."""
        if self._stopped is not None:
            self._stopped.set()

    def _on_heard(self, heard: Heard) -> None:
        if heard.read is not None and not heard.text:
            self.prompt_read.emit(*heard.read)
        if len(heard.text) > self._shown:
            new = heard.text[self._shown :]
            self._shown = len(heard.text)
            self.text.emit(new)

    def _on_reply(self, reply: Reply) -> None:
        self._on_heard(Heard(reply.text))
        self._stopped = None
        problem, advice = (reply.error.title, reply.error.advice) if reply.error else ("", "")
        self.answer_ended.emit(AnswerEnd(reply.reason, reply.stats, problem, advice))

    def _on_error(self, error: LollmaError) -> None:
        self._on_reply(Reply("", "failed", Stats(), error))


def _check(session: ServerSession | None) -> None:
    """See that a server can be asked now.

    Raises:
        LollmaError: If it cannot.
    """
    # A busy one may be silent for a moment, and can be asked all the same.
    if session is None or session.status.state not in _USABLE or not session.status.api_url:
        name, words = (session.config.name, session.status.words()) if session else ("It", "gone")
        raise LollmaError(
            f"{name} cannot answer now: {words}.",
            "See its page under Servers, or choose another one below the chat.",
        )
    if not session.status.model:
        raise LollmaError(
            f"{session.config.name} has no model loaded.", "Choose one on its page under Servers."
        )


def _program(session: ServerSession) -> Program | None:
    """Whose names of our settings it understands; None: nobody knows."""
    return None if session.program.key == ELSEWHERE else session.program.settings


class Answers(QObject):
    """The engine and all servers as those who can answer; one of them is chosen.

    The choice holds as long as the chosen one runs; then it is the engine's turn again.

    Args:
        engine: Our engine.
        model_name: The name a person knows a model file by.
        servers: Those that may be chosen.
        background: A background of one thread, which an answer keeps busy.
        parent: The Qt parent.

    Signals:
        text: The next piece of the answer.
        prompt_read: Prompt tokens read so far, and all.
        answer_ended: An ``AnswerEnd``.
        changed: Who can answer, who is chosen, or what that one is doing.
    """

    text = Signal(str)
    prompt_read = Signal(int, int)
    answer_ended = Signal(object)
    changed = Signal()

    def __init__(
        self,
        engine: Engine,
        model_name: Callable[[str], str],
        servers: Servers,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._model_name = model_name
        self._servers = servers
        self._remote = ServerAnswers(background, self)
        self._chosen = ENGINE
        self._watched: set[str] = set()
        for source in (engine, self._remote):
            source.text.connect(self.text)
            source.prompt_read.connect(self.prompt_read)
            source.answer_ended.connect(self.answer_ended)
        self._remote.answer_ended.connect(self.changed)
        engine.status_changed.connect(self.changed)
        servers.changed.connect(self._take_servers)
        self._take_servers()

    # ---- who -------------------------------------------------------------------------------

    @property
    def chosen(self) -> str:
        """Key of the one who answers next."""
        return self._chosen

    @property
    def is_engine(self) -> bool:
        """Whether that is our own engine."""
        return self._chosen == ENGINE

    def choices(self) -> list[Choice]:
        """Who can answer: the engine, and the servers that are ready."""
        found = [Choice(ENGINE, ENGINE_NAME, self._engine_model())]
        for session in self._servers.sessions:
            config, status = session.config, session.status
            if status.is_answering or config.id == self._chosen:
                found.append(Choice(config.id, config.name, status.model))
        return found

    def choose(self, key: str) -> None:
        """From now on this one answers; an answer under way goes on."""
        session = self._servers.session(key)
        self._chosen = key if session is not None else ENGINE
        self._remote.turn_to(session)
        self.changed.emit()

    def model_name(self) -> str:
        """The model that would answer, or is being loaded; empty when there is none."""
        if self.is_engine:
            return self._engine_model()
        session = self._servers.session(self._chosen)
        return session.status.model if session else ""

    def model_path(self) -> str:
        """Where the model that would answer lies, for the settings in force; empty: not known."""
        session = self._servers.session(self._chosen)
        return session.config.model_path if session else self._engine.status.model_path

    def _engine_model(self) -> str:
        status = self._engine.status
        path = status.next_model_path or status.model_path
        return self._model_name(path) if path else ""

    def _take_servers(self) -> None:
        self._watched &= {one.config.id for one in self._servers.sessions}
        for session in self._servers.sessions:
            if session.config.id not in self._watched:
                self._watched.add(session.config.id)
                session.status_changed.connect(self._on_server)
                session.config_changed.connect(self.changed)
        self._on_server()

    def _on_server(self) -> None:
        session = self._servers.session(self._chosen)
        if not self.is_engine and (session is None or not session.status.is_running):
            self.choose(ENGINE)
        else:
            self.changed.emit()

    # ---- answering -------------------------------------------------------------------------

    @property
    def is_answering(self) -> bool:
        """Whether an answer is under way."""
        return self._remote.is_answering or self._engine.status.is_answering

    @property
    def is_stopping(self) -> bool:
        """Whether it is being stopped."""
        return self._remote.is_stopping or self._engine.status.state is EngineState.STOPPING

    def generate(
        self, messages: Sequence[ChatMessage], settings: Mapping[str, SettingValue]
    ) -> None:
        """Ask the chosen one.

        Raises:
            LollmaError: If it cannot answer now.
        """
        if self._remote.is_answering:
            raise LollmaError("An answer is still being written.", "Stop it first.")
        source = self._engine if self.is_engine else self._remote
        source.generate(messages, settings)
        self.changed.emit()

    def stop_server(self) -> None:
        """Stop what a server writes: the app ends."""
        self._remote.stop()

    def stop(self) -> None:
        """Stop the answer under way."""
        if self._remote.is_answering:
            self._remote.stop()
        else:
            self._engine.stop()
        self.changed.emit()
