"""Runs one server: installs, starts, watches, switches, restarts and ends it.

One thread does all of it, in order: wishes and reports are put into its queue. It lives as long
as there is something to do, and a server is started on it: Linux ends the server with that thread.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import (
    ServerEvent,
    ServerState,
    ServerStatus,
    next_state,
)
from lollma_gui.services.servers import crash, ports, records
from lollma_gui.services.servers.extra_flags import check_safe
from lollma_gui.services.servers.program import (
    Installing,
    InstallReport,
    Launch,
    LineNews,
    NeedsRestart,
    ServerProgram,
)
from lollma_gui.services.servers.records import Record
from lollma_gui.services.servers.run import Run, RunCallbacks
from lollma_gui.services.servers.sight import SLOW_SECONDS, Sight, exposed
from lollma_gui.services.servers.talker import Look, Switched
from lollma_gui.services.servers.wish import SupervisorCallbacks, Wish
from lollma_gui.services.servers.worker import Worker

#: Loading a model at the start may take so long beside the program's own ``start_seconds``.
_LOAD_SECONDS = 900.0
_EVENTS = {
    ServerState.LOADING: ServerEvent.LOADS,
    ServerState.READY: ServerEvent.IDLES,
    ServerState.BUSY: ServerEvent.WORKS,
}


class Supervisor:
    """One server. All methods may be called from any thread and return at once.

    Args:
        program: What it runs.
        config: How it is set.
        folder: A folder of this server alone, for its record, its log and what it is handed.
        callbacks: Where it reports.
    """

    def __init__(
        self,
        program: ServerProgram,
        config: ServerConfig,
        folder: Path,
        callbacks: SupervisorCallbacks,
    ) -> None:
        self._program = program
        self._config = config
        self._folder = folder
        self._callbacks = callbacks
        self._status = ServerStatus()
        self._worker = Worker("server-supervisor", lambda: self._run is not None, self._on_trouble)
        self._give_up = threading.Event()
        self._run: Run | None = None
        self._wish = Wish()
        self._again: Wish | None = None
        self._sight = Sight(program, config.name)
        self._run_number = 0
        self._lines_before = 0

    # ---- wishes ----------------------------------------------------------------------------

    @property
    def status(self) -> ServerStatus:
        """How it is now."""
        return self._status

    @property
    def can_outlive_us(self) -> bool:
        """Whether what runs now was started so that it can go on when we have gone."""
        run = self._run
        return run is not None and run.can_outlive_us

    def configure(self, config: ServerConfig) -> None:
        """From the next start on it is set like this."""
        self._worker.post(lambda: setattr(self, "_config", config))

    def install(self, folder: Path) -> None:
        """Install the program into a folder; ``stop`` calls it off."""
        give_up = self._give_up = threading.Event()
        self._worker.post(lambda: self._install(folder, give_up.is_set))

    def start(self, wish: Wish) -> None:
        """Start it, where it does not run."""
        self._worker.post(lambda: self._start(wish, restarts=0))

    def restart(self, wish: Wish) -> None:
        """Stop it and start it again."""
        self._worker.post(lambda: self._restart(wish))

    def switch(self, wish: Wish) -> None:
        """Have it run with another model or other settings, without a new start if it can."""
        self._worker.post(lambda: self._switch(wish))

    def stop(self, *, now: bool = False) -> None:
        """Stop it: ask, and kill it when it does not heed that; or call off what is under way.

        Args:
            now: Kill it at once.
        """
        self._give_up.set()
        self._worker.post(lambda: self._stop(now=now))

    def take_over(self, record: Record, key: str) -> None:
        """Watch what an earlier run of the app started."""
        self._worker.post(lambda: self._take_over(record, key))

    def let_go(self) -> None:
        """Leave it running, if it can, and watch it no more; otherwise stop it."""
        self._worker.post(self._let_go)

    def join(self, seconds: float) -> bool:
        """Wait until there is nothing to do any more; whether that is so."""
        return self._worker.join(seconds)

    # ---- the worker's thread from here on --------------------------------------------------

    def _show(self, event: ServerEvent | None = None, **changes: Any) -> None:
        """The state after an event, and what else is known by now."""
        state = self._status.state
        if event is not None:
            after = next_state(state, event)
            if after is None:
                return
            state = after
        status = replace(self._status, state=state, **changes)
        if status != self._status:
            self._status = status
            self._callbacks.on_status(status)

    def _on_trouble(self) -> None:
        """Something went wrong that nobody thought of: at least the state stays true."""
        error = LollmaError(
            "Something unexpected went wrong in LoLLMa.",
            "Please try again; LoLLMa's own log holds the details.",
        )
        if self._run is None:
            for event in (ServerEvent.INSTALLED, ServerEvent.REFUSED, ServerEvent.ENDED):
                self._show(event, **crash.said(error))

    # ---- installing ------------------------------------------------------------------------

    def _install(self, folder: Path, cancelled: Callable[[], bool]) -> None:
        if next_state(self._status.state, ServerEvent.INSTALL) is None:
            return
        self._worker.not_later()
        self._begin(ServerEvent.INSTALL)
        how = Installing(folder, self._show_step, self._callbacks.on_output, cancelled)
        done: dict[str, Any] = {"step": "", "progress": None}
        try:
            self._config = self._program.install(self._config, how)
        except Cancelled:
            self._show(ServerEvent.INSTALLED, **done)
        except (LollmaError, OSError) as error:
            self._show(ServerEvent.INSTALLED, **done, **crash.said(error))
        else:
            self._callbacks.on_config(self._config)
            self._show(ServerEvent.INSTALLED, **done)

    def _show_step(self, report: InstallReport) -> None:
        self._show(step=report.step, progress=report.fraction)

    # ---- starting --------------------------------------------------------------------------

    def _begin(self, event: ServerEvent, **known: Any) -> None:
        """A new life begins: nothing of the one before is shown any more."""
        self._sight = Sight(self._program, self._config.name)
        state = next_state(self._status.state, event) or self._status.state
        self._status = ServerStatus(state, **known)
        self._callbacks.on_status(self._status)

    def _start(self, wish: Wish, restarts: int) -> None:
        if next_state(self._status.state, ServerEvent.START) is None:
            return
        self._worker.not_later()
        self._wish = wish
        self._begin(ServerEvent.START, restarts=restarts)
        try:
            launch = self._launch(wish)
            run = Run(self._program, launch, self._run_callbacks())
            run.start(self._program.command(launch))
        except (LollmaError, OSError) as error:
            self._show(ServerEvent.REFUSED, **crash.refused(error))
            return
        self._follow(run)

    def _launch(self, wish: Wish) -> Launch:
        """What it is started with; nothing is left of an earlier run, and its ports are free."""
        self._config.check(wish.key)
        check_safe(self._config)
        self._folder.mkdir(parents=True, exist_ok=True)
        left = records.left_over(self._folder)
        if left is not None and left.is_whole:
            raise LollmaError(
                f"{self._config.name} still runs since an earlier start (PID {left.record.pid}).",
                "Take it over, or end it first.",
            )
        records.end(self._folder)
        wanted = {one.name: one.number for one in self._program.ports(self._config)}
        for name, number in wanted.items():
            ports.check(number, self._config.host, name, wanted.values())
        return Launch(
            self._config, wish.values, wish.model_path, wish.facts, wanted, wish.key, self._folder
        )

    def _follow(self, run: Run) -> None:
        self._run = run
        self._lines_before = 0
        self._show(pid=run.pid, started_at=run.since)
        seconds = self._program.start_seconds + (_LOAD_SECONDS if self._wish.model_path else 0)
        self._worker.later(seconds, lambda: self._took_too_long(seconds))

    def _took_too_long(self, seconds: float) -> None:
        if self._status.state in (ServerState.STARTING, ServerState.LOADING):
            error = LollmaError(
                f"{self._config.name} did not get ready within {seconds:.0f} seconds.",
                "Its log may say what it waits for.",
            )
            self._end_for(error)

    def _end_for(self, error: LollmaError) -> None:
        """It runs, but not as it must: end it, and say why."""
        run, self._run = self._run, None
        self._worker.not_later()
        if run is not None:
            run.kill()
            lines = run.finish()
            self._show(ServerEvent.ENDED, **crash.said(error, lines[-6:]), **crash.GONE)

    def _take_over(self, record: Record, key: str) -> None:
        if next_state(self._status.state, ServerEvent.START) is None:
            return
        self._worker.not_later()
        self._wish = Wish(model_path=record.model_path, key=key)
        self._begin(ServerEvent.START, taken_over=True)
        launch = Launch(
            self._config,
            model_path=record.model_path,
            ports=record.ports,
            key=key,
            folder=self._folder,
        )
        run = Run(self._program, launch, self._run_callbacks())
        try:
            run.take_over(record)
        except (LollmaError, OSError) as error:
            self._show(ServerEvent.REFUSED, **crash.refused(error))
            return
        self._follow(run)

    # ---- stopping --------------------------------------------------------------------------

    def _stop(self, *, now: bool) -> None:
        self._again = None
        run = self._run
        if run is None:
            # A restart that was due is called off.
            self._worker.not_later()
            self._show(ServerEvent.STOP, restart_at=None, **crash.FINE)
            return
        self._show(ServerEvent.STOP, **crash.FINE)
        (run.kill if now else run.ask_to_end)()
        self._worker.later(self._program.stop_seconds, run.kill)

    def _restart(self, wish: Wish) -> None:
        if self._run is None:
            self._start(wish, restarts=0)
        else:
            self._stop(now=False)
            self._again = wish

    def _let_go(self) -> None:
        run = self._run
        if run is None or not run.can_outlive_us:
            self._stop(now=False)
            return
        self._run = None
        self._worker.not_later()
        run.let_go()

    # ---- switching -------------------------------------------------------------------------

    def _switch(self, wish: Wish) -> None:
        run = self._run
        if run is None or self._status.state is ServerState.STARTING:
            self._restart(wish)
            return
        if self._status.state is ServerState.STOPPING:
            self._again = wish
            return
        self._wish = wish
        # Where it listens and who may connect stays as it was started.
        launch = replace(
            run.launch, values=wish.values, model_path=wish.model_path, facts=wish.facts
        )
        self._show(ServerEvent.LOADS, **crash.FINE)
        self._lines_before = run.output.count
        # Nobody looks at it meanwhile: the talker waits for what it answers.
        self._worker.later(SLOW_SECONDS, lambda: self._show(**self._sight.slow(self._status)))
        run.switch(launch)

    # ---- what the run reports --------------------------------------------------------------

    def _run_callbacks(self) -> RunCallbacks:
        self._run_number += 1
        number = self._run_number

        def post(work: Callable[[], None]) -> None:
            # Late words of a run that is over must not change what is shown.
            self._worker.post(lambda: work() if self._is_now(number) else None)

        return RunCallbacks(
            on_exit=lambda code: post(lambda: self._on_exit(code)),
            on_look=lambda look: post(lambda: self._on_look(look)),
            on_news=lambda news: post(lambda: self._on_news(news)),
            on_switched=lambda how: post(lambda: self._on_switched(how)),
            on_output=self._callbacks.on_output,
        )

    def _is_now(self, number: int) -> bool:
        return self._run is not None and number == self._run_number

    def _on_look(self, look: Look) -> None:
        self._callbacks.on_figures(look.figures)
        if self._status.state is ServerState.STOPPING:
            return
        if look.health is None:
            self._show(**self._sight.silent(self._status))
        elif error := exposed(look):
            self._end_for(error)
        else:
            changes = self._sight.answered(self._status, look, look.health)
            self._show(_EVENTS.get(look.health.state), **changes)
            if look.health.problem is not None and not self._status.problem:
                self._show(**self._why_not_loaded(look.health.problem))
            if self._status.is_answering:
                self._worker.not_later()

    def _on_news(self, news: LineNews) -> None:
        if news.failed is not None:
            self._show(**crash.said(news.failed), model="")
        if news.state is not None:
            self._show(_EVENTS.get(news.state))

    def _on_switched(self, how: Switched) -> None:
        if isinstance(how, NeedsRestart):
            self._restart(self._wish)
        elif isinstance(how, LollmaError):
            self._worker.not_later()
            self._show(ServerEvent.IDLES, **self._why_not_loaded(how), model="")
        elif how is None:  # What was said before the switch no longer holds.
            self._lines_before = self._run.output.count if self._run else 0
            self._show(**crash.FINE)

    def _why_not_loaded(self, error: LollmaError) -> dict[str, Any]:
        lines = self._run.output.lines_since(self._lines_before) if self._run else ()
        return crash.load_reason(error, lines, self._program.known_failures)

    def _on_exit(self, code: int | None) -> None:
        run, self._run = self._run, None
        assert run is not None
        self._worker.not_later()
        run.finish()
        lines = run.output.lines_since(self._lines_before)
        ran_seconds = time.time() - run.since
        if self._status.state is ServerState.STOPPING:
            self._show(ServerEvent.ENDED, **crash.GONE)
            again, self._again = self._again, None
            if again is not None:
                self._start(again, restarts=0)
            return
        told = crash.reason(self._config.name, code, lines, self._program.known_failures)
        self._show(ServerEvent.ENDED, **told, **crash.GONE)
        self._plan_restart(ran_seconds)

    def _plan_restart(self, ran_seconds: float) -> None:
        rule = self._config.restart
        restarts = 0 if ran_seconds >= rule.forget_seconds else self._status.restarts
        if (delay := rule.delay(restarts)) is None:
            return
        self._show(restart_at=time.time() + delay)
        self._worker.later(delay, lambda: self._start(self._wish, restarts + 1))
