"""Silence of a running server becomes a problem only after a while, and ends with an answer."""

from dataclasses import replace

import pytest
from helpers.trap_program import TrapProgram, trap_config

from lollma_gui.core.server_state import ServerFigures, ServerState, ServerStatus
from lollma_gui.services.servers.program import Health, Launch, Running
from lollma_gui.services.servers.sight import SILENT_SECONDS, SLOW_SECONDS, Sight
from lollma_gui.services.servers.talker import Look

READY = ServerStatus(ServerState.READY, answer_ms=2.0, model="a")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def look(state: ServerState = ServerState.READY) -> tuple[Look, Health]:
    health = Health(state, "a")
    running = Running(Launch(trap_config()), 1, {"api": 18080})
    return Look(running, health, 3.0, ServerFigures()), health


def test_a_short_silence_is_only_shown_and_a_long_one_is_said() -> None:
    clock = Clock()
    sight = Sight(TrapProgram(), "Mine", clock)
    assert sight.silent(READY) == {"answer_ms": None}
    clock.now += SILENT_SECONDS
    said = sight.silent(READY)
    assert said["problem"] == "Mine does not answer, although its process runs."
    silent = replace(READY, **said)
    changes = sight.answered(silent, *look())
    assert changes["problem"] == ""
    assert changes["answer_ms"] == 3.0
    assert changes["api_url"] == "http://127.0.0.1:18080/v1"
    assert sight.silent(READY) == {"answer_ms": None}, "it counts anew"


def test_who_starts_or_loads_may_be_silent() -> None:
    clock = Clock()
    sight = Sight(TrapProgram(), "Mine", clock)
    clock.now += SILENT_SECONDS * 100
    assert sight.silent(ServerStatus(ServerState.STARTING)) == {}
    assert sight.silent(ServerStatus(ServerState.LOADING)) == {}


@pytest.mark.parametrize("is_silent", [True, False])
def test_a_load_that_takes_long_is_said_with_what_it_may_be_until_it_is_over(
    is_silent: bool,
) -> None:
    clock = Clock()
    sight = Sight(TrapProgram(), "Mine", clock)
    loading = ServerStatus(ServerState.LOADING)

    def seen() -> dict[str, object]:
        if is_silent:
            return sight.silent(loading)
        return sight.answered(loading, *look(ServerState.LOADING))

    assert "problem" not in seen()
    clock.now += SLOW_SECONDS
    said = seen()
    assert said["problem"] == "Mine is still loading after 20 seconds."
    assert "very long context" in said["advice"]
    ready = sight.answered(replace(loading, **said), *look())
    assert ready["problem"] == ""
    assert "problem" not in seen(), "it counts anew"


def test_another_problem_is_not_covered_up_by_silence() -> None:
    clock = Clock()
    sight = Sight(TrapProgram(), "Mine", clock)
    failed = replace(READY, problem="The model could not be loaded.")
    sight.silent(failed)
    clock.now += SILENT_SECONDS
    assert "problem" not in sight.silent(failed)
    assert "problem" not in sight.answered(failed, *look())
