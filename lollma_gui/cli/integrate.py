"""``lollma integrate``: puts a copy that nobody installed into the desktop's menu."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from lollma_gui.services import desktop_entry


def run(
    undo: bool, out: TextIO, command: Sequence[str], home: Path, platform: str = sys.platform
) -> int:
    """Write the menu entry and the file type, or take them away, and say which files these are.

    Args:
        undo: Take them away.
        out: Where to print.
        command: How this copy is started.
        home: Where programs keep things for the person.
        platform: As ``sys.platform`` says it.

    Returns:
        0, or 1 if it cannot be done.
    """
    if not platform.startswith("linux"):
        out.write("Only Linux needs this. Here the installer does it.\n")
        return 1
    try:
        paths = desktop_entry.remove(home) if undo else desktop_entry.install(command, home)
    except OSError as error:
        where = error.filename or home
        out.write(f"{where} could not be changed ({error.strerror}). Check who may write there.\n")
        return 1
    done = "Removed" if undo else "Written"
    out.write("".join(f"{done}: {path}\n" for path in paths))
    if not undo:
        out.write("LoLLMa is in the menu, and .gguf files open with it. To take that back:\n")
        out.write("lollma integrate --undo\n")
    elif not paths:
        out.write("There was nothing to remove.\n")
    return 0
