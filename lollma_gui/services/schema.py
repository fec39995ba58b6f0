"""The tables of the one SQLite file, as steps from an empty file to today's."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

Migration = Callable[["sqlite3.Connection"], None]


def _conversations(connection: "sqlite3.Connection") -> None:
    connection.execute(
        "CREATE TABLE conversations (id TEXT PRIMARY KEY, title TEXT NOT NULL,"
        " created REAL NOT NULL, updated REAL NOT NULL, system_prompt TEXT NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE turns (conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,"
        " position INTEGER NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL,"
        " model_name TEXT NOT NULL, stats TEXT, ending TEXT NOT NULL,"
        " PRIMARY KEY (conversation, position))"
    )
    connection.execute("CREATE INDEX by_time ON conversations (updated DESC)")


def _loads(connection: "sqlite3.Connection") -> None:
    connection.execute(
        "CREATE TABLE loads (id INTEGER PRIMARY KEY, loaded_at REAL NOT NULL, record TEXT NOT NULL)"
    )


def _library(connection: "sqlite3.Connection") -> None:
    """What was read from model files; all of it can be read again, so it may be dropped."""
    connection.execute(
        "CREATE TABLE library (path TEXT PRIMARY KEY, size INTEGER NOT NULL,"
        " mtime_ns INTEGER NOT NULL, version INTEGER NOT NULL, entry TEXT NOT NULL)"
    )


def _model_book(connection: "sqlite3.Connection") -> None:
    """What a person wrote about a model, and how it ran here."""
    connection.execute("CREATE TABLE model_book (path TEXT PRIMARY KEY, page TEXT NOT NULL)")


def _downloads(connection: "sqlite3.Connection") -> None:
    """Downloads that are not done, and where models came from that are."""
    connection.execute(
        "CREATE TABLE downloads (id TEXT PRIMARY KEY, position INTEGER NOT NULL,"
        " download TEXT NOT NULL)"
    )
    connection.execute("CREATE TABLE origins (path TEXT PRIMARY KEY, origin TEXT NOT NULL)")


def _hub_answers(connection: "sqlite3.Connection") -> None:
    """What the Hub said, for when it cannot be asked."""
    connection.execute(
        "CREATE TABLE hub_answers (question TEXT PRIMARY KEY, asked_at REAL NOT NULL,"
        " answer TEXT NOT NULL)"
    )


#: One step each. Append only: a step that is out is never changed.
MIGRATIONS: tuple[Migration, ...] = (
    _conversations,
    _loads,
    _library,
    _model_book,
    _downloads,
    _hub_answers,
)
