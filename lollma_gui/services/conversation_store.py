"""Conversations on disk."""

import dataclasses
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lollma_gui.core.conversation import (
    ANSWERING,
    INTERRUPTED,
    UNTITLED,
    AnswerStats,
    Conversation,
    ConversationSummary,
    Role,
    Turn,
)
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.database import Database

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True)
class DeletedConversation:
    """What :meth:`ConversationStore.restore` needs to undo a deletion, place in the list too."""

    conversation: Conversation
    updated: datetime


class ConversationStore:
    """Keeps conversations; every method may be called from any thread.

    Args:
        database: The shared database, or the path of one of its own.
        clock: Seconds since 1970.
    """

    def __init__(self, database: Database | Path, clock: Callable[[], float] = time.time) -> None:
        self._owns_database = isinstance(database, Path)
        self._database = Database(database) if isinstance(database, Path) else database
        self._clock = clock
        # What the file holds of the conversation saved last: a save writes only the difference.
        self._last_saved: Conversation | None = None
        self._saving = threading.Lock()
        self._is_mended = False

    @property
    def problem(self) -> LollmaError | None:
        """Why the store was begun anew, for the person; known after the first use."""
        return self._database.problem

    def begin(self, system_prompt: str = "") -> Conversation:
        """An empty conversation of its own; nothing is stored before it is saved."""
        created = datetime.fromtimestamp(self._clock(), UTC)
        return Conversation(uuid.uuid4().hex, UNTITLED, created, (), system_prompt)

    def list(self) -> list[ConversationSummary]:
        """All conversations, the one changed last first.

        Raises:
            LollmaError: If the file cannot be read.
        """
        self._mend_interrupted()
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, title, created, updated,"
                " (SELECT count(*) FROM turns WHERE conversation = id)"
                " FROM conversations ORDER BY updated DESC, conversations.rowid DESC"
            ).fetchall()
        return [ConversationSummary(r[0], r[1], _when(r[2]), _when(r[3]), r[4]) for r in rows]

    def load(self, conversation_id: str) -> Conversation:
        """One conversation.

        Raises:
            LollmaError: If there is no such conversation, or the file cannot be read.
        """
        self._mend_interrupted()
        with self._database.read() as connection:
            found = _read(connection, conversation_id)
        if found is None:
            raise LollmaError("This conversation is no longer there.", "Choose another one.")
        return found

    def save(self, conversation: Conversation) -> None:
        """Store a conversation; cheap enough for each second of a streaming answer.

        Raises:
            LollmaError: If the file cannot be written.
        """
        self._mend_interrupted()
        with self._saving:
            with self._database.write() as connection:
                known = self._last_saved
                if known is None or known.id != conversation.id:
                    known = _read(connection, conversation.id)
                if known != conversation:
                    _write_difference(connection, known, conversation, self._clock())
            self._last_saved = conversation

    def delete(self, conversation_id: str) -> DeletedConversation:
        """Delete a conversation; the answer can be handed to :meth:`restore`.

        Raises:
            LollmaError: If there is no such conversation, or the file cannot be written.
        """
        self._mend_interrupted()
        with self._saving, self._database.write() as connection:
            self._last_saved = None
            conversation = _read(connection, conversation_id)
            if conversation is None:
                raise LollmaError("This conversation is already deleted.")
            (updated,) = connection.execute(
                "SELECT updated FROM conversations WHERE id = ?", (conversation_id,)
            ).fetchone()
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
        return DeletedConversation(conversation, _when(updated))

    def restore(self, deleted: DeletedConversation) -> None:
        """Bring a deleted conversation back to its old place in the list.

        Raises:
            LollmaError: If the file cannot be written.
        """
        updated = deleted.updated.timestamp()
        with self._saving, self._database.write() as connection:
            self._last_saved = None
            known = _read(connection, deleted.conversation.id)
            _write_difference(connection, known, deleted.conversation, updated)

    def close(self) -> None:
        """Close the file, where it is the store's own."""
        if self._owns_database:
            self._database.close()

    def _mend_interrupted(self) -> None:
        """Answers still "being written" when the store is first used were cut off by a crash."""
        if self._is_mended:
            return
        with self._database.write() as connection:
            if not self._is_mended:
                connection.execute(
                    "UPDATE turns SET ending = ? WHERE ending = ?", (INTERRUPTED, ANSWERING)
                )
                self._is_mended = True


def _write_difference(
    connection: "sqlite3.Connection",
    known: Conversation | None,
    wanted: Conversation,
    now: float,
) -> None:
    known_turns = known.turns if known else ()
    # A new title or system prompt alone does not make a conversation the newest.
    moves = known is None or known_turns != wanted.turns
    connection.execute(
        "INSERT INTO conversations (id, title, created, updated, system_prompt)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title,"
        " system_prompt = excluded.system_prompt,"
        " updated = CASE WHEN ? THEN excluded.updated ELSE updated END",
        (*_columns(wanted, now), moves),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO turns"
        " (conversation, position, role, text, model_name, stats, ending)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (wanted.id, position, *_turn_columns(turn))
            for position, turn in enumerate(wanted.turns)
            if position >= len(known_turns) or known_turns[position] != turn
        ],
    )
    connection.execute(
        "DELETE FROM turns WHERE conversation = ? AND position >= ?",
        (wanted.id, len(wanted.turns)),
    )


def _read(connection: "sqlite3.Connection", conversation_id: str) -> Conversation | None:
    row = connection.execute(
        "SELECT id, title, created, system_prompt FROM conversations WHERE id = ?",
        (conversation_id,),
    ).fetchone()
    if row is None:
        return None
    turns = connection.execute(
        "SELECT role, text, model_name, stats, ending FROM turns WHERE conversation = ?"
        " ORDER BY position",
        (conversation_id,),
    ).fetchall()
    return Conversation(row[0], row[1], _when(row[2]), tuple(map(_turn, turns)), row[3])


def _columns(conversation: Conversation, updated: float) -> tuple[str, str, float, float, str]:
    created = conversation.created.timestamp()
    title = _storable(conversation.title)
    return (conversation.id, title, created, updated, _storable(conversation.system_prompt))


def _turn_columns(turn: Turn) -> tuple[str, str, str, str | None, str]:
    stats = None if turn.stats is None else json.dumps(dataclasses.asdict(turn.stats))
    texts = (turn.text, turn.model_name, turn.ending)
    text, model_name, ending = map(_storable, texts)
    return turn.role, text, model_name, stats, ending


def _storable(text: str) -> str:
    """Half of a surrogate pair, as a paste can hold, cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _turn(row: tuple[Any, ...]) -> Turn:
    role, text, model_name, stats, ending = row
    return Turn(cast(Role, role), text, model_name, _stats(stats), ending)


def _stats(text: str | None) -> AnswerStats | None:
    if text is None:
        return None
    # Written by another version, it may hold more or less than today's.
    known = {field.name for field in dataclasses.fields(AnswerStats)}
    return AnswerStats(**{k: v for k, v in json.loads(text).items() if k in known})


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
