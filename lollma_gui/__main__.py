"""Where everything starts: the window, a process of the engine, or a command in a terminal."""

import gc
import os
import sys
from collections.abc import Sequence

#: Python looks for garbage among new objects once there are so many more; so often later among
#: older ones; and so often again among all. What is no longer used goes at once by itself unless it
#: goes round in circles, which is rare here; but a look at all objects halts the window for 100 ms
#: and more, and with Python's own numbers the fits of a library brought one every third model.
_GARBAGE_THRESHOLDS = (10_000, 10, 200)
#: The window gets its turn after at most so many seconds while something else computes. With
#: Python's own 5 ms a painting, which gives its turn away dozens of times, took 300 ms.
_TURN_SECONDS = 0.0005


def main(arguments: Sequence[str] | None = None) -> int:
    """Decide what this process is, and be it. Returns the exit status.

    Each branch imports only what it needs: the window must not pay for llama.cpp, the engine not
    for Qt.
    """
    if getattr(sys, "frozen", False):
        _settle_in()
    given = list(sys.argv[1:] if arguments is None else arguments)
    status = _be_child(given)
    if status is not None:
        return status
    if given == ["--smoke"]:
        make_ready()
        from lollma_gui import smoke

        return smoke.run()
    files = _files_named(given)
    if given and not files:
        from lollma_gui.cli import commands

        status = commands.run(given)
        if status is not None:
            return status
    make_ready()
    from lollma_gui import app

    return app.run(files)


def _be_child(given: list[str]) -> int | None:
    """Be one of our own processes and return its exit status; None where none is wanted."""
    if given == ["--engine"]:
        from lollma_gui.services.engine import child

        return child.main()
    if given == ["--plan"]:
        from lollma_gui.services import dry_run_child

        return dry_run_child.main()
    if given[:1] == ["--engine-api"] and len(given) == 2:
        from lollma_gui.services.servers import engine_api_child

        return engine_api_child.main(given[1])
    if given[:1] == ["--leash"]:
        from lollma_gui.services.servers import leash

        return leash.main(given[1:])
    if given == ["--llama"]:
        from lollma_gui.services import llama_facts_child

        return llama_facts_child.main()
    if given == ["--template"]:
        from lollma_gui.services import template_child

        return template_child.main()
    return None


def _files_named(words: list[str]) -> list[str]:
    """Whole paths of the files that a command line names; none where it is a command.

    Reading a command line takes longer than this, and the window need not wait for that.
    """
    if not words or words[0].startswith("-"):
        return []
    from lollma_gui.core.open_request import local_paths, looks_like_files

    if looks_like_files(words, exists=os.path.lexists):
        return local_paths(words, os.getcwd(), windows=sys.platform == "win32")  # noqa: PTH109
    return []


def _settle_in() -> None:
    """What a packaged program does first, whatever it is started for."""
    import multiprocessing

    from lollma_gui.services import own_program

    # Packages of others may start helpers, and those are this program too.
    multiprocessing.freeze_support()
    own_program.give_environment_back()


def make_ready() -> None:
    """Shorten the way to the first painting of the window, and let it be smooth from then on.

    Python looks for garbage no more until then: starting only makes objects. And what knows
    nothing of Qt is imported here, since PySide6 reads the source of all that comes after it.
    """
    gc.disable()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    sys.setswitchinterval(_TURN_SECONDS)
    import platformdirs  # noqa: F401

    from lollma_gui.core import engine_status  # noqa: F401
    from lollma_gui.services import choices  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
