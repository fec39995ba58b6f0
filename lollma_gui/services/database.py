"""The one SQLite file: opened, brought up to date, and kept from doing harm when damaged."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.schema import MIGRATIONS, Migration

if TYPE_CHECKING:
    import sqlite3

#: How long a write waits for another process to finish its own, in seconds.
BUSY_SECONDS = 5.0


class Database:
    """A SQLite file for use from any thread.

    Nothing is opened before the first use, so making one costs nothing in the window's thread.
    One connection serves all threads, one at a time.

    Args:
        path: The file; folders are made as needed.
        migrations: The steps that make the tables.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        self._path = path
        self._migrations = migrations
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False
        self._problem: LollmaError | None = None

    @property
    def problem(self) -> LollmaError | None:
        """Why a new file was begun, for the person; None where nothing was wrong."""
        return self._problem

    @contextlib.contextmanager
    def read(self) -> Iterator["sqlite3.Connection"]:
        """The connection for reading, this thread's alone until the block ends.

        Raises:
            LollmaError: If the file cannot be opened or read.
        """
        with self._lock, _told(self._path):
            yield self._opened()

    @contextlib.contextmanager
    def write(self) -> Iterator["sqlite3.Connection"]:
        """The connection inside a transaction: all of the block is kept, or nothing.

        Raises:
            LollmaError: If the file cannot be opened or written.
        """
        with self._lock, _told(self._path):
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file for good; may be called twice."""
        with self._lock:
            self._is_closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> "sqlite3.Connection":
        if self._is_closed:
            raise LollmaError("The database is already closed.")
        if self._connection is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise _unusable(self._path, error) from error
            self._connection = self._open_or_begin_anew()
        return self._connection

    def _open_or_begin_anew(self) -> "sqlite3.Connection":
        import sqlite3

        try:
            return self._open()
        except sqlite3.DatabaseError as error:
            if not _means_damage(error):
                raise
            kept = _set_aside(self._path)
            self._problem = LollmaError(
                "The file with your conversations was damaged, so a new one was begun.",
                f"The damaged file was kept as {kept}.",
                details=str(error),
            )
            return self._open()

    def _open(self) -> "sqlite3.Connection":
        import sqlite3

        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: "sqlite3.Connection") -> None:
        import sqlite3

        connection.execute("PRAGMA journal_mode = WAL")
        # With WAL a killed app loses nothing, a power cut the last moments at most.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            damage = sqlite3.DatabaseError(verdict)
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage
        self._migrate(connection)

    def _migrate(self, connection: "sqlite3.Connection") -> None:
        # The version is read inside the transaction: another process may be migrating just now.
        connection.execute("BEGIN IMMEDIATE")
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(self._migrations):
                raise LollmaError(
                    "The database was written by a newer LoLLMa.",
                    f"Update LoLLMa, or move this file away to begin a new one: {self._path}",
                )
            for step in self._migrations[version:]:
                step(connection)
            connection.execute(f"PRAGMA user_version = {len(self._migrations)}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _means_damage(error: "sqlite3.DatabaseError") -> bool:
    import sqlite3

    # The low byte is the kind; the rest says more about it.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _set_aside(path: Path) -> Path:
    """Rename a damaged file and its journals together, so that it can still be rescued."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    count = 1
    while kept.exists():
        count += 1
        kept = path.with_name(f"{path.stem}.damaged-{stamp}-{count}{path.suffix}")
    try:
        for ending in ("-wal", "-shm", ""):
            part = path.with_name(path.name + ending)
            if part.exists():
                part.rename(kept.with_name(kept.name + ending))
    except OSError as error:
        raise _unusable(path, error) from error
    return kept


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Errors of SQLite as sentences for a person."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> LollmaError:
    return LollmaError(
        "The database could not be read or written.",
        f"Check that there is free space, and that this file may be written: {path}",
        details=str(error),
    )
