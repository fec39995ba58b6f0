"""About LoLLMa, and what is said of versions: assembled over the parts behind the window."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject

from lollma_gui import __version__
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.releases import Release, is_newer
from lollma_gui.main_window import MainWindow
from lollma_gui.parts import Parts
from lollma_gui.qt.update_check import UpdateCheck
from lollma_gui.remembered import Remembered
from lollma_gui.services.build_info import read_build
from lollma_gui.services.places import resource
from lollma_gui.services.update_store import UpdateStore
from lollma_gui.widgets.notice import Notice
from lollma_gui.widgets.theme import Theme

if TYPE_CHECKING:
    from lollma_gui.core.third_party import ThirdParty
    from lollma_gui.widgets.about_dialog import AboutDialog


class _Read(NamedTuple):
    """What About shows, read from the disk."""

    facts: Sequence[tuple[str, str]]
    news: str


class About(QObject):
    """Opens the window "About", and tells of a new version: the one here, and the one to get.

    Args:
        window: Where it is opened from, and notices are shown in.
        parts: What is behind the window.
        remembered: The version used last, and the size of "About".
        theme: The colours.
        third_party: Reads what LoLLMa is built of; called off the window's thread. None reads
            what is installed.
    """

    def __init__(
        self,
        window: MainWindow,
        parts: Parts,
        remembered: Remembered,
        theme: Theme,
        third_party: "Callable[[], Sequence[ThirdParty]] | None" = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._parts = parts
        self._remembered = remembered
        self._theme = theme
        self._third_party = third_party or _third_party
        self._build = read_build()
        self.dialog: AboutDialog | None = None
        self.updates = UpdateCheck(
            self._build.repository,
            __version__,
            UpdateStore(parts.places.config / "updates.json"),
            parts.background,
            parts.keeper,
            self,
        )
        self.updates.found.connect(self._tell_found)
        self.updates.failed.connect(parts.failed)
        window.about_wanted.connect(self.open)

    def begin(self) -> None:
        """Say once that the version is a newer one, and look for the next where that is wanted."""
        seen = self._remembered.choices.seen_version
        if seen != __version__:
            self._remembered.take(seen_version=__version__)
            if seen and is_newer(__version__, seen):
                notice = Notice(f"LoLLMa is now {__version__}.", action="What's new", key="version")
                self._window.notices.show_notice(notice, lambda: self.open("new"))
        self.updates.begin()

    def open(self, page: str = "about") -> None:
        """Show the window, or bring it to the front."""
        dialog = self.dialog = self.dialog or self._made()
        self._read()
        dialog.about.updates.show_view(self.updates.view)
        dialog.open_page(page)

    def close(self) -> None:
        """Ask nobody any more, and close the window."""
        self.updates.stop()
        if self.dialog is not None:
            self.dialog.close()

    def _made(self) -> "AboutDialog":
        from lollma_gui.tabs.web_links import open_address
        from lollma_gui.widgets.about_dialog import AboutDialog

        dialog = AboutDialog(self._theme, resource("lollma.svg"), self._window)
        dialog.restore_geometry_text(self._remembered.choices.about_geometry)
        dialog.finished.connect(
            lambda: self._remembered.take(about_geometry=dialog.geometry_text())
        )
        dialog.page_wanted.connect(open_address)
        box, updates = dialog.about.updates, self.updates
        box.wanted_chosen.connect(updates.set_wanted)
        box.check_wanted.connect(updates.ask)
        updates.changed.connect(lambda: box.show_view(updates.view))
        return dialog

    # ---- what it shows ---------------------------------------------------------------------

    def _read(self) -> None:
        from lollma_gui.services.about_facts import about_facts

        build, reading = self._build, self._parts.monitor.latest
        survey = reading.gpu if reading else None
        read_works = self._third_party
        self._parts.background.run(
            lambda _job: _Read(
                about_facts(build, survey), resource("CHANGELOG.md").read_text(encoding="utf-8")
            ),
            on_result=self._show_read,
            on_error=self._parts.failed.emit,
            owner=self,
        )
        if not self.dialog or not self.dialog.licences.works:
            self._parts.background.run(
                lambda _job: _works(read_works),
                on_result=self._show_works,
                on_error=self._parts.failed.emit,
            )

    def _show_read(self, read: _Read) -> None:
        if self.dialog is not None:
            self.dialog.about.show_facts(read.facts)
            if self.dialog.news.text() != read.news:
                self.dialog.news.set_text(read.news)

    def _show_works(self, found: "tuple[Sequence[ThirdParty], str]") -> None:
        if self.dialog is not None:
            self.dialog.licences.show_works(*found)

    # ---- a newer version -------------------------------------------------------------------

    def _tell_found(self, release: Release) -> None:
        from lollma_gui.tabs.web_links import open_address

        notice = Notice(
            f"LoLLMa {release.version} is there.",
            "Its page says what is new and how to get it; nothing is fetched by itself.",
            action="See what is new",
            other="Skip this version",
            key="update",
        )
        self._window.notices.show_notice(
            notice,
            lambda: open_address(release.page),
            lambda: self.updates.skip(release.version),
        )


def _works(
    read: "Callable[[], Sequence[ThirdParty]]",
) -> "tuple[Sequence[ThirdParty], str]":
    """Our own licence first, then those of others, or why they cannot be read."""
    from lollma_gui.services.own_work import own_work

    try:
        return (own_work(), *read()), ""
    except LollmaError as error:
        return (own_work(),), str(error)


def _third_party() -> "Sequence[ThirdParty]":
    from lollma_gui.services.third_party import third_party

    return third_party()
