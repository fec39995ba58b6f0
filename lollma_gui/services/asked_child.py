"""A child process of ours that is asked one thing, answers it into a file, and ends."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from lollma_gui.core.errors import Cancelled
from lollma_gui.services import own_program
from lollma_gui.services.child_process import popen_options
from lollma_gui.services.windows_job import kill_with_us

_TICK_SECONDS = 0.05


def ask_child(
    command: Sequence[str],
    request: bytes,
    said: IO[bytes],
    log: IO[bytes] | int,
    environment: Mapping[str, str],
    cancelled: Callable[[], bool],
    limit_seconds: float,
    watch: Callable[[int], None] = lambda _pid: None,
) -> int:
    """Start it, hand the request over, and wait for its end. The child starts no other programs.

    Args:
        command: Its command line.
        request: What goes into its standard input.
        said: Takes its standard output: a file, so that nobody has to read while it works.
        log: Takes its standard error.
        environment: Its variables.
        cancelled: Asked twenty times a second, on the calling thread.
        limit_seconds: A child that takes longer is ended.
        watch: Given its process number as often; what it raises ends the child.

    Returns:
        Its exit status.

    Raises:
        OSError: It could not be started.
        subprocess.TimeoutExpired: It took too long.
        Cancelled: It is no longer wanted.
    """
    child = _start(command, said, log, environment)
    job = kill_with_us(child)
    try:
        _hand_over(child, request)
        return _wait(child, cancelled, limit_seconds, watch)
    finally:
        _end(child)
        del job


def _start(
    command: Sequence[str], said: IO[bytes], log: IO[bytes] | int, environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=said,
        stderr=log,
        cwd=own_program.folder(),
        env=dict(environment),
        **popen_options(),
    )


def _wait(
    child: "subprocess.Popen[bytes]",
    cancelled: Callable[[], bool],
    limit_seconds: float,
    watch: Callable[[int], None],
) -> int:
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() <= deadline:
        if cancelled():
            raise Cancelled
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(_TICK_SECONDS)
        watch(child.pid)
    raise subprocess.TimeoutExpired(child.args, limit_seconds)


def _hand_over(child: "subprocess.Popen[bytes]", request: bytes) -> None:
    assert child.stdin is not None
    # Whoever does not want it is about to end; how, is told by the exit status.
    with contextlib.suppress(OSError):
        child.stdin.write(request)
        child.stdin.flush()


def _end(child: "subprocess.Popen[bytes]") -> None:
    """See to it that nothing stays behind."""
    child.kill()
    child.wait()
    if child.stdin is not None:
        # Closing means flushing, into a pipe that nobody reads any more.
        with contextlib.suppress(OSError):
            child.stdin.close()
