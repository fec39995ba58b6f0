"""Another program at work, line by line, until it ends or is no longer wanted.

A thread that waits for the next line of a silent program cannot look whether it is still wanted.
Here one thread reads, and the caller's looks at the lines and at ``cancelled``.
"""

import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services.child_process import clean_environment, end_process_tree, popen_options
from lollma_gui.services.servers.leash import leashed
from lollma_gui.services.windows_job import kill_with_us

#: How often the caller's thread looks whether it is still wanted.
_TICK_SECONDS = 0.1
#: A program that is no longer wanted has this long to tidy up.
_GRACE_SECONDS = 3.0
#: So many ticks after its end, whoever still holds its output is not waited for.
_PATIENT_TICKS = 10
_LINES_AHEAD = 1000
_LINES_KEPT = 200


class Outcome(NamedTuple):
    """How a program ended: its exit status and the last of what it said."""

    status: int
    lines: tuple[str, ...]


def run_followed(
    command: Sequence[str],
    folder: Path,
    on_line: Callable[[str], None],
    cancelled: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Outcome:
    """Start a program, tell each line it says, and wait for its end.

    Args:
        command: Program and arguments.
        folder: Where it works.
        on_line: Told each line of its output and errors, on the calling thread.
        cancelled: Asked about ten times a second.
        environment: Variables on top of ours.

    Raises:
        LollmaError: If it cannot be started.
        Cancelled: If it is no longer wanted; it has ended then, and all it started.
    """
    try:
        process = subprocess.Popen(
            leashed(command),
            cwd=folder,
            env=clean_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **popen_options(),
        )
    except OSError as error:
        raise LollmaError(
            f"{Path(command[0]).name} could not be started.",
            "Check that it is there and may be run.",
            f"{command[0]}: {error}",
        ) from error
    assert process.stdout is not None
    return follow(process, process.stdout, on_line, cancelled)


def follow(
    process: "subprocess.Popen[bytes]",
    stream: IO[bytes],
    on_line: Callable[[str], None],
    cancelled: Callable[[], bool],
) -> Outcome:
    """Tell each line of a program that runs, and wait for its end; see ``run_followed``.

    Args:
        process: Started with ``popen_options``.
        stream: Where its lines come from; closed in the end.
        on_line: Told each line, on the calling thread.
        cancelled: Asked about ten times a second.

    Raises:
        Cancelled: If it is no longer wanted; it has ended then, and all it started.
    """
    job = kill_with_us(process)
    lines: queue.Queue[str | None] = queue.Queue(_LINES_AHEAD)
    given_up = threading.Event()
    reader = threading.Thread(target=_read, args=(stream, lines, given_up), daemon=True)
    reader.start()
    kept: deque[str] = deque(maxlen=_LINES_KEPT)
    try:
        for line in _arriving(process, lines, cancelled):
            kept.append(line)
            on_line(line)
    finally:
        given_up.set()
        end_process_tree(process, _GRACE_SECONDS)
        reader.join(_TICK_SECONDS * 5)
        if not reader.is_alive():
            stream.close()
        del job
    return Outcome(process.returncode, tuple(kept))


def _arriving(
    process: "subprocess.Popen[bytes]",
    lines: "queue.Queue[str | None]",
    cancelled: Callable[[], bool],
) -> Iterator[str]:
    patience = _PATIENT_TICKS
    while patience:
        if cancelled():
            raise Cancelled
        try:
            line = lines.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            # Something that it started may hold its output open long after its end.
            patience -= process.poll() is not None
            continue
        if line is None:
            process.wait()
            return
        yield line


def _read(stream: IO[bytes], lines: "queue.Queue[str | None]", given_up: threading.Event) -> None:
    """Cut what arrives into lines; a carriage return ends one too, as in progress bars."""
    rest = b""
    while piece := stream.read1(65536):  # type: ignore[attr-defined] # a pipe has it
        *whole, rest = (rest + piece).replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            _put(lines, line, given_up)
    _put(lines, rest, given_up)
    while not given_up.is_set():
        try:
            lines.put(None, timeout=_TICK_SECONDS)
        except queue.Full:
            continue
        return


def _put(lines: "queue.Queue[str | None]", line: bytes, given_up: threading.Event) -> None:
    text = line.decode("utf-8", "replace").rstrip()
    while text and not given_up.is_set():
        try:
            lines.put(text, timeout=_TICK_SECONDS)
        except queue.Full:
            continue
        return
