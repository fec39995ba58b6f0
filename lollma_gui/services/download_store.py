"""The queue of downloads and where models came from, kept in the database."""

import logging
from collections.abc import Mapping, Sequence

from lollma_gui.core.download_state import Queued, decode_queued, encode_queued
from lollma_gui.core.model_origin import Origin, decode_origin, encode_origin
from lollma_gui.services.database import Database

_log = logging.getLogger(__name__)


class DownloadStore:
    """Keeps downloads that are not done, in their order. For any thread.

    Args:
        database: Where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, queue: Sequence[Queued]) -> None:
        """Keep these, in this order, and no others.

        Raises:
            LollmaError: If they cannot be stored; then what was kept before still is.
        """
        rows = [(queued.key, n, encode_queued(queued)) for n, queued in enumerate(queue)]
        with self._database.write() as connection:
            connection.execute("DELETE FROM downloads")
            connection.executemany(
                "INSERT INTO downloads (id, position, download) VALUES (?, ?, ?)", rows
            )

    def all(self) -> list[Queued]:
        """All that are kept, in their order.

        Raises:
            LollmaError: If they cannot be read.
        """
        with self._database.read() as connection:
            rows = connection.execute("SELECT download FROM downloads ORDER BY position").fetchall()
        found = []
        for (text,) in rows:
            try:
                found.append(decode_queued(text))
            except ValueError:
                _log.info("a download that was kept could not be read and is left out")
        return found


class OriginStore:
    """Keeps where model files came from, by their path. For any thread.

    Args:
        database: Where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, origins: Mapping[str, Origin]) -> None:
        """Keep these as well, instead of what was known of the same paths.

        Raises:
            LollmaError: If they cannot be stored.
        """
        rows = [(path, encode_origin(origin)) for path, origin in origins.items()]
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO origins (path, origin) VALUES (?, ?)", rows
            )

    def move(self, names: Mapping[str, str]) -> None:
        """These files have other paths now, old to new.

        Raises:
            LollmaError: If that cannot be stored.
        """
        moved = {
            names.get(path, path): origin._replace(model=names.get(origin.model, origin.model))
            for path, origin in self.all().items()
            if path in names or origin.model in names
        }
        with self._database.write() as connection:
            connection.executemany("DELETE FROM origins WHERE path = ?", [(p,) for p in names])
        if moved:
            self.add(moved)

    def all(self) -> dict[str, Origin]:
        """All that are known, by path.

        Raises:
            LollmaError: If they cannot be read.
        """
        with self._database.read() as connection:
            rows = connection.execute("SELECT path, origin FROM origins ORDER BY path").fetchall()
        found = {}
        for path, text in rows:
            try:
                found[path] = decode_origin(text)
            except ValueError:
                _log.info("where a model came from could not be read and is left out")
        return found
