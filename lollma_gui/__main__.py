"""Where everything starts: the window, the engine's process, or a command in a terminal."""

import gc
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Decide what this process is, and be it. Returns the exit status.

    Each branch imports only what it needs: the window must not pay for llama.cpp, the engine not
    for Qt.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--engine"]:
        from lollma_gui.services.engine import child

        return child.main()
    if given:
        from lollma_gui.cli import commands

        status = commands.run(given)
        if status is not None:
            return status
    hold_garbage()
    from lollma_gui import app

    return app.run()


def hold_garbage() -> None:
    """Look for garbage no more, until the window is painted: starting only makes objects."""
    gc.disable()


if __name__ == "__main__":
    sys.exit(main())
