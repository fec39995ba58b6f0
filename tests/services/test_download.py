"""A download survives what happens to downloads, and only the right bytes get the name."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fakes.hub_server import DEADLINE_SECONDS, HubFile, HubServer

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.core.progress import Progress
from lollma_gui.services import files
from lollma_gui.services.download import download
from lollma_gui.services.http_stream import TransferError

CONTENT = random.Random(7).randbytes(1_500_000)
PATH = "/some one/resolve/main/model.gguf"
KEPT_BYTES = 600_000


@pytest.fixture
def hub():
    with HubServer() as server:
        yield server


@pytest.fixture
def target(tmp_path):
    return tmp_path / "models" / "model.gguf"


class Told:
    """Collects progress, and can be the person who cancels."""

    def __init__(self, cancel_at: int | None = None) -> None:
        self.progress: list[Progress] = []
        self.cancel_at = cancel_at

    def take(self, progress: Progress) -> None:
        self.progress.append(progress)

    def cancelled(self) -> bool:
        return self.cancel_at is not None and (
            bool(self.progress) and self.progress[-1].done_bytes >= self.cancel_at
        )


def fetch(url: str, target: Path, told: Told | None = None, **options) -> Path:
    told = told or Told()
    return download(url, target, progress=told.take, cancelled=told.cancelled, **options)


def in_folder(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def leave_part(hub: HubServer, target: Path, **options) -> HubFile:
    """A try whose connection broke and that was cancelled then, and the file it was about."""
    file = HubFile(CONTENT, cut_after=[KEPT_BYTES], **options)
    part = target.with_name("model.gguf.part")

    def broke():
        return part.exists() and part.stat().st_size == KEPT_BYTES

    with pytest.raises(Cancelled):
        download(hub.add(PATH, file), target, progress=lambda _: None, cancelled=broke)
    assert broke()
    assert not target.exists()
    hub.seen.clear()
    return file


def test_a_file_arrives_whole_with_progress_and_leaves_nothing_else(hub, target):
    file = HubFile(CONTENT)
    told = Told()
    path = fetch(
        hub.add(PATH, file),
        target,
        told,
        expected_size=len(CONTENT),
        expected_sha256=file.sha256.upper(),
    )
    assert path == target
    assert target.read_bytes() == CONTENT
    assert in_folder(target) == ["model.gguf"]
    assert told.progress[0].done_bytes == 0
    assert told.progress[-1].done_bytes == told.progress[-1].total_bytes == len(CONTENT)


def test_a_connection_that_breaks_is_taken_up_at_the_byte_by_itself(hub, target):
    file = HubFile(CONTENT, cut_after=[400_000, 300_000])
    fetch(hub.add(PATH, file), target)
    assert target.read_bytes() == CONTENT
    assert hub.bodies_asked() == ["whole", "bytes=400000-", "bytes=700000-"]


def test_a_later_call_asks_only_for_the_rest_of_the_same_version(hub, target):
    file = leave_part(hub, target)
    told = Told()
    fetch(hub.url + PATH, target, told, expected_sha256=file.sha256)
    assert target.read_bytes() == CONTENT
    assert hub.bodies_asked() == [f"bytes={KEPT_BYTES}-"]
    assert hub.seen[-1].headers["if-range"] == file.etag
    assert told.progress[0].done_bytes == KEPT_BYTES
    assert in_folder(target) == ["model.gguf"]


@pytest.mark.parametrize("what", ["etag", "content", "no ranges", "weak etag", "notes lost"])
def test_what_cannot_be_gone_on_with_is_begun_anew(hub, target, what):
    # A weak one is no promise about bytes, and small files have no hash that the Hub tells.
    weak = {"etag": 'W/"one"', "is_large": False} if what == "weak etag" else {}
    file = leave_part(hub, target, **weak)
    content = CONTENT
    if what == "etag":
        file.etag = '"another"'
    elif what == "content":
        # The same size and, at the CDN, the same name: only the Hub tells that it is another.
        content = CONTENT[::-1]
        file.content = content
    elif what == "no ranges":
        file.ranges = False
    elif what == "weak etag":
        content = CONTENT[::-1]
        file.content, file.etag = content, 'W/"two"'
    else:
        target.with_name("model.gguf.part.json").write_text("{")
    fetch(hub.url + PATH, target)
    assert target.read_bytes() == content
    assert in_folder(target) == ["model.gguf"]


def test_a_file_that_became_shorter_is_begun_anew(hub, target):
    file = leave_part(hub, target, is_large=False)
    file.content = CONTENT[: KEPT_BYTES // 2]
    fetch(hub.url + PATH, target)
    assert target.read_bytes() == CONTENT[: KEPT_BYTES // 2]


def test_a_file_that_was_whole_but_had_no_name_yet_is_not_fetched_again(hub, target):
    file = leave_part(hub, target)
    target.with_name("model.gguf.part").write_bytes(CONTENT)
    fetch(hub.url + PATH, target, expected_sha256=file.sha256)
    assert target.read_bytes() == CONTENT
    assert hub.seen == []


def test_a_server_that_always_breaks_off_is_given_up(hub, target):
    hub.add(PATH, HubFile(CONTENT, ranges=False, cut_after=[1000] * 50))
    with pytest.raises(TransferError, match="broke"):
        fetch(hub.url + PATH, target)
    assert hub.bodies_asked() == ["whole", "bytes=1000-"]


def test_a_cancel_is_heard_while_the_server_is_silent_and_keeps_what_came(hub, target):
    file = HubFile(CONTENT, hold_after=KEPT_BYTES)
    told = Told()
    result: list[BaseException] = []
    wanted = threading.Event()

    def work():
        with pytest.raises(Cancelled) as raised:
            download(hub.add(PATH, file), target, progress=told.take, cancelled=wanted.is_set)
        result.append(raised.value)

    thread = threading.Thread(target=work)
    thread.start()
    wait_for_size(target.with_name("model.gguf.part"), KEPT_BYTES)
    wanted.set()
    # The server still holds the answer: nothing but the cancel can end it.
    thread.join(DEADLINE_SECONDS / 2)
    assert result
    # Nobody goes on waiting for the server behind our back.
    assert "http-reader" not in [thread.name for thread in threading.enumerate()]
    hub.release()
    fetch(hub.url + PATH, target)
    assert hub.bodies_asked() == ["whole", f"bytes={KEPT_BYTES}-"]
    assert target.read_bytes() == CONTENT


def test_a_cancel_before_the_first_byte_leaves_no_file(hub, target):
    with pytest.raises(Cancelled):
        fetch(hub.add(PATH, HubFile(CONTENT)), target, Told(cancel_at=0))
    assert in_folder(target) == []


def wait_for_size(path: Path, size: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (path.exists() and path.stat().st_size >= size):
        assert time.monotonic() < deadline, f"{path.name} did not grow to {size} bytes"
        time.sleep(0.01)


CHILD = """
import sys
from pathlib import Path
from lollma_gui.services.download import download
download(sys.argv[1], Path(sys.argv[2]), progress=lambda _: None, cancelled=lambda: False)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX")
def test_a_download_goes_on_at_the_byte_after_sigkill(hub, target):
    file = HubFile(CONTENT, hold_after=KEPT_BYTES)
    url = hub.add(PATH, file)
    child = subprocess.Popen([sys.executable, "-c", CHILD, url, str(target)])
    wait_for_size(target.with_name("model.gguf.part"), KEPT_BYTES)
    child.send_signal(signal.SIGKILL)
    assert child.wait(DEADLINE_SECONDS) == -signal.SIGKILL
    assert in_folder(target) == ["model.gguf.part", "model.gguf.part.json"]
    hub.release()
    fetch(url, target, expected_sha256=file.sha256)
    assert hub.bodies_asked() == ["whole", f"bytes={KEPT_BYTES}-"]
    assert target.read_bytes() == CONTENT


def test_only_one_process_at_a_time_fetches_a_file(hub, target):
    url = hub.add(PATH, HubFile(CONTENT, hold_after=KEPT_BYTES))
    with subprocess.Popen([sys.executable, "-c", CHILD, url, str(target)]) as child:
        wait_for_size(target.with_name("model.gguf.part"), KEPT_BYTES)
        with pytest.raises(LollmaError, match="being fetched already"):
            fetch(url, target)
        hub.release()
    assert child.returncode == 0
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("known_from", ["the caller", "the Hub"])
def test_a_damaged_file_never_gets_the_name_and_is_kept_aside(hub, target, known_from):
    file = leave_part(hub, target)
    part = target.with_name("model.gguf.part")
    part.write_bytes(bytes([part.read_bytes()[0] ^ 1]) + part.read_bytes()[1:])
    options = {"expected_sha256": file.sha256} if known_from == "the caller" else {}
    with pytest.raises(LollmaError, match="damaged") as raised:
        fetch(hub.url + PATH, target, **options)
    assert "model.gguf.damaged" in raised.value.title
    assert file.sha256 in raised.value.details
    assert in_folder(target) == ["model.gguf.damaged"]
    fetch(hub.url + PATH, target, **options)
    assert target.read_bytes() == CONTENT


def test_the_token_is_for_the_hub_and_not_for_the_host_it_redirects_to(hub, target):
    fetch(hub.add(PATH, HubFile(CONTENT)), target, token="hf_secret")
    assert [(s.host, s.headers.get("authorization")) for s in hub.seen] == [
        ("hub", "Bearer hf_secret"),
        ("cdn", None),
    ]
    assert "hf_secret" not in repr(in_folder(target))


def test_a_full_disk_is_told_before_anything_is_asked_for(hub, target):
    hub.add(PATH, HubFile(CONTENT))
    with pytest.raises(LollmaError, match="not enough free space") as raised:
        fetch(hub.url + PATH, target, expected_size=10**17)
    assert "200.0 MB more should stay free" in raised.value.title
    assert hub.seen == []
    files.check_space(target.parent, 1)


def test_another_size_than_expected_is_told_before_the_bytes_come(hub, target):
    with pytest.raises(TransferError, match="1,500,000 bytes, but 1,000 bytes were expected"):
        fetch(hub.add(PATH, HubFile(CONTENT)), target, expected_size=1000)
    assert in_folder(target) == []


@pytest.mark.parametrize(
    ("error", "sentence", "advice"),
    [
        ((404, "EntryNotFound", "gone"), "does not have this file", "look for another"),
        ((403, "GatedRepo", "ask"), "accept the terms", "access token"),
        ((401, "RepoNotFound", "who"), "who you are", "access token"),
        ((429, "", ""), "too many requests", "Wait"),
        ((503, "", ""), "trouble of its own", "later"),
    ],
)
def test_what_a_server_refuses_is_said_in_words(hub, target, error, sentence, advice):
    with pytest.raises(TransferError) as raised:
        fetch(hub.add(PATH, HubFile(CONTENT, error=error)), target)
    assert sentence in raised.value.title
    assert str(error[0]) in raised.value.title
    assert advice in raised.value.advice
    assert in_folder(target) == []


def test_a_server_that_is_not_there_is_said_in_words_and_keeps_what_came(hub, target):
    leave_part(hub, target)
    with HubServer() as gone:
        url = gone.url + PATH
    with pytest.raises(TransferError, match=r"127\.0\.0\.1:\d+ cannot be reached") as raised:
        fetch(url, target)
    assert "connection" in raised.value.advice
    assert in_folder(target) == ["model.gguf.part", "model.gguf.part.json"]


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://[broken/x", "nonsense"])
def test_a_nonsense_address_is_an_error_in_words(target, url):
    with pytest.raises(TransferError):
        fetch(url, target)


def test_a_folder_that_cannot_be_made_is_said_in_words(hub, target):
    target.parent.write_text("a file in the way")
    with pytest.raises(LollmaError, match="could not be written") as raised:
        fetch(hub.add(PATH, HubFile(CONTENT)), target)
    assert str(target.parent) in raised.value.advice


def test_the_notes_name_the_address_asked_for_and_not_the_redirected_one(hub, target):
    leave_part(hub, target)
    notes = json.loads(target.with_name("model.gguf.part.json").read_text())
    assert notes["url"] == hub.url + PATH
    assert notes["size"] == len(CONTENT)
    assert hub.cdn_url not in str(notes)
