"""Loads and what they took, kept in the database."""

import logging

from lollma_gui.core.load_record import LoadRecord, decode_record, encode_record
from lollma_gui.services.database import Database

#: So many loads are kept; older ones say little about today's drivers.
_KEPT = 200

_log = logging.getLogger(__name__)


class LoadStore:
    """Keeps what loads took. For any thread.

    Args:
        database: Where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: LoadRecord) -> None:
        """Keep one more.

        Raises:
            LollmaError: If it cannot be stored.
        """
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO loads (loaded_at, record) VALUES (?, ?)",
                (record.loaded_at, encode_record(record)),
            )
            connection.execute(
                "DELETE FROM loads WHERE id NOT IN (SELECT id FROM loads ORDER BY id DESC LIMIT ?)",
                (_KEPT,),
            )

    def all(self) -> list[LoadRecord]:
        """All that are kept, the newest last.

        Raises:
            LollmaError: If they cannot be read.
        """
        with self._database.read() as connection:
            rows = connection.execute("SELECT record FROM loads ORDER BY id").fetchall()
        records = []
        for (text,) in rows:
            try:
                records.append(decode_record(text))
            except ValueError:
                _log.info("a record of a load could not be read and is left out")
        return records

    def forget(self) -> None:
        """Begin anew: nothing was learned.

        Raises:
            LollmaError: If the file cannot be written.
        """
        with self._database.write() as connection:
            connection.execute("DELETE FROM loads")
