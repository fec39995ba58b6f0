"""Brings a checkout forward, and back again; never over what somebody changed in it."""

from pathlib import Path

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.git_facts import GitSource, Update, check_reference
from lollma_gui.core.install_steps import IsCancelled, Tell
from lollma_gui.services import git_checkout
from lollma_gui.services.git_command import GitCommand, GitError

_NEWEST = "refs/lollma/newest"
#: More lines than that nobody reads.
_MOST_COMMITS = 500


def look(
    folder: Path, source: GitSource, release: str, tell: Tell, cancelled: IsCancelled
) -> Update:
    """Fetch what is newer, and say what it would change. The files stay as they are.

    Args:
        folder: The checkout.
        source: Where it comes from.
        release: A tag; empty for the newest commit.
        tell: Told of progress, on the calling thread.
        cancelled: Asked some times a second.

    Raises:
        LollmaError: If it cannot be fetched.
        Cancelled: If it is no longer wanted.
    """
    source.check()
    if release:
        check_reference(release)
    git = GitCommand(folder, may_use_files=source.may_be_files)
    name = f"refs/tags/{release}" if release else "HEAD"
    goals = [f"+{name}:{_NEWEST}", *([f"+{name}:{name}"] if release else [])]
    words = ("fetch", "--progress", "--no-tags", "--")
    git_checkout.first_that_works(
        source, lambda url: git.work([*words, url, *goals], tell, cancelled)
    )
    return _compared(git, release)


def _compared(git: GitCommand, release: str) -> Update:
    commit = git.ask("rev-parse", "--verify", f"{_NEWEST}^{{commit}}")
    files = git.names("diff", "--name-only", "--no-ext-diff", "HEAD", commit)
    listed = ("log", f"--max-count={_MOST_COMMITS}", "--format=%h %s", f"HEAD..{commit}", "--")
    return Update(
        commit,
        release or commit[:8],
        tuple(git.ask(*listed).splitlines()),
        files,
        _in_the_way(git, files, commit),
        _is_forward(git, commit),
    )


def _is_forward(git: GitCommand, commit: str) -> bool:
    here = git.ask("rev-parse", "HEAD")
    return git.ask_or_nothing("merge-base", "HEAD", commit) == here


def _in_the_way(git: GitCommand, files: tuple[str, ...], commit: str) -> tuple[str, ...]:
    """Files that change, and are not as git knows them."""
    changed = set(git_checkout.changed_files(git))
    # With the ignored ones: git would overwrite those without a word.
    untracked = set(git.names("ls-files", "--others"))
    coming = set(git.names("ls-tree", "-r", "--name-only", commit))
    return tuple(sorted((changed & set(files)) | (untracked & coming)))


def apply(folder: Path, update: Update) -> None:
    """Bring a checkout to an update that was looked at before.

    Raises:
        LollmaError: If local changes are in the way, or it would lose commits made here.
    """
    git = GitCommand(folder)
    in_the_way = _in_the_way(git, update.files, update.commit)
    if in_the_way:
        raise LollmaError(
            f"The update would overwrite what was changed here: {', '.join(in_the_way)}.",
            "Move those files away or undo the changes, then update again.",
        )
    if not update.is_forward:
        raise LollmaError(
            f"{update.name} does not follow from the version that is here.",
            "Install it into another folder instead.",
        )
    before = git.ask("rev-parse", "HEAD")
    git.ask("merge", "--ff-only", "--no-edit", update.commit)
    git.ask("update-ref", git_checkout.PREVIOUS, before)


def roll_back(folder: Path) -> str:
    """Bring a checkout back to before its last update; what that was is returned, in words.

    Raises:
        LollmaError: If there was no update, or a file that would change was changed here.
    """
    git = GitCommand(folder)
    previous = git.ask_or_nothing(
        "rev-parse", "--verify", "--quiet", f"{git_checkout.PREVIOUS}^{{commit}}"
    )
    if not previous:
        raise LollmaError("There is nothing to go back to: LoLLMa has not updated this yet.")
    try:
        # "--keep" stops before a file that was changed here and would change.
        git.ask("reset", "--keep", previous)
    except GitError as error:
        raise LollmaError(
            "Files that were changed here would be overwritten.",
            "Move them away or undo the changes, then go back again.",
            error.details,
        ) from error
    git.ask("update-ref", "-d", git_checkout.PREVIOUS)
    return git.ask("describe", "--tags", "--always")
