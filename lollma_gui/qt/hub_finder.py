"""Searches the Hub, a page at a time, and keeps what fits the wishes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.hub_guess import Guess, guess
from lollma_gui.core.hub_query import HubQuery
from lollma_gui.core.hub_result import HubResult, decode_result
from lollma_gui.core.planner_pc import this_pc
from lollma_gui.qt.background import Background, Job
from lollma_gui.qt.knowledge import Knowledge
from lollma_gui.services import hub_address
from lollma_gui.services.hub_cache import Answered, HubCache
from lollma_gui.services.hub_search import FoundPage, search

#: Where our own filters leave little of a page, so many are asked for at once at most.
_MOST_PAGES = 5
_ENOUGH = 20


class Hit(NamedTuple):
    """A repository, and whether it likely fits."""

    result: HubResult
    guess: Guess


class HubFinder(QObject):
    """What a search found so far. Asks nobody anything before ``search``.

    Args:
        desk: Where the Hub is asked.
        cache: What it said before.
        knowledge: Facts of the PC.
        endpoint: Address of the Hub; None is the one huggingface_hub is set to.
        parent: The Qt parent.

    Signals:
        changed: The hits, or whether it is working.
        failed: A ``LollmaError``: nothing could be found, or no more.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        desk: Background,
        cache: HubCache,
        knowledge: Knowledge,
        endpoint: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._cache = cache
        self._knowledge = knowledge
        self._endpoint = endpoint
        self._job: Job | None = None
        self._query: HubQuery | None = None
        self._begin()
        knowledge.pc_changed.connect(self._guess_anew)

    def _begin(self) -> None:
        self._listed: dict[str, HubResult] = {}
        self._guesses: dict[str, Guess] = {}
        self._hits: list[Hit] = []
        self._next_url = ""
        self._pages_left = _MOST_PAGES
        self._kept_at: float | None = None

    # ---- what is known ---------------------------------------------------------------------

    @property
    def query(self) -> HubQuery | None:
        """What was searched for last; None before the first search."""
        return self._query

    @property
    def hits(self) -> list[Hit]:
        """What was found and passes the filters, in the Hub's order."""
        return self._hits

    @property
    def left_out(self) -> int:
        """Repositories that the Hub listed and that our own filters left out."""
        return len(self._listed) - len(self._hits)

    @property
    def is_working(self) -> bool:
        """Whether the Hub is being asked."""
        return self._job is not None

    @property
    def has_more(self) -> bool:
        """Whether the Hub's list goes on."""
        return bool(self._next_url)

    @property
    def kept_at(self) -> float | None:
        """When the Hub said this, in seconds since 1970; None where it was just now."""
        return self._kept_at

    # ---- wishes ----------------------------------------------------------------------------

    def search(self, query: HubQuery) -> None:
        """Search; what was under way is given up. The same question is not asked twice."""
        before, self._query = self._query, query
        is_same = before is not None and before.asked() == query.asked()
        if is_same and self._listed and not self.is_working and self._kept_at is None:
            self._filter_anew()
            return
        self._give_up()
        self._begin()
        self._ask("")

    def again(self) -> None:
        """Ask the same once more."""
        if self._query is not None:
            self._give_up()
            self._begin()
            self._ask("")

    def more(self) -> None:
        """The next page, if there is one and none is on its way."""
        if self._next_url and not self.is_working:
            self._pages_left = _MOST_PAGES
            self._ask(self._next_url)

    def cancel(self) -> None:
        """Ask for no more; what is there stays, and where nothing is, nothing was asked."""
        self._give_up()
        if not self._listed:
            self._query = None
        self.changed.emit()

    def stop(self) -> None:
        """Begin nothing more; what is under way is given up."""
        self._give_up()

    def _give_up(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    # ---- the Hub ---------------------------------------------------------------------------

    def _ask(self, next_url: str) -> None:
        query, cache, endpoint = self._query, self._cache, self._endpoint
        assert query is not None

        def work(job: Job) -> Answered[FoundPage]:
            question = next_url or f"{endpoint or hub_address.endpoint()} search {query.key}"
            return cache.ask(
                question,
                lambda: search(query, job.cancelled, endpoint, next_url),
                _encode,
                _decode,
            )

        self._pages_left -= 1
        self._job = self._desk.run(
            work, on_result=self._take, on_error=self._take_trouble, owner=self
        )
        self.changed.emit()

    def _take(self, answered: Answered[FoundPage]) -> None:
        self._job = None
        page = answered.value
        self._next_url = page.next_url
        self._kept_at = answered.kept_at
        self._listed |= {result.repository: result for result in page.results}
        self._filter_anew()
        if answered.trouble is not None:
            self.failed.emit(answered.trouble)

    def _take_trouble(self, error: LollmaError) -> None:
        self._job = None
        self._next_url = ""  # a view would ask for it again and again
        self.changed.emit()
        self.failed.emit(error)

    def _filter_anew(self) -> None:
        query, pc = self._query, this_pc(self._knowledge.pc_now)
        assert query is not None
        before = len(self._hits)
        new = [name for name in self._listed if name not in self._guesses]
        self._guesses |= {name: guess(self._listed[name], pc) for name in new}
        kept = (result for result in self._listed.values() if query.keeps(result))
        hits = (Hit(result, self._guesses[result.repository]) for result in kept)
        self._hits = [h for h in hits if h.guess.is_hopeful or not query.only_fitting]
        few = len(self._hits) < max(before, _ENOUGH) and query.has_own_filters
        if few and self._next_url and self._pages_left > 0:
            self._ask(self._next_url)
        else:
            self.changed.emit()

    def _guess_anew(self) -> None:
        self._guesses.clear()
        if self._listed and not self.is_working:
            self._pages_left = 0  # nobody asked for more
            self._filter_anew()


def _encode(page: FoundPage) -> dict[str, object]:
    return {"results": [r.encoded() for r in page.results], "next_url": page.next_url}


def _decode(values: Mapping[str, Any]) -> FoundPage:
    return FoundPage(tuple(decode_result(r) for r in values["results"]), str(values["next_url"]))
