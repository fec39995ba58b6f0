"""Run a program with its output going to a log, line by line past whoever watches it."""

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

#: Seconds between two looks at the clock while the program is silent.
TICK_SECONDS = 1.0


def run_logged(
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str],
    on_line: Callable[[str | None], None],
    keep_open: Sequence[int] = (),
) -> int:
    """Run a command, append all it says to a log file, and return its exit status.

    Args:
        command: Program and arguments.
        log: File that is appended to.
        environment: All its environment variables.
        on_line: Called with each line, and with None when a second passed without one.
        keep_open: Descriptors the program inherits (POSIX only).
    """
    with log.open("a", encoding="utf-8", errors="replace") as file:
        file.write(f"\n$ {' '.join(str(part) for part in command)}\n")
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=dict(environment),
            pass_fds=() if sys.platform == "win32" else tuple(keep_open),
        )
        assert process.stdout is not None
        try:
            _pass_on(process.stdout, file, on_line)
            return process.wait()
        finally:
            _end(process)


def _pass_on(output: IO[str], log: IO[str], on_line: Callable[[str | None], None]) -> None:
    """Read in a thread, so that the clock goes on while one file takes minutes to compile."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in output:
            lines.put(line)
        lines.put(None)

    reader = threading.Thread(target=read, name="output of a program", daemon=True)
    reader.start()
    while True:
        try:
            line = lines.get(timeout=TICK_SECONDS)
        except queue.Empty:
            on_line(None)
            continue
        if line is None:
            break
        log.write(line)
        log.flush()
        on_line(line.rstrip("\n"))
    reader.join()


def _end(process: "subprocess.Popen[str]") -> None:
    """Leave no program behind when a person pressed Ctrl+C."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def answer_of(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    seconds: float = 120.0,
) -> tuple[int, str, str]:
    """Run a quick command; returns exit status, output and error output.

    A program that is not there or takes too long has status 127 or 124, as in a shell.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=None if environment is None else dict(environment),
            timeout=seconds,
            check=False,
        )
    except OSError as error:
        return 127, "", str(error)
    except subprocess.TimeoutExpired:
        return 124, "", f"no answer in {seconds:g} s"
    return done.returncode, done.stdout, done.stderr
