"""The command line of ``lollma``: reads it and calls the command."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lollma_gui import __version__
from lollma_gui.services.places import Places


def run(arguments: Sequence[str]) -> int | None:
    """Run one command; returns its exit status, or None when it is the window that is wanted."""
    options = _parser().parse_args(list(arguments))
    if options.self_test is not None:
        from lollma_gui.cli import self_test

        model = options.self_test or None
        return self_test.run(
            model,
            as_json=options.json,
            whole=options.whole,
            places=Places.usual(),
            out=sys.stdout,
        )
    if options.command == "fit":
        from lollma_gui.cli import fit

        return fit.run(options, sys.stdout, Places.usual())
    if options.command == "doctor":
        from lollma_gui.cli import doctor

        return doctor.run(options.json, sys.stdout)
    if options.command == "get-starter":
        from lollma_gui.cli import get_starter

        return get_starter.run(Path(options.folder or Places.usual().models), sys.stdout)
    if options.command == "integrate":
        from lollma_gui.cli import integrate
        from lollma_gui.services import desktop_entry, own_program

        command = own_program.lasting_command()
        return integrate.run(options.undo, sys.stdout, command, desktop_entry.data_home())
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lollma",
        usage="%(prog)s [FILE.gguf ...]\n       %(prog)s COMMAND ...",
        description="Desktop control panel for local language models. Without a command it "
        "opens its window; with files it shows there whether they fit, and offers to load them.",
    )
    parser.add_argument("--version", action="version", version=f"LoLLMa {__version__}")
    parser.add_argument(
        "--self-test",
        nargs="?",
        const="",
        metavar="MODEL",
        help="load a model (the starter model if none is given), let it write 32 tokens, unload",
    )
    parser.add_argument(
        "--whole",
        action="store_true",
        help="with --self-test: also a dry run, and an answer by the engine's API",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_fit(commands.add_parser("fit", help="say how much memory a model needs, and what fits"))
    doctor = commands.add_parser("doctor", help="say what this PC has and what is missing")
    starter = commands.add_parser("get-starter", help="fetch the small starter model (98 MB)")
    starter.add_argument("--folder", help="where to put it")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    integrate = commands.add_parser(
        "integrate", help="on Linux: put this copy into the menu, and let it open .gguf files"
    )
    integrate.add_argument("--undo", action="store_true", help="take that back")
    return parser


def _add_fit(parser: argparse.ArgumentParser) -> None:
    from lollma_gui.cli import fit

    fit.add_arguments(parser)
