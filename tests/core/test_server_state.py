"""A server's states: what leads from one to another, and what a person reads."""

from itertools import pairwise

import pytest

from lollma_gui.core.server_config import RestartRule, ServerConfig, is_secret
from lollma_gui.core.server_state import (
    RUNNING,
    ServerEvent,
    ServerState,
    ServerStatus,
    next_state,
)

S, E = ServerState, ServerEvent


def lived_through(*events: ServerEvent) -> list[ServerState]:
    states = [S.STOPPED]
    for event in events:
        after = next_state(states[-1], event)
        assert after is not None, f"{states[-1]} knows no {event}"
        states.append(after)
    return states


def test_a_whole_life() -> None:
    events = (E.INSTALL, E.INSTALLED, E.START, E.LOADS, E.IDLES, E.WORKS, E.IDLES, E.STOP, E.ENDED)
    assert lived_through(*events) == [
        S.STOPPED,
        S.INSTALLING,
        S.STOPPED,
        S.STARTING,
        S.LOADING,
        S.READY,
        S.BUSY,
        S.READY,
        S.STOPPING,
        S.STOPPED,
    ]


def test_an_end_that_nobody_asked_for_is_a_crash_from_which_it_starts_again() -> None:
    for state in RUNNING:
        assert next_state(state, E.ENDED) is S.CRASHED
    assert next_state(S.CRASHED, E.START) is S.STARTING
    assert next_state(S.CRASHED, E.STOP) is S.STOPPED


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (S.STOPPED, E.STOP),
        (S.STOPPED, E.IDLES),
        (S.STARTING, E.START),
        (S.READY, E.INSTALL),
        (S.INSTALLING, E.START),
        (S.STOPPING, E.IDLES),
        (S.STOPPING, E.START),
        (S.CRASHED, E.WORKS),
        (S.CRASHED, E.ENDED),
    ],
)
def test_what_cannot_be_or_comes_too_late_changes_nothing(
    state: ServerState, event: ServerEvent
) -> None:
    assert next_state(state, event) is None


def test_every_state_can_be_reached_and_left_for_rest() -> None:
    reached, waiting = set(), [S.STOPPED]
    while waiting:
        state = waiting.pop()
        reached.add(state)
        after = {next_state(state, event) for event in E} - {None}
        assert after, f"{state} is never left"
        waiting += [one for one in after if one not in reached and one is not None]
    assert reached == set(S)


def test_what_a_person_reads() -> None:
    assert ServerStatus(S.READY, answer_ms=3.0).words() == "ready, no model loaded"
    assert ServerStatus(S.READY, answer_ms=3.0, model="a").words() == "ready"
    assert ServerStatus(S.READY, model="a").words() == "ready, but does not answer"
    assert ServerStatus(S.LOADING, progress=0.5).words() == "loading model, 50 %"
    assert ServerStatus(S.INSTALLING, step="unpacking").words() == "installing: unpacking"
    assert not ServerStatus(S.READY).is_answering


def test_restarts_wait_longer_each_time_and_come_to_an_end() -> None:
    rule = RestartRule(is_on=True, first_seconds=2, longest_seconds=10, limit=5)
    delays = [rule.delay(count) for count in range(5)]
    assert delays == [2, 4, 8, 10, 10]
    assert all(a <= b for a, b in pairwise(delays) if a is not None and b is not None)
    assert rule.delay(5) is None
    assert RestartRule().delay(0) is None, "only if the person wants it"


def test_who_can_connect_decides_the_address() -> None:
    config = ServerConfig("a", "trap", "A")
    assert config.host == "127.0.0.1"


def test_variables_that_are_secrets_are_known_by_their_names() -> None:
    for name in ("HF_TOKEN", "OPENAI_API_KEY", "db_password", "MySecret"):
        assert is_secret(name)
    for name in ("CUDA_VISIBLE_DEVICES", "PATH", "OMP_NUM_THREADS"):
        assert not is_secret(name)
