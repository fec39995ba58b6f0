"""Offers to end what is left over, and asks before it ends what others started."""

from collections.abc import Callable

from lollma_gui.core.readings import ProcessesReading, ProcessReading, Whose
from lollma_gui.widgets.notice import Notice, NoticeBar
from lollma_gui.widgets.theme import Role


class EndingOffers:
    """Speaks through a notice bar.

    Args:
        notices: Where it speaks.
        end: Ends a program.
        end_engine: Ends our own engine.
    """

    def __init__(
        self,
        notices: NoticeBar,
        end: Callable[[ProcessReading], None],
        end_engine: Callable[[], None],
    ) -> None:
        self._notices = notices
        self._end = end
        self._end_engine = end_engine
        self._offered: set[tuple[int, float]] = set()

    def look_for_left_overs(self, reading: ProcessesReading) -> None:
        """Offer each left over once: who has closed the offer finds it in the table."""
        there = {_who(p): p for p in reading.processes if p.whose is Whose.LEFT_OVER}
        for who in self._offered - there.keys():
            self._notices.clear(_key(who))
        for who in there.keys() - self._offered:
            self._offer(there[who], _key(who))
        self._offered = set(there)

    def _offer(self, process: ProcessReading, key: str) -> None:
        notice = Notice(
            f"{process.name} (PID {process.pid}) is left over from an earlier run of LoLLMa.",
            "It may hold memory that your model could use.",
            Role.WARNING,
            "End it",
            key,
        )
        self._notices.show_notice(notice, lambda: self._end(process))

    def ask(self, process: ProcessReading) -> None:
        """A person wants to end a program: ask where something could be lost."""
        if process.whose is Whose.ENGINE:
            self._end_engine()  # its model can be loaded again, conversations are kept
            return
        notice = Notice(
            f"End {process.name} (PID {process.pid})?",
            "What it is doing stops, and what it has not saved is lost.",
            Role.WARNING,
            "End it",
            "end",
        )
        self._notices.show_notice(notice, lambda: self._end(process))


def _who(process: ProcessReading) -> tuple[int, float]:
    return process.pid, process.started_at


def _key(who: tuple[int, float]) -> str:
    return f"left over {who[0]} {who[1]}"
