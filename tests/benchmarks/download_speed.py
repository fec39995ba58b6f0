"""How fast our downloader is beside curl, from a server on this PC.

Run by hand on a quiet machine: ``python tests/benchmarks/download_speed.py [FOLDER]``. The server
sends a file out of memory with sendfile; curl and ours write it to FOLDER (a RAM disk if there is
one, else a temporary folder) by turns. Ours hashes what it writes; the speed of the hash alone
stands beside it, and is a limit.
"""

import hashlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from lollma_gui.services.download import download

SIZE = 1_500_000_000
TURNS = 7
WANTED = 0.9


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
    place = Path(sys.argv[1]) if sys.argv[1:] else _ram_disk()
    with tempfile.TemporaryDirectory(dir=place) as folder:
        source = Path(folder) / "source"
        _write(source)
        command = [sys.executable, __file__, "--serve", str(source)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        try:
            compare(f"http://127.0.0.1:{server.stdout.readline().strip()}/model", Path(folder))
        finally:
            server.kill()
            server.wait()


def compare(url: str, folder: Path) -> None:
    curl, ours = [], []
    for _ in range(TURNS):
        curl.append(SIZE / _seconds(lambda: _curl(url, folder / "by-curl")))
        ours.append(SIZE / _seconds(lambda: _ours(url, folder / "by-us")))
    hashing = _hash_speed()
    ratio = statistics.median(ours) / statistics.median(curl)
    print(f"{SIZE / 1e9:.1f} GB to {folder}, {os.cpu_count()} cores, {TURNS} turns, medians")
    print(f"curl:      {statistics.median(curl) / 1e6:8.0f} MB/s   ({_span(curl)})")
    print(f"ours:      {statistics.median(ours) / 1e6:8.0f} MB/s   ({_span(ours)}), verified")
    print(f"SHA-256:   {hashing / 1e6:8.0f} MB/s   on one core")
    print(f"ratio:     {ratio:8.2f}        (target: at least {WANTED})")


def _curl(url: str, target: Path) -> None:
    subprocess.run(["curl", "-s", "-o", str(target), url], check=True)
    target.unlink()


def _ours(url: str, target: Path) -> None:
    download(url, target, progress=lambda _: None, cancelled=lambda: False)
    target.unlink()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _hash_speed() -> float:
    block, count = os.urandom(1 << 19), 600
    digest = hashlib.sha256()
    return count * len(block) / _seconds(lambda: [digest.update(block) for _ in range(count)])


def _span(speeds: list[float]) -> str:
    return f"{min(speeds) / 1e6:.0f} to {max(speeds) / 1e6:.0f}"


def _ram_disk() -> Path | None:
    usual = Path("/dev/shm")
    return usual if usual.is_dir() and shutil.disk_usage(usual).free > 4 * SIZE else None


def _write(path: Path) -> None:
    block = os.urandom(1 << 20)
    with path.open("wb") as file:
        for _ in range(SIZE // len(block) + 1):
            file.write(block)
        file.truncate(SIZE)


# ---- the server ----------------------------------------------------------------------------


def serve(source: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection, source), daemon=True).start()


def _answer(connection: socket.socket, source: Path) -> None:
    with connection, source.open("rb") as file:
        while b"\r\n\r\n" not in connection.recv(65536):
            pass
        head = f'HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\nETag: "one"\r\n\r\n'
        connection.sendall(head.encode())
        connection.sendfile(file)


if __name__ == "__main__":
    main()
