"""Fetches a program as a git checkout. An interrupted fetch never looks like a finished one.

Everything happens in ``NAME.part`` beside the folder. That gets its name when every file is there;
until then the next try goes on with what came whole, or begins anew.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.git_facts import (
    CheckoutState,
    GitSource,
    Release,
    check_reference,
    newest_first,
)
from lollma_gui.core.install_steps import IsCancelled, Tell
from lollma_gui.services import files
from lollma_gui.services.git_command import GitCommand, GitError

_Answer = TypeVar("_Answer")

#: Says that a half-made folder is ours, and what was to become of it. Lies in its ``.git``.
_MARK = "lollma-fetch"
_WANTED = "refs/lollma/wanted"
PREVIOUS = "refs/lollma/previous"
#: The branch that a release is checked out as; updates move it forward.
_BRANCH = "main"


def releases(source: GitSource) -> tuple[Release, ...]:
    """The versions that can be chosen, newest first. Asks the server.

    Raises:
        LollmaError: If no address of it answers.
    """
    source.check()
    git = GitCommand(Path.home(), may_use_files=source.may_be_files)
    said = first_that_works(source, lambda url: git.ask("ls-remote", "--tags", "--", url))
    tags: dict[str, str] = {}
    for line in said.splitlines():
        commit, _, name = line.partition("\trefs/tags/")
        # "v4.9^{}" is the commit that the tag "v4.9" stands for, and comes after it.
        tags[name.removesuffix("^{}")] = commit
    return newest_first([Release(name, commit) for name, commit in tags.items() if name])


def fetch_program(
    source: GitSource, release: str, folder: Path, tell: Tell, cancelled: IsCancelled
) -> None:
    """Make a checkout; one that is there already is left as it is.

    Args:
        source: Where it comes from.
        release: A tag; empty for the newest commit.
        folder: Where it goes; must not exist, be empty, or be a checkout.
        tell: Told of progress, on the calling thread.
        cancelled: Asked some times a second.

    Raises:
        LollmaError: If something else lies there, or it cannot be fetched.
        Cancelled: If it is no longer wanted; what came whole is kept.
    """
    source.check()
    if release:
        check_reference(release)
    if is_checkout(folder):
        return
    _see_that_free(folder)
    part = _Part(folder, source, release)
    with files.trouble_in_words(folder):
        if not part.is_fetched():
            part.begin()
            part.fetch(tell, cancelled)
        part.check_out(tell, cancelled)
        part.finish()


def is_checkout(folder: Path) -> bool:
    """Whether a folder is the top of a checkout."""
    return (folder / ".git" / "HEAD").exists()


def state(folder: Path) -> CheckoutState:
    """A checkout as it is; asks nobody else.

    Raises:
        LollmaError: If it is none, or git is not installed.
    """
    git = GitCommand(folder)
    commit = git.ask("rev-parse", "--verify", "HEAD^{commit}")
    return CheckoutState(
        commit,
        git.ask("describe", "--tags", "--always"),
        git.ask_or_nothing("config", "--get", "remote.origin.url"),
        changed_files(git),
        git.ask_or_nothing("rev-parse", "--verify", "--quiet", f"{PREVIOUS}^{{commit}}"),
    )


def changed_files(git: GitCommand) -> tuple[str, ...]:
    """Files under git's care that differ from the commit that is checked out."""
    return git.names("diff", "--name-only", "--no-ext-diff", "HEAD")


def _see_that_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LollmaError(
            f"There is something else in {folder} already.",
            "Choose another folder, or adopt what is there if it is the program.",
        )


def first_that_works(source: GitSource, ask: Callable[[str], _Answer]) -> _Answer:
    """The answer of the first address that gives one; else the first one's error."""
    first: GitError | None = None
    for url in source.urls:
        try:
            return ask(url)
        except GitError as error:
            first = first or error
    assert first is not None
    raise first


class _Part:
    """The half-made folder of a checkout."""

    def __init__(self, folder: Path, source: GitSource, release: str) -> None:
        self._folder = folder
        self._source = source
        self._release = release
        self._path = folder.with_name(folder.name + ".part")
        self._mark = self._path / ".git" / _MARK
        self._git = GitCommand(self._path, may_use_files=source.may_be_files)

    def is_fetched(self) -> bool:
        """Whether an earlier try got everything, so that only files must be written."""
        if not self._mark.exists() or self._mark.read_text(encoding="utf-8") != self._release:
            return False
        if not (self._path / ".git" / "HEAD").exists():
            return False
        wanted = f"{_WANTED}^{{tree}}"
        return bool(self._git.ask_or_nothing("rev-parse", "--verify", "--quiet", wanted))

    def begin(self) -> None:
        """An empty repository, in place of what an earlier try left."""
        from git.util import rmtree

        if self._path.exists():
            if any(self._path.iterdir()) and not self._mark.exists():
                raise LollmaError(
                    f"{self._path} is in the way, and is not ours.",
                    "Rename it, or choose another folder.",
                )
            rmtree(self._path)
        self._mark.parent.mkdir(parents=True)
        # Before anything else: without it, nobody would dare to clean up after a crash.
        self._mark.write_text(self._release, encoding="utf-8")
        self._git.ask("init", "--quiet", f"--initial-branch={_BRANCH}")

    def fetch(self, tell: Tell, cancelled: IsCancelled) -> None:
        """Get one version, without what was before it: a tenth of the whole."""
        name = f"refs/tags/{self._release}" if self._release else "HEAD"
        goals = [f"+{name}:{_WANTED}", *([f"+{name}:{name}"] if self._release else [])]
        words = ("fetch", "--progress", "--depth=1", "--no-tags", "--")

        self._git.ask("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")

        def fetch_from(url: str) -> None:
            # First: whoever goes on with what came whole must know where it came from.
            self._git.ask("config", "remote.origin.url", url)
            self._git.work([*words, url, *goals], tell, cancelled)

        first_that_works(self._source, fetch_from)

    def check_out(self, tell: Tell, cancelled: IsCancelled) -> None:
        """Write the files; may be done again after an interruption."""
        for left in (self._path / ".git").glob("*.lock"):
            left.unlink()
        words = ["checkout", "--force", "--progress", "-B", _BRANCH, _WANTED, "--"]
        self._git.work(words, tell, cancelled)

    def finish(self) -> None:
        """Everything is there: the folder gets its name."""
        with contextlib.suppress(FileNotFoundError):
            self._folder.rmdir()
        files.replace(self._path, self._folder)
        # Only now: without the mark, a half-made folder would be nobody's.
        (self._folder / ".git" / _MARK).unlink()
        GitCommand(self._folder).ask("update-ref", "-d", _WANTED)
