"""Somebody who looks into repositories, without a window."""

from fakes.hub_server import HubServer
from helpers.fit_parts import FitParts
from helpers.hub_models import REPOSITORY
from pytestqt.qtbot import QtBot

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.verdict import Fit
from lollma_gui.qt import hub_check

#: Only a hang takes this long.
PATIENCE_MS = 60_000


class Looker:
    """A check, and all it said."""

    def __init__(self, qtbot: QtBot, parts: FitParts) -> None:
        self.qtbot = qtbot
        self.parts = parts
        self.failures: list[LollmaError] = []
        self.counts: list[tuple[int, int]] = []
        self.check = parts.hub_check
        self.check.failed.connect(self.failures.append)
        self.check.progress.connect(self._note_count)

    def _note_count(self) -> None:
        self.counts.append((self.check.done, self.check.total))

    def look(self, text: str = REPOSITORY) -> None:
        """Look, and wait until nothing more will come."""
        self.check.look(text)
        self.qtbot.waitUntil(lambda: not self.check.is_working, timeout=PATIENCE_MS)

    def look_wholly(self, text: str = REPOSITORY) -> dict[str, Fit]:
        """The verdict on each row, by the name of its file."""
        self.check.look(text)
        self.qtbot.waitUntil(lambda: self.check.is_complete, timeout=PATIENCE_MS)
        return {name: row.fit.fit for name, row in self.named().items() if row.fit}

    def named(self) -> dict[str, hub_check.HubRow]:
        return {row.info.files[0].rpartition("/")[2]: row for row in self.check.rows}


def asked_files(hub: HubServer) -> list[str]:
    """Files of which bytes were asked for, in order."""
    return [s.path.rpartition("/")[2] for s in hub.seen if s.host == "hub" and "resolve" in s.path]
