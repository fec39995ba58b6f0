"""What is written down of running servers, so that the next start of the app finds them again."""

import contextlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lollma_gui.services import files
from lollma_gui.services.child_process import started_at
from lollma_gui.services.servers import tree

if TYPE_CHECKING:
    import psutil

#: In the folder of each server: the record, and what a server prints that may outlive us.
_FILE = "running.json"
LOG_FILE = "output.log"
#: Start times are told in hundredths of a second.
_SAME_SECONDS = 0.05


class Record(NamedTuple):
    """One run of one server.

    Attributes:
        config_id: Whose.
        mark: What all its processes bear in their environment.
        pid: Its first process; 0 while it is being started.
        started_at: When that started, as ``child_process.started_at`` says it.
        since: The same in seconds since 1970, for people.
        ports: Port numbers by name.
        model_path: What it was started with.
        log: The file it prints to; empty: it printed to us.
    """

    config_id: str
    mark: str
    pid: int = 0
    started_at: float = 0.0
    since: float = 0.0
    ports: Mapping[str, int] = {}
    model_path: str = ""
    log: str = ""


class LeftOver(NamedTuple):
    """A server that an earlier run of the app started and that still runs, at least in part.

    Attributes:
        record: What was written down of it.
        pids: What is left of it.
        is_whole: Whether its first process lives: only then can it be taken over.
    """

    record: Record
    pids: tuple[int, ...]
    is_whole: bool


def new_mark(config_id: str) -> str:
    """A mark that no other run has."""
    return f"{config_id}:{secrets.token_hex(8)}"


def write(folder: Path, record: Record) -> None:
    """Write a record into a server's folder.

    Raises:
        OSError: If that is not possible.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = {**record._asdict(), "ports": dict(record.ports)}
    files.write_atomically(folder / _FILE, json.dumps(data).encode())


def remove(folder: Path) -> None:
    """The server has ended: forget it, and its log, in which keys may stand as it printed them."""
    for name in (LOG_FILE, _FILE):
        with contextlib.suppress(OSError):
            (folder / name).unlink()


def read(folder: Path) -> Record | None:
    """The record in a server's folder; None where there is none that can be used."""
    try:
        values: dict[str, Any] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        record = Record(**{name: values[name] for name in Record._fields})
        is_usable = isinstance(record.pid, int) and isinstance(record.ports, dict)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if is_usable and record.mark else None


def is_alive(record: Record) -> bool:
    """Whether the first process still is the one that was started."""
    import psutil

    if not record.pid:
        return False
    try:
        is_same = abs(started_at(record.pid) - record.started_at) <= _SAME_SECONDS
        return is_same and psutil.Process(record.pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def processes_of(record: Record) -> "list[psutil.Process]":
    """Everything that is left of a run."""
    return tree.members(record.pid, record.mark) if is_alive(record) else tree.marked(record.mark)


def left_over(folder: Path) -> LeftOver | None:
    """What still runs of the server in this folder; a record of nothing is removed."""
    record = read(folder)
    if record is None:
        return None
    pids = tuple(process.pid for process in processes_of(record))
    if not pids:
        remove(folder)
        return None
    return LeftOver(record, pids, is_alive(record))


def end(folder: Path) -> bool:
    """End what is left of the server in this folder; whether all of it is gone."""
    record = read(folder)
    if record is None:
        return True
    gone = tree.kill(processes_of(record))
    if gone:
        remove(folder)
    return gone
