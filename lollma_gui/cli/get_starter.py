"""``lollma get-starter``: the starter model, fetched from a terminal."""

import contextlib
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TextIO

from lollma_gui.core import units
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.progress import Progress


def run(folder: Path, out: TextIO) -> int:
    """Fetch the starter model and print where it is. Returns the exit status."""
    from lollma_gui.services.starter_model import STARTER, fetch

    folder = folder.expanduser().absolute()
    print(f"Fetching {STARTER.name} ({units.file_size(STARTER.size)}) …", file=out, flush=True)
    shown = _Shown(out)
    try:
        with _ctrl_c() as pressed:
            path = fetch(folder, progress=shown.show, cancelled=pressed.is_set)
    except Cancelled:
        shown.end()
        print("Cancelled. Call it again to go on.", file=out)
        return 1
    except LollmaError as error:
        shown.end()
        print(error, file=out)
        return 1
    shown.end()
    print(path, file=out)
    return 0


@contextlib.contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """While inside, the first Ctrl+C sets the event, and a second one interrupts as usual."""
    pressed = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def on_press(_number: int, _frame: FrameType | None) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, on_press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


class _Shown:
    """Progress in a terminal as one line that is rewritten, elsewhere a line every 10 %."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._tenths = 0
        self._width = 0

    def show(self, progress: Progress) -> None:
        """Show how far it is."""
        if self._is_terminal:
            self._rewrite(_words(progress))
        elif progress.total_bytes:
            tenths = 10 * progress.done_bytes // progress.total_bytes
            if tenths > self._tenths:
                print(_words(progress), file=self._out, flush=True)
            # It may also go back: the second way begins at nothing.
            self._tenths = tenths

    def end(self) -> None:
        """Leave the line empty for what comes next."""
        if self._is_terminal:
            self._rewrite("")

    def _rewrite(self, line: str) -> None:
        line = line[: shutil.get_terminal_size().columns - 1]
        self._out.write(f"\r{line.ljust(self._width)}" + ("" if line else "\r"))
        self._out.flush()
        self._width = len(line)


def _words(progress: Progress) -> str:
    done = units.file_size(progress.done_bytes)
    if not progress.total_bytes:
        return done
    share = units.percent(progress.done_bytes / progress.total_bytes)
    words = f"{share}, {done} of {units.file_size(progress.total_bytes)}"
    if progress.bytes_per_second:
        words += f", {units.file_size(progress.bytes_per_second)}/s"
    if progress.seconds_left is not None:
        words += f", {units.seconds(progress.seconds_left)} left"
    return words
