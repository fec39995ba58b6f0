"""Fetches KoboldCpp: one file of its newest release on GitHub, verified by its checksum."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lollma_gui.core import units
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.koboldcpp_builds import choose
from lollma_gui.core.progress import Progress
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.services.servers import asked_program, github_release
from lollma_gui.services.servers.program import Installing, InstallReport
from lollma_gui.services.servers.textgen_install import this_pc

RELEASES = "https://api.github.com/repos/LostRuins/koboldcpp/releases"
FILE_NAME = "koboldcpp.exe" if sys.platform == "win32" else "koboldcpp"


class KoboldCppInstaller:
    """Installs it into a folder of its own.

    Args:
        survey: Finds the GPUs.
        releases: Address of the list of releases, by GitHub's API.
    """

    def __init__(self, survey: Callable[[], GpuSurvey], releases: str = RELEASES) -> None:
        self._survey = survey
        self._releases = releases

    def install(self, config: ServerConfig, how: Installing) -> ServerConfig:
        """Fetch the build for this PC; ``options["old_pc"]``: the processor lacks AVX2.

        Raises:
            LollmaError: If there is none, it cannot be fetched, or does not run here.
            Cancelled: If it is no longer wanted; what is there is gone on with the next time.
        """
        how.report(InstallReport("Asking for the newest release"))
        release = github_release.newest(self._releases, how.cancelled)
        by_name = {asset.name: asset for asset in release.assets}
        is_old = bool(config.options.get("old_pc"))
        name = choose(by_name, this_pc(self._survey()), is_old=is_old)
        if not name:
            raise LollmaError(
                f"KoboldCpp {release.tag} has no build for this kind of PC.",
                "Choose the file of one that you have, or use llama-server instead.",
            )
        how.output(f"{by_name[name].url}\n".encode())
        how.folder.mkdir(parents=True, exist_ok=True)
        fetched = github_release.fetch(
            by_name[name], how.folder, _reporter(how, name), how.cancelled
        )
        program = _put(fetched, how.folder / release.tag)
        how.report(InstallReport("Checking"))
        _check_runs(program)
        return replace(config, folder=str(program.parent), binary="")


def _put(fetched: Path, folder: Path) -> Path:
    """Each version has a folder of its own: the one before stays until it is removed."""
    folder.mkdir(exist_ok=True)
    program = fetched.replace(folder / FILE_NAME)
    program.chmod(program.stat().st_mode | 0o755)
    return program


def _check_runs(program: Path) -> None:
    told = asked_program.ask(program, "--version")
    if told.code != 0:
        raise LollmaError(
            "The KoboldCpp that was fetched does not run on this PC.",
            "Try the build for older processors.",
            told.text[-2000:],
        )


def _reporter(how: Installing, name: str) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        total = progress.total_bytes
        fraction = progress.done_bytes / total if total else None
        how.report(InstallReport(f"Fetching {name} ({units.file_size(total)})", fraction))

    return report
