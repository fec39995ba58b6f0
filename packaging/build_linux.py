"""Everything a release has for Linux, from a clean checkout: python packaging/build_linux.py.

It takes the locked packages, compiles the engine, makes the folder with the program, tries it,
and packs it. What people download lies in dist/ in the end. The oldest Linux that can run it is
the one it was built on: glibc of a newer one is no matter, of an older one it is.
"""

import argparse
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lollma_bootstrap.say import Trouble, say
from lollma_release import (
    appimage,
    deb,
    engine_wheel,
    environment,
    folder,
    icons,
    licences,
    product,
    sbom,
    smoke,
    sums,
)
from lollma_release.product import Product


def _tools(made: Product, options: argparse.Namespace) -> None:
    environment.make_tools(made, options.python)


def _engine(made: Product, options: argparse.Namespace) -> None:
    if options.engine_wheel:
        engine_wheel.take(made, options.engine_wheel)
    else:
        engine_wheel.build(made, environment.tools(made))


def _environment(made: Product, options: argparse.Namespace) -> None:
    environment.make(made, options.python, engine_wheel.built(made))


def _folder(made: Product, _options: argparse.Namespace) -> None:
    folder.build(made, environment.inside(made))
    licences.write(made, environment.inside(made))
    size, packed = folder.sizes(made)
    glibc = " ".join(platform.libc_ver())
    say(f"  {made.folder}: {size / 1e6:.0f} MB, as tar.xz {packed / 1e6:.0f} MB; needs {glibc}")


def _smoke(made: Product, options: argparse.Namespace) -> None:
    smoke.run(made.program, options.model)


def _deb(made: Product, _options: argparse.Namespace) -> None:
    icons.make(made, environment.inside(made))
    _say_size(deb.build(made))


def _appimage(made: Product, options: argparse.Namespace) -> None:
    icons.make(made, environment.inside(made))
    _say_size(appimage.build(made, options.runtime))


def _papers(made: Product, _options: argparse.Namespace) -> None:
    sbom.write(made, environment.inside(made))
    sums.write(made.out)


#: In their order: each needs what those before it have left.
STEPS: dict[str, Callable[[Product, argparse.Namespace], None]] = {
    "tools": _tools,
    "engine": _engine,
    "environment": _environment,
    "folder": _folder,
    "smoke": _smoke,
    "deb": _deb,
    "appimage": _appimage,
    "papers": _papers,
}


def main(arguments: Sequence[str]) -> int:
    """Build; returns the exit status."""
    options = _options(arguments)
    if not sys.platform.startswith("linux"):
        say("This builds for Linux and runs there. For this system there is a script beside it.")
        return 1
    try:
        made = product.this_product()
        for name, step in STEPS.items():
            if name in options.steps:
                step(made, options)
    except Trouble as trouble:
        say(str(trouble))
        return 1
    return 0


def _say_size(path: Path) -> None:
    say(f"  {path}: {path.stat().st_size / 1e6:.0f} MB")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build everything a release has for Linux.")
    given = parser.add_argument
    given("--python", default=sys.executable, help="the Python that people get; else this one")
    given("--engine-wheel", type=Path, metavar="FILE", help="take this engine, compile none")
    given("--runtime", type=Path, metavar="FILE", help="the AppImage runtime; else it is fetched")
    given("--model", type=Path, metavar="FILE", help="a model to try the program with")
    given(
        "--steps",
        nargs="+",
        choices=STEPS,
        default=list(STEPS),
        metavar="STEP",
        help=f"only these of: {', '.join(STEPS)}",
    )
    return parser.parse_args(list(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
