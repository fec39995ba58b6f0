"""The window's end of the engine: a child process, or a thread of our own for debugging.

Both are the same to whoever uses them: ``send`` commands, get events, the log and one exit.
The three callbacks come from threads of the link; events always before the exit.
"""

import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import IO

from lollma_gui.core.engine_exit import EngineExit
from lollma_gui.core.engine_messages import (
    PROTOCOL_VERSION,
    Command,
    Event,
    Failed,
    Hello,
    Quit,
    decode,
    encode,
)
from lollma_gui.services import own_program
from lollma_gui.services.child_process import clean_environment, popen_options
from lollma_gui.services.engine.link import LinkCallbacks
from lollma_gui.services.engine.loop import EngineLoop
from lollma_gui.services.windows_job import kill_with_us

#: After asking, and again after terminating, an engine has this long to end.
GRACE_SECONDS = 3.0


def engine_environment(own: Mapping[str, str]) -> dict[str, str]:
    """What the engine's process is given beyond our own environment.

    ``GOMP_SPINCOUNT``: llama.cpp's threads meet thousands of times a token. GNU's OpenMP lets the
    early ones spin for milliseconds, which is well as long as each has a core of its own; beside
    a game or a compiler they spin in each other's way instead. Measured with two threads on two
    cores, tokens/s of a small model: spinning as usual 76 alone and under 2 with one core busy;
    3000 turns 74 and 19; 1000 turns 71 and 30; 100 turns 47. What the person has set stands.

    ``CUDA_DEVICE_ORDER``: NVML, and so every plan of ours, numbers GPUs by their slot; CUDA by
    itself puts the fastest first, and the layers of one card would be reckoned to another.
    """
    given = {
        # Without this an abort of llama.cpp starts a debugger for its backtrace.
        "GGML_NO_BACKTRACE": "1",
        "GOMP_SPINCOUNT": "2000",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }
    return {name: own.get(name, value) for name, value in given.items()}


class ProcessLink:
    """The engine as a child process.

    One thread starts the process, reads its events and waits for its end. It has to be one and
    the same: on Linux the child is to die with the *thread* that started it.
    """

    def __init__(self, callbacks: LinkCallbacks, command: list[str] | None = None) -> None:
        self._callbacks = callbacks
        self._command = command or own_program.command("--engine")
        self._process: subprocess.Popen[bytes] | None = None
        self._job: object = None
        self._outgoing: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._last_lines: deque[str] = deque(maxlen=60)
        self._wanted = False
        self._gone = threading.Event()

    def start(self) -> None:
        """Start the process and the threads that serve it."""
        threading.Thread(target=self._own, name="engine-owner", daemon=True).start()

    def send(self, command: Command) -> None:
        """Queue a command for the writer thread."""
        self._outgoing.put(command)

    def close(self) -> None:
        """Ask (end of input), then terminate, then kill."""
        self._wanted = True
        self._outgoing.put(Quit())
        self._outgoing.put(None)
        threading.Thread(target=self._see_it_end, name="engine-closer", daemon=True).start()

    def kill(self) -> None:
        """End the process now; its exit is reported as any other."""
        if self._process is not None:
            self._process.kill()

    # ---- threads ---------------------------------------------------------------------------

    def _own(self) -> None:
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=own_program.folder(),
                env=clean_environment(engine_environment(os.environ)),
                **popen_options(),
            )
        except OSError as error:
            self._gone.set()
            self._callbacks.on_event(
                Failed(0, f"The engine's process could not be started: {error.strerror}.")
            )
            self._callbacks.on_exit(EngineExit(1, wanted=False, last_lines=(str(error),)))
            return
        self._process = process
        self._job = kill_with_us(process)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        writer = self._side_thread(self._write, process.stdin, "engine-writer")
        logger = self._side_thread(self._read_log, process.stderr, "engine-log")
        self._read_events(process.stdout)
        code = process.wait()
        self._gone.set()
        self._outgoing.put(None)
        writer.join()
        logger.join()
        process.stdout.close()
        exit_ = EngineExit(code, self._wanted, tuple(self._last_lines))
        self._callbacks.on_exit(exit_)

    def _side_thread(
        self, work: Callable[[IO[bytes]], None], stream: IO[bytes], name: str
    ) -> threading.Thread:
        thread = threading.Thread(target=work, args=(stream,), name=name, daemon=True)
        thread.start()
        return thread

    def _write(self, stdin: IO[bytes]) -> None:
        try:
            while (command := self._outgoing.get()) is not None:
                stdin.write(encode(command).encode("utf-8"))
                stdin.flush()
            stdin.close()
        except OSError:
            pass  # the process is gone; its exit tells the story

    def _read_events(self, stdout: IO[bytes]) -> None:
        for line in stdout:
            try:
                event = decode(line)
            except ValueError:
                self._last_lines.append(line.decode("utf-8", "replace").rstrip())
                continue
            self._callbacks.on_event(_checked(event))  # type: ignore[arg-type]

    def _read_log(self, stderr: IO[bytes]) -> None:
        for line in stderr:
            text = line.decode("utf-8", "replace").rstrip()
            self._last_lines.append(text)
            self._callbacks.on_log(text)
        stderr.close()

    def _see_it_end(self) -> None:
        for end_it in ("terminate", "kill"):
            if self._gone.wait(GRACE_SECONDS):
                return
            if self._process is not None:
                getattr(self._process, end_it)()


def _checked(event: Event | Command) -> Event | Command:
    if isinstance(event, Hello) and event.protocol != PROTOCOL_VERSION:
        return Failed(
            0,
            "The engine belongs to another version of LoLLMa.",
            "Close LoLLMa, run packaging/run.py once more and start again.",
        )
    return event


class ThreadLink:
    """The same engine loop in a thread of the window's own process, for debugging.

    A crash of llama.cpp here takes the window with it.
    """

    def __init__(self, callbacks: LinkCallbacks) -> None:
        self._callbacks = callbacks
        self._loop = EngineLoop(callbacks.on_event, callbacks.on_log)
        self._thread = threading.Thread(target=self._run, name="engine-thread", daemon=True)

    def start(self) -> None:
        """Start the worker thread."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Hand the command to the loop."""
        self._loop.handle(command)

    def close(self) -> None:
        """Ask the loop to end after what it can still be stopped in."""
        self._loop.handle(Quit())

    def kill(self) -> None:
        """A thread cannot be killed; ask it to end."""
        self.close()

    def _run(self) -> None:
        self._callbacks.on_event(Hello(PROTOCOL_VERSION, 0))
        self._loop.run()
        self._callbacks.on_exit(EngineExit(0, wanted=True))
