"""Run a Python module in a child process that ends with whoever started it, on every system.

The parent holds the other end of the child's standard input. However the parent ends, that end is
closed, and the child ends too.
"""

import os
from pathlib import Path

#: A text, since a packaged program has no file of ours that another Python could run. Its second
#: line keeps a file in the current folder from posing as the module.
_SCRIPT = """
import sys
sys.path = [folder for folder in sys.path if folder]
import os, runpy, threading
def end_with_input():
    while os.read(0, 4096):
        pass
    os._exit(1)
threading.Thread(target=end_with_input, name="tether", daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def command(module: str, *arguments: str, python: Path) -> list[str]:
    """The command line; start it with ``stdin=PIPE`` and keep that pipe open.

    Args:
        module: A module that this Python has.
        arguments: What follows it.
        python: Runs it.
    """
    return [str(python), "-c", _SCRIPT, module, *arguments]


def end_with_input() -> None:
    """End this process as soon as its standard input does; for a thread of its own."""
    # Not sys.stdin: a thread waiting in its buffer keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    os._exit(1)
