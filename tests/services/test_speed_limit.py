"""The limit on the speed of all downloads together holds, and follows at once."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from fakes.hub_server import HubFile, HubServer
from helpers.hub_downloads import content

from lollma_gui.services import speed_limit
from lollma_gui.services.download import Conduct, download
from lollma_gui.services.speed_limit import SpeedLimit


def fetch(hub: HubServer, folder: Path, limit: SpeedLimit, number: int, size: int) -> None:
    url = hub.add(f"/some one/resolve/main/{number}.gguf", HubFile(content(number, size)))
    target = folder / f"{number}.gguf"
    conduct = Conduct(pace=limit.take)
    download(url, target, progress=lambda _: None, cancelled=lambda: False, conduct=conduct)


@pytest.mark.parametrize("together", [1, 4])
def test_downloads_together_are_not_faster_than_the_limit(hub, tmp_path, together) -> None:
    rate, size = 4_000_000, 8_000_000
    limit = SpeedLimit(rate)
    threads = [
        threading.Thread(target=fetch, args=(hub, tmp_path, limit, n, size // together))
        for n in range(together)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # How much slower it is depends on this machine too; by its own clock, see below.
    assert size / (time.monotonic() - began) <= 1.1 * rate


@pytest.mark.parametrize("rate", [50_000, 4_000_000, 1_000_000_000])
def test_the_limit_holds_within_ten_percent_by_its_own_clock(rate, monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(speed_limit, "time", SimpleNamespace(monotonic=lambda: now[0]))
    limit = SpeedLimit(rate)
    limit._changed.wait = lambda seconds: now.__setitem__(0, now[0] + max(seconds, 1e-6))
    taken, piece = 0, 64 * 1024
    while taken < 20 * rate:
        taken += piece
        # Whoever takes it needs a little time for it too.
        now[0] += piece / rate / 5
        piece = limit.take(piece, lambda: False)
    assert taken / (now[0] - 100.0) == pytest.approx(rate, rel=0.1)


def test_without_a_limit_nobody_waits() -> None:
    limit = SpeedLimit()
    began = time.monotonic()
    for _ in range(1000):
        limit.take(10**9, lambda: False)
    assert time.monotonic() - began < 5


def test_another_limit_holds_for_those_who_wait_already() -> None:
    limit = SpeedLimit(1)
    waits = threading.Thread(target=limit.take, args=(10**9, lambda: False))
    waits.start()
    limit.set(None)
    waits.join(30)
    assert not waits.is_alive()


def test_who_waits_hears_that_it_is_in_vain() -> None:
    limit = SpeedLimit(1)
    in_vain = threading.Event()
    waits = threading.Thread(target=limit.take, args=(10**9, in_vain.is_set))
    waits.start()
    in_vain.set()
    waits.join(30)
    assert not waits.is_alive()


def test_slow_downloads_come_in_small_pieces_and_fast_ones_in_large() -> None:
    assert SpeedLimit(50_000).take(0, lambda: False) == 8 * 1024
    assert SpeedLimit(1_000_000).take(0, lambda: False) == 100_000
    assert SpeedLimit(None).take(0, lambda: False) == 512 * 1024
