"""A server does what it is told, and its state is true, however badly its program behaves."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from helpers.trap_program import Watched, free_port, trap_config

from lollma_gui.core.server_config import Access, AtClose, RestartRule
from lollma_gui.core.server_failures import Fix
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers import records
from lollma_gui.services.servers.wish import Wish

Make = Callable[..., Watched]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Watched] = []

    def make_one(flags: str = "", **changes: object) -> Watched:
        made.append(Watched(tmp_path / "server", trap_config(flags, **changes)))
        return made[-1]

    yield make_one
    for one in made:
        one.close()


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_it_starts_answers_and_stops(make: Make) -> None:
    server = make()
    status = server.start("a.gguf")
    assert status.is_answering
    assert status.model == "a.gguf"
    port = status.api_url.removeprefix("http://127.0.0.1:").removesuffix("/v1")
    assert status.addresses == (f"127.0.0.1:{port}",), "read from its socket"
    assert status.pid is not None
    assert psutil.pid_exists(status.pid)
    server.wait(lambda: server.figures[-1].ram_bytes and server.figures[-1].requests)
    assert server.figures[-1].pids == (status.pid,)
    server.supervisor.stop()
    stopped = server.wait_for(ServerState.STOPPED)
    assert stopped.problem == ""
    assert stopped.pid is None
    assert stopped.addresses == ()
    assert is_gone(status.pid)
    assert server.states == [
        ServerState.STARTING,
        ServerState.READY,
        ServerState.STOPPING,
        ServerState.STOPPED,
    ]


def test_a_slow_start_is_no_crash_and_can_be_called_off(make: Make, tmp_path: Path) -> None:
    server = make(f"--slow {tmp_path / 'go'}")
    server.supervisor.start(Wish())
    server.wait(lambda: b"takes its time" in server.log)
    assert server.status.state is ServerState.STARTING
    server.supervisor.stop()
    assert server.wait_for(ServerState.STOPPED).problem == ""


def test_who_never_gets_ready_is_ended_with_the_reason(make: Make, tmp_path: Path) -> None:
    server = make(f"--slow {tmp_path / 'never'}")
    server.supervisor._program.start_seconds = 0.3  # type: ignore[misc]
    status = server.start()
    assert status.state is ServerState.CRASHED
    assert "did not get ready within 0 seconds" in status.problem
    assert "starting, which takes its time" in status.lines


def test_a_port_that_moved_without_a_word_is_found(make: Make) -> None:
    asked = free_port()
    server = make("--moves", port=asked)
    status = server.start()
    (address,) = status.addresses
    assert address != f"127.0.0.1:{asked}"
    assert status.api_url == f"http://{address}/v1"


def test_a_taken_port_is_told_before_the_start_with_who_has_it_and_a_free_one(make: Make) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status = make(port=port).start()
    assert status.state is ServerState.STOPPED, "what never ran has not crashed"
    assert status.words() == "could not be started"
    assert f"Port {port} is taken by" in status.problem
    taken = status.taken_port
    assert taken is not None
    assert taken.pid == os.getpid()
    assert taken.program in status.problem
    assert taken.next_free is not None
    assert str(taken.next_free) in status.advice


def test_a_load_that_failed_is_not_believed_to_be_well(make: Make) -> None:
    server = make("--lies")
    server.start("good.gguf")
    server.supervisor.switch(Wish(model_path="bad.gguf"))
    server.wait(lambda: server.status.problem and server.status.state is ServerState.READY)
    assert server.status.problem.startswith("The GPU has not enough memory")
    server.supervisor.switch(Wish(model_path="other.gguf"))
    server.wait(lambda: server.status.model == "other.gguf")
    assert server.status.problem == ""


def test_a_model_that_only_a_restart_can_bring_gets_one(make: Make) -> None:
    server = make()
    first = server.start("a.gguf").pid
    server.supervisor.switch(Wish(model_path="restart.gguf"))
    server.wait(lambda: server.status.is_answering and server.status.model == "restart.gguf")
    assert server.status.pid != first
    assert server.status.problem == ""


def test_a_frozen_api_is_no_crash_and_is_said(make: Make, tmp_path: Path) -> None:
    ice = tmp_path / "ice"
    server = make(f"--freezes {ice}")
    pid = server.start().pid
    ice.touch()
    server.wait(lambda: server.status.answer_ms is None)
    assert server.status.state is ServerState.READY
    assert server.status.words() == "ready, but does not answer"
    ice.unlink()
    server.wait(lambda: server.status.is_answering)
    assert server.status.pid == pid


def test_who_ignores_being_asked_is_killed(make: Make) -> None:
    server = make("--deaf")
    pid = server.start().pid
    server.supervisor.stop()
    server.wait_for(ServerState.STOPPED)
    assert is_gone(pid)


@pytest.mark.parametrize("escapes", ["", "--escapes"])
def test_its_children_end_with_it(make: Make, tmp_path: Path, escapes: str) -> None:
    note = tmp_path / "child"
    server = make(f"--forks {note} {escapes} --dies-when {tmp_path / 'die'}")
    server.start()
    child = int(note.read_text())
    server.wait(lambda: child in server.figures[-1].pids)
    (tmp_path / "die").touch()
    server.wait_for(ServerState.CRASHED)
    assert is_gone(child), "the parent died first, and the child was found all the same"


def test_who_dies_is_explained_and_started_again_up_to_a_limit(make: Make, tmp_path: Path) -> None:
    rule = RestartRule(is_on=True, first_seconds=0.05, limit=2)
    server = make(f"--dies-when {tmp_path / 'die'}", restart=rule)
    server.start()
    (tmp_path / "die").touch()
    server.wait(lambda: server.status.state is ServerState.CRASHED and server.status.restarts == 2)
    server.wait(lambda: server.status.restart_at is None)
    assert server.status.problem == "The driver is too old."
    assert server.status.advice == "Update the driver."
    assert any("no kernel image" in line for line in server.status.lines)
    crashes = [one for one in server.statuses if one.restart_at is not None]
    assert {one.restarts for one in crashes} == {0, 1}


def test_a_restart_that_is_due_can_be_called_off(make: Make) -> None:
    rule = RestartRule(is_on=True, first_seconds=3600)
    server = make("--exits 3", restart=rule)
    server.start()
    server.wait(lambda: server.status.restart_at is not None)
    server.supervisor.stop()
    server.wait_for(ServerState.STOPPED)
    assert server.supervisor.join(10), "nothing is left to be done"


def test_who_exits_at_once_is_said_with_code_and_lines(make: Make) -> None:
    status = make("--exits 3").start()
    assert status.state is ServerState.CRASHED
    assert status.problem == "My trap ended with an error (exit code 3)."
    assert "error: this build lacks everything" in status.lines
    assert status.restart_at is None


def test_a_key_is_used_and_never_in_the_log(make: Make) -> None:
    server = make()
    status = server.start(key="very-secret-key")
    assert status.is_answering
    server.wait(lambda: b"listening with key" in server.log)
    assert b"very-secret-key" not in server.log
    assert b"****" in server.log
    assert status.pid is not None
    assert "very-secret-key" not in " ".join(psutil.Process(status.pid).cmdline())


def test_a_network_server_without_a_key_is_refused(make: Make) -> None:
    status = make(access=Access.NETWORK).start()
    assert status.state is ServerState.STOPPED
    assert "without a key" in status.problem


@pytest.mark.parametrize("flag", ["--host 0.0.0.0", "--host=192.168.1.5", "-x --listen-host ::"])
def test_a_flag_that_opens_it_is_refused_before_the_start(make: Make, flag: str) -> None:
    server = make(flag)
    status = server.start()
    assert status.state is ServerState.STOPPED
    assert "would open My trap to your network" in status.problem
    assert status.fixes == (Fix.FLAGS,)
    assert all(one.pid is None for one in server.statuses)


@pytest.mark.parametrize("flag", ["--api-key hidden-word", "--hf-token=hidden-word"])
def test_a_flag_that_tells_a_key_is_refused_before_the_start(make: Make, flag: str) -> None:
    status = make(flag).start()
    assert status.state is ServerState.STOPPED
    assert flag[:8] in status.problem
    assert "hidden-word" not in status.problem + status.advice
    assert status.fixes == (Fix.FLAGS,)


def test_who_listens_wider_than_allowed_is_ended(make: Make) -> None:
    # Python programs take shortened flags: that is seen only when it listens.
    server = make("--hos 0.0.0.0")
    status = server.start()
    server.wait_for(ServerState.CRASHED)
    status = server.status
    assert "open to your network" in status.problem
    assert "0.0.0.0" in status.problem


def test_a_flood_is_read_without_growing(make: Make) -> None:
    server = make("--floods")
    server.start()
    server.wait(lambda: len(server.log) >= 500_000)
    assert len(server.supervisor._run.output.last_lines) <= 200  # type: ignore[union-attr]


def test_it_is_found_again_and_taken_over(make: Make, tmp_path: Path) -> None:
    port = free_port()
    first = make(at_close=AtClose.KEEP, port=port)
    pid = first.start("a.gguf", key="secret-of-it").pid
    first.supervisor.let_go()
    assert first.supervisor.join(10)
    left = records.left_over(tmp_path / "server")
    assert left is not None
    assert left.is_whole
    assert left.pids == (pid,)

    second = make(at_close=AtClose.KEEP, port=port)
    assert "still runs since an earlier start" in second.start().problem
    second.supervisor.take_over(left.record, "secret-of-it")
    second.wait(lambda: second.status.is_answering)
    assert second.status.pid == pid
    assert second.status.taken_over
    assert second.status.model == "a.gguf"
    second.wait(lambda: b"listening with key ****" in second.log)
    second.supervisor.stop()
    second.wait_for(ServerState.STOPPED)
    assert is_gone(pid)
    assert records.left_over(tmp_path / "server") is None


def test_what_is_changed_while_it_runs_counts_from_the_next_start_on(make: Make) -> None:
    server = make(access=Access.NETWORK)
    assert server.start(key="a-key-for-all").is_answering
    config = server.supervisor._config
    server.supervisor.configure(replace(config, access=Access.THIS_PC))
    server.supervisor.switch(Wish(model_path="b.gguf", key="a-key-for-all"))
    server.wait(lambda: server.status.model == "b.gguf")
    assert server.status.addresses[0].startswith("0.0.0.0:")
    server.supervisor.restart(Wish(model_path="b.gguf", key="a-key-for-all"))
    server.wait(lambda: server.status.is_answering and "127" in server.status.addresses[0])


def test_a_file_of_its_log_is_private_and_goes_with_it(make: Make, tmp_path: Path) -> None:
    server = make(at_close=AtClose.ASK)
    server.start(key="very-secret-key")
    log = tmp_path / "server" / "output.log"
    assert log.stat().st_mode & 0o077 == 0
    server.wait(lambda: b"****" in server.log)
    server.supervisor.stop()
    server.wait_for(ServerState.STOPPED)
    assert not log.exists()
