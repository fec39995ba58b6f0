"""Has Linux kill a program of others when we die, however we die.

A process of our own, ``leash PARENT PROGRAM ARGUMENTS...``, asks the kernel for that, and then
becomes the program. Asking in a fork of the window's process instead would run Python between
fork and exec, which may hang in a process with threads.

The kernel looks at the *thread* that started the program: it must live as long as the program.
"""

import os
import sys
from collections.abc import Sequence

from lollma_gui.services import own_program
from lollma_gui.services.child_process import die_with_parent

#: For ``lollma_gui.__main__`` in a packaged program, which runs no scripts.
ARGUMENT = "--leash"

#: Not ``-m``: it runs in the folder of the program, from where we may not be found.
_SCRIPT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from lollma_gui.services.servers.leash import main; sys.exit(main(sys.argv[2:]))"
)


def leashed(words: Sequence[str]) -> list[str]:
    """The command line that runs a program so that it dies with us; as it is where Linux is not."""
    if not sys.platform.startswith("linux"):
        return list(words)
    ours = [str(os.getpid()), *words]
    if own_program.is_packaged():
        return own_program.command(ARGUMENT, *ours)
    return [sys.executable, "-c", _SCRIPT, str(own_program.folder()), *ours]


def main(arguments: Sequence[str]) -> int:
    """Become the program. Returns only where that is not possible."""
    parent, *words = arguments
    die_with_parent()
    if os.getppid() != int(parent):
        return 1
    try:
        # As it was given to us: a packaged program has its own added at its start.
        os.execve(words[0], words, own_program.without_packaging(os.environ))
    except OSError as error:
        sys.stderr.write(f"{words[0]} could not be started: {error.strerror}\n")
        return 127
