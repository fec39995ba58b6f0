"""pip, with a progress line for the person and its own words in a log."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lollma_bootstrap import build_progress
from lollma_bootstrap.places import Checkout, clean_environment
from lollma_bootstrap.process import answer_of, run_logged
from lollma_bootstrap.say import ProgressLine, Trouble

AGAIN = "python packaging/run.py"

#: What pip says -> what it means, what mends it.
_CAUSES = (
    (
        r"No space left on device|not enough space on the disk",
        "The disk is full.",
        f"free about 2 GB, then run {AGAIN} again",
    ),
    (
        r"NewConnectionError|Failed to establish a new connection|NameResolutionError"
        r"|Temporary failure in name resolution|ConnectTimeout|ReadTimeoutError|Read timed out"
        r"|ProxyError|SSLError|getaddrinfo failed",
        "The package index cannot be reached.",
        f"check the internet connection (or the proxy, as HTTPS_PROXY), then run {AGAIN} again",
    ),
    (
        r"Permission denied|WinError 5\b|Access is denied",
        "A file in .venv may not be written.",
        f"close LoLLMa if it runs, see that the folder is yours, then run {AGAIN} again",
    ),
    (
        r"No matching distribution found for PySide6",
        "There is no Qt (PySide6) for this Python on this system.",
        "use a 64-bit Python 3.11 to 3.14; on Linux with glibc 2.34 or newer "
        "(Debian 12, Ubuntu 22.04, Fedora 35)",
    ),
)


#: "user" and "target" as pip's defaults, which some set, are refused inside an environment.
_SETTINGS = {
    "PIP_USER": "0",
    "PIP_TARGET": "",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}


@dataclass(frozen=True)
class Pip:
    """pip of the virtual environment.

    Attributes:
        checkout: Where it works.
        keep_open: Descriptors it inherits: the lock, so that it holds it when we are killed.
    """

    checkout: Checkout
    keep_open: tuple[int, ...] = ()

    def run(
        self,
        title: str,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Run pip with a progress line; returns its exit status."""
        line = ProgressLine(title)

        def show(text: str | None) -> None:
            line.show(None if text is None else build_progress.state_of(text))

        status = run_logged(
            [self.checkout.python, "-m", "pip", *arguments],
            log,
            clean_environment() | _SETTINGS | dict(environment or {}),
            show,
            self.keep_open,
        )
        line.end("failed" if status else "done")
        return status

    def install_app(self, extras: Sequence[str]) -> None:
        """Install the app from the checkout, editable, with all it needs.

        Raises:
            Trouble: If pip fails.
        """
        part = f"[{','.join(sorted(extras))}]" if extras else ""
        log = self.checkout.setup_log
        log.unlink(missing_ok=True)
        status = self.run(
            "Installing the app", ["install", "-e", f"{self.checkout.root}{part}"], log
        )
        if status:
            raise trouble_from(log, "The app could not be installed.")

    def installed(self, package: str) -> str:
        """Version of an installed package, or empty."""
        code = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))"
        status, output, _ = answer_of(
            [self.checkout.python, "-c", code, package], clean_environment()
        )
        return "" if status else output.strip()

    def has_built(self, package: str, version: str) -> bool:
        """Whether pip has kept a build it made earlier of this package."""
        status, output, _ = answer_of(
            [self.checkout.python, "-m", "pip", "cache", "list", package], clean_environment()
        )
        return status == 0 and f"-{version}-" in output


def trouble_from(log: Path, what: str) -> Trouble:
    """Tell from pip's log what went wrong and what mends it."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    details = build_progress.last_errors(text)
    for pattern, cause, mend in _CAUSES:
        if re.search(pattern, text):
            return Trouble(f"{what} {cause}", mend, details)
    return Trouble(what, f"read {log.name} in {log.parent.name}, then run {AGAIN} again", details)
