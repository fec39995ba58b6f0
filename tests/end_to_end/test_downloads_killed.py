"""The app is killed in the middle of a download, again and again, and loses nothing."""

import hashlib
import itertools
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.hub_server import HubFile, HubServer
from helpers.hub_downloads import FILE, OWNER_REPOSITORY, offer

from lollma_gui.core.download_state import Queued, key_of
from lollma_gui.services.choices import Choices, ChoiceStore
from lollma_gui.services.database import Database
from lollma_gui.services.download_store import DownloadStore, OriginStore
from lollma_gui.services.part_file import CHUNK_BYTES
from lollma_gui.services.places import Places

KILLS = 20
SIZE = 120_000_000
#: Fast enough to get somewhere, slow enough to be killed on the way.
KB_PER_SECOND = 60_000
#: Only a hang takes this long.
PATIENCE_SECONDS = 120


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX")
def test_the_app_killed_twenty_times_ends_with_the_right_file(
    hub: HubServer, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places.below(own_home)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HOME", str(own_home / "hf"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    chance = random.Random()
    file = HubFile(chance.randbytes(SIZE))
    what = offer(hub, file)
    folder = str(places.models)
    database = Database(places.data / "lollma.sqlite")
    DownloadStore(database).save([Queued(key_of(what, folder), what, folder)])
    database.close()
    ChoiceStore(places.config / "choices.json").save(Choices(downloads_kb=KB_PER_SECOND))
    target = places.models / OWNER_REPOSITORY / FILE
    part = target.with_name(target.name + ".part")

    for kills_left in range(KILLS, 0, -1):
        room = SIZE * 9 // 10 - size_of(part)
        stop = size_of(part) + chance.randrange(1, max(room // kills_left, 2))
        with subprocess.Popen([sys.executable, "-m", "lollma_gui"]) as app:
            until(lambda at=stop: size_of(part) >= at)  # type: ignore[misc]
            app.send_signal(signal.SIGKILL)
        assert not target.exists()

    with subprocess.Popen([sys.executable, "-m", "lollma_gui"]) as app:
        until(target.exists)
        until(lambda: bool(origins_of(places)))
        app.send_signal(signal.SIGTERM)
    assert hashlib.sha256(target.read_bytes()).hexdigest() == file.sha256
    assert sorted(path.name for path in target.parent.iterdir()) == [FILE]
    assert_little_was_sent_twice(hub)


def origins_of(places: Places) -> dict[str, object]:
    database = Database(places.data / "lollma.sqlite")
    try:
        return dict(OriginStore(database).all())
    finally:
        database.close()


def assert_little_was_sent_twice(hub: HubServer) -> None:
    """By the server's log, no kill cost more than one chunk."""
    sent = [(start, end) for start, end in hub.sent if end > start]
    assert len(sent) >= KILLS
    assert sent[0][0] == 0
    for (_, end), (start, _) in itertools.pairwise(sent):
        assert 0 <= end - start <= CHUNK_BYTES
    assert sent[-1][1] == SIZE
