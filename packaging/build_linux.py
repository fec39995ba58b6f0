"""Everything a release has for Linux, from a clean checkout: python packaging/build_linux.py.

It takes the locked packages, compiles the engine, makes the folder with the program, tries it,
and packs it. What people download lies in dist/ in the end.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lollma_bootstrap.say import Trouble, say
from lollma_release import engine_wheel, folder, product, smoke
from lollma_release.product import Product

STEPS = ("tools", "engine", "environment", "folder", "smoke", "deb", "appimage", "papers")


def main(arguments: Sequence[str]) -> int:
    """Build; returns the exit status."""
    options = _options(arguments)
    if not sys.platform.startswith("linux"):
        say("This builds for Linux and runs there. For this system there is a script beside it.")
        return 1
    try:
        _build(product.this_product(), options)
    except Trouble as trouble:
        say(str(trouble))
        return 1
    return 0


def _build(made: Product, options: argparse.Namespace) -> None:
    from lollma_release import environment  # type: ignore[attr-defined]

    steps = options.steps
    if "tools" in steps:
        environment.make_tools(made, options.python)
    if "engine" in steps:
        _get_engine(made, options.engine_wheel)
    if "environment" in steps:
        environment.make(made, options.python, _only(made.work / "engine", "*.whl"))
    inside = made.work / "environment" / "bin" / "python"
    if "folder" in steps:
        folder.build(made, inside)
        size, packed = folder.sizes(made)
        say(f"  {made.folder}: {size / 1e6:.0f} MB, as tar.xz {packed / 1e6:.0f} MB")
    if "smoke" in steps:
        smoke.run(made.program, options.model)


def _get_engine(made: Product, wheel: Path | None) -> None:
    from lollma_release import environment  # type: ignore[attr-defined]

    if wheel:
        engine_wheel.take(made, wheel)
    else:
        engine_wheel.build(made, environment.tools(made))


def _only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise Trouble(f"There is no {pattern} in {folder}.", "do the step before this one first")
    return found[0]


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="the Python that people get, 3.12 or newer; this one if none is given",
    )
    parser.add_argument(
        "--engine-wheel", type=Path, metavar="FILE", help="take this engine, compile none"
    )
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="a GGUF file to try the program with"
    )
    parser.add_argument(
        "--steps",
        nargs="+",
        choices=STEPS,
        default=STEPS,
        metavar="STEP",
        help=f"only these of: {', '.join(STEPS)}",
    )
    return parser.parse_args(list(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
