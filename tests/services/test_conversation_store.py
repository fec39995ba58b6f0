"""Conversations survive: saves, deletions undone, another thread, and being killed."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lollma_gui.core.conversation import (
    ANSWERING,
    INTERRUPTED,
    AnswerStats,
    Conversation,
    Turn,
    append,
    replace_last_answer,
)
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.conversation_store import ConversationStore
from lollma_gui.services.database import Database


class Clock:
    """A second passes at each look."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    store = ConversationStore(tmp_path / "lollma.db", Clock())
    yield store
    store.close()


def spoken(store: ConversationStore, question: str) -> Conversation:
    stats = AnswerStats(12, 3, 40, 0.21, 51.8, 52, 4096)
    answer = Turn("assistant", "**b**\n", "Model", stats, "length")
    conversation = append(append(store.begin("Be brief."), Turn("user", question)), answer)
    store.save(conversation)
    return conversation


def test_a_conversation_comes_back_as_it_was_saved(store, tmp_path) -> None:
    saved = spoken(store, "a\x00 \ud83d é😀\r\n")
    store.close()
    again = ConversationStore(tmp_path / "lollma.db")
    loaded = again.load(saved.id)
    # Half a surrogate pair cannot be written; all else is kept to the letter.
    assert loaded.turns[0].text == "a\x00 ? é😀\r\n"
    assert loaded.turns[1:] == saved.turns[1:]
    assert (loaded.created, loaded.system_prompt) == (saved.created, "Be brief.")
    again.close()


def test_the_list_begins_with_the_conversation_changed_last(store) -> None:
    first, second = spoken(store, "first"), spoken(store, "second")
    assert [s.title for s in store.list()] == ["second", "first"]
    store.save(append(first, Turn("user", "more")))
    assert [(s.title, s.turns) for s in store.list()] == [("first", 3), ("second", 2)]
    renamed = Conversation(second.id, "renamed", second.created, second.turns, "")
    store.save(renamed)
    assert [s.title for s in store.list()] == ["first", "renamed"]


def test_a_save_while_an_answer_streams_writes_only_the_turn_that_grew(tmp_path) -> None:
    database = Database(tmp_path / "lollma.db")
    store = ConversationStore(database)
    conversation = spoken(store, "a")
    for count in range(50):
        conversation = append(conversation, Turn("user", f"q{count}"))
    store.save(conversation)
    written: list[str] = []
    with database.write() as connection:
        connection.create_function("noted", 1, written.append)
        connection.execute(
            "CREATE TEMP TRIGGER watch AFTER INSERT ON turns BEGIN SELECT noted(NEW.text); END"
        )
    for text in ("H", "He", "Hel"):
        conversation = replace_last_answer(conversation, Turn("assistant", text, ending=ANSWERING))
        store.save(conversation)
    assert written == ["H", "He", "Hel"]
    assert store.load(conversation.id) == conversation
    database.close()


def test_turns_taken_back_are_gone_after_a_save(store) -> None:
    saved = spoken(store, "a")
    shorter = Conversation(saved.id, saved.title, saved.created, saved.turns[:1], "Be brief.")
    store.save(shorter)
    assert store.load(saved.id) == shorter


def test_a_deleted_conversation_can_be_brought_back_to_its_place(store) -> None:
    first, second = spoken(store, "first"), spoken(store, "second")
    before = store.list()
    deleted = store.delete(first.id)
    assert [s.id for s in store.list()] == [second.id]
    with pytest.raises(LollmaError):
        store.load(first.id)
    with pytest.raises(LollmaError):
        store.delete(first.id)
    store.restore(deleted)
    assert store.list() == before
    assert store.load(first.id) == first


def test_a_store_begun_anew_says_so_and_works(tmp_path) -> None:
    (tmp_path / "lollma.db").write_bytes(b"damaged" * 1000)
    store = ConversationStore(tmp_path / "lollma.db")
    assert store.list() == []
    assert store.problem is not None
    assert "damaged" in store.problem.title
    saved = spoken(store, "a")
    assert store.load(saved.id) == saved
    store.close()


def test_statistics_written_by_another_version_are_read_as_far_as_known(tmp_path) -> None:
    database = Database(tmp_path / "lollma.db")
    store = ConversationStore(database)
    saved = spoken(store, "a")
    with database.write() as connection:
        connection.execute("""UPDATE turns SET stats = '{"generated_tokens": 7, "new": 1}'
                              WHERE position = 1""")
    assert store.load(saved.id).turns[1].stats == AnswerStats(generated_tokens=7)
    database.close()


def test_background_threads_may_save_while_the_list_is_read(store) -> None:
    seen: list[int] = []

    def save() -> None:
        for count in range(10):
            spoken(store, f"{threading.get_ident()} {count}")

    threads = [threading.Thread(target=save) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen.append(len(store.list()))
    for thread in threads:
        thread.join()
    assert seen == sorted(seen)
    assert [s.turns for s in store.list()] == [2] * 30


CHILD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from lollma_gui.core.conversation import Turn, append, replace_last_answer
    from lollma_gui.services.conversation_store import ConversationStore

    store = ConversationStore(Path(sys.argv[1]))
    conversation = append(store.begin(), Turn("user", "count"))
    text = ""
    for number in range(10**9):
        text += f"{number} "
        answer = Turn("assistant", text, ending="answering")
        conversation = replace_last_answer(conversation, answer)
        store.save(conversation)
        print(number, flush=True)
    """
)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
def test_a_killed_app_loses_at_most_the_save_it_was_in(tmp_path: Path) -> None:
    path = tmp_path / "lollma.db"
    command = [sys.executable, "-c", CHILD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [int(next(child.stdout)) for _ in range(40)]
        os.kill(child.pid, signal.SIGKILL)
        said += [int(line) for line in child.stdout if line.endswith("\n")]
    store = ConversationStore(path)
    (summary,) = store.list()
    answer = store.load(summary.id).turns[1]
    numbers = [int(word) for word in answer.text.split()]
    assert numbers == list(range(len(numbers)))
    assert numbers[-1] >= said[-1]
    assert answer.ending == INTERRUPTED
    assert store.problem is None
    store.close()
