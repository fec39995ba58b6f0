"""All servers a person has set up."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.readings import Reading
from lollma_gui.core.server_config import ELSEWHERE, Access, AtClose, ServerConfig
from lollma_gui.core.server_state import ServerStatus
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.server_session import ModelDesk, ServerSession
from lollma_gui.services.secrets import new_key
from lollma_gui.services.server_store import ServerStore
from lollma_gui.services.servers import records
from lollma_gui.services.servers.program import ServerProgram
from lollma_gui.services.servers.records import LeftOver

#: What is loaded in one go: each configuration with its key and what still runs of it.
_Loaded = list[tuple[ServerConfig, str, LeftOver | None]]

#: When the app ends, the thread of a server that has stopped gets so long.
_JOIN_SECONDS = 2.0


class Removed(NamedTuple):
    """A server that was removed, as it was; never shown or written, since the key is in it."""

    config: ServerConfig
    key: str


class Servers(QObject):
    """Keeps the list, saves it, and starts and ends with the app what is to.

    Args:
        programs: Every program by its key.
        store: Keeps configurations and keys; used only through ``keeper``.
        folder: Below it each server has its own folder.
        models: Asked about models.
        background: For what takes a moment.
        keeper: A background of one thread, so that writes happen in order.
        take_output: Takes the log: id of the server and whole lines, from any thread.
        parent: The Qt parent.

    Signals:
        changed: Servers came or went.
        left_over: A ``ServerSession`` of which an earlier run of the app left something running.
        failed: A ``LollmaError``: something could not be saved.
        ended: After ``shut_down``, nothing runs any more but what is to go on without us.
    """

    changed = Signal()
    left_over = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(
        self,
        programs: Mapping[str, ServerProgram],
        store: ServerStore,
        folder: Path,
        models: ModelDesk,
        background: Background,
        keeper: Background,
        take_output: Callable[[str, bytes], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.programs = dict(programs)
        self._store = store
        self._folder = folder
        self._models = models
        self._background = background
        self._keeper = keeper
        self._take_output = take_output
        self._sessions: dict[str, ServerSession] = {}
        self._unusable: list[ServerConfig] = []
        self._shutting_down = False
        self._going_on: set[ServerSession] = set()
        self._is_loaded = False

    @property
    def is_loaded(self) -> bool:
        """Whether what is set up has been read."""
        return self._is_loaded

    @property
    def sessions(self) -> list[ServerSession]:
        """All servers, in their order."""
        return list(self._sessions.values())

    def session(self, server_id: str) -> ServerSession | None:
        """One server."""
        return self._sessions.get(server_id)

    @property
    def problems(self) -> list[str]:
        """What was wrong with the file of servers, each as a sentence; once ``changed`` came."""
        return self._store.problems

    @property
    def undecided(self) -> list[ServerSession]:
        """Those that run, and of which a person has not said what happens when the app closes."""
        return [
            one
            for one in self.sessions
            if one.status.is_running and one.config.at_close is AtClose.ASK
        ]

    @property
    def names(self) -> dict[int, str]:
        """What each process of a server is called: of those that run, and those left over."""
        return {pid: one.config.name for one in self.sessions for pid in one.pids}

    def load(self) -> None:
        """Read what is set up, look what still runs, and start what starts with the app."""
        self._keeper.run(self._read, on_result=self._take, on_error=self.failed.emit, owner=self)

    def _read(self, _job: Job) -> _Loaded:
        return [
            (config, self._store.key(config.id), records.left_over(self._folder / config.id))
            for config in self._store.load()
        ]

    def _take(self, loaded: _Loaded) -> None:
        for config, key, left in loaded:
            if config.program not in self.programs:
                # Of a newer LoLLMa: kept in the file, not shown.
                self._unusable.append(config)
                continue
            session = self._make(config, key)
            session.set_left_over(left)
            session.look()
        self._is_loaded = True
        self.changed.emit()
        for session in self.sessions:
            if session.left_over is not None:
                self.left_over.emit(session)
            elif session.config.autostart:
                session.start()

    def _make(self, config: ServerConfig, key: str) -> ServerSession:
        session = ServerSession(
            self.programs[config.program],
            config,
            self._folder / config.id,
            self._models,
            self._background,
            lambda lines: self._take_output(config.id, lines),
            self,
        )
        session.set_key(key)
        session.config_changed.connect(self._save)
        session.failed.connect(self.failed)
        session.status_changed.connect(self._on_status)
        self._sessions[config.id] = session
        return session

    # ---- wishes ----------------------------------------------------------------------------

    def add(self, program: str, **set_so: Any) -> ServerSession:
        """Set up a new server.

        Args:
            program: Key of its program.
            set_so: Fields of its ``ServerConfig``.
        """
        name = self.programs[program].name
        server_id = f"{program}-{secrets.token_hex(3)}"
        return self.put(ServerConfig(server_id, program, **({"name": name} | set_so)))

    def put(self, config: ServerConfig, key: str = "") -> ServerSession:
        """Take in a server as it is set, with its key; so a removal is undone."""
        session = self._make(config, key)
        session.look()
        if key:
            self._keep(lambda: self._store.set_key(config.id, key))
        self._save()
        self.changed.emit()
        return session

    def add_another(self, program: str) -> ServerSession:
        """Set up one more server of a program, with a name and ports that no other one has."""
        made = self.programs[program]
        names = {one.config.name for one in self.sessions}
        taken = {p.number for one in self.sessions for p in one.program.ports(one.config)}
        number = next(n for n in range(2, len(names) + 3) if f"{made.name} {n}" not in names)
        free: dict[str, int] = {}
        for port in made.ports(ServerConfig("new", program, made.name)):
            free[port.name] = next(n for n in range(port.number, 65536) if n not in taken)
            taken.add(free[port.name])
        options = {f"{name}_port": n for name, n in free.items() if name != "api"}
        name = f"{made.name} {number}"
        return self.add(program, name=name, port=free.get("api", 0), options=options)

    def can_remove(self, session: ServerSession) -> str:
        """Why a server cannot be removed; empty: it can."""
        if not session.status.is_at_rest or session.left_over is not None:
            return "Stop it first"
        program = session.config.program
        if program == ELSEWHERE:
            return ""
        alone = sum(1 for one in self.sessions if one.config.program == program) < 2
        return "It is the only one of its program" if alone else ""

    def remove(self, session: ServerSession) -> Removed | None:
        """Forget a server, where that can be; what is installed stays.

        Returns:
            What ``bring_back`` needs; None: it was not removed.
        """
        if self.can_remove(session):
            return None
        config = self._sessions.pop(session.config.id).config
        self._keep(lambda: self._store.forget(config))
        self._save()
        session.deleteLater()
        self.changed.emit()
        return Removed(config, session.key)

    def bring_back(self, removed: Removed) -> ServerSession:
        """Have a server again that was removed."""
        return self.put(*removed)

    def set_access(self, session: ServerSession, access: Access) -> None:
        """Who can connect from the next start on; "my network" makes a key if there is none."""
        if access is Access.NETWORK and not session.key:
            self.set_key(session, new_key())
        session.configure(replace(session.config, access=access))

    def set_key(self, session: ServerSession, key: str) -> None:
        """What who connects must know from the next start on; empty: nothing."""
        session.set_key(key)
        self._keep(lambda: self._store.set_key(session.config.id, key))

    def end(self, pid: int) -> bool:
        """Stop the server that a process belongs to; whether there is one."""
        found = next((one for one in self.sessions if pid in one.pids), None)
        if found is None:
            return False
        if found.left_over is not None:
            found.end_left_over()
        else:
            found.stop()
        return True

    def take_reading(self, reading: Reading) -> None:
        """The hardware was measured."""
        for session in self.sessions:
            session.take_reading(reading)

    def shut_down(self) -> None:
        """End what ends with the app; ``ended`` tells when that is done."""
        self._shutting_down = True
        for session in self.sessions:
            if session.config.at_close is AtClose.KEEP and session.let_go():
                self._going_on.add(session)
            elif not session.status.is_at_rest or session.status.restart_at is not None:
                session.stop()
        self._tell_if_ended()

    def close(self) -> None:
        """Wait for the last threads; nothing is signalled any more."""
        for session in self.sessions:
            session.join(_JOIN_SECONDS)

    # ---- inside ----------------------------------------------------------------------------

    def _on_status(self, _status: ServerStatus) -> None:
        if self._shutting_down:
            self._tell_if_ended()

    def _tell_if_ended(self) -> None:
        if all(one.status.is_at_rest or one in self._going_on for one in self.sessions):
            self.ended.emit()

    def _save(self) -> None:
        configs = [*(session.config for session in self.sessions), *self._unusable]
        self._keep(lambda: self._store.save(configs))

    def _keep(self, work: Callable[[], None]) -> None:
        self._keeper.run(
            lambda _job: work(),
            on_result=lambda _none: None,
            on_error=self.failed.emit,
            owner=self,
        )
