"""TextGen is started, watched and switched, and believed only where it can be trusted."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from helpers.git_source import textgen_source
from helpers.trap_program import Watched, free_port

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.git_facts import GitSource
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.server_config import Access, AtClose, ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers.program import Command, Launch
from lollma_gui.services.servers.textgen import TextGen
from lollma_gui.services.servers.textgen_orphans import end_orphans, find_orphans
from lollma_gui.services.servers.wish import Wish

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script stands for its Python")

Make = Callable[..., Watched]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = textgen_source(tmp_path_factory.mktemp("installed") / "textgen").folder
    python = folder / "lollma" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder


@pytest.fixture
def folder(installed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(installed, tmp_path / "textgen"))


@pytest.fixture
def program() -> TextGen:
    return TextGen(GpuSurvey)


def config_for(folder: Path, **changes: object) -> ServerConfig:
    options = {"web": False} | dict(changes.pop("options", {}))  # type: ignore[call-overload]
    usual = {"folder": str(folder), "port": free_port(), "at_close": AtClose.STOP}
    return ServerConfig("tg-1", "textgen", "TextGen", options=options, **(usual | changes))  # type: ignore[arg-type]


@pytest.fixture
def make(folder: Path, tmp_path: Path, program: TextGen) -> Iterator[Make]:
    made: list[Watched] = []

    def make_one(**changes: object) -> Watched:
        made.append(Watched(tmp_path / "server", config_for(folder, **changes), program))
        return made[-1]

    yield make_one
    for one in made:
        one.close()


def model(folder: Path, name: str) -> str:
    path = folder / "user_data" / "models" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("GGUF")
    return str(path)


def words_of(server: Watched) -> str:
    lines = server.log.decode().splitlines()
    return [line for line in lines if line.startswith("words: ")][-1]


# ---- starting ------------------------------------------------------------------------------


def test_it_starts_without_a_model_and_stops(make: Make) -> None:
    server = make()
    status = server.start()
    assert status.state is ServerState.READY
    assert (status.model, status.problem, status.web_url) == ("", "", "")
    assert status.addresses == (status.api_url.removeprefix("http://").removesuffix("/v1"),)
    server.supervisor.stop()
    assert server.wait_for(ServerState.STOPPED).problem == ""


def test_it_starts_with_a_model_and_its_settings(make: Make, folder: Path) -> None:
    server = make()
    server.start(model(folder, "small.gguf"), values={"n_ctx": 4096, "n_gpu_layers": 7})
    server.wait(lambda: server.status.model == "small.gguf")
    assert b"Using gpu_layers=7 | ctx_size=4096" in server.log
    server.wait(lambda: server.figures and dict(server.figures[-1].facts).get("Context"))
    assert dict(server.figures[-1].facts)["Context"] == "4,096 tokens a slot"


def test_a_page_is_offered_once_it_answers(make: Make) -> None:
    web = free_port()
    server = make(options={"web": True, "web_port": web})
    server.start()
    server.wait(lambda: server.status.web_url)
    assert server.status.web_url == f"http://127.0.0.1:{web}/"


def test_a_port_that_moved_is_noticed(make: Make) -> None:
    server = make(environment=(("TRAP_MOVE", "1"),))
    status = server.start()
    assert status.state is ServerState.READY
    moved = server.log.decode().split("Using port ")[1].split()[0]
    assert status.api_url == f"http://127.0.0.1:{moved}/v1"


def test_it_is_never_open_by_accident(make: Make, folder: Path) -> None:
    (folder / "user_data" / "CMD_FLAGS.txt").write_text("--listen\n")
    server = make()
    status = server.start()
    assert status.state is ServerState.READY
    assert all(address.startswith("127.0.0.1:") for address in status.addresses)


def test_for_the_network_it_wants_a_key_that_nobody_can_read(make: Make) -> None:
    server = make(access=Access.NETWORK, options={"web": True, "web_port": free_port()})
    status = server.start(key="a-secret-word")
    assert status.state is ServerState.READY
    assert any(address.startswith("0.0.0.0:") for address in status.addresses)
    server.wait(lambda: b"API key:" in server.log)
    assert b"a-secret-word" not in server.log
    assert status.pid is not None
    assert "a-secret-word" not in " ".join(psutil.Process(status.pid).cmdline())
    assert "--gradio-auth=lollma:****" in words_of(server)


# ---- switching -----------------------------------------------------------------------------


def switch(server: Watched, path: str, **values: object) -> None:
    server.supervisor.switch(Wish(values, path))  # type: ignore[arg-type]


def test_a_switch_sends_every_setting_by_its_right_name(make: Make, folder: Path) -> None:
    server = make()
    server.start(model(folder, "one.gguf"), values={"n_ctx": 2048, "threads": 3})
    switch(server, model(folder, "two.gguf"), n_ctx=1024, n_gpu_layers=5)
    server.wait(lambda: server.status.model == "two.gguf")
    # The threads of the start are taken back too: TextGen would have kept them.
    assert b"Using gpu_layers=5 | ctx_size=1024 | threads=0" in server.log


def test_ok_after_a_failed_load_is_not_believed(make: Make, folder: Path) -> None:
    server = make()
    server.start(model(folder, "one.gguf"))
    switch(server, model(folder, "oom.gguf"))
    server.wait(lambda: server.status.problem)
    server.wait(lambda: server.status.state is ServerState.READY)
    assert "memory" in server.status.problem
    assert any("cudaMalloc failed" in line for line in server.status.lines)
    assert server.status.model == ""
    switch(server, model(folder, "two.gguf"))
    server.wait(lambda: server.status.model == "two.gguf")
    assert server.status.problem == ""


def test_silence_while_it_loads_is_no_crash(make: Make, folder: Path) -> None:
    server = make()
    server.start(model(folder, "one.gguf"))
    switch(server, model(folder, "slow.gguf"))
    server.wait(lambda: b"slow.gguf" in server.log)
    server.wait_for(ServerState.LOADING)
    (folder / "go").touch()
    server.wait(lambda: server.status.model == "slow.gguf")
    assert ServerState.CRASHED not in server.states


def test_a_load_at_the_start_is_shown_as_loading(make: Make, folder: Path) -> None:
    server = make()
    server.supervisor.start(Wish({}, model(folder, "slow.gguf")))
    server.wait_for(ServerState.LOADING)
    (folder / "go").touch()
    server.wait(lambda: server.status.model == "slow.gguf")


def test_a_llama_server_that_dies_is_noticed(make: Make, folder: Path) -> None:
    server = make()
    server.start(model(folder, "one.gguf"))
    server.wait(lambda: server.status.model)
    assert server.status.pid is not None
    (child,) = psutil.Process(server.status.pid).children()
    child.kill()
    server.wait(lambda: server.status.problem)
    assert "llama-server has ended" in server.status.problem
    assert server.status.model == ""


def test_a_model_is_unloaded(make: Make, folder: Path) -> None:
    server = make()
    server.start(model(folder, "one.gguf"))
    server.wait(lambda: server.status.model)
    switch(server, "")
    server.wait(lambda: server.status.state is ServerState.READY and not server.status.model)


def test_other_extra_flags_need_a_new_start(make: Make, folder: Path) -> None:
    server = make()
    first = server.start(model(folder, "one.gguf")).pid
    switch(server, model(folder, "two.gguf"), rope_freq_base=500000.0)
    server.wait(lambda: server.status.model == "two.gguf" and server.status.pid != first)
    assert "--extra-flags=--rope-freq-base 500000" in words_of(server)


def test_it_works_with_a_key(make: Make, folder: Path) -> None:
    server = make()
    server.start(model(folder, "one.gguf"), key="a-secret-word")
    server.supervisor.switch(Wish({}, model(folder, "two.gguf"), key="a-secret-word"))
    server.wait(lambda: server.status.model == "two.gguf")


def test_killed_by_force_it_leaves_nothing(make: Make, folder: Path) -> None:
    server = make()
    server.start(model(folder, "one.gguf"))
    assert server.status.pid is not None
    (child,) = psutil.Process(server.status.pid).children()
    psutil.Process(server.status.pid).kill()
    server.wait_for(ServerState.CRASHED)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


# ---- refused before the start --------------------------------------------------------------


def command(program: TextGen, folder: Path, tmp_path: Path, **changes: object) -> Command:
    key = str(changes.pop("key", ""))
    config = config_for(folder, **changes)
    ports = {port.name: port.number for port in program.ports(config)}
    return program.command(Launch(config, ports=ports, key=key, folder=tmp_path))


@pytest.mark.parametrize(
    ("flags", "said", "advice"),
    [
        ("--listen --chat --n-gpu-layers 63", "--chat is gone since 2023-12-31", "--n-gpu-layers"),
        ("--row_split", "--split-mode has taken its place", "--split-mode row"),
        ("--made-up", "has no --made-up", "Take it out"),
        ("--share", "opens TextGen to the whole internet", "Take it out"),
        ('--model "half', "quotation mark", "Correct"),
    ],
)
def test_flags_are_checked_before_the_start(
    program: TextGen, folder: Path, tmp_path: Path, flags: str, said: str, advice: str
) -> None:
    with pytest.raises(LollmaError, match=said) as caught:
        command(program, folder, tmp_path, extra_flags=flags)
    assert advice in caught.value.advice


def test_a_stale_line_in_its_file_is_told_before_the_start(
    program: TextGen, folder: Path, tmp_path: Path
) -> None:
    (folder / "user_data" / "CMD_FLAGS.txt").write_text("--api\n--chat\n")
    with pytest.raises(LollmaError, match=r"Line 2 of CMD_FLAGS\.txt.*--chat is gone"):
        command(program, folder, tmp_path)


def test_a_key_that_is_not_ours_is_told(program: TextGen, folder: Path, tmp_path: Path) -> None:
    (folder / "user_data" / "CMD_FLAGS.txt").write_text("--api-key theirs\n")
    with pytest.raises(LollmaError, match="sets a key"):
        command(program, folder, tmp_path)
    assert command(program, folder, tmp_path, key="ours").words


def test_one_with_everything_is_not_started_as_a_small_one(
    program: TextGen, folder: Path, tmp_path: Path
) -> None:
    assert "--portable" in command(program, folder, tmp_path).words
    (folder / "lollma" / "lib" / "python3.11" / "site-packages" / "torch").mkdir(parents=True)
    assert "--portable" not in command(program, folder, tmp_path).words


def test_a_setting_that_an_old_checkout_lacks_is_named(
    program: TextGen, folder: Path, tmp_path: Path
) -> None:
    launch = Launch(
        config_for(folder),
        {"mlock": True},
        model(folder, "one.gguf"),
        ports={"api": 5000},
        folder=tmp_path,
    )
    with pytest.raises(LollmaError, match="has no --mlock"):
        program.command(launch)


def test_what_is_not_there_is_not_found(program: TextGen, folder: Path, tmp_path: Path) -> None:
    found = program.find(config_for(folder))
    assert found is not None
    assert (found.path, found.how) == (folder, "git checkout")
    assert found.version.startswith("v4.10")
    assert program.find(config_for(tmp_path / "nowhere")) is None
    assert program.find(ServerConfig("x", "textgen", "TextGen")) is None
    with pytest.raises(LollmaError, match="not installed yet"):
        program.command(Launch(ServerConfig("x", "textgen", "TextGen")))


def test_one_that_was_here_before_is_not_installed_over(program: TextGen, folder: Path) -> None:
    config = config_for(folder, options={"adopted": True})
    with pytest.raises(LollmaError, match="is not touched"):
        program.install(config, None)  # type: ignore[arg-type]


def test_the_programs_source_can_be_another(tmp_path: Path) -> None:
    assert TextGen(GpuSurvey, GitSource(("https://github.com/me/fork",))).can_install


# ---- left over -----------------------------------------------------------------------------


def await_llama_server(pid: int) -> None:
    """A new process is a copy of its parent for a moment."""
    while not psutil.Process(pid).name().startswith("llama-server"):
        pass


def test_a_llama_server_without_its_textgen_is_ended(folder: Path) -> None:
    binary = folder / "llama-server"
    shutil.copy(shutil.which("sleep") or "sleep", binary)
    # The shell ends at once, and leaves its child to whoever adopts orphans.
    subprocess.run(["/bin/sh", "-c", f'"{binary}" 1000 & echo $! > pid'], cwd=folder, check=True)
    pid = int((folder / "pid").read_text())
    await_llama_server(pid)
    assert [orphan.pid for orphan in find_orphans(folder)] == [pid]
    assert end_orphans(folder) == 1
    assert find_orphans(folder) == ()


def test_a_llama_server_with_its_textgen_is_left_alone(folder: Path) -> None:
    shutil.copy(shutil.which("sleep") or "sleep", folder / "llama-server")
    start = "import subprocess; subprocess.run(['./llama-server', '1000'])"
    (folder / "other").mkdir()
    (folder / "other" / "server.py").write_text(start)
    parent = subprocess.Popen([sys.executable, "other/server.py"], cwd=folder)
    try:
        while not (children := psutil.Process(parent.pid).children()):
            pass
        await_llama_server(children[0].pid)
        assert find_orphans(folder) == ()
    finally:
        for child in psutil.Process(parent.pid).children():
            child.kill()
        parent.wait()
