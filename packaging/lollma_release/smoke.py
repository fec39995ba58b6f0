"""Tries a packaged program as a person would who has nothing but it: no Python, no settings."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lollma_bootstrap.process import answer_of
from lollma_bootstrap.say import Trouble, say

#: Generous: a slow virtual machine that has just started.
_SECONDS = 300.0
#: What of our environment a program gets here; on Windows and macOS nothing works without more.
_KEPT = ("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")
_PYTHON = ("PYTHON", "VIRTUAL_ENV", "QT_", "LD_", "DYLD_", "PIP_")
#: The names of these are what may not be in the environment of a program that we start.
_PACKAGING = ("_PYI", "_MEIPASS", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QML2_IMPORT_PATH")


def run(program: Path, model: Path | None = None) -> None:
    """Try a built program: its window, its engine, its children.

    Args:
        program: The program that speaks to a terminal.
        model: A GGUF file to try it with; None has the program fetch the starter model.

    Raises:
        Trouble: What did not work.
    """
    with tempfile.TemporaryDirectory() as home, display() as screen:
        environment = bare_environment(Path(home), screen)
        _say_version(program, environment)
        seconds, platform = seconds_to_window(program, environment)
        say(f"  window painted after {seconds:.2f} s ({platform})")
        model = model or _fetched(program, environment, Path(home))
        tried = whole_test(program, model, environment)
        say(f"  engine: {tried['engine']}, {tried['tokens_per_second']} tokens/s")
        say(f"  dry run: {tried['planned_bytes'] / 1e6:.0f} MB; server: {tried['served_text']!r}")
        if sys.platform.startswith("linux"):
            check_leash(program, environment)


def bare_environment(home: Path, screen: Mapping[str, str]) -> dict[str, str]:
    """The environment of somebody who has just got their account.

    Args:
        home: Their folder.
        screen: Variables that lead to a display.
    """
    if sys.platform.startswith("linux"):
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return kept | dict(screen) | {"HOME": str(home), "LANG": "C.UTF-8"}
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(_PYTHON)}
    return kept | dict(screen) | {"LOLLMA_HOME": str(home)}


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """A display for the window: the one there is, a virtual one, or none that is seen."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY"):
        yield {}
        return
    server = shutil.which("Xvfb")
    if server is None:
        yield {"QT_QPA_PLATFORM": "offscreen"}
        return
    read, write = os.pipe()
    words = [server, "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    process = subprocess.Popen(words, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as said:
        number = said.readline().strip()
        try:
            yield {"DISPLAY": f":{number}"}
        finally:
            process.terminate()
            process.wait()


def seconds_to_window(program: Path, environment: Mapping[str, str]) -> tuple[float, str]:
    """Seconds from the start to the first painting of the window, and Qt's platform.

    Raises:
        Trouble: If no window was painted, or it did not end well.
    """
    began = time.time()
    said = _json(program, ["--smoke"], environment)
    return said["painted_at"] - began, said["platform"]


def whole_test(program: Path, model: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The program's own self-test: the engine answers, a load is planned, a server serves.

    Raises:
        Trouble: If any of it does not work.
    """
    tried = _json(program, ["--self-test", str(model), "--whole", "--json"], environment)
    if not tried["text"] or not tried["served_text"]:
        raise Trouble("The engine wrote nothing.", "look into the program's log", str(tried))
    return tried


def check_leash(program: Path, environment: Mapping[str, str]) -> None:
    """A program of others that is started on a leash gets the environment that the person has.

    Raises:
        Trouble: If something of ours is in it.
    """
    theirs = "/opt/theirs"
    words: list[str | Path] = [program, "--leash", str(os.getpid()), "/usr/bin/env"]
    status, output, error = answer_of(words, {**environment, "LD_LIBRARY_PATH": theirs}, _SECONDS)
    lines = output.splitlines()
    ours = [line for line in lines if line.startswith(_PACKAGING) and not line.endswith(theirs)]
    if status or ours or f"LD_LIBRARY_PATH={theirs}" not in lines:
        raise Trouble(
            "A program of others gets what is meant for ours.",
            "see lollma_gui/services/own_program.py",
            "\n".join(ours) or error,
        )


def _say_version(program: Path, environment: Mapping[str, str]) -> None:
    status, output, error = answer_of([program, "--version"], environment, _SECONDS)
    if status or not output.startswith("LoLLMa"):
        raise _failed(program, ["--version"], status, output + error)
    say(f"  {output.strip()} starts")


def _fetched(program: Path, environment: Mapping[str, str], home: Path) -> Path:
    words = ["get-starter", "--folder", str(home)]
    status, output, error = answer_of([program, *words], environment, _SECONDS)
    if status:
        raise _failed(program, words, status, output + error)
    return Path(output.splitlines()[-1])


def _json(program: Path, words: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    status, output, error = answer_of([program, *words], environment, _SECONDS)
    if status:
        raise _failed(program, words, status, output + error)
    try:
        said = json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        raise _failed(program, words, status, output + error) from None
    assert isinstance(said, dict)
    return said


def _failed(program: Path, words: Sequence[str], status: int, said: str) -> Trouble:
    return Trouble(
        f"{program.name} {' '.join(words)} ended with status {status}.",
        f"start it by hand: {program} {' '.join(words)}",
        said[-3000:],
    )
