"""The order of downloads: who is next, who may be moved, who is kept."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lollma_gui.core.download_state import RUNNING, DownloadState, Queued, Wish
from lollma_gui.core.hub_download import HubDownload

#: What stands behind a target's name while its bytes arrive.
_ENDINGS = ("", ".part", ".new", ".new.part")


class DownloadQueue:
    """Downloads in their order. Cancelled ones stay, unseen, while they can be had back."""

    def __init__(self) -> None:
        self._all: list[Queued] = []

    @property
    def shown(self) -> list[Queued]:
        """Those that a person sees."""
        return [queued for queued in self._all if queued.state is not DownloadState.CANCELLED]

    @property
    def kept(self) -> list[Queued]:
        """Those that are to be known after a new start: all that are not done."""
        return [queued for queued in self._all if queued.state is not DownloadState.DONE]

    @property
    def busy(self) -> list[Queued]:
        """Those that go on by themselves."""
        return [queued for queued in self._all if queued.is_busy]

    @property
    def wanted(self) -> set[HubDownload]:
        """What is on its way, or would be if nothing held it up."""
        return {q.what for q in self.shown if q.state is not DownloadState.DONE}

    def has_begun(self, path: str) -> bool:
        """Whether a file belongs to a download that is not done, as its target or its bytes."""
        begun = (q for q in self.shown if q.state is not DownloadState.DONE)
        names = {target + end for q in begun for target in q.targets for end in _ENDINGS}
        return path in names

    def move_files(self, names: Mapping[str, str]) -> None:
        """Files have other paths now, old to new."""
        for queued in self._all:
            targets = tuple(names.get(target, target) for target in queued.targets)
            self.change(queued.key, targets=targets)

    def find(self, key: str) -> Queued | None:
        """A download by its key."""
        return next((queued for queued in self._all if queued.key == key), None)

    def may(self, key: str, wish: Wish) -> bool:
        """Whether a person may do this with it now."""
        queued = self.find(key)
        return queued is not None and wish in queued.allowed

    def add(self, queued: Queued) -> None:
        """Put a download at the end, in place of one with the same key."""
        self._all = [*(other for other in self._all if other.key != queued.key), queued]

    def take_up(self, kept: Sequence[Queued]) -> None:
        """Put what is known from before in front; what ran then waits for its turn now."""
        here = {queued.key for queued in self._all}
        waiting = DownloadState.WAITING
        before = [q._replace(state=waiting) if q.state in RUNNING else q for q in kept]
        self._all = [*(queued for queued in before if queued.key not in here), *self._all]

    def change(self, key: str, **values: Any) -> None:
        """Give a download other values."""
        self._all = [q._replace(**values) if q.key == key else q for q in self._all]

    def settle(self, key: str, state: DownloadState) -> None:
        """Another state, and no trouble to tell of any more."""
        self.change(key, state=state, problem="", advice="", newer=None)

    def move(self, key: str, places: int) -> None:
        """Move a download up (negative) or down among those shown."""
        order = [queued.key for queued in self.shown]
        at = order.index(key)
        order.insert(min(max(at + places, 0), len(order)), order.pop(at))
        ranks = {key: rank for rank, key in enumerate(order)}
        self._all.sort(key=lambda queued: ranks.get(queued.key, len(ranks)))

    def drop(self, key: str) -> None:
        """Forget a cancelled download."""
        gone = DownloadState.CANCELLED
        self._all = [q for q in self._all if q.key != key or q.state is not gone]

    def clear_finished(self) -> None:
        """Forget those that are done."""
        self._all = self.kept

    def next_ones(self, at_once: int, ending: Collection[str]) -> list[Queued]:
        """Who may start now.

        Args:
            at_once: How many may run at the same time.
            ending: Keys of those whose last run has not let go of its files yet.
        """
        room = at_once - sum(queued.state in RUNNING for queued in self._all)
        waiting = [q for q in self._all if q.state is DownloadState.WAITING and q.key not in ending]
        return waiting[: max(room, 0)]
