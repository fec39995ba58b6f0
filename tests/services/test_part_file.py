"""What has arrived outlives a power cut: what the disk held for certain is gone on with."""

import hashlib
import random
from pathlib import Path

import pytest

from lollma_gui.services import hash_thread, part_file
from lollma_gui.services.hash_thread import SYNC_BYTES
from lollma_gui.services.part_file import CHUNK_BYTES, PartFile, Source, noted_source

SOURCE = Source("http://127.0.0.1/model", '"etag"', "0" * 64, 10**9)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def write(target: Path, size: int, seed: int = 1) -> bytes:
    """Some bytes arrive, in pieces as connections bring them."""
    data = random.Random(seed).randbytes(size)
    with PartFile(target) as part:
        part.begin(SOURCE)
        for at in range(0, size, 500_000):
            part.append(data[at : at + 500_000])
        assert part.sha256() == hashlib.sha256(data).hexdigest()
    return data


def start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_file, "boot_id", lambda: "another start")


def test_a_file_that_was_closed_is_whole_after_a_new_start(target, monkeypatch) -> None:
    write(target, 3 * SYNC_BYTES + 1)
    start_anew(monkeypatch)
    with PartFile(target) as part:
        assert part.size == 3 * SYNC_BYTES + 1
        assert part.source == SOURCE


@pytest.mark.parametrize("size", [1, SYNC_BYTES, 3 * SYNC_BYTES + 12_345])
def test_after_a_power_cut_at_most_one_chunk_is_fetched_twice(target, monkeypatch, size) -> None:
    data = write(target, size)
    notes = target.with_name("model.gguf.part.json")
    # It was never closed: the notes are those of its beginning.
    notes.write_text(notes.read_text().replace(f'"held": {size}', '"held": 0'))
    start_anew(monkeypatch)
    with PartFile(target) as part:
        assert size - CHUNK_BYTES <= part.size <= size
        part.catch_up(lambda: False)
        assert part.sha256() == hashlib.sha256(data[: part.size]).hexdigest()


def test_the_disk_held_what_a_power_cut_is_survived_with(target, monkeypatch) -> None:
    synced: list[int] = []

    def note_sync(_handle: int) -> None:
        synced.append(target.with_name("model.gguf.part").stat().st_size)

    monkeypatch.setattr(hash_thread.os, "fsync", note_sync)
    data = random.Random(1).randbytes(SYNC_BYTES)
    with PartFile(target) as part:
        part.begin(SOURCE)
        for _ in range(5):
            synced.clear()
            for at in range(0, SYNC_BYTES, 1 << 19):
                # Before it is past a multiple by another step, that multiple was held.
                part.append(data[at : at + (1 << 19)])
            part.sha256()
            assert len(synced) == 1


def test_after_sigkill_all_bytes_are_gone_on_with(target) -> None:
    write(target, 1_000_000)
    notes = target.with_name("model.gguf.part.json")
    notes.write_text(notes.read_text().replace('"held": 1000000', '"held": 0'))
    with PartFile(target) as part:
        assert part.size == 1_000_000


def test_a_disk_that_fails_is_told(target, monkeypatch) -> None:
    def fails(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(hash_thread.os, "fsync", fails)
    monkeypatch.setattr(part_file.files, "flush_to_disk", lambda _file: None)
    with PartFile(target) as part:
        part.begin(SOURCE)
        part.append(b"x" * SYNC_BYTES)
        with pytest.raises(OSError, match="Input/output"):
            part.sha256()


def test_notes_that_cannot_be_read_are_nobodys(target) -> None:
    assert noted_source(target) is None
    target.with_name("model.gguf.part.json").write_text("[]")
    assert noted_source(target) is None
