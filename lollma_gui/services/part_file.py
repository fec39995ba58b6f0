"""A file on its way: what has arrived, where it comes from, and its hash so far.

``model.gguf.part`` holds the bytes and ``model.gguf.part.json`` says whose they are. Both outlive a
cancel, a crash and a SIGKILL; the last byte written is where the next try goes on.

A power cut is another matter: what the disk was never asked to hold may be missing, or read as
zeros. It is asked each 8 MiB, and when a file is closed; after a new start of the PC the next try
goes on from what it held for certain, so at most ``CHUNK_BYTES`` are fetched twice.
"""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType

from lollma_gui.core.errors import Cancelled, LollmaError
from lollma_gui.services import disk_room, files
from lollma_gui.services.boot import boot_id
from lollma_gui.services.hash_thread import SYNC_BYTES, HashThread

_BLOCK_BYTES = 1 << 20
#: No cut of any kind costs more bytes than these.
CHUNK_BYTES = 2 * SYNC_BYTES


@dataclass(frozen=True)
class Source:
    """Which version of which file the bytes belong to.

    Attributes:
        url: The address asked for, before any redirect.
        etag: What the server that sent the bytes calls this version; may be empty.
        content_id: What the Hub calls the content, a SHA-256 for large files; may be empty.
        size: Bytes of the whole file; None where the server did not say.
    """

    url: str
    etag: str = ""
    content_id: str = ""
    size: int | None = None


class PartFile:
    """The ``.part`` file of a target, locked against other processes; a context manager.

    Args:
        target: What the file will be called when it is whole.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(target.name + ".part")
        self._notes = target.with_name(target.name + ".part.json")
        self._file: FileIO | None = None
        self._hash: HashThread | None = None
        self.size = 0
        self.source: Source | None = None

    def __enter__(self) -> "PartFile":
        self._file = self._open_locked()
        self.size = self._path.stat().st_size
        self._hash = HashThread(self._file.fileno())
        self.source = self._read_notes()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None and not self.size:
            self.discard()
        elif self._file is not None and self.source is not None:
            # What went wrong, if anything, is being told already.
            with contextlib.suppress(OSError):
                files.flush_to_disk(self._opened)
                self._write_notes(self.source, held=self.size)
        self._close()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._path.parent

    def begin(self, source: Source) -> None:
        """Throw away what is there; from now on the bytes are of this source."""
        # In this order: notes must never stand beside the bytes of another version.
        self._cut(0)
        self._write_notes(source)
        self.source = source

    def reserve(self, size: int) -> None:
        """Set aside what the disk needs for a file of this many bytes, where it can.

        Raises:
            LollmaError: If there is not enough room, with the margin in the sentence.
        """
        missing = max(size - disk_room.held_bytes(self._path), 0)
        files.check_space(self.folder, missing)
        disk_room.reserve(self._opened, size)

    def append(self, piece: bytes) -> None:
        """Add what arrived."""
        rest = memoryview(piece)
        while rest:
            # A nearly full disk takes a part of it, and says so the next time.
            rest = rest[self._opened.write(rest) :]
        self.size += len(piece)
        self._hashing.add(piece)

    def catch_up(self, cancelled: Callable[[], bool]) -> None:
        """Read what an earlier try left, for the hash.

        Raises:
            Cancelled: If it is no longer wanted.
        """
        self._hashing.sha256()
        self._opened.seek(self._hashing.hashed_bytes)
        while block := self._opened.read(_BLOCK_BYTES):
            if cancelled():
                raise Cancelled
            self._hashing.add(block)

    def sha256(self) -> str:
        """Hash of all bytes, in hexadecimal; ``catch_up`` must have been called."""
        found = self._hashing.sha256()
        assert self._hashing.hashed_bytes == self.size
        return found

    def finish(self) -> Path:
        """The file is whole: give it its name."""
        return self._become(self._target)

    def set_aside(self) -> Path:
        """The file is not what it should be: keep it as ``.damaged``."""
        return self._become(self._target.with_name(self._target.name + ".damaged"))

    def discard(self) -> None:
        """Throw everything away."""
        with self._let_go():
            self._notes.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)

    # ---- inside ----------------------------------------------------------------------------

    @property
    def _opened(self) -> FileIO:
        assert self._file is not None
        return self._file

    @property
    def _hashing(self) -> HashThread:
        assert self._hash is not None
        return self._hash

    def _cut(self, size: int) -> None:
        self._opened.truncate(size)
        self._opened.seek(size)
        self._hashing.close()
        self._hash = HashThread(self._opened.fileno())
        self.size = size

    def _open_locked(self) -> FileIO:
        while True:
            # Unbuffered: a byte that was counted has left this process. "a" makes the file.
            self._path.open("ab").close()
            file = self._path.open("r+b", buffering=0)
            if not files.lock(file):
                file.close()
                raise LollmaError(
                    f"{self._target.name} is being fetched already.",
                    "Wait until that is done; it may be another LoLLMa that is at it.",
                )
            # Between opening and locking, another process may have finished the very same file.
            if self._path.exists() and _is_same(file, self._path):
                return file
            file.close()

    def _read_notes(self) -> Source | None:
        notes = _notes_of(self._target)
        if notes is None:
            return None
        source, boot, held = notes
        if boot != boot_id():
            # Past a multiple by another such step, the one before was held: see HashThread.
            certain = max(held, (self.size // SYNC_BYTES - 1) * SYNC_BYTES)
            if certain < self.size:
                self._cut(certain)
            self._write_notes(source, held=self.size)
        return source

    def _write_notes(self, source: Source, held: int = 0) -> None:
        """Write whose bytes these are, and how many the disk holds for certain by now."""
        values = asdict(source) | {"boot": boot_id(), "held": held}
        files.write_atomically(self._notes, json.dumps(values, indent=2).encode())

    def _become(self, path: Path) -> Path:
        files.flush_to_disk(self._opened)
        with self._let_go():
            files.replace(self._path, path)
        self._notes.unlink(missing_ok=True)
        return path

    @contextlib.contextmanager
    def _let_go(self) -> Iterator[None]:
        """Rename or remove inside this: under the lock, but Windows can do so only without it."""
        if sys.platform == "win32":
            self._close()
        yield
        self._close()

    def _close(self) -> None:
        if self._hash is not None:
            self._hash.close()
        if self._file is not None:
            self._file.close()
            self._file = None


def noted_source(target: Path) -> Source | None:
    """Whose bytes lie in the ``.part`` file of a target; None where nobody knows."""
    notes = _notes_of(target)
    return None if notes is None else notes[0]


def _notes_of(target: Path) -> tuple[Source, str, int] | None:
    """The source, the start of the PC it was noted in, and the bytes that the disk held then."""
    try:
        text = target.with_name(target.name + ".part.json").read_text(encoding="utf-8")
        values = json.loads(text)
        source = Source(
            str(values["url"]),
            str(values["etag"]),
            str(values["content_id"]),
            None if values["size"] is None else int(values["size"]),
        )
        return source, str(values["boot"]), int(values["held"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _is_same(file: FileIO, path: Path) -> bool:
    return os.path.samestat(os.fstat(file.fileno()), path.stat())


def file_sha256(path: Path, cancelled: Callable[[], bool]) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: If it cannot be read.
        Cancelled: If it is no longer wanted.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            if cancelled():
                raise Cancelled
            digest.update(block)
    return digest.hexdigest()
