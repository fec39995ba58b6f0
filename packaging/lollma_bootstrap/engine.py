"""The engine (llama-cpp-python): a ready-made build that suits this PC, else built here."""

import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from lollma_bootstrap import compiler, cuda_libraries, flavours, wheel_pages
from lollma_bootstrap.flavours import Machine
from lollma_bootstrap.pip import Pip
from lollma_bootstrap.places import clean_environment
from lollma_bootstrap.process import answer_of
from lollma_bootstrap.say import Trouble, say
from lollma_bootstrap.wheel_pages import PACKAGE, Wheel
from lollma_bootstrap.wheel_tags import this_target

#: Run by the environment's Python. The backend is started too: a build for a newer processor
#: imports well and dies here, with us looking on and not the person.
_TRY = """
import json, llama_cpp
llama_cpp.llama_backend_init()
print(json.dumps([llama_cpp.__version__, bool(llama_cpp.llama_supports_gpu_offload())]))
"""


@dataclass(frozen=True)
class Verdict:
    """What trying the installed engine showed. ``error`` is empty where it runs."""

    version: str = ""
    gpu: bool = False
    error: str = ""


def pinned_version(project_file: Path) -> str:
    """The engine's version that the project file asks for.

    Raises:
        Trouble: If it names none.
    """
    data = tomllib.loads(project_file.read_text(encoding="utf-8"))
    for line in data.get("project", {}).get("dependencies", []):
        name, _, version = line.partition("==")
        if name.strip() == PACKAGE and version:
            return str(version.split(";")[0].strip())
    raise Trouble(f"pyproject.toml names no exact {PACKAGE}.", "git checkout pyproject.toml")


class EngineSetup:
    """Gets the engine into the environment and tells the person which one it is.

    Args:
        pip: pip of the environment.
        asked: One of ``options.ENGINES``.
        machine: This PC.
        pages: Address of the pages with ready-made builds.
    """

    def __init__(
        self, pip: Pip, asked: str, machine: Machine, pages: str = wheel_pages.PAGES
    ) -> None:
        self._pip = pip
        self._asked = asked
        self._machine = machine
        self._pages = pages
        self._version = pinned_version(pip.checkout.project_file)
        self._wheels: list[Wheel] = []
        self._kept = False
        self._log = pip.checkout.engine_log
        #: Flavour of the wheel that is installed, "source", or "" for one that was there before.
        self.build = ""

    def get(self, keep: bool) -> None:
        """Install the engine's own package; what it needs comes with the app.

        Args:
            keep: Whether an installed engine of the right version may stay.

        Raises:
            Trouble: If it can neither be fetched nor built.
        """
        self._kept = keep and self._pip.installed(PACKAGE) == self._version
        if self._kept:
            return
        self._log.unlink(missing_ok=True)
        wanted = flavours.wanted(self._asked, self._machine)
        reason = "asked for" if self._asked == "source" else "no ready-made build fits"
        if wanted:
            found = wheel_pages.search(wanted, self._version, this_target(), self._pages)
            self._wheels, reason = found.wheels, found.reason
        self._next(reason)

    def settle(self) -> str:
        """Try the engine, replace it while it does not run, and say what it is.

        Returns:
            Version and build, for the stamp.

        Raises:
            Trouble: If no build runs.
        """
        verdict = self._tried()
        if verdict.error and self._kept:
            say(f"The engine that is here does not run: {verdict.error}")
            self.get(keep=False)
            verdict = self._tried()
        while verdict.error and self.build != "source":
            say(f"The engine does not run: {verdict.error}")
            self._next("no other ready-made build is left")
            verdict = self._tried()
        if verdict.error:
            raise Trouble(
                f"The engine was built here but does not run: {verdict.error}",
                "python packaging/run.py --fresh --engine source",
            )
        for line in self._in_words(verdict):
            say(line)
        return f"{verdict.version} {self.build}".strip()

    @property
    def kept(self) -> bool:
        """Whether the engine that was there before stayed."""
        return self._kept and not self.build

    def _next(self, reason: str) -> None:
        """Install the next ready-made build, or build one."""
        while self._wheels:
            wheel = self._wheels.pop(0)
            title = f"Fetching the engine {self._version} ({wheel.flavour})"
            if self._install(title, [f"{PACKAGE} @ {wheel.url}", "--only-binary", PACKAGE], {}):
                self.build = wheel.flavour
                return
            say("  That failed; trying the next way.")
        self._build_here(reason)

    def _build_here(self, reason: str) -> None:
        arguments = " ".join(
            part
            for part in (
                flavours.build_arguments(self._asked),
                os.environ.get("CMAKE_ARGS", ""),
            )
            if part
        )
        # pip keeps builds but does not remember what arguments they were made with.
        anew = bool(arguments) or self._asked == "source"
        kept = not anew and self._pip.has_built("llama_cpp_python", self._version)
        if kept:
            title = f"Taking the engine {self._version} that was built here before"
        else:
            compiler.ensure()
            say(f"The engine is built on this PC ({reason}). This takes 3 to 30 minutes, once.")
            title = f"Building the engine {self._version}"
        done = self._install(
            title,
            ["-v", *(["--no-cache-dir"] if anew else []), f"{PACKAGE}=={self._version}"],
            {"CMAKE_ARGS": arguments} if arguments else {},
        )
        if not done:
            raise compiler.trouble_of(self._log)
        self.build = "source"

    def _install(self, title: str, arguments: list[str], environment: dict[str, str]) -> bool:
        command = ["install", "--no-deps", "--force-reinstall", *arguments]
        return self._pip.run(title, command, self._log, environment) == 0

    def _tried(self) -> Verdict:
        verdict = try_engine(self._pip.checkout.python)
        if not cuda_libraries.are_missing(verdict.error, self.build):
            return verdict
        wanted = cuda_libraries.packages(self.build)
        if self._pip.run("Fetching the CUDA libraries", ["install", *wanted], self._log):
            return verdict
        site = self._site_packages()
        cuda_libraries.link_into(site / "llama_cpp" / "lib", site)
        return try_engine(self._pip.checkout.python)

    def _site_packages(self) -> Path:
        code = "import sysconfig; print(sysconfig.get_path('platlib'))"
        _, output, _ = answer_of([self._pip.checkout.python, "-c", code], clean_environment())
        return Path(output.strip())

    def _in_words(self, verdict: Verdict) -> list[str]:
        """What the person now has, and plainly if their GPU stays idle."""
        uses = "uses the GPU" if verdict.gpu else "runs on the CPU"
        lines = [f"Engine: llama-cpp-python {verdict.version}, {uses}."]
        if self._machine.gpu and not verdict.gpu and self._asked != "cpu":
            other = "vulkan" if self._machine.other_gpu else "cuda"
            other = "metal" if self._machine.is_apple_chip else other
            lines += [
                f"  This PC has {self._machine.gpu}, but this build cannot use it.",
                f"  To use it: python packaging/run.py --engine {other}",
            ]
        return lines


def try_engine(python: Path) -> Verdict:
    """Load the engine in a process of its own and ask what it can do."""
    status, output, error = answer_of([python, "-c", _TRY], clean_environment())
    lines = output.strip().splitlines()
    if status == 0 and lines:
        version, gpu = json.loads(lines[-1])
        return Verdict(version, gpu)
    last = error.strip().splitlines()
    if status < 0:
        return Verdict(error=f"it was ended by signal {-status}; it may be for another processor.")
    return Verdict(error=last[-1] if last else f"it ended with {status}")
