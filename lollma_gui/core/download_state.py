"""Downloads in their queue: the states they go through, what may be done in each, and the words."""

import json
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from lollma_gui.core import units
from lollma_gui.core.hub_download import HubDownload, HubPart
from lollma_gui.core.progress import Progress


class DownloadState(StrEnum):
    """Where a download is."""

    WAITING = "waiting"
    DOWNLOADING = "downloading"
    CHECKING = "checking"
    PAUSED = "paused"
    CHANGED = "changed"
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"


class Wish(StrEnum):
    """What a person may do with a download."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    MOVE = "move"
    FETCH_NEW = "fetch the new version"
    KEEP_LISTED = "keep the listed version"
    LOAD = "load"


_UNDER_WAY = frozenset({Wish.PAUSE, Wish.CANCEL, Wish.MOVE})
_RESTING = frozenset({Wish.RESUME, Wish.CANCEL, Wish.MOVE})

#: What may be done in each state.
ALLOWED: Mapping[DownloadState, frozenset[Wish]] = MappingProxyType(
    {
        DownloadState.WAITING: _UNDER_WAY,
        DownloadState.DOWNLOADING: _UNDER_WAY,
        DownloadState.CHECKING: _UNDER_WAY,
        DownloadState.PAUSED: _RESTING,
        DownloadState.FAILED: _RESTING,
        DownloadState.CHANGED: frozenset(
            {Wish.FETCH_NEW, Wish.KEEP_LISTED, Wish.CANCEL, Wish.MOVE}
        ),
        DownloadState.DONE: frozenset({Wish.LOAD}),
        DownloadState.CANCELLED: frozenset(),
    }
)

RUNNING = frozenset({DownloadState.DOWNLOADING, DownloadState.CHECKING})
#: Those that go on by themselves.
BUSY = RUNNING | {DownloadState.WAITING}

_WORDS = {
    DownloadState.WAITING: "Waiting",
    DownloadState.DOWNLOADING: "Downloading",
    DownloadState.CHECKING: "Checking",
    DownloadState.PAUSED: "Paused",
    DownloadState.CHANGED: "Changed on the Hub",
    DownloadState.FAILED: "Failed",
    DownloadState.DONE: "Done",
    DownloadState.CANCELLED: "Cancelled",
}


class Queued(NamedTuple):
    """One download of the queue.

    Attributes:
        key: Tells it from all others: the same model into the same folder has the same key.
        what: The model and its files, as they were listed.
        folder: The models folder that it goes into.
        state: Where it is.
        done_bytes: Bytes that were here when it was last looked at.
        targets: Path of each file, in the order of the parts; empty until that is decided.
        replaces: Whether its targets are older versions, to be replaced when it is verified.
        is_pinned: The person wants the listed version although the Hub has a newer one.
        newer: What the Hub has instead; None unless it changed.
        problem: One sentence, where something went wrong.
        advice: What to do about it.
    """

    key: str
    what: HubDownload
    folder: str
    state: DownloadState = DownloadState.WAITING
    done_bytes: int = 0
    targets: tuple[str, ...] = ()
    replaces: bool = False
    is_pinned: bool = False
    newer: HubDownload | None = None
    problem: str = ""
    advice: str = ""

    @property
    def allowed(self) -> frozenset[Wish]:
        """What a person may do with it now."""
        allowed = ALLOWED[self.state]
        if not self.what.commit:
            # Without its commit, the listed version cannot be asked for.
            allowed -= {Wish.KEEP_LISTED}
        return allowed

    @property
    def left_bytes(self) -> int | None:
        """Bytes that have not arrived yet; None where the size is unknown."""
        size = self.what.size
        return None if size is None else max(size - self.done_bytes, 0)

    @property
    def is_busy(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in BUSY


class Moment(NamedTuple):
    """What a download that runs is doing just now.

    Attributes:
        state: ``DOWNLOADING`` or ``CHECKING``.
        progress: Of all files together; None before the first bytes.
        waits_for: Why nothing arrives, for example ``the network``; empty while it does.
        targets: Path of each file.
    """

    state: DownloadState
    progress: Progress | None = None
    waits_for: str = ""
    targets: tuple[str, ...] = ()


def key_of(what: HubDownload, folder: str) -> str:
    """Tells a download from all others."""
    first = what.parts[0].path if what.parts else ""
    return f"{folder}|{what.repository}@{what.revision}/{first}"


def state_words(queued: Queued, moment: Moment | None = None) -> str:
    """The state in a word or a few."""
    if moment is None or queued.state not in BUSY:
        return _WORDS[queued.state]
    if moment.waits_for:
        return f"Waiting for {moment.waits_for}"
    return _WORDS[moment.state]


def size_words(done_bytes: int, total: int | None) -> str:
    """``1.2 GB of 9.0 GB``, or the size alone when it is whole."""
    if total is not None and done_bytes >= total:
        return units.file_size(total)
    return f"{units.file_size(done_bytes)} of {units.file_size(total)}"


def overall_words(count: int, bytes_per_second: float | None, seconds_left: float | None) -> str:
    """All that is under way, for example ``2 downloads · 38.0 MB/s · 4 min 10 s left``.

    Empty where nothing is under way.
    """
    if not count:
        return ""
    words = [f"{count} download{'s' if count != 1 else ''}"]
    if bytes_per_second:
        words.append(f"{units.file_size(bytes_per_second)}/s")
        if seconds_left is not None:
            words.append(f"{units.seconds(seconds_left)} left")
    return " · ".join(words)


# ---- as text -------------------------------------------------------------------------------


def encode_queued(queued: Queued) -> str:
    """As JSON."""
    values = queued._asdict() | {"what": _plain(queued.what)}
    values["newer"] = _plain(queued.newer) if queued.newer else None
    return json.dumps(values)


def decode_queued(text: str) -> Queued:
    """What ``encode_queued`` made.

    Raises:
        ValueError: If it is something else.
    """
    try:
        values = json.loads(text)
        values["what"] = _hub_download(values["what"])
        values["newer"] = _hub_download(values["newer"]) if values["newer"] else None
        values["state"] = DownloadState(values["state"])
        values["targets"] = tuple(map(str, values["targets"]))
        return Queued(**values)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError("not a download") from error


def _plain(what: HubDownload) -> dict[str, object]:
    return what._asdict() | {"parts": [part._asdict() for part in what.parts]}


def _hub_download(values: dict[str, object]) -> HubDownload:
    parts = values.pop("parts")
    assert isinstance(parts, list)
    return HubDownload(parts=tuple(HubPart(**part) for part in parts), **values)  # type: ignore[arg-type]
