"""What a model's chat template makes of a short conversation, found out without trusting it."""

import json
import subprocess
import tempfile
from collections.abc import Callable
from typing import IO

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import own_program
from lollma_gui.services.asked_child import ask_child
from lollma_gui.services.child_process import clean_environment

#: Far beyond what a template takes; most of it is for the child to start on a busy PC.
LIMIT_SECONDS = 10.0
#: Memory of the whole child: the sandbox and what it needs take about a tenth of that.
_MOST_BYTES = 1024**3
_MOST_OUTPUT = 1024**2


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
        _ask(request, said, cancelled, limit_seconds)
        said.seek(0)
        return _result(said.read(_MOST_OUTPUT))


def _ask(
    request: bytes, said: IO[bytes], cancelled: Callable[[], bool], limit_seconds: float
) -> None:
    command = own_program.command("--template")
    # Nobody's token is of use to a template.
    environment = {k: v for k, v in clean_environment().items() if "TOKEN" not in k}
    log = subprocess.DEVNULL
    try:
        ask_child(
            *(command, request, said, log, environment, cancelled, limit_seconds),
            watch=_check_memory,
        )
    except OSError as error:
        raise LollmaError(
            "The template could not be tried out: no process could be started.",
            "Its text is beside this.",
            str(error),
        ) from error
    except subprocess.TimeoutExpired:
        raise LollmaError("The template took too long and was ended.") from None


def _check_memory(pid: int) -> None:
    if _memory_of(pid) > _MOST_BYTES:
        raise LollmaError("The template wanted more memory than it may have.")


def _memory_of(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _result(said: bytes) -> str:
    try:
        answer = json.loads(said)
    except ValueError:
        raise LollmaError("The template brought its process to an end.") from None
    if "text" in answer:
        return str(answer["text"])
    raise LollmaError(str(answer.get("problem", "The template gave no text.")))
