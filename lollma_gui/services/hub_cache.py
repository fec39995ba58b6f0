"""What the Hub said before, for when it cannot be asked."""

import json
import time
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.database import Database
from lollma_gui.services.hub_question import HubSilent

T = TypeVar("T")

#: So many answers are kept, and none that is longer; a page of results takes 20 kB.
_KEPT = 400
_LONGEST = 1_000_000


class Answered(NamedTuple, Generic[T]):
    """An answer, of now or of before.

    Attributes:
        value: What was said.
        kept_at: When, in seconds since 1970; None where the Hub said it just now.
        trouble: Why it could not be asked now.
    """

    value: T
    kept_at: float | None = None
    trouble: LollmaError | None = None


class HubCache:
    """Keeps answers in the database. For any thread.

    Args:
        database: Where.
        now: The time, in seconds since 1970.
    """

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def ask(
        self,
        question: str,
        ask: Callable[[], T],
        encode: Callable[[T], Any],
        decode: Callable[[Any], T],
    ) -> Answered[T]:
        """Ask the Hub; where it is silent, take what it said before.

        Args:
            question: What the answer is kept under.
            ask: Asks the Hub.
            encode: Turns the answer into plain values for JSON.
            decode: Turns these back; may raise any of ValueError, TypeError and KeyError.

        Raises:
            TransferError: If the Hub does not tell, and never told.
            LollmaError: What ``ask`` raises besides.
        """
        try:
            value = ask()
        except HubSilent as trouble:
            kept = self._kept(question)
            if kept is not None:
                try:
                    return Answered(decode(kept[1]), kept[0], trouble)
                except (ValueError, TypeError, KeyError):
                    pass  # written by another version
            raise
        self._keep(question, json.dumps(encode(value), ensure_ascii=False))
        return Answered(value)

    def _kept(self, question: str) -> tuple[float, Any] | None:
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT asked_at, answer FROM hub_answers WHERE question = ?", (question,)
            ).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def _keep(self, question: str, answer: str) -> None:
        if len(answer) > _LONGEST:
            return
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO hub_answers (question, asked_at, answer) VALUES (?, ?, ?)",
                (question, self._now(), answer),
            )
            connection.execute(
                "DELETE FROM hub_answers WHERE question NOT IN"
                " (SELECT question FROM hub_answers ORDER BY asked_at DESC, rowid DESC LIMIT ?)",
                (_KEPT,),
            )
