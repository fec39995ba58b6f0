"""llama-servers that an earlier TextGen left behind: they hold their port and VRAM for ever.

TextGen killed by force does not end its child on Linux and macOS (v4.9).
"""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lollma_gui.services.child_process import started_at

if TYPE_CHECKING:
    import psutil


class Orphan(NamedTuple):
    """One of them; ``started_at`` as ``services.child_process`` says it."""

    pid: int
    started_at: float


def find_orphans(folder: Path) -> tuple[Orphan, ...]:
    """llama-servers whose program lies in this installation and whose TextGen is gone.

    Args:
        folder: The installation.
    """
    import psutil

    found = []
    for process in psutil.process_iter(["name", "exe"]):
        name, program = process.info["name"] or "", process.info["exe"] or ""
        if name.startswith("llama-server") and Path(program).is_relative_to(folder.resolve()):
            with contextlib.suppress(psutil.Error):
                is_dead = process.status() == psutil.STATUS_ZOMBIE
                if not is_dead and not _has_textgen(process.parents()):
                    found.append(Orphan(process.pid, started_at(process.pid)))
    return tuple(found)


def _has_textgen(parents: "list[psutil.Process]") -> bool:
    return any(Path(word).name == "server.py" for one in parents for word in one.cmdline())


def end_orphans(folder: Path) -> int:
    """End all of them; how many there were.

    Raises:
        LollmaError: If one cannot be ended.
    """
    from lollma_gui.services.process_ending import end_program

    orphans = find_orphans(folder)
    for orphan in orphans:
        end_program(orphan.pid, orphan.started_at)
    return len(orphans)
