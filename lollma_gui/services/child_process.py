"""What starting and ending other programs needs, the same for all of them."""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lollma_gui.services import own_program

if TYPE_CHECKING:
    import psutil

#: Linux's number for "send me this signal when my parent ends", from sys/prctl.h.
_PR_SET_PDEATHSIG = 1

TICK_SECONDS = 0.02

#: Variable by which programs that we started are known, also after we are gone.
STARTED_BY = "LOLLMA_STARTED_BY"


@functools.cache
def starter_mark() -> str:
    """What that variable says: our process number and when we started, which is no one else's."""
    return f"{os.getpid()}:{started_at(os.getpid()):.2f}"


def started_at(pid: int) -> float:
    """When a process started, in seconds: since the system did on Linux, since 1970 elsewhere.

    psutil adds the time of the boot on Linux, and that changes whenever the clock is set.

    Raises:
        psutil.Error: If there is no such process, or it may not be looked at.
    """
    import psutil

    if not sys.platform.startswith("linux"):
        return float(psutil.Process(pid).create_time())
    try:
        # Field 22 by proc_pid_stat(5); the name, the second one, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError as error:
        raise psutil.NoSuchProcess(pid) from error
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment for another program, without what is meant for us alone.

    Variables of Qt go: a program with a Qt of its own would be led to our plugins. So does what
    packaging put there, see ``own_program``.

    Args:
        extra: Variables set on top.
    """
    environment = own_program.without_packaging(os.environ)
    environment = {k: v for k, v in environment.items() if not k.startswith("QT_")}
    # Python programs hold back their lines otherwise when nobody sits at a terminal.
    environment["PYTHONUNBUFFERED"] = "1"
    environment[STARTED_BY] = starter_mark()
    return environment | dict(extra or {})


def popen_options() -> dict[str, Any]:
    """Keyword arguments for ``subprocess.Popen``: a group of its own, and no console window.

    The group makes it possible to end all that the program started, and keeps a Ctrl+C in our
    terminal from reaching it: we end it ourselves, in order.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def die_with_parent() -> None:
    """Called in a child process of ours: have the system kill it when its parent dies.

    Linux only, elsewhere nothing happens; so a child should also end when its input does. The
    kernel looks at the *thread* that started the child: that thread must live as long as the
    child is wanted.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It died while we were asking.
        os._exit(1)


def end_process_tree(process: "subprocess.Popen[Any]", grace_seconds: float) -> None:
    """End a program started with ``popen_options`` and all it started in turn.

    Asks first (SIGTERM; Windows knows no such thing), and kills what is left after the grace.
    Returns when the program has ended; may be called again, or for one that ended by itself.

    Args:
        process: The program.
        grace_seconds: How long it may take to end by itself.
    """
    import psutil

    # Noted before anything ends: who loses a parent is nobody's child any more.
    descendants: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        if process.poll() is None:
            descendants = psutil.Process(process.pid).children(recursive=True)
    if sys.platform != "win32":
        _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_seconds)
        while not are_gone(descendants) and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS)
        _signal_group(process.pid, signal.SIGKILL)
    for child in descendants:
        # psutil compares the start time: a number given to somebody new is not touched.
        with contextlib.suppress(psutil.Error):
            child.kill()
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()


def are_gone(processes: "list[psutil.Process]") -> bool:
    """Whether all of them have ended. Unlike psutil's waiting it leaves exit codes to parents."""
    import psutil

    for process in processes:
        with contextlib.suppress(psutil.Error):
            # One that has ended stays a zombie until whoever adopted it takes note.
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                return False
    return True


def _signal_group(group: int, number: int) -> None:
    """Send a signal to a group that one of our children leads; nothing if there is none."""
    if sys.platform != "win32" and group != os.getpgrp():
        # macOS says "not permitted" of a group of which only the dead are left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
