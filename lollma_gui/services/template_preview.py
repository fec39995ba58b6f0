"""What a model's chat template makes of a short conversation, found out without trusting it."""

import contextlib
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import lollma_gui
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services.child_process import clean_environment, popen_options
from lollma_gui.services.engine.links import engine_command
from lollma_gui.services.windows_job import kill_with_us

#: Far beyond what a template takes; most of it is for the child to start on a busy PC.
LIMIT_SECONDS = 10.0
#: Memory of the whole child: the sandbox and what it needs take about a tenth of that.
_MOST_BYTES = 1024**3
_MOST_OUTPUT = 1024**2
_TICK_SECONDS = 0.05


def render_example(
    template: str,
    bos: str,
    eos: str,
    cancelled: Callable[[], bool],
    limit_seconds: float = LIMIT_SECONDS,
) -> str:
    """The text of a short conversation in a model's own format; blocks for about half a second.

    Args:
        template: The Jinja template, as the model file has it.
        bos: Text of the token that begins a text.
        eos: Text of the token that ends one.
        cancelled: Asked twenty times a second, on the calling thread.
        limit_seconds: A child that takes longer is ended.

    Raises:
        LollmaError: The template refuses, fails, or wants too much time or memory.
        Cancelled: If it is no longer wanted; the child is dead by then.
    """
    request = json.dumps({"template": template, "bos": bos, "eos": eos}).encode() + b"\n"
    with tempfile.TemporaryFile() as said:
        child = _start(said)
        job = kill_with_us(child)
        try:
            _wait(child, request, cancelled, time.monotonic() + limit_seconds)
        finally:
            _end(child)
            del job
        said.seek(0)
        return _result(said.read(_MOST_OUTPUT))


def _start(said: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            engine_command("--template"),
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.DEVNULL,
            cwd=Path(lollma_gui.__file__).parent.parent,
            env=clean_environment(),
            **popen_options(),
        )
    except OSError as error:
        raise LollmaError(
            "The template could not be tried out: no process could be started.",
            "Its text is beside this.",
            str(error),
        ) from error


def _wait(
    child: "subprocess.Popen[bytes]", request: bytes, cancelled: Callable[[], bool], deadline: float
) -> None:
    assert child.stdin is not None
    with contextlib.suppress(OSError):
        child.stdin.write(request)
        child.stdin.flush()
    while True:
        if cancelled():
            raise Cancelled
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_TICK_SECONDS)
            return
        if _memory_of(child.pid) > _MOST_BYTES:
            raise LollmaError("The template wanted more memory than it may have.")
        if time.monotonic() > deadline:
            raise LollmaError("The template took too long and was ended.")


def _memory_of(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()


def _result(said: bytes) -> str:
    try:
        answer = json.loads(said)
    except ValueError:
        raise LollmaError("The template brought its process to an end.") from None
    if "text" in answer:
        return str(answer["text"])
    raise LollmaError(str(answer.get("problem", "The template gave no text.")))
