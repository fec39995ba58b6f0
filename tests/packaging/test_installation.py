"""The whole way, for real: an environment, pip, and a wheel page served on this PC.

The project is a toy that needs nothing but the engine, and the engine is a stand-in: what is
tried here is the way, not the 500 MB at its end.
"""

import base64
import hashlib
import http.server
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace

import pytest
from lollma_bootstrap import environment, lock
from lollma_bootstrap import stamp as stamps
from lollma_bootstrap.installation import Installation
from lollma_bootstrap.options import Options
from lollma_bootstrap.places import Checkout
from lollma_bootstrap.say import Trouble

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "toy"
version = "1"
dependencies = ["llama-cpp-python==0.3.36"]
"""
#: A build backend in two functions: a wheel with one module and no needs but the engine.
BACKEND = """
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "toy-1.dist-info/"
    with zipfile.ZipFile(f"{folder}/toy-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("toy.py", "")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: toy\\nVersion: 1\\n"
                       "Requires-Dist: llama-cpp-python==0.3.36\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: toy\\n"
                       "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return "toy-1-py3-none-any.whl"
build_wheel = build_editable
"""
ENGINE = """
__version__ = "0.3.36"
def llama_backend_init(): pass
def llama_supports_gpu_offload(): return False
"""
WHEEL = "llama_cpp_python-0.3.36-py3-none-any.whl"


def make_wheel(path, engine=ENGINE):
    info = "llama_cpp_python-0.3.36.dist-info"
    files = {
        "llama_cpp/__init__.py": engine,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.36\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        record += f"{name},sha256={digest.decode()},{len(text.encode())}\n"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            wheel.writestr(name, text)


class Pages:
    """A server of wheel pages that counts what it is asked."""

    def __init__(self, folder):
        asked = self.asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=str(folder))

            def do_GET(self):
                asked.append(self.path)
                super().do_GET()

            def log_message(self, *arguments):
                pass

        self.folder = folder
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def offer(self, flavour, engine=ENGINE):
        page = self.folder / flavour / "llama-cpp-python"
        page.mkdir(parents=True, exist_ok=True)
        make_wheel(page / WHEEL, engine)
        (page / "index.html").write_text(f'<a href="{WHEEL}">{WHEEL}</a>')

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    server = Pages(folder)
    yield server
    server.close()


@pytest.fixture
def checkout(tmp_path):
    root = tmp_path / "check out"  # people do put spaces into names of folders
    root.mkdir()
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "backend.py").write_text(BACKEND)
    return Checkout(root)


def in_venv(checkout, code):
    return subprocess.run(
        [str(checkout.python), "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_from_nothing_to_installed_then_at_once_then_mended(checkout, pages, capsys):
    pages.offer("cpu")
    setup = Installation(checkout, Options(engine="cpu"), pages.address)

    setup.ensure()
    assert in_venv(checkout, "import toy, llama_cpp; print(llama_cpp.__version__)") == "0.3.36"
    assert "Engine: llama-cpp-python 0.3.36, runs on the CPU." in capsys.readouterr().out
    stamp = json.loads(checkout.stamp.read_text())
    assert (stamp["engine"], stamp["engine_asked"]) == ("0.3.36 cpu", "cpu")
    assert not checkout.under_way.exists()

    # The second time nothing is said, asked or touched.
    asked, before = len(pages.asked), checkout.stamp.stat().st_mtime_ns
    Installation(checkout, Options(), pages.address).ensure()
    assert (len(pages.asked), checkout.stamp.stat().st_mtime_ns) == (asked, before)
    assert capsys.readouterr().out == ""

    # The power went while the engine was being unpacked: files are missing, and so is the stamp.
    site = in_venv(checkout, "import sysconfig; print(sysconfig.get_path('purelib'))")
    shutil.rmtree(f"{site}/llama_cpp")
    checkout.stamp.unlink()
    checkout.under_way.write_text("cpu ")
    Installation(checkout, Options(), pages.address).ensure()
    said = capsys.readouterr().out
    assert "cut short" in said
    assert "Half installed, to be installed again: llama-cpp-python" in said
    assert in_venv(checkout, "import llama_cpp; print(llama_cpp.__version__)") == "0.3.36"
    assert json.loads(checkout.stamp.read_text())["engine_asked"] == "cpu"

    # A change of what the app needs is noticed; pip failing then leaves no stamp.
    checkout.project_file.write_text(PROJECT.replace('version = "1"', 'version = "2"'))
    (checkout.root / "backend.py").write_text("raise SystemExit('a broken backend')")
    with pytest.raises(Trouble, match="could not be installed") as caught:
        Installation(checkout, Options(), pages.address).ensure()
    assert "setup.log" in caught.value.mend
    assert not checkout.stamp.exists()
    assert "what the app needs has changed" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="a running program is not replaced there")
def test_an_engine_that_does_not_run_here_is_replaced_by_the_next(checkout, pages, capsys):
    make = [sys.executable, "-m", "venv", str(checkout.venv)]
    subprocess.run(make, check=True, capture_output=True)
    pages.offer("metal", "import os; os.abort()")
    pages.offer("cpu")
    from lollma_bootstrap.engine import EngineSetup
    from lollma_bootstrap.flavours import Machine
    from lollma_bootstrap.pip import Pip

    engine = EngineSetup(Pip(checkout), "auto", Machine("darwin", "arm64"), pages.address)
    engine.get(keep=False)
    assert engine.build == "metal"
    assert engine.settle() == "0.3.36 cpu"
    said = capsys.readouterr().out
    assert "does not run: it was ended by signal 6" in said
    # The GPU stays idle, and that is said with the step that changes it.
    assert "This PC has an Apple GPU, but this build cannot use it." in said
    assert "--engine metal" in said


def test_an_environment_whose_python_is_gone_is_not_taken_for_complete(checkout, tmp_path):
    checkout.python.parent.mkdir(parents=True)
    (checkout.venv / "pyvenv.cfg").write_text("home = /usr\nversion = 3.11.7\n")
    assert environment.quick_version_of(checkout) == ""
    assert environment.version_of(checkout.python) == ""
    checkout.python.write_text("")
    assert environment.quick_version_of(checkout) == "3.11.7"
    if sys.platform != "win32":
        # An upgrade of the system led the link to another Python.
        checkout.python.unlink()
        (tmp_path / "python3.13").write_text("")
        checkout.python.symlink_to(tmp_path / "python3.13")
        assert environment.quick_version_of(checkout) == ""


def stamp_of(checkout, **changes):
    stamp = stamps.Stamp(
        stamps.digest(checkout.project_file), "3.11.7", str(checkout.root), [], "auto", "0.3.36"
    )
    return replace(stamp, **changes)


@pytest.mark.parametrize(
    ("changes", "extras", "engine", "reason"),
    [
        ({}, set(), None, ""),
        ({}, set(), "auto", ""),
        ({"extras": ["test"]}, {"test"}, None, ""),
        ({"extras": ["test"]}, set(), None, ""),
        ({"engine_asked": "cpu"}, set(), None, ""),
        ({}, {"test"}, None, "the parts for tests are not there yet"),
        ({}, set(), "cuda", "another engine is asked for (cuda)"),
        ({"python": "3.12.1"}, set(), None, "its Python has changed"),
        ({"project": "0"}, set(), None, "what the app needs has changed"),
        ({"root": "elsewhere"}, set(), None, "the folder was moved"),
    ],
)
def test_the_stamp_tells_what_a_setup_lacks(checkout, changes, extras, engine, reason):
    stamp = stamp_of(checkout, **changes)
    assert stamps.lacks(stamp, checkout, "3.11.7", extras, engine) == reason


def test_a_stamp_comes_back_as_it_was_and_a_spoilt_one_counts_as_none(checkout, tmp_path):
    path = tmp_path / "stamp.json"
    assert stamps.read(path) is None
    stamp = stamp_of(checkout, extras=["test"], libraries_ok=True)
    stamps.write(path, stamp)
    assert stamps.read(path) == stamp
    for spoilt in ('{"project": "1"', "[]", '{"another": 1}', ""):
        path.write_text(spoilt)
        assert stamps.read(path) is None


def test_line_ends_of_a_windows_checkout_are_no_change(tmp_path):
    unix, windows = tmp_path / "a", tmp_path / "b"
    unix.write_bytes(b"[project]\nname = 1\n")
    windows.write_bytes(b"[project]\r\nname = 1\r\n")
    assert stamps.digest(unix) == stamps.digest(windows)


HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from lollma_bootstrap.lock import only_one
with only_one(Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_setup_waits_for_the_first_and_a_killed_one_frees_the_lock(
    tmp_path, run_py, capsys, monkeypatch
):
    path = tmp_path / ".venv" / "lock"
    command = [sys.executable, "-c", HOLDER, str(run_py.parent), str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout.readline() == "held\n"
        # The first is killed while the second waits, between two of its looks.
        monkeypatch.setattr(lock.time, "sleep", lambda _: (first.kill(), first.wait()))
        with lock.only_one(path):
            assert first.poll() is not None
    assert "Another setup is at work in this folder" in capsys.readouterr().out
    with lock.only_one(path):
        assert capsys.readouterr().out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are not inherited there")
def test_a_pip_that_outlives_a_killed_setup_still_keeps_others_out(tmp_path):
    path = tmp_path / "lock"
    code = "import sys; print('up', flush=True); sys.stdin.readline()"
    with lock.only_one(path) as descriptor:
        child = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(descriptor,),
        )
        assert child.stdout.readline() == "up\n"
    with child:
        # Our own descriptor is closed, as after a kill.
        probe = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        held = subprocess.run([sys.executable, "-c", probe, str(path)], capture_output=True)
        assert b"BlockingIOError" in held.stderr
        child.communicate("\n")
    assert subprocess.run([sys.executable, "-c", probe, str(path)], check=True).returncode == 0
