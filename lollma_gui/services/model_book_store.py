"""The pages of the model book, kept in the database."""

from lollma_gui.core.model_page import ModelPage, decode_page, encode_page
from lollma_gui.services.database import Database


class ModelBookStore:
    """Keeps one page for each model, by its path. For any thread.

    Args:
        database: Where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, ModelPage]:
        """Every page by the path of its model.

        Raises:
            LollmaError: If they cannot be read.
        """
        with self._database.read() as connection:
            rows = connection.execute("SELECT path, page FROM model_book").fetchall()
        return {path: decode_page(text) for path, text in rows}

    def save(self, path: str, page: ModelPage) -> None:
        """Keep a page, in place of the one that was there.

        Raises:
            LollmaError: If it cannot be stored.
        """
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO model_book (path, page) VALUES (?, ?)",
                (path, encode_page(page)),
            )

    def move(self, old: str, new: str) -> None:
        """The model has another path now: its page goes with it.

        Raises:
            LollmaError: If that cannot be stored.
        """
        with self._database.write() as connection:
            connection.execute(
                "UPDATE OR REPLACE model_book SET path = ? WHERE path = ?", (new, old)
            )
