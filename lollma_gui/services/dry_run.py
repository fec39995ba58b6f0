"""The engine's own plan of a load, from a child process that nothing can go wrong beyond."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from lollma_gui.core.dry_run_result import DryRunResult, decode_outcome
from lollma_gui.core.engine_exit import EngineExit
from lollma_gui.core.engine_messages import Load, SettingValue, encode
from lollma_gui.core.errors import LollmaError
from lollma_gui.services import own_program
from lollma_gui.services.asked_child import ask_child
from lollma_gui.services.child_process import clean_environment
from lollma_gui.services.engine.links import engine_environment
from lollma_gui.services.model_files import model_parts

#: Far beyond what any model takes (0.2 to 1 s), also on a slow and busy PC.
LIMIT_SECONDS = 20.0
#: So much of the end of the child's log is kept for the details of an error.
_KEPT_LOG_BYTES = 8192

_ARITHMETIC_STANDS = "What arithmetic says of this model stands; a load shows the rest."


def dry_run(
    model_path: Path,
    settings: Mapping[str, SettingValue],
    *,
    cancelled: Callable[[], bool],
    limit_seconds: float = LIMIT_SECONDS,
    command: Sequence[str] | None = None,
) -> DryRunResult:
    """Have llama.cpp plan a load without loading; blocks for some tenths of a second.

    Args:
        model_path: A GGUF file, or any part of a split model; of each, only the header need be
            there, in a file of the full size.
        settings: Values by their names in the settings table; also ``n_outputs_max``,
            ``n_seq_max`` and ``kv_unified``.
        cancelled: Asked some times a second, on the calling thread.
        limit_seconds: A child that takes longer is ended.
        command: Another child instead of ours.

    Raises:
        LollmaError: llama.cpp refuses the model or the settings, or the child came to grief.
        Cancelled: If it is no longer wanted; the child is dead by then.
    """
    began = time.monotonic()
    first = model_parts(model_path)[0]
    if not first.is_file():
        raise LollmaError(f"There is no file {first}.", "Search the folders again under Models.")
    request = encode(Load(0, str(first.absolute()), dict(settings))).encode()
    # Files rather than pipes: nobody has to read them while the child works.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as log:
        child = list(command or own_program.command("--plan"))
        code = _ask(child, request, said, log, cancelled, limit_seconds)
        result = _result(code, _tail(said), _tail(log))
    return replace(result, seconds=time.monotonic() - began)


def _ask(
    command: list[str],
    request: bytes,
    said: IO[bytes],
    log: IO[bytes],
    cancelled: Callable[[], bool],
    limit_seconds: float,
) -> int:
    """Have the child plan; returns its exit status."""
    environment = clean_environment(engine_environment(os.environ))
    try:
        return ask_child(command, request, said, log, environment, cancelled, limit_seconds)
    except OSError as error:
        raise LollmaError(
            "The engine's process for a dry run could not be started.",
            _ARITHMETIC_STANDS,
            str(error),
        ) from error
    except subprocess.TimeoutExpired:
        raise LollmaError(
            "The engine's dry run of this model took too long and was ended.", _ARITHMETIC_STANDS
        ) from None


def _tail(file: IO[bytes]) -> bytes:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - _KEPT_LOG_BYTES))
    return file.read()


def _result(code: int, said: bytes, log: bytes) -> DryRunResult:
    """The result that the child gave.

    Raises:
        LollmaError: If it gave none, or the reason why there is none.
    """
    lines = tuple(log.decode("utf-8", "replace").splitlines())
    if code != 0:
        problem = EngineExit(code, wanted=False, last_lines=lines).problem(_ARITHMETIC_STANDS)
        assert problem is not None
        raise problem
    try:
        outcome = decode_outcome(said)
    except ValueError as error:
        raise LollmaError(
            "The engine's dry run gave no answer that can be understood.",
            _ARITHMETIC_STANDS,
            "\n".join((str(error), *lines)),
        ) from error
    if isinstance(outcome, LollmaError):
        raise outcome
    return outcome
