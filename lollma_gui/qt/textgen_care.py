"""Looks after an installation of TextGen: releases, updates, the way back, and its end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QFile, QObject, Signal

from lollma_gui.core.git_facts import GitSource, Update
from lollma_gui.core.install_steps import StepProgress
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.server_session import ServerSession
from lollma_gui.services import git_checkout, git_update
from lollma_gui.services.servers import textgen_remove
from lollma_gui.services.servers.textgen_install import SOURCE
from lollma_gui.services.servers.textgen_places import (
    Missing,
    TextGenPlace,
    look_at,
    what_is_missing,
)

T = TypeVar("T")


def move_to_bin(folder: Path) -> None:
    """Move a folder to the system's bin.

    Raises:
        OSError: If the system does not do it.
    """
    if not QFile.moveToTrash(str(folder)):
        raise OSError(f"the system did not take {folder} into its bin")


class TextGenCare(QObject):
    """One installation, while it is at rest. One thing at a time.

    Args:
        session: The server.
        background: Where the work is done.
        source: Where TextGen comes from.
        to_bin: Moves a folder to the bin.

    Signals:
        busy_changed: What is being done, in words; empty: nothing.
        releases_found: Names of the releases to choose from, newest first.
        looked: The ``Update`` that there is.
        done: One sentence on what was done.
        failed: A ``LollmaError``.
        kept_changed: ``has_kept``.
    """

    busy_changed = Signal(str)
    releases_found = Signal(list)
    looked = Signal(object)
    done = Signal(str)
    failed = Signal(object)
    kept_changed = Signal()

    def __init__(
        self,
        session: ServerSession,
        background: Background,
        source: GitSource = SOURCE,
        to_bin: Callable[[Path], None] = move_to_bin,
    ) -> None:
        super().__init__(session)
        self._session = session
        self._background = background
        self._source = source
        self._to_bin = to_bin
        self._job: Job | None = None
        self._has_kept = False
        session.found_changed.connect(self._look_for_kept)
        if session.was_looked_for:
            self._look_for_kept()

    @property
    def _folder(self) -> Path:
        return Path(self._session.config.folder)

    @property
    def has_kept(self) -> bool:
        """Whether an earlier installation in this folder has left models or the like.

        As it was when it was looked up last: when its program was.
        """
        return self._has_kept

    def _look_for_kept(self) -> None:
        folder = self._folder if self._session.config.folder else None

        def take(has_kept: bool) -> None:
            if has_kept != self._has_kept:
                self._has_kept = has_kept
                self.kept_changed.emit()

        self._background.run(
            lambda _job: folder is not None and textgen_remove.has_kept(folder),
            on_result=take,
            on_error=self.failed.emit,
            owner=self,
        )

    def cancel(self) -> None:
        """Call off what is being done, where that is possible."""
        if self._job is not None:
            self._job.cancel()

    def adopt(self, folder: Path) -> None:
        """Take an installation that was here before, as it is, and tell what it lacks."""

        def look(_job: Job) -> tuple[TextGenPlace, Missing]:
            place = look_at(folder)
            return place, what_is_missing(place)

        def taken(found: tuple[TextGenPlace, Missing]) -> None:
            place, missing = found
            config = self._session.config.with_options(adopted=True)
            self._session.configure(replace(config, folder=str(folder)))
            how = " ".join(missing.problems) or "Nothing is missing."
            self.done.emit(f"This is TextGen {place.version} ({place.kind}). {how}")

        self._run("looking at it", look, taken)

    def find_releases(self) -> None:
        """Ask which releases there are."""
        source = self._source
        self._run(
            "asking for releases",
            lambda _job: [release.name for release in git_checkout.releases(source)],
            self.releases_found.emit,
        )

    def look(self) -> None:
        """Fetch what is newer, and tell what it would change; nothing is changed."""
        folder, source = self._folder, self._source
        has_release = bool(self._session.config.options.get("release"))

        def work(job: Job) -> Update:
            newest = git_checkout.releases(source)[:1] if has_release else ()
            name = newest[0].name if newest else ""
            return git_update.look(folder, source, name, job.report, job.cancelled)

        self._run("looking for an update", work, self.looked.emit)

    def apply(self, update: Update) -> None:
        """Bring it to an update that was looked at, then install what that needs."""
        folder = self._folder

        def applied(_none: None) -> None:
            config = self._session.config
            if config.options.get("release"):
                self._session.configure(config.with_options(release=update.name))
            self.done.emit(f"TextGen is at {update.name} now; what it needs is installed next.")
            self._session.install(folder)

        self._change("updating", lambda _job: git_update.apply(folder, update), applied)

    def go_back(self) -> None:
        """Back to before the last update, then install what that needs."""
        folder = self._folder

        def gone_back(version: str) -> None:
            self.done.emit(f"TextGen is back at {version}; what it needs is installed next.")
            self._session.install(folder)

        self._change("going back", lambda _job: git_update.roll_back(folder), gone_back)

    def remove(self) -> None:
        """Into the bin with it; models and what else is the person's own stay."""
        folder, to_bin = self._folder, self._to_bin

        def removed(how: textgen_remove.Removed) -> None:
            self._session.configure(replace(self._session.config, folder=""))
            self.done.emit(how.in_words())

        self._change("removing", lambda _job: textgen_remove.remove(folder, to_bin), removed)

    def take_back(self) -> None:
        """Models and what else an earlier installation left, into this one."""
        folder = self._folder

        def taken(left: int) -> None:
            words = "What was kept of the earlier installation is here again."
            if left:
                files = "1 file stays" if left == 1 else f"{left} files stay"
                words += f" {files} in {folder.name}-kept: others of the same names are here."
            self.done.emit(words)
            self._session.look()

        self._change("moving", lambda _job: textgen_remove.take_back(folder), taken)

    def _change(self, words: str, work: Callable[[Job], T], then: Callable[[T], None]) -> None:
        """Do what changes its files: it is not started meanwhile."""
        if self._job is None and self._session.status.is_at_rest:
            self._session.hold(words)
            self._run(words, work, then)

    def _run(self, words: str, work: Callable[[Job], T], then: Callable[[T], None]) -> None:
        if self._job is not None:
            return

        def tell(moment: StepProgress) -> None:
            self.busy_changed.emit(f"{words}: {moment.title}")

        def over() -> None:
            self._job = None
            if self._session.held:
                self._session.hold("")
            self.busy_changed.emit("")

        self._job = self._background.run(
            work,
            on_result=then,
            on_error=self.failed.emit,
            on_progress=tell,
            on_finished=over,
            owner=self,
        )
        self.busy_changed.emit(words)
