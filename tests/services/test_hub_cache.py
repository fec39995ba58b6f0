"""What the Hub said is kept, bounded, and shown when the Hub cannot be asked, with its age."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lollma_gui.core.errors import LollmaError
from lollma_gui.services import hub_cache
from lollma_gui.services.database import Database
from lollma_gui.services.http_stream import HubClosed
from lollma_gui.services.hub_cache import Answered, HubCache
from lollma_gui.services.hub_question import HubSilent


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "d.sqlite")
    yield made
    made.close()


def silent() -> str:
    raise HubSilent("The Hub does not answer.", "Try again.")


def ask(cache: HubCache, question: str, says: str | None) -> Answered[str]:
    return cache.ask(question, silent if says is None else lambda: says, str, str)


def test_what_was_said_is_shown_when_the_hub_is_silent(database: Database) -> None:
    cache = HubCache(database, now=lambda: 1000.0)
    assert ask(cache, "q", "yes") == Answered("yes")
    kept = ask(cache, "q", None)
    assert (kept.value, kept.kept_at) == ("yes", 1000.0)
    assert kept.trouble is not None
    assert "does not answer" in kept.trouble.title


def test_what_was_never_said_is_told_as_it_is(database: Database) -> None:
    with pytest.raises(HubSilent):
        ask(HubCache(database), "q", None)


def test_a_refusal_is_not_glossed_over(database: Database) -> None:
    cache = HubCache(database)
    ask(cache, "q", "yes")

    def refused() -> str:
        raise HubClosed("No.", "Ask.", is_gated=True)

    with pytest.raises(HubClosed):
        cache.ask("q", refused, str, str)


def test_the_newest_answers_are_kept_and_long_ones_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_cache, "_KEPT", 3)
    monkeypatch.setattr(hub_cache, "_LONGEST", 100)
    cache = HubCache(database)
    for number in range(5):
        ask(cache, f"q{number}", "yes")
    ask(cache, "long", "x" * 101)
    for question in ("q0", "q1", "long"):
        with pytest.raises(LollmaError):
            ask(cache, question, None)
    assert [ask(cache, f"q{n}", None).value for n in (2, 3, 4)] == ["yes"] * 3


def test_what_another_version_wrote_is_no_answer(database: Database) -> None:
    cache = HubCache(database)
    ask(cache, "q", json.dumps("not a number"))
    with pytest.raises(HubSilent):
        cache.ask("q", silent, str, int)  # type: ignore[arg-type]
