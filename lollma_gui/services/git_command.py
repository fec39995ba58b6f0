"""Git run so that no repository, setting or address can make it do more than it is asked for.

Through GitPython, without a shell: no hooks, no system-wide settings, no question to the person, no
protocol but https. Measured with git 2.39 and GitPython 3.2.1.
"""

import contextlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.install_steps import IsCancelled, StepProgress, Tell
from lollma_gui.services.child_process import popen_options
from lollma_gui.services.followed import follow

if TYPE_CHECKING:
    import subprocess

    from git import Git

_SETTINGS = (
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "core.askPass=",
    "credential.helper=",
    "submodule.recurse=false",
    # Small fetches tell their progress only like this.
    "fetch.unpackLimit=1",
    "protocol.allow=never",
    "protocol.https.allow=always",
    # Without the system's settings, git for Windows does not find its own certificates.
    *(("http.sslBackend=schannel",) if sys.platform == "win32" else ()),
)
_FILES = "protocol.file.allow=always"
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ASKPASS": "",
    "GCM_INTERACTIVE": "never",
}

#: What git says, and what that means for a person.
_KNOWN = (
    (
        r"could not resolve|unable to access|connection|timed out|early EOF|hung up",
        "The server with the program cannot be reached.",
        "Check the internet connection (and the proxy, if you use one), then try again.",
    ),
    (
        r"repository .*not found|does not appear to be a git repository|couldn't find remote ref",
        "The server does not have that program, or not in that version.",
        "Choose another version.",
    ),
    (r"no space left", "The disk is full.", "Free some space, then try again."),
    (
        r"dubious ownership",
        "The folder belongs to another account, so git does not touch it.",
        "Start LoLLMa in that account, or choose another folder.",
    ),
    (
        r"permission denied|could not create|read-only",
        "The folder may not be written.",
        "Choose another folder, or give your account the right to write there.",
    ),
    (
        r"transport '.*' not allowed",
        "Your own git settings lead that address to another protocol than https.",
        "Look for “insteadOf” in your git settings.",
    ),
)


class GitError(LollmaError):
    """Git could not do what it was asked for."""


class GitCommand:
    """Git at work in one folder.

    Args:
        folder: The checkout; need not be one yet.
        may_use_files: Whether ``file://`` addresses are allowed.
    """

    def __init__(self, folder: Path, *, may_use_files: bool = False) -> None:
        self._folder = folder
        settings = (*_SETTINGS, *((_FILES,) if may_use_files else ()))
        self._start = ["git", *(word for text in settings for word in ("-c", text))]

    def ask(self, *words: str) -> str:
        """What git answers; quick work on the disk only.

        Raises:
            GitError: If it cannot.
        """
        command = self._git()
        import git

        try:
            return command.execute([*self._start, *words], env=_ENVIRONMENT)
        except git.GitCommandNotFound as error:
            raise _missing(error) from error
        except git.GitCommandError as error:
            raise _explained(str(error.stderr)) from error

    def ask_or_nothing(self, *words: str) -> str:
        """What git answers; empty if it cannot."""
        with contextlib.suppress(GitError):
            return self.ask(*words)
        return ""

    def names(self, *words: str) -> tuple[str, ...]:
        """Names of files that git answers with; ``-z`` is added."""
        return tuple(name for name in self.ask(*words, "-z").split("\0") if name)

    def work(self, words: Sequence[str], tell: Tell, cancelled: IsCancelled) -> tuple[str, ...]:
        """Something that takes long, with progress; what it said on standard error.

        Raises:
            GitError: If it fails.
            Cancelled: If it is no longer wanted.
        """
        started = self._git().execute(
            [*self._start, *words],
            as_process=True,
            with_stdout=False,
            env=_ENVIRONMENT,
            **popen_options(),
        )
        process = cast("subprocess.Popen[bytes]", started.proc)
        assert process.stderr is not None
        outcome = follow(process, process.stderr, _progress_reader(tell), cancelled)
        if outcome.status:
            raise _explained("\n".join(outcome.lines))
        return outcome.lines

    def _git(self) -> "Git":
        try:
            from git import Git
        except ImportError as error:
            raise _missing(error) from error
        return Git(self._folder)


def _progress_reader(tell: Tell) -> Callable[[str], None]:
    """Turns git's own progress lines into ``StepProgress``."""
    from git import RemoteProgress

    titles = {
        RemoteProgress.COUNTING: "Counting",
        RemoteProgress.COMPRESSING: "The server packs",
        RemoteProgress.RECEIVING: "Fetching",
        RemoteProgress.RESOLVING: "Unpacking",
        RemoteProgress.FINDING_SOURCES: "Finding",
        RemoteProgress.CHECKING_OUT: "Writing files",
    }

    class Reader(RemoteProgress):
        def update(
            self,
            op_code: int,
            cur_count: str | float,
            max_count: str | float | None = None,
            message: str = "",  # noqa: ARG002 - GitPython's signature
        ) -> None:
            title = titles.get(op_code & RemoteProgress.OP_MASK, "Fetching")
            share = float(cur_count) / float(max_count) if max_count else None
            tell(StepProgress(title, share))

    return Reader().new_message_handler()


def _explained(said: str) -> GitError:
    for pattern, title, advice in _KNOWN:
        if re.search(pattern, said, re.IGNORECASE):
            return GitError(title, advice, said)
    return GitError("Git could not do that.", "Look at the details.", said)


def _missing(error: Exception) -> LollmaError:
    return LollmaError(
        "Git is not installed, or not on PATH.",
        "Install Git (git-scm.com), restart LoLLMa and try again.",
        str(error),
    )
