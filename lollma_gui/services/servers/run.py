"""One life of a server's process: started or taken over, watched, ended with all it started."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.child_process import clean_environment, popen_options, started_at
from lollma_gui.services.servers import records, tree
from lollma_gui.services.servers.leash import leashed
from lollma_gui.services.servers.output import Output
from lollma_gui.services.servers.program import Command, Launch, LineNews, Running, ServerProgram
from lollma_gui.services.servers.records import Record
from lollma_gui.services.servers.talker import Look, Switched, Talker
from lollma_gui.services.windows_job import kill_with_us

#: How often a process is looked at that may outlive us.
_POLL_SECONDS = 1.0
#: Threads get so long to end after their process; then they are left to themselves.
_JOIN_SECONDS = 2.0
#: So much of the log of a server that is taken over is read again.
_LOG_BYTES = 256 * 1024


class RunCallbacks(NamedTuple):
    """Where a run reports, from threads of its own."""

    on_exit: Callable[[int | None], None]
    on_look: Callable[[Look], None]
    on_news: Callable[[LineNews], None]
    on_switched: Callable[[Switched], None]
    on_output: Callable[[bytes], None]


class Run:
    """One running server.

    ``start`` or ``take_over`` first, on a thread that lives as long as the server does.

    Args:
        program: What it is.
        launch: What it is started with.
        callbacks: Where it reports.
    """

    def __init__(self, program: ServerProgram, launch: Launch, callbacks: RunCallbacks) -> None:
        self._program = program
        self.launch = launch
        self._callbacks = callbacks
        self._record = Record(launch.config.id, records.new_mark(launch.config.id))
        self._process: subprocess.Popen[bytes] | None = None
        self._job: object = None
        self._talker: Talker | None = None
        self._threads: list[threading.Thread] = []
        self._let_go = threading.Event()
        self.output = Output(
            (launch.key,), program.watched, callbacks.on_output, self._on_watched_line
        )

    @property
    def pid(self) -> int:
        """Number of the first process."""
        return self._record.pid

    @property
    def since(self) -> float:
        """When that started, in seconds since 1970."""
        return self._record.since

    @property
    def can_outlive_us(self) -> bool:
        """Whether it was started so that it can go on when we have gone."""
        return bool(self._record.log)

    def start(self, command: Command) -> None:
        """Start it.

        Raises:
            LollmaError: If the system does not start it.
        """
        folder = self.launch.folder
        outlives = self.launch.config.may_outlive_us
        log = folder / records.LOG_FILE if outlives else None
        self._record = self._record._replace(
            ports=dict(self.launch.ports),
            model_path=self.launch.model_path,
            log=str(log) if log else "",
        )
        try:
            _check_executable(command.words[0])
            # Before the start: whatever happens in between, its mark is known.
            records.write(folder, self._record)
            process = self._spawned(command, folder, log)
            self._note(process.pid)
            records.write(folder, self._record)
        except OSError as error:
            self._abandon()
            raise LollmaError(
                f"{self._program.name} could not be started: {error.strerror or error}.",
                "See that its file is there and may be run.",
                str(error),
            ) from error
        self._watch(log, 0)

    def take_over(self, record: Record) -> None:
        """Watch what an earlier run of ours started, as if we had started it.

        Raises:
            LollmaError: If it has ended by now.
        """
        if not records.is_alive(record):
            raise LollmaError(f"{self._program.name} has ended in the meantime.", "Start it again.")
        self._record = record
        log = Path(record.log) if record.log and Path(record.log).exists() else None
        self._watch(log, max(0, log.stat().st_size - _LOG_BYTES) if log else 0)

    def switch(self, launch: Launch) -> None:
        """Have it load another model; ``on_switched`` tells how that went."""
        if self._talker is not None:
            self._talker.switch(launch)

    def ask_to_end(self) -> None:
        """Ask it to end; ``on_exit`` tells when it has."""
        tree.ask_to_end(self.pid)

    def kill(self) -> None:
        """End it, and all it started, now."""
        tree.kill(tree.members(self.pid, self._record.mark))

    def finish(self) -> tuple[str, ...]:
        """Its first process has ended: end what is left of it. Takes some seconds at most.

        Returns:
            The last lines of its log.
        """
        rest = tree.marked(self._record.mark)
        if self._talker is not None:
            self._talker.stop()
            rest += self._talker.meter.processes
        tree.kill(rest)
        self.output.stop()
        self._join()
        records.remove(self.launch.folder)
        return self.output.last_lines

    def let_go(self) -> None:
        """Leave it running, and watch it no more."""
        self._let_go.set()
        if self._talker is not None:
            self._talker.stop()
        self.output.stop()
        if self._process is not None:
            # Not ours to wait for any more; without this Python warns of a forgotten child.
            self._process.returncode = 0
        self._join()

    # ---- starting --------------------------------------------------------------------------

    def _spawned(
        self, command: Command, folder: Path, log: Path | None
    ) -> "subprocess.Popen[bytes]":
        config = self.launch.config
        environment = clean_environment(
            {**command.environment, **dict(config.environment), tree.MARK: self._record.mark}
        )
        words = list(command.words) if log else leashed(command.words)
        options: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stderr": subprocess.STDOUT,
            "cwd": command.folder or folder,
            "env": environment,
            **popen_options(),
        }
        if log is None:
            self._process = subprocess.Popen(words, stdout=subprocess.PIPE, **options)
            self._job = kill_with_us(self._process)
            return self._process
        # Only this account may read it: programs print keys now and then.
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            self._process = subprocess.Popen(words, stdout=file, **options)
        return self._process

    def _note(self, pid: int) -> None:
        import psutil

        try:
            began = started_at(pid)
        except psutil.Error as error:
            raise OSError(0, "it ended at once") from error
        self._record = self._record._replace(pid=pid, started_at=began, since=time.time())

    def _abandon(self) -> None:
        """Nothing came of the start."""
        tree.kill(tree.marked(self._record.mark))
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
        records.remove(self.launch.folder)

    def _watch(self, log: Path | None, log_start: int) -> None:
        running = Running(self.launch, self.pid, dict(self._record.ports))
        self._talker = Talker(
            self._program, running, self._callbacks.on_look, self._callbacks.on_switched
        )
        if log is not None:
            self._thread(lambda: self.output.read_file(log, log_start), "server-log")
        elif self._process is not None and (pipe := self._process.stdout) is not None:
            self._thread(lambda: self.output.read_pipe(pipe), "server-log")
        self._talker.start()
        self._thread(self._wait, "server-waiter")

    def _thread(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _join(self) -> None:
        if self._talker is not None:
            self._talker.join(_JOIN_SECONDS)
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    # ---- threads ---------------------------------------------------------------------------

    def _wait(self) -> None:
        code: int | None = None
        if self._process is not None and not self.can_outlive_us:
            code = self._process.wait()
        else:
            code = self._poll()
        if not self._let_go.is_set():
            self._callbacks.on_exit(code)

    def _poll(self) -> int | None:
        """Look now and then, so that it can be let go; the exit code where it is told."""
        while not self._let_go.wait(_POLL_SECONDS):
            if self._process is not None:
                if (code := self._process.poll()) is not None:
                    return code
            elif not records.is_alive(self._record):
                return None
        return None

    def _on_watched_line(self, line: str) -> None:
        news = self._program.read_line(line)
        if news is None:
            return
        if news.ports and self._talker is not None:
            self._talker.note_ports(news.ports)
        self._callbacks.on_news(news)


def _check_executable(path: str) -> None:
    if not Path(path).is_file():
        raise FileNotFoundError(2, f"{path} is not there")
    if sys.platform != "win32" and not os.access(path, os.X_OK):
        raise PermissionError(13, f"{path} may not be run")
