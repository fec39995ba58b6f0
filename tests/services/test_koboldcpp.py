"""KoboldCpp is fetched, started with a file of ours, watched, and switched without a new start."""

import hashlib
import json
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from helpers.trap_program import Watched, free_port

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.readings import GpuSurvey
from lollma_gui.core.server_config import Access, AtClose, ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers import koboldcpp_files, koboldcpp_install
from lollma_gui.services.servers.koboldcpp import KoboldCpp, version_in
from lollma_gui.services.servers.program import Installing, InstallReport, Launch
from lollma_gui.services.servers.wish import Wish

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script stands for the program")

SERVER = Path(__file__).parent.parent / "fakes" / "servers" / "koboldcpp_like.py"
SCRIPT = f'#!/bin/sh\nexec "{sys.executable}" "{SERVER}" "$@"\n'
Make = Callable[..., Watched]


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    path = tmp_path / "koboldcpp-linux-x64"
    path.write_text(SCRIPT)
    path.chmod(0o755)
    return path


def config_for(binary: Path, **changes: object) -> ServerConfig:
    usual = {"binary": str(binary), "port": free_port(), "at_close": AtClose.STOP}
    return ServerConfig("k-1", "koboldcpp", "KoboldCpp", **(usual | changes))  # type: ignore[arg-type]


@pytest.fixture
def make(binary: Path, tmp_path: Path) -> Iterator[Make]:
    made: list[Watched] = []

    def make_one(**changes: object) -> Watched:
        program = KoboldCpp(GpuSurvey)
        made.append(Watched(tmp_path / "server", config_for(binary, **changes), program))
        return made[-1]

    yield make_one
    for one in made:
        one.close()


def switch(server: Watched, path: str, **values: object) -> None:
    server.supervisor.switch(Wish(values, path))  # type: ignore[arg-type]


def test_it_starts_with_model_and_settings(make: Make) -> None:
    server = make()
    server.start("/models/One+two.gguf", values={"n_ctx": 2048})
    server.wait(lambda: server.status.model == "Onetwo")
    assert b"contextsize 2048" in server.log
    assert server.status.api_url.startswith("http://127.0.0.1:")
    assert server.status.web_url.endswith("/")
    assert all(address.startswith("127.0.0.1:") for address in server.status.addresses)
    server.wait(lambda: server.figures and server.figures[-1].requests == 3)


def test_it_switches_without_a_new_start(make: Make) -> None:
    server = make()
    pid = server.start("/models/one.gguf").pid
    switch(server, "/models/two.gguf", n_ctx=1024)
    server.wait(lambda: server.status.model == "two")
    assert server.status.pid == pid
    assert b"contextsize 1024" in server.log


def test_the_same_model_with_other_settings_is_loaded_anew(make: Make) -> None:
    server = make()
    server.start("/models/one.gguf")
    switch(server, "/models/one.gguf", n_ctx=1024)
    server.wait(lambda: b"contextsize 1024" in server.log)
    server.wait(lambda: server.status.state is ServerState.READY)
    assert server.status.problem == ""


def test_a_failed_switch_is_told_although_the_old_model_answers(make: Make) -> None:
    server = make()
    server.start("/models/one.gguf")
    switch(server, "/models/bad.gguf")
    server.wait(lambda: server.status.problem and server.status.state is ServerState.READY)
    assert server.status.lines
    server.wait(lambda: server.status.model == "one")


def test_it_unloads(make: Make) -> None:
    server = make()
    server.start("/models/one.gguf")
    switch(server, "")
    server.wait(lambda: server.status.state is ServerState.READY and not server.status.model)


def test_passwords_are_neither_in_the_command_line_nor_for_others_to_read(
    make: Make, tmp_path: Path
) -> None:
    server = make(access=Access.NETWORK)
    server.start("/models/one.gguf", key="a-secret-word")
    written = tmp_path / "server" / "lollma.kcpps"
    values = json.loads(written.read_text())
    assert (values["password"], values["host"]) == ("a-secret-word", "0.0.0.0")
    assert len(values["adminpassword"]) == 32
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert b"a-secret-word" not in server.log
    assert values["adminpassword"].encode() not in server.log


def test_an_imported_file_is_started_with_what_it_says(make: Make, tmp_path: Path) -> None:
    original = {"contextsize": 4096, "sdmodel": "/images/one.safetensors", "host": "0.0.0.0"}
    server = make(options={"kcpps": original})
    server.start("/models/one.gguf", values={"n_ctx": 4096})
    values = json.loads((tmp_path / "server" / "lollma.kcpps").read_text())
    assert values["sdmodel"] == "/images/one.safetensors"
    assert values["host"] == "127.0.0.1"


def test_extra_flags_become_keys_and_the_rest_stays(binary: Path, tmp_path: Path) -> None:
    config = config_for(binary, extra_flags="--jinja -c 512 --new-thing 3")
    command = KoboldCpp(GpuSurvey).command(Launch(config, ports={"api": 5001}, folder=tmp_path))
    values = json.loads((tmp_path / "lollma.kcpps").read_text())
    assert (values["jinja"], values["contextsize"]) == (True, 512)
    assert command.words[-2:] == ["--new-thing", "3"]
    assert list(command.words[4:6]) == ["--host", "127.0.0.1"]


def test_a_tunnel_is_never_opened(binary: Path, tmp_path: Path) -> None:
    config = config_for(binary, extra_flags="--remotetunnel")
    with pytest.raises(LollmaError, match="whole internet"):
        KoboldCpp(GpuSurvey).command(Launch(config, ports={"api": 5001}, folder=tmp_path))


def test_it_is_found_with_its_version(binary: Path, tmp_path: Path) -> None:
    program = KoboldCpp(GpuSurvey)
    assert program.find(config_for(binary)) == (binary, "1.102.2", "chosen")
    assert program.find(config_for(tmp_path / "nothing")) is None
    assert version_in("welcome\n1.98\n") == "1.98"


def test_its_files_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.kcpps"
    koboldcpp_files.write(path, {"contextsize": 4096, "new": [1]})
    assert koboldcpp_files.read(path) == {"contextsize": 4096, "new": [1]}


@pytest.mark.parametrize("content", ["GGUF and more", "[1, 2]", "1" * 2_000_000])
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_text(content)
    with pytest.raises(LollmaError, match="no settings file"):
        koboldcpp_files.read(path)


# ---- fetched -------------------------------------------------------------------------------


@pytest.fixture
def releases() -> Iterator[ThreadingHTTPServer]:
    content = SCRIPT.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = content
            if self.path == "/releases/latest":
                base = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[attr-defined]
                names = ["koboldcpp.exe", "koboldcpp-linux-x64", "koboldcpp-linux-x64-nocuda"]
                digest = "sha256:" + self.server.digest  # type: ignore[attr-defined]
                assets = [
                    {
                        "name": name,
                        "browser_download_url": f"{base}/{name}",
                        "size": len(content),
                        "digest": digest,
                    }
                    for name in names
                ]
                body = json.dumps({"tag_name": "v1.102.2", "assets": assets}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.digest = hashlib.sha256(content).hexdigest()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def install(
    releases: ThreadingHTTPServer, folder: Path
) -> tuple[ServerConfig, list[InstallReport]]:
    reports: list[InstallReport] = []
    address = f"http://127.0.0.1:{releases.server_address[1]}/releases"
    program = KoboldCpp(GpuSurvey, address)
    how = Installing(folder, reports.append, lambda _lines: None, lambda: False)
    config = ServerConfig("k-1", "koboldcpp", "KoboldCpp")
    return program.install(config, how), reports


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the release has Linux builds")
def test_the_build_for_this_pc_is_fetched_verified_and_runs(
    releases: ThreadingHTTPServer, tmp_path: Path
) -> None:
    config, reports = install(releases, tmp_path / "kobold")
    found = KoboldCpp(GpuSurvey).find(config)
    assert found is not None
    assert (found.version, found.how) == ("1.102.2", "installed by LoLLMa")
    assert found.path == tmp_path / "kobold" / "v1.102.2" / koboldcpp_install.FILE_NAME
    assert any("koboldcpp-linux-x64-nocuda" in report.step for report in reports)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the release has Linux builds")
def test_a_file_with_another_checksum_is_not_used(
    releases: ThreadingHTTPServer, tmp_path: Path
) -> None:
    releases.digest = "0" * 64  # type: ignore[attr-defined]
    with pytest.raises(LollmaError, match="damaged"):
        install(releases, tmp_path / "kobold")
    assert not list((tmp_path / "kobold").rglob(koboldcpp_install.FILE_NAME))
