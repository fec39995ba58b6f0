"""Everything that speaks with the Hub for the window, in one handful."""

from typing import NamedTuple

from lollma_gui.qt.fit_session import FitSession
from lollma_gui.qt.hub_account import HubAccount
from lollma_gui.qt.hub_card import HubCard
from lollma_gui.qt.hub_check import HubCheck
from lollma_gui.qt.hub_finder import HubFinder


class Hub(NamedTuple):
    """What the page about the Hub works with.

    Attributes:
        finder: Searches.
        check: Looks into one repository.
        fit: The fit of the file that is looked at.
        card: The model card.
        account: Whose token is in use.
    """

    finder: HubFinder
    check: HubCheck
    fit: FitSession
    card: HubCard
    account: HubAccount

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up."""
        for part in self:
            part.stop()
