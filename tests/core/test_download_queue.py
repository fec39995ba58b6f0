"""The order of downloads, what may be done with each, and the words for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.download_queue import DownloadQueue
from lollma_gui.core.download_state import (
    ALLOWED,
    DownloadState,
    Moment,
    Queued,
    Wish,
    decode_queued,
    encode_queued,
    overall_words,
    size_words,
    state_words,
)
from lollma_gui.core.hub_download import HubDownload, HubPart

WHAT = HubDownload("some/one", "main", "abc", "One", (HubPart("one.gguf", 1000, "0" * 64),))
STATES = list(DownloadState)


def queued(key: str, state: DownloadState = DownloadState.WAITING) -> Queued:
    return Queued(key, WHAT, "/models", state)


def queue_of(*entries: Queued) -> DownloadQueue:
    queue = DownloadQueue()
    for entry in entries:
        queue.add(entry)
    return queue


def keys(entries: list[Queued]) -> str:
    return "".join(entry.key for entry in entries)


def test_every_state_says_what_may_be_done_and_has_words() -> None:
    assert set(ALLOWED) == set(STATES)
    assert len({state_words(queued("a", state)) for state in STATES}) == len(STATES)


def test_a_version_that_cannot_be_asked_for_cannot_be_kept() -> None:
    changed = queued("a", DownloadState.CHANGED)
    assert Wish.KEEP_LISTED in changed.allowed
    unknown = changed._replace(what=WHAT._replace(commit=""))
    assert unknown.allowed == changed.allowed - {Wish.KEEP_LISTED}


@given(st.lists(st.sampled_from(STATES), max_size=8), st.integers(1, 8), st.sets(st.integers(0, 7)))
def test_no_more_run_than_may_and_only_those_that_wait_begin(states, at_once, ending) -> None:
    queue = queue_of(*(queued(str(n), state) for n, state in enumerate(states)))
    running = sum(state in (DownloadState.DOWNLOADING, DownloadState.CHECKING) for state in states)
    chosen = queue.next_ones(at_once, {str(n) for n in ending})
    assert len(chosen) <= max(at_once - running, 0)
    assert all(q.state is DownloadState.WAITING and int(q.key) not in ending for q in chosen)
    assert [q.key for q in chosen] == sorted(q.key for q in chosen)


@pytest.mark.parametrize(
    ("key", "places", "becomes"),
    [("c", -1, "acbd"), ("c", -9, "cabd"), ("a", 1, "bacd"), ("a", 9, "bcda"), ("b", 0, "abcd")],
)
def test_moving_goes_no_further_than_the_ends(key, places, becomes) -> None:
    queue = queue_of(*map(queued, "abxcd"))
    queue.settle("x", DownloadState.CANCELLED)
    queue.move(key, places)
    assert keys(queue.shown) == becomes
    assert queue.find("x") is not None


def test_after_a_start_what_ran_waits_and_what_was_done_is_not_kept() -> None:
    before = queue_of(
        queued("r", DownloadState.DOWNLOADING),
        queued("d", DownloadState.DONE),
        queued("p", DownloadState.PAUSED),
    )
    after = queue_of(queued("n"))
    after.take_up(before.kept)
    assert keys(after.shown) == "rpn"
    assert [q.state for q in after.shown] == [
        DownloadState.WAITING,
        DownloadState.PAUSED,
        DownloadState.WAITING,
    ]


@given(st.sampled_from(STATES), st.booleans(), st.text(max_size=20), st.integers(0, 10**12))
def test_what_is_kept_is_what_is_read_again(state, has_newer, problem, done) -> None:
    entry = queued("a", state)._replace(problem=problem, done_bytes=done, targets=("x", "y"))
    if has_newer:
        entry = entry._replace(newer=WHAT)
    assert decode_queued(encode_queued(entry)) == entry


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"what": 1}', "null", '{"key": "a"}'])
def test_nonsense_is_no_download(text) -> None:
    with pytest.raises(ValueError, match="not a download"):
        decode_queued(text)


def test_words_for_people() -> None:
    assert overall_words(0, None, None) == ""
    assert overall_words(1, None, None) == "1 download"
    assert overall_words(2, 38e6, 250) == "2 downloads · 38.0 MB/s · 4 min 10 s left"
    assert size_words(0, None) == "0 B of -"
    assert size_words(500, 1000) == "500 B of 1.0 kB"
    assert size_words(1000, 1000) == "1.0 kB"
    waits = Moment(DownloadState.DOWNLOADING, waits_for="the network")
    assert state_words(queued("a", DownloadState.DOWNLOADING), waits) == "Waiting for the network"
    assert state_words(queued("a", DownloadState.PAUSED), waits) == "Paused"
