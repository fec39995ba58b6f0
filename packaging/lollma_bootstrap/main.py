"""Reads the command line, sets up what is missing, and starts the app or its tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from lollma_bootstrap import checks, options, qt_libraries, starter
from lollma_bootstrap.installation import Installation
from lollma_bootstrap.options import Options
from lollma_bootstrap.places import Checkout, clean_environment, this_checkout
from lollma_bootstrap.say import Trouble, say


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit status."""
    # Ended politely, we end the pip we started too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        wanted = options.parse(arguments)
        if wanted.help:
            print(options.HELP, end="")
            return 0
        return _run(this_checkout(), wanted)
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        print(f"\n{error}", file=sys.stderr)
        print(
            "To mend it: close LoLLMa if it runs, see that the disk has room and that the folder "
            "is yours, then run the same command again.",
            file=sys.stderr,
            flush=True,
        )
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr, flush=True)
        return 130


def _run(checkout: Checkout, wanted: Options) -> int:
    if sys.maxsize < 2**32:
        raise Trouble(
            "This Python is a 32-bit one; Qt and the engine need 64 bits.",
            "install the 64-bit Python (python.org/downloads) and run this file with it",
        )
    missing = Installation(checkout, wanted).ensure()
    if wanted.test:
        return checks.run(checkout, wanted.rest, missing)
    if not wanted.rest:
        if qt_libraries.blocks_window(missing):
            say("The window cannot open before these libraries are there.")
            return 1
        starter.offer(checkout)
    return _start(checkout, wanted.rest)


def _start(checkout: Checkout, arguments: Sequence[str]) -> int:
    command = [str(checkout.python), "-m", "lollma_gui", *arguments]
    environment = clean_environment()
    sys.stdout.flush()
    if sys.platform != "win32":
        # The app takes our place: signals and Ctrl+C reach it, and nothing waits beside it.
        os.execve(command[0], command, environment)
    try:
        return subprocess.call(command, env=environment)
    except KeyboardInterrupt:
        return 130
