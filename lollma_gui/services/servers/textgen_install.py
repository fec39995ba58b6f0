"""Installs TextGen as the guide does: clone, environment ``lollma``, requirements.

Each step sees by itself whether it is done, so an installation goes on where it stopped.
"""

import json
import platform
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.git_facts import GitSource
from lollma_gui.core.install_steps import StepProgress
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.server_failures import explain
from lollma_gui.core.textgen_requirements import (
    FOLDER,
    PcKind,
    Requirements,
    choose,
    machine_name,
    needed_at_most,
)
from lollma_gui.services import files, git_checkout
from lollma_gui.services.followed import run_followed
from lollma_gui.services.python_finder import find_python
from lollma_gui.services.servers.program import Installing, InstallReport
from lollma_gui.services.servers.textgen_flags import ask_help
from lollma_gui.services.servers.textgen_places import (
    ENVIRONMENT,
    NEEDS_FILE,
    environment_python,
    is_textgen,
    noted_needs,
)
from lollma_gui.services.system_sampler import existing_part

#: Today's repository, and the guide's address of it from before it was renamed.
SOURCE = GitSource(
    (
        "https://github.com/oobabooga/textgen",
        "https://github.com/oobabooga/text-generation-webui",
    )
)
#: Its code needs 3.10; the numpy that it pins (2.2) has no wheels after 3.13.
OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 13)

#: Share of the whole that is done when each step begins; pip takes most of the time.
_SHARES = {"fetch": 0.0, "environment": 0.15, "needs": 0.2, "check": 0.98, "end": 1.0}
_PIP_SAYS = re.compile(r"(Collecting|Downloading|Installing collected packages|Building wheel)\b.*")


class TextGenInstaller(NamedTuple):
    """Installs into a folder.

    Attributes:
        source: Where it comes from.
        pc: What the PC is; decides which requirements are taken.
        pip_words: Further words for pip, as another index.
    """

    source: GitSource
    pc: PcKind
    pip_words: Sequence[str] = ()

    def run(self, release: str, how: Installing) -> Requirements:
        """Do what is not done yet.

        Args:
            release: A tag; empty for the newest commit.
            how: The folder, and where to report.

        Raises:
            LollmaError: If a step fails; what was done before it is kept.
            Cancelled: If it is no longer wanted; likewise.
        """
        how = replace(how, folder=how.folder.absolute())
        check_place(how.folder, needed_at_most(self.pc))
        self._fetch(release, how)
        requirements = choose(_requirement_files(how.folder), self.pc)
        how.output(f"{requirements.path}: {requirements.why}\n".encode())
        self._make_environment(how)
        self._install_needs(requirements, how)
        how.report(InstallReport("Checking", _SHARES["check"]))
        ask_help(environment_python(how.folder / ENVIRONMENT), how.folder)
        how.report(InstallReport("Done", _SHARES["end"]))
        return requirements

    def _fetch(self, release: str, how: Installing) -> None:
        done = _SHARES["fetch"]

        def tell(moment: StepProgress) -> None:
            nonlocal done
            # Git counts several things one after the other, each from 0; this one takes longest.
            if moment.title == "Fetching":
                done = max(done, _SHARES["environment"] * (moment.fraction or 0.0))
            how.report(InstallReport(f"{moment.title} TextGen", done))

        if not is_textgen(how.folder):
            git_checkout.fetch_program(self.source, release, how.folder, tell, how.cancelled)

    def _make_environment(self, how: Installing) -> None:
        how.report(InstallReport("Making its environment", _SHARES["environment"]))
        environment = how.folder / ENVIRONMENT
        if _is_whole(environment):
            return
        python = find_python(OLDEST_PYTHON, NEWEST_PYTHON)
        words = [str(python.path), "-I", "-m", "venv", "--clear", str(environment)]
        _run(words, how, "The environment could not be made.")
        _hide_from_git(how.folder)

    def _install_needs(self, requirements: Requirements, how: Installing) -> None:
        environment = how.folder / ENVIRONMENT
        noted = environment / NEEDS_FILE
        wanted = noted_needs(how.folder, requirements.path)
        if noted.exists() and json.loads(noted.read_text(encoding="utf-8")) == wanted:
            return
        files.check_space(how.folder, requirements.needed_bytes)
        how.report(InstallReport("Installing what it needs", _SHARES["needs"]))
        words = [
            # Isolated from our own environment variables, and without a buffer before its lines.
            *(str(environment_python(environment)), "-Iu", "-m", "pip", "install"),
            *("--no-input", "--disable-pip-version-check", "--progress-bar=off"),
            *("-r", requirements.path, *self.pip_words),
        ]
        _run(words, how, "What TextGen needs could not be installed.")
        files.write_atomically(noted, json.dumps(wanted, indent=2).encode())


def this_pc(survey: GpuSurvey) -> PcKind:
    """What the installer has to know of this PC.

    Args:
        survey: The GPUs as a probe found them.
    """
    vendors = [gpu.vendor for gpu in survey.gpus]
    vendor = next((name for name in ("NVIDIA", "AMD", "Intel", "Apple") if name in vendors), "")
    numbers = re.fullmatch(r"(\d+)\.(\d+)", survey.cuda or "")
    return PcKind(
        platform.system(),
        machine_name(platform.machine()),
        vendor,
        (int(numbers[1]), int(numbers[2])) if numbers else None,
        shutil.which("rocminfo") is not None or Path("/opt/rocm").is_dir(),
    )


def check_place(folder: Path, needed_bytes: int) -> None:
    """See that TextGen can be installed into a folder.

    Raises:
        LollmaError: If something else lies there, it may not be written, or the disk is too full.
    """
    if folder.exists() and not is_textgen(folder) and any(folder.iterdir()):
        raise LollmaError(
            f"There is something else in {folder} already.",
            "Choose an empty or a new folder.",
        )
    there = existing_part(folder)
    if there is None:
        raise LollmaError(f"{folder} cannot be reached.", "Choose another folder.")
    try:
        with tempfile.TemporaryDirectory(dir=there):
            pass
    except OSError as error:
        raise LollmaError(
            f"{there} may not be written.", "Choose another folder.", str(error)
        ) from error
    if not (folder / ENVIRONMENT / NEEDS_FILE).exists():
        files.check_space(there, needed_bytes)


def _requirement_files(folder: Path) -> frozenset[str]:
    return frozenset(
        path.relative_to(folder).as_posix() for path in (folder / FOLDER).glob("*.txt")
    )


def _is_whole(environment: Path) -> bool:
    """Whether making it was not interrupted: pip comes last."""
    if not (environment / "pyvenv.cfg").exists() or not environment_python(environment).exists():
        return False
    return any(environment.glob("lib*/python*/site-packages/pip/__main__.py")) or any(
        environment.glob("Lib/site-packages/pip/__main__.py")
    )


def _hide_from_git(folder: Path) -> None:
    """The environment is no change of the program."""
    exclude = folder / ".git" / "info" / "exclude"
    line = f"/{ENVIRONMENT}/"
    said = exclude.read_text(encoding="utf-8") if exclude.exists() else ""
    if exclude.parent.parent.is_dir() and line not in said.splitlines():
        exclude.parent.mkdir(exist_ok=True)
        exclude.write_text(f"{said.rstrip()}\n{line}\n".lstrip(), encoding="utf-8")


def _run(words: Sequence[str], how: Installing, failed: str) -> None:
    def on_line(line: str) -> None:
        how.output(f"{line}\n".encode())
        if found := _PIP_SAYS.match(line.strip()):
            step = found[0].partition(" (from")[0][:100]
            how.report(InstallReport(step, _SHARES["needs"]))

    outcome = run_followed(words, how.folder, on_line, how.cancelled)
    if not outcome.status:
        return
    details = "\n".join(outcome.lines[-20:])
    if found := explain(outcome.lines):
        raise LollmaError(found.title, found.advice, details)
    raise LollmaError(failed, "Look at the last lines, then install once more.", details)
