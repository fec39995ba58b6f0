"""What was saved is there after crashes and mistakes, or the copy from before the last change."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from lollma_gui.core.errors import LollmaError
from lollma_gui.services.json_file import read_json, write_json

BEFORE, NOW = {"n": 1, "text": "früher"}, {"n": 2, "text": "jetzt"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "choices.json"


@pytest.fixture
def written(path):
    write_json(path, BEFORE)
    write_json(path, NOW)
    return path


def test_what_was_written_is_read_and_people_can_read_it_too(written):
    assert read_json(written) == (NOW, [])
    assert '"text": "jetzt"' in written.read_text(encoding="utf-8")
    assert sorted(p.name for p in written.parent.iterdir()) == ["choices.json", "choices.json.bak"]


def test_before_the_first_save_there_is_nothing_and_nothing_wrong(path):
    assert read_json(path) == ({}, [])


@pytest.mark.parametrize(
    "damage", [b"", b'{"n": 2, "te', b"\xff\xfe\x00", b"[1]", b"[" * 100_000, b"\0" * 64]
)
def test_a_damaged_file_is_kept_and_the_copy_used_and_that_is_said_once(written, damage):
    written.write_bytes(damage)
    values, problems = read_json(written)
    assert values == BEFORE
    assert problems == [
        "choices.json was damaged (kept as choices.json.damaged); the copy from before the last "
        "change is used instead."
    ]
    assert written.with_name("choices.json.damaged").read_bytes() == damage
    assert read_json(written) == (BEFORE, [])


def test_with_both_damaged_it_begins_anew_and_says_so(written):
    written.write_text("{")
    written.with_name("choices.json.bak").write_text("{")
    values, problems = read_json(written)
    assert values == {}
    assert "begins anew" in problems[0]


def test_a_missing_file_with_a_copy_is_told(written):
    written.unlink()
    values, problems = read_json(written)
    assert values == BEFORE
    assert problems[0].startswith("choices.json was missing; the copy")


def test_a_damaged_file_does_not_take_the_place_of_a_good_copy(written):
    written.write_text("{")
    write_json(written, {"n": 3})
    assert read_json(written) == ({"n": 3}, [])
    written.unlink()
    assert read_json(written)[0] == BEFORE


def test_a_file_saved_by_a_windows_editor_is_read(written):
    written.write_bytes(b"\xef\xbb\xbf" + json.dumps(NOW).encode())
    assert read_json(written) == (NOW, [])


def test_names_that_are_no_text_survive(path):
    values = {"folder": os.fsdecode(b"/models/\xff")}
    write_json(path, values)
    assert read_json(path) == (values, [])


def test_a_value_json_cannot_hold_harms_nothing(written):
    with pytest.raises(TypeError):
        write_json(written, {"n": object()})
    assert read_json(written) == (NOW, [])


@pytest.mark.parametrize("leftover", ["choices.json.tmp", "choices.json.bak.tmp"])
@pytest.mark.parametrize("content", [b"", b'{"n": 3', b'{"n": 3}'])
def test_what_a_killed_save_leaves_behind_harms_nothing(written, leftover, content):
    written.with_name(leftover).write_bytes(content)
    assert read_json(written) == (NOW, [])
    write_json(written, {"n": 4})
    assert read_json(written) == ({"n": 4}, [])
    written.unlink()
    assert read_json(written)[0] == NOW


def test_a_folder_in_the_way_is_said_in_words(tmp_path):
    (tmp_path / "config").write_text("not a folder")
    with pytest.raises(LollmaError, match=r"choices\.json could not be saved"):
        write_json(tmp_path / "config" / "choices.json", NOW)


WRITER = """
import sys
from itertools import count
from pathlib import Path
from lollma_gui.services.json_file import write_json
for n in count(int(sys.argv[2])):
    write_json(Path(sys.argv[1]), {"n": n, "twice": 2 * n, "bulk": str(n) * 20_000})
    print(n, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX")
def test_sigkill_at_any_moment_loses_at_most_the_save_under_way(path):
    chance = random.Random(1)
    saved = 0
    for _ in range(30):
        command = [sys.executable, "-c", WRITER, str(path), str(saved + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            # Not waiting for something, but for no matter what: the kill strikes anywhere.
            time.sleep(chance.random() * 0.02)
            child.send_signal(signal.SIGKILL)
            told = [saved + 1, *map(int, child.stdout.read().split())]
        values, problems = read_json(path)
        assert problems == []
        # A save may be done before it is told.
        assert told[-1] <= values["n"] <= told[-1] + 1
        assert values["twice"] == 2 * values["n"]
        assert values["bulk"] == str(values["n"]) * 20_000
        saved = values["n"]
        copy = json.loads(path.with_name("choices.json.bak").read_text()) if saved > 1 else {}
        assert copy.get("n", 0) in (saved - 1, saved)
