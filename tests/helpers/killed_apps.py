"""An app that supervises one server, in a process of its own, to be killed."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from helpers.git_source import textgen_source

from lollma_gui.services.child_process import are_gone, clean_environment

_CHILD = Path(__file__).parent / "supervising_child.py"
_ROOT = Path(__file__).parents[2]
_FAKES = _ROOT / "tests" / "fakes" / "servers"
#: Only a hang takes this long.
DEADLINE_SECONDS = 60


class App:
    """A process that supervises a server; it has come as far as was wanted.

    Args:
        folder: The server's own folder.
        program: The key of its program, or ``trap``.
        given: What ``supervising_child.py`` takes.
    """

    def __init__(self, folder: Path, program: str, /, **given: Any) -> None:
        words = [sys.executable, str(_CHILD), str(folder), program, json.dumps(given)]
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment({"PYTHONPATH": str(_ROOT)}),
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, "the server did not start"
        self.server_pid = int(said)

    @property
    def below(self) -> list[psutil.Process]:
        """Everything that it has started, by descent."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


def koboldcpp_like(folder: Path) -> dict[str, Any]:
    """A small KoboldCpp in a folder: what is set to start it, with a model."""
    binary = folder / "koboldcpp"
    server = _FAKES / "koboldcpp_like.py"
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{server}" "$@"\n')
    binary.chmod(0o755)
    return {"binary": str(binary), "model": "/m/one.gguf"}


def textgen_like(folder: Path) -> dict[str, Any]:
    """A small TextGen in a folder: what is set to start it, with a model."""
    place = textgen_source(folder / "textgen").folder
    python = place / "lollma" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    model = place / "user_data" / "models" / "one.gguf"
    model.parent.mkdir(parents=True, exist_ok=True)
    model.write_text("GGUF")
    return {"folder": str(place), "options": {"web": False}, "model": str(model)}


def have_ended(processes: Sequence[psutil.Process], seconds: float = DEADLINE_SECONDS) -> bool:
    """Whether they have ended, or do so in that time.

    That some init takes note of it a second later does not matter.
    """
    deadline = time.monotonic() + seconds
    while not are_gone(list(processes)):
        if time.monotonic() > deadline:
            return False
        psutil.wait_procs(processes, timeout=0.02)
    return True


def wait_gone(pids: Sequence[int]) -> None:
    """Until they have ended."""
    alive = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    assert have_ended(alive), f"still there: {alive}"
