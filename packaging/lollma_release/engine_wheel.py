"""The engine that people get: one build for every processor.

It is compiled so that llama.cpp's code for processors lies in libraries of its own, one for each
generation, and picks the newest that runs on the PC (``lollma_gui.services.engine.backends``).
"""

import os
import shutil
from pathlib import Path

from lollma_bootstrap.places import clean_environment
from lollma_bootstrap.process import run_logged
from lollma_bootstrap.say import ProgressLine, Trouble

from lollma_release.product import ROOT, Product

#: Options of llama.cpp's build (ggml/CMakeLists.txt of llama-cpp-python 0.3.36). The last two put
#: the backends where the binding looks for the other libraries.
CMAKE_OPTIONS = (
    "-DGGML_NATIVE=OFF",
    "-DGGML_BACKEND_DL=ON",
    "-DGGML_CPU_ALL_VARIANTS=ON",
    "-DCMAKE_INSTALL_BINDIR=llama_cpp/lib",
    "-DCMAKE_INSTALL_LIBDIR=llama_cpp/lib",
)
_LIST = Path("packaging", "locks", "engine.txt")


def take(product: Product, wheel: Path) -> Path:
    """Copy an engine that was built before to where the build expects it.

    Raises:
        Trouble: If there is no such wheel.
    """
    if not wheel.is_file() or wheel.suffix != ".whl":
        raise Trouble(f"There is no wheel {wheel}.", "leave --engine-wheel away to build one")
    folder = _empty(product)
    return Path(shutil.copy(wheel, folder))


def build(product: Product, tools: Path, root: Path = ROOT) -> Path:
    """Compile the engine from its locked source; takes a quarter of an hour on two cores.

    Args:
        product: What is built.
        tools: Python of the environment that has the tools for it.
        root: The checkout.

    Raises:
        Trouble: If it cannot be compiled.
    """
    folder = _empty(product)
    log = product.work / "engine.log"
    log.unlink(missing_ok=True)
    command: list[str | Path] = [tools, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    command += ["--no-binary", ":all:", "--no-cache-dir", "--require-hashes"]
    command += ["-r", root / _LIST, "--wheel-dir", folder]
    line = ProgressLine("Compiling the engine")
    status = run_logged(command, log, _environment(product, tools), lambda _: line.show())
    line.end("failed" if status else "done")
    wheels = list(folder.glob("*.whl"))
    if status or not wheels:
        raise Trouble(
            "The engine could not be compiled.",
            f"read {log}; it needs a C++ compiler (Debian and Ubuntu: apt install g++)",
            log.read_text(encoding="utf-8", errors="replace")[-3000:],
        )
    return wheels[0]


def built(product: Product) -> Path:
    """The wheel that was taken or built.

    Raises:
        Trouble: If none was.
    """
    wheels = list((product.work / "engine").glob("*.whl"))
    if not wheels:
        raise Trouble("There is no engine yet.", "do the step before this one first")
    return wheels[0]


def _environment(product: Product, tools: Path) -> dict[str, str]:
    environment = clean_environment()
    environment["CMAKE_ARGS"] = " ".join(CMAKE_OPTIONS)
    environment["SOURCE_DATE_EPOCH"] = str(product.time)
    # Where cmake and ninja of the tools are.
    environment["PATH"] = os.pathsep.join((str(tools.parent), environment.get("PATH", "")))
    return environment


def _empty(product: Product) -> Path:
    folder = product.work / "engine"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
