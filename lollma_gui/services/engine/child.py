"""The engine as a child process: ``python -m lollma_gui --engine``.

Commands come as lines on standard input, events go as lines to standard output, llama.cpp's own
log goes to standard error. The process ends when its input does, so also when its parent dies.
"""

import os
import sys
import threading
from typing import TextIO

from lollma_gui.core.engine_messages import PROTOCOL_VERSION, Event, Hello, Quit, decode, encode
from lollma_gui.services.child_process import die_with_parent
from lollma_gui.services.engine.loop import EngineLoop

#: How long the worker may take to free its model before the process ends anyway.
_LAST_SECONDS = 2.0


def main() -> int:
    """Run until the input ends or ``Quit`` comes. Returns the exit status."""
    die_with_parent()
    output = take_over_stdout()
    lock = threading.Lock()

    def send(event: Event) -> None:
        try:
            with lock:
                output.write(encode(event))
                output.flush()
        except (BrokenPipeError, ValueError):
            os._exit(0)  # nobody reads any more

    loop = EngineLoop(send, write_log)
    worker = threading.Thread(target=loop.run, name="engine-worker", daemon=True)
    worker.start()
    send(Hello(PROTOCOL_VERSION, os.getpid()))
    for line in sys.stdin.buffer:
        command = decode(line)
        loop.handle(command)  # type: ignore[arg-type]
        if isinstance(command, Quit):
            break
    loop.handle(Quit())
    worker.join(_LAST_SECONDS)
    # Not sys.exit: a worker that hangs in llama.cpp would keep the interpreter from ending.
    sys.stderr.flush()
    os._exit(0)


def take_over_stdout() -> TextIO:
    """Keep standard output for events; whatever else prints there goes to the log."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    return output


def write_log(line: str) -> None:
    """A line of llama.cpp's log, where the parent reads it."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
