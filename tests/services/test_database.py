"""The one file: brought up to date, shared by threads, and set aside when damaged."""

import sqlite3
import threading
from pathlib import Path

import pytest

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.database import MIGRATIONS, Database


def make_word_table(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE words (word TEXT)")


def words(database: Database) -> list[str]:
    with database.read() as connection:
        return [row[0] for row in connection.execute("SELECT word FROM words ORDER BY word")]


def test_an_older_file_gets_only_the_steps_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "lollma.db"
    first = Database(path, [make_word_table])
    with first.write() as connection:
        connection.execute("INSERT INTO words VALUES ('kept')")
    first.close()
    second = Database(
        path, [make_word_table, lambda c: c.execute("INSERT INTO words VALUES ('new')") and None]
    )
    assert words(second) == ["kept", "new"]
    second.close()


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "lollma.db"

    def half(connection: sqlite3.Connection) -> None:
        make_word_table(connection)
        connection.execute("CREATE TABLE words (twice TEXT)")

    broken = Database(path, [half])
    with pytest.raises(LollmaError), broken.read():
        pass
    mended = Database(path, [make_word_table])
    assert words(mended) == []
    mended.close()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "lollma.db"
    newer = Database(path, [*MIGRATIONS, make_word_table])
    with newer.write() as connection:
        connection.execute("INSERT INTO words VALUES ('kept')")
    newer.close()
    with pytest.raises(LollmaError, match="newer LoLLMa"), Database(path).read():
        pass
    again = Database(path, [*MIGRATIONS, make_word_table])
    assert words(again) == ["kept"]
    again.close()


def damaged_header(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 400)


def damaged_pages(path: Path) -> None:
    database = Database(path)
    with database.write() as connection:
        connection.execute("CREATE TABLE filler AS SELECT randomblob(60000) AS bytes")
        connection.execute("CREATE TABLE more AS SELECT hex(randomblob(9000)) AS text")
    database.close()
    content = bytearray(path.read_bytes())
    content[4096:40960] = b"\xff" * (40960 - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [damaged_header, damaged_pages])
def test_a_damaged_file_is_kept_under_another_name_and_a_new_one_begun(tmp_path: Path, damage):
    path = tmp_path / "lollma.db"
    damage(path)
    content = path.read_bytes()
    database = Database(path)
    with database.write() as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (0,)
    (kept,) = tmp_path.glob("lollma.damaged-*.db")
    assert kept.read_bytes() == content
    assert database.problem is not None
    assert str(kept) in database.problem.advice
    database.close()


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(LollmaError, match="could not be read or written"),
        Database(tmp_path / "file" / "lollma.db").read(),
    ):
        pass


def test_threads_write_one_after_another_and_lose_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "lollma.db", [make_word_table])

    def write(name: str) -> None:
        for count in range(20):
            with database.write() as connection:
                connection.execute("INSERT INTO words VALUES (?)", (f"{name}{count:02}",))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert words(database) == [f"{name}{count:02}" for name in "abcd" for count in range(20)]
    database.close()


def fail_half_way(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO words VALUES ('half')")
    raise ZeroDivisionError


def test_a_write_that_raises_keeps_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    database = Database(tmp_path / "lollma.db", [make_word_table])
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        fail_half_way(connection)
    with database.write() as connection:
        connection.execute("INSERT INTO words VALUES ('whole')")
    assert words(database) == ["whole"]
    database.close()
    with pytest.raises(LollmaError, match="closed"):
        words(database)
