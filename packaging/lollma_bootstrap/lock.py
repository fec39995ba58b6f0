"""Two setups at once must not write into the same .venv."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lollma_bootstrap.say import say


@contextmanager
def only_one(path: Path) -> Iterator[int]:
    """Hold the lock file, waiting for whoever has it. Yields its descriptor.

    The system gives the lock back when its holder ends, however it ends. On POSIX a child that
    inherits the descriptor holds it too: a pip that outlives a killed setup still keeps others out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _taken(descriptor):
            say("Another setup is at work in this folder; waiting until it is done ...")
            while not _taken(descriptor):
                time.sleep(0.2)
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            # flock, not lockf: only flock goes on to the children that inherit it.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
