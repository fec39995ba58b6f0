"""What stands on the command line before the app's own arguments."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lollma_bootstrap.say import Trouble

#: Which engine may be asked for, and what that means.
ENGINES = {
    "auto": "what suits this PC: CUDA where an NVIDIA driver is, Metal on Apple chips, else CPU",
    "cpu": "runs everywhere, uses no GPU",
    "cuda": "NVIDIA GPUs; built here with the CUDA toolkit where no ready one fits",
    "metal": "Apple chips",
    "vulkan": "any GPU with a Vulkan driver (AMD, Intel, NVIDIA)",
    "source": "always built on this PC; CMAKE_ARGS is passed on to the build",
}
ENGINE_VARIABLE = "LOLLMA_ENGINE"

HELP = f"""\
usage: python packaging/run.py [--engine ENGINE] [--fresh] [arguments of the app ...]
       python packaging/run.py [--engine ENGINE] [--fresh] test [arguments of pytest ...]

Sets LoLLMa up in .venv of this folder and starts it. Quick when all is there already.
With "test" it runs the checks (ruff, mypy) and the tests instead.

  -h, --help         this text; for the app's own: python packaging/run.py -- --help
  --fresh            make .venv anew
  --engine ENGINE    which build of llama.cpp to install (also: {ENGINE_VARIABLE}=ENGINE)
""" + "".join(f"      {name:8} {text}\n" for name, text in ENGINES.items())


@dataclass(frozen=True)
class Options:
    """What the person asked for. ``engine`` is None where they did not say."""

    help: bool = False
    fresh: bool = False
    engine: str | None = None
    test: bool = False
    rest: list[str] = field(default_factory=list)


def parse(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Options:
    """Read our own options up to the first thing that is not ours.

    Raises:
        Trouble: If the engine asked for is unknown.
    """
    rest = list(arguments)
    wants_help = fresh = False
    engine = environment.get(ENGINE_VARIABLE) or None
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--":
            return Options(wants_help, fresh, _known(engine), False, rest)
        if option in ("-h", "--help"):
            wants_help = True
        elif option == "--fresh":
            fresh = True
        elif option == "--engine":
            engine = rest.pop(0) if rest else ""
        elif option.startswith("--engine="):
            engine = option.partition("=")[2]
        else:
            rest.insert(0, option)
            break
    is_test = rest[:1] == ["test"]
    return Options(wants_help, fresh, _known(engine), is_test, rest[1:] if is_test else rest)


def _known(engine: str | None) -> str | None:
    if engine is not None and engine not in ENGINES:
        raise Trouble(
            f'There is no engine "{engine}".', f"use one of {', '.join(ENGINES)} with --engine"
        )
    return engine
