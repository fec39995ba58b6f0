"""A file on its way: what has arrived, where it comes from, and its hash so far.

``model.gguf.part`` holds the bytes and ``model.gguf.part.json`` says whose they are. Both outlive a
cancel, a crash and a SIGKILL; the last byte written is where the next try goes on.
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
from lollma_gui.services import files

_BLOCK_BYTES = 1 << 20


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
        self._hash = hashlib.sha256()
        self._hashed = 0
        self.size = 0
        self.source: Source | None = None

    def __enter__(self) -> "PartFile":
        self._file = self._open_locked()
        self.size = self._path.stat().st_size
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
        self._close()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._path.parent

    def begin(self, source: Source) -> None:
        """Throw away what is there; from now on the bytes are of this source."""
        # In this order: notes must never stand beside the bytes of another version.
        self._opened.truncate(0)
        self._opened.seek(0)
        self._hash = hashlib.sha256()
        self._hashed = self.size = 0
        files.write_atomically(self._notes, json.dumps(asdict(source), indent=2).encode())
        self.source = source

    def append(self, piece: bytes) -> None:
        """Add what arrived."""
        rest = memoryview(piece)
        while rest:
            # A nearly full disk takes a part of it, and says so the next time.
            rest = rest[self._opened.write(rest) :]
        self._hash.update(piece)
        self.size += len(piece)
        self._hashed = self.size

    def catch_up(self, cancelled: Callable[[], bool]) -> None:
        """Read what an earlier try left, for the hash.

        Raises:
            Cancelled: If it is no longer wanted.
        """
        self._opened.seek(self._hashed)
        while block := self._opened.read(_BLOCK_BYTES):
            if cancelled():
                raise Cancelled
            self._hash.update(block)
            self._hashed += len(block)

    def sha256(self) -> str:
        """Hash of all bytes, in hexadecimal; ``catch_up`` must have been called."""
        assert self._hashed == self.size
        return self._hash.hexdigest()

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
        try:
            values = json.loads(self._notes.read_text(encoding="utf-8"))
            source = Source(
                str(values["url"]),
                str(values["etag"]),
                str(values["content_id"]),
                None if values["size"] is None else int(values["size"]),
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return source

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
        if self._file is not None:
            self._file.close()
            self._file = None


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
