"""Silence of a running server becomes a problem only after a while, and ends with an answer."""

from dataclasses import replace

from helpers.trap_program import TrapProgram, trap_config

from lollma_gui.core.server_state import ServerFigures, ServerState, ServerStatus
from lollma_gui.services.servers.program import Health, Launch, Running
from lollma_gui.services.servers.sight import SILENT_SECONDS, Sight
from lollma_gui.services.servers.talker import Look

READY = ServerStatus(ServerState.READY, answer_ms=2.0, model="a")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def look() -> tuple[Look, Health]:
    health = Health(ServerState.READY, "a")
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
    for state in (ServerState.STARTING, ServerState.LOADING):
        clock.now += SILENT_SECONDS * 100
        assert sight.silent(ServerStatus(state)) == {}


def test_another_problem_is_not_covered_up_by_silence() -> None:
    clock = Clock()
    sight = Sight(TrapProgram(), "Mine", clock)
    failed = replace(READY, problem="The model could not be loaded.")
    sight.silent(failed)
    clock.now += SILENT_SECONDS
    assert "problem" not in sight.silent(failed)
    assert "problem" not in sight.answered(failed, *look())
