"""One server as the window knows it: signals out, wishes in."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.readings import Reading
from lollma_gui.core.server_config import ELSEWHERE, ServerConfig
from lollma_gui.core.server_state import ServerFigures, ServerState, ServerStatus
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.qt.background import Background
from lollma_gui.qt.owner_thread import OwnerThread
from lollma_gui.services.servers import records
from lollma_gui.services.servers.distant import DistantWatch
from lollma_gui.services.servers.program import Found, Launch, ServerProgram
from lollma_gui.services.servers.records import LeftOver
from lollma_gui.services.servers.supervisor import Supervisor
from lollma_gui.services.servers.wish import SupervisorCallbacks, Wish


class ModelDesk(Protocol):
    """What a server asks about models before it loads one; all on the window's thread."""

    def learn(self, path: str, then: Callable[[], None]) -> None:
        """Read a model's header off the window's thread, then go on."""

    def load_values(self, path: str) -> Mapping[str, SettingValue]:
        """The settings in force for a model."""

    def facts(self, path: str) -> ModelFacts:
        """What is known of it."""


class ServerSession(QObject):
    """One server, watched.

    Args:
        program: What it runs.
        config: How it is set.
        folder: A folder of this server alone.
        models: Asked about models.
        background: For what takes a moment.
        take_output: Takes its log: whole lines, from a thread of the server's own.
        parent: The Qt parent.

    Signals:
        status_changed: The new ``ServerStatus``.
        figures_changed: The new ``ServerFigures``, every second to three while it runs.
        config_changed: The new ``ServerConfig``: a person or an installation changed it.
        found_changed: Whether its program is on this PC has been looked up: ``found``.
        failed: A ``LollmaError`` that is no matter of the server's state.
    """

    status_changed = Signal(object)
    figures_changed = Signal(object)
    config_changed = Signal(object)
    found_changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        program: ServerProgram,
        config: ServerConfig,
        folder: Path,
        models: ModelDesk,
        background: Background,
        take_output: Callable[[bytes], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.program = program
        self.folder = folder
        self._config = config
        self._models = models
        self._background = background
        self._key = ""
        self._left_over: LeftOver | None = None
        self._found: Found | None = None
        self._was_looked_for = False
        self._held = ""
        self._status = ServerStatus()
        self._figures = ServerFigures()
        owner = OwnerThread(self)
        callbacks = SupervisorCallbacks(
            on_status=lambda status: owner.post(lambda: self._on_status(status)),
            on_figures=lambda figures: owner.post(lambda: self._on_figures(figures)),
            on_output=take_output,
            on_config=lambda new: owner.post(lambda: self.configure(new)),
        )
        self._supervisor: Supervisor | DistantWatch = (
            DistantWatch(config, callbacks)
            if config.program == ELSEWHERE
            else Supervisor(program, config, folder, callbacks)
        )

    # ---- what is known ---------------------------------------------------------------------

    @property
    def config(self) -> ServerConfig:
        """How it is set."""
        return self._config

    @property
    def key(self) -> str:
        """What who connects must know; empty: nothing."""
        return self._key

    @property
    def status(self) -> ServerStatus:
        """How it is."""
        return self._status

    @property
    def figures(self) -> ServerFigures:
        """What it takes."""
        return self._figures

    @property
    def pids(self) -> set[int]:
        """All its processes, as far as they are known."""
        first = [self._status.pid] if self._status.pid is not None else []
        left = self._left_over.pids if self._left_over is not None else ()
        return {*first, *self._figures.pids, *left}

    @property
    def found(self) -> Found | None:
        """Its program on this PC; None: not there, or not looked for yet."""
        return self._found

    @property
    def was_looked_for(self) -> bool:
        """Whether ``found`` says something by now."""
        return self._was_looked_for

    @property
    def left_over(self) -> LeftOver | None:
        """What an earlier run of the app left running of it: take it over, or end it."""
        return self._left_over

    @property
    def held(self) -> str:
        """What is being done to its files, so that it cannot be started: ``updating``."""
        return self._held

    @property
    def can_outlive_us(self) -> bool:
        """Whether what runs now can go on when the app closes."""
        return self._supervisor.can_outlive_us

    # ---- wishes ----------------------------------------------------------------------------

    def start(self) -> None:
        """Start it with the model and the settings of now."""
        if self._held:
            self.failed.emit(
                LollmaError(
                    f"{self._config.name} cannot be started now ({self._held}).",
                    "Start it when that is done.",
                )
            )
            return
        self.with_wish(self._supervisor.start)

    def restart(self) -> None:
        """Stop it, and start it with the settings of now."""
        self.with_wish(self._supervisor.restart)

    def stop(self, *, now: bool = False) -> None:
        """Stop it, or call off what is under way; ``now`` kills it at once."""
        self._supervisor.stop(now=now)

    def switch_model(self, path: str) -> None:
        """Run with this model from now on; a server that is at rest merely remembers it.

        One that cannot run without a model is stopped where the model is taken from it.
        """
        self.configure(replace(self._config, model_path=path))
        if self._status.is_at_rest:
            return
        if not path and self.program.needs_model:
            self.stop()
        else:
            self._with_wish(path, self._supervisor.switch)

    def install(self, folder: Path) -> None:
        """Install its program into a folder; ``stop`` calls it off."""
        self._supervisor.install(folder)

    def take_over(self) -> None:
        """Watch what an earlier run of the app left running, as if it had been started now."""
        left, self._left_over = self._left_over, None
        if left is not None and left.is_whole:
            self._supervisor.take_over(left.record, self._key)

    def end_left_over(self) -> None:
        """End what an earlier run of the app left running; ``status_changed`` tells."""

        def ended(gone: bool) -> None:
            if gone:
                self._left_over = None
                self.status_changed.emit(self._status)
            else:
                self.failed.emit(
                    LollmaError(
                        f"{self._config.name} does not end, although it was killed.",
                        "It may wait for a driver that does not answer: restart the computer.",
                    )
                )

        self._background.run(
            lambda _job: records.end(self.folder),
            on_result=ended,
            on_error=self.failed.emit,
            owner=self,
        )

    def configure(self, config: ServerConfig) -> None:
        """It is set like this from now on; what runs goes on as it was started."""
        if config != self._config:
            is_elsewhere = (config.folder, config.binary) != (
                self._config.folder,
                self._config.binary,
            )
            self._config = config
            self._supervisor.configure(config)
            self.config_changed.emit(config)
            if is_elsewhere:
                self.look()

    def hold(self, why: str) -> None:
        """Its files are being changed: it is not started meanwhile. Empty: that is over."""
        self._held = why
        if why and self._status.restart_at is not None:
            self._supervisor.stop()
        self.status_changed.emit(self._status)

    def set_key(self, key: str) -> None:
        """Who connects must know this from the next start on. For ``Servers``, which keeps it."""
        self._key = key

    def set_left_over(self, left: LeftOver | None) -> None:
        """Something of it still runs. For ``Servers``, which looks when the app starts."""
        self._left_over = left

    def look(self) -> None:
        """Look whether its program is on this PC; ``found_changed`` tells."""
        config, program = self._config, self.program

        def take(found: Found | None) -> None:
            self._found = found
            self._was_looked_for = True
            self.found_changed.emit()

        self._background.run(
            lambda _job: program.find(config),
            on_result=take,
            on_error=self.failed.emit,
            owner=self,
        )

    def command_line(self, windows: bool, then: Callable[[str], None]) -> None:
        """The exact command to copy, without the key."""

        def with_wish(wish: Wish) -> None:
            self._background.run(
                lambda _job: self._line(wish, windows),
                on_result=then,
                on_error=self.failed.emit,
                owner=self,
            )

        self.with_wish(with_wish)

    def _line(self, wish: Wish, windows: bool) -> str:
        ports = {one.name: one.number for one in self.program.ports(self._config)}
        # Files that the line names are made there: those of a server that runs are left alone.
        folder = self.folder / "copied"
        folder.mkdir(parents=True, exist_ok=True)
        launch = Launch(self._config, wish.values, wish.model_path, wish.facts, ports, wish.key)
        command = self.program.command(replace(launch, folder=folder))
        return command.line((wish.key,), windows=windows)

    def with_wish(self, then: Callable[[Wish], None]) -> None:
        """Go on with what it would be started with now."""
        self._with_wish(self._config.model_path, then)

    def take_reading(self, reading: Reading) -> None:
        """The hardware was measured: the GPUs' share of what it takes."""
        own = set(self._figures.pids)
        if reading.processes is None or not own:
            return
        found = [p.vram_bytes for p in reading.processes.processes if p.pid in own]
        known = [n_bytes for n_bytes in found if n_bytes is not None]
        vram = sum(known) if known else None
        if vram != self._figures.vram_bytes:
            self._figures = replace(self._figures, vram_bytes=vram)
            self.figures_changed.emit(self._figures)

    def let_go(self) -> bool:
        """The app closes: leave it running if it can go on, else stop it; whether it goes on."""
        goes_on = self._status.is_running and self.can_outlive_us
        self._supervisor.let_go()
        return goes_on

    def join(self, seconds: float) -> bool:
        """Wait until nothing is being done about it; whether that is so."""
        return self._supervisor.join(seconds)

    # ---- what comes back -------------------------------------------------------------------

    def _with_wish(self, path: str, go: Callable[[Wish], None]) -> None:
        """Find out what a model needs, then go on with it."""
        if not path:
            go(Wish(key=self._key))
            return

        def learnt() -> None:
            values, facts = self._models.load_values(path), self._models.facts(path)
            go(Wish(values, path, facts, self._key))

        self._models.learn(path, learnt)

    def _on_status(self, status: ServerStatus) -> None:
        was_installing = self._status.state is ServerState.INSTALLING
        self._status = status
        if status.pid is None:
            self._figures = ServerFigures()
            self.figures_changed.emit(self._figures)
        self.status_changed.emit(status)
        if was_installing and status.state is not ServerState.INSTALLING:
            self.look()

    def _on_figures(self, figures: ServerFigures) -> None:
        # Late figures of a server that has ended are none.
        if self._status.pid is not None:
            self._figures = replace(figures, vram_bytes=self._figures.vram_bytes)
            self.figures_changed.emit(self._figures)
