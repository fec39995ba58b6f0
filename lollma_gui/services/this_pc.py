"""This PC as the window knows it, for commands in a terminal: with what earlier loads taught."""

import contextlib
from collections.abc import Callable

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.load_record import learned_overheads
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.settings_facts import PcFacts, with_margins
from lollma_gui.services import pc_facts
from lollma_gui.services.choices import ChoiceStore
from lollma_gui.services.database import Database
from lollma_gui.services.load_store import LoadStore
from lollma_gui.services.places import Places


def this_pc(survey: Callable[[], GpuSurvey], places: Places) -> PcFacts:
    """The PC now, with learned overheads and the margins that a person chose in the window.

    Args:
        survey: Looks at the GPUs once.
        places: Where the window keeps what it knows; nothing is written there.
    """
    pc = pc_facts.measure(survey(), _learned(places))
    choices = ChoiceStore(places.config / "choices.json").load()
    return with_margins(pc, choices.gpu_margin_bytes, choices.games_bytes)


def _learned(places: Places) -> dict[str, int]:
    path = places.data / "lollma.sqlite"
    if not path.exists():
        return {}
    database = Database(path)
    try:
        # Without what was learned the usual overhead counts; the window says what is wrong.
        with contextlib.suppress(LollmaError):
            return learned_overheads(LoadStore(database).all())
        return {}
    finally:
        database.close()
