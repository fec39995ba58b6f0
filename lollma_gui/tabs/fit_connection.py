"""A fit panel and the session behind it, wherever a tab shows the two."""

from collections.abc import Callable

from lollma_gui.core.fit_view import FitView
from lollma_gui.qt.fit_session import FitSession
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.widgets.fit_panel import FitPanel


def connect_fit(
    panel: FitPanel,
    fit: FitSession,
    knowledge: Knowledge,
    on_margins: Callable[[int | None, int], object],
) -> None:
    """Have the panel show what the session finds, and the session do what the panel wants.

    Args:
        panel: The panel.
        fit: The session.
        knowledge: Takes what is to stay free.
        on_margins: Told the bytes to stay free on each GPU (None = automatic), and for games.
    """

    def show(view: FitView | None) -> None:
        if view is not None:
            panel.show_view(view)

    def set_margins(margin: int | None, games: int) -> None:
        knowledge.set_margins(margin, games)
        on_margins(margin, games)

    fit.changed.connect(show)
    fit.unreadable.connect(lambda error: panel.show_empty(str(error)))
    panel.changed.connect(fit.change)
    panel.change_chosen.connect(fit.take_change)
    panel.extra_toggled.connect(fit.toggle_extra)
    panel.measure_wanted.connect(fit.measure)
    panel.use_wanted.connect(fit.use)
    panel.reset_wanted.connect(fit.reset)
    panel.forget_wanted.connect(knowledge.forget_loads)
    panel.margin_changed.connect(lambda margin: set_margins(margin, knowledge.games_bytes))
    panel.games_changed.connect(lambda games: set_margins(knowledge.margin_bytes, games))
