"""Run a Python module in a child process that ends with whoever started it, on every system.

``python -m lollma_gui.services.tethered MODULE ARGUMENTS...``: the parent holds the other end of
standard input. However the parent ends, that end is closed, and the child ends too.
"""

import os
import runpy
import sys
import threading


def command(module: str, *arguments: str) -> list[str]:
    """The command line; start it with ``stdin=PIPE`` and keep that pipe open."""
    return [sys.executable, "-m", "lollma_gui.services.tethered", module, *arguments]


def end_with_input() -> None:
    """End this process as soon as its standard input does; for a thread of its own."""
    # Not sys.stdin: a thread waiting in its buffer keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    os._exit(1)


def _main() -> None:
    threading.Thread(target=end_with_input, name="tether", daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
