"""Old TextGen command lines are understood word by word, against what a checkout really has."""

import shlex

import pytest
from helpers import program_flags
from helpers.git_source import PRESETS, SHARED

from lollma_gui.core.textgen_flags import Explained, Fate, TextGenFlags, translated
from lollma_gui.core.textgen_history import GONE_FLAGS
from lollma_gui.services.servers.textgen_flags import read_flags


@pytest.fixture(scope="module")
def flags(tmp_path_factory: pytest.TempPathFactory) -> TextGenFlags:
    folder = tmp_path_factory.mktemp("textgen")
    (folder / "modules").mkdir()
    (folder / "modules" / "shared.py").write_text(SHARED)
    (folder / "modules" / "presets.py").write_text(PRESETS)
    return read_flags(folder)


def explain(flags: TextGenFlags, line: str) -> list[Explained]:
    return list(flags.explain(shlex.split(line)))


def test_the_guides_line_is_understood_and_told_apart(flags: TextGenFlags) -> None:
    listen, chat, layers = explain(flags, "python server.py --listen --chat --n-gpu-layers 63")
    assert (listen.fate, listen.note) == (Fate.KEPT, "")
    assert chat.fate is Fate.REMOVED
    assert "gone since 2023-12-31" in chat.note
    assert layers.fate is Fate.KEPT
    assert "another name of --gpu-layers" in layers.note
    assert translated([listen, chat, layers]) == ("--listen", "--n-gpu-layers", "63")


def test_a_beginning_of_a_flag_is_not_that_flag(flags: TextGenFlags) -> None:
    (found,) = explain(flags, "--chat-template x.jinja")
    assert found.fate is Fate.UNKNOWN
    assert "would take it for --chat-template-file" in found.note


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("--row_split", "--split-mode row"),
        ("--rope_freq_base 5000000", "'--extra-flags=--rope-freq-base 5000000'"),
        ("--compress_pos_emb 4", "'--extra-flags=--rope-freq-scale 0.25'"),
        (
            "--compress_pos_emb 2 --extra-flags '--jinja --rpc 10.0.0.2:50052'",
            "'--extra-flags=--rope-freq-scale 0.5 --jinja --rpc 10.0.0.2:50052'",
        ),
        ("--api-blocking-port 5001 --api", "--api-port 5001 --api"),
        ("--wbits 4 --threads 8", "--threads 8"),
        ("--gpu-memory 10 12 --no-do-sample", "--no-do-sample"),
        ("--lora one two --threads=8", "--lora one two --threads=8"),
        ("--n-gpu-layers -1", "--n-gpu-layers -1"),
        ("--made-up 1 2 --api", "--api"),
        ("--made-up 1 '--extra-flags=--jinja --rpc a:1'", "'--extra-flags=--jinja --rpc a:1'"),
    ],
)
def test_old_lines_become_todays(flags: TextGenFlags, old: str, new: str) -> None:
    assert translated(explain(flags, old)) == tuple(shlex.split(new))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--gpu-layers many", "takes a whole number, not “many”"),
        ("--split-mode diagonal", "takes one of layer, row, none"),
        ("--model --api", "--model lacks its value"),
        ("--listen=yes", "--listen takes no value"),
        # The two words look right; argparse takes the second for a flag.
        ("--extra-flags --jinja", "--extra-flags lacks its value"),
    ],
)
def test_wrong_values_are_told(flags: TextGenFlags, line: str, said: str) -> None:
    found = flags.problems(shlex.split(line))
    assert found[0].fate is Fate.WRONG
    assert said in found[0].note


def test_underscores_and_dashes_of_a_gone_flag_are_the_same(flags: TextGenFlags) -> None:
    (found,) = explain(flags, "--flash_attn")
    assert found.fate is Fate.REMOVED
    assert "--flash_attn is gone since 2025-09-02" in found.note


def test_a_line_without_problems_becomes_names_and_values(flags: TextGenFlags) -> None:
    words = shlex.split("--n_ctx 4096 --listen --no-do-sample --split-mode=row")
    assert flags.values(words) == {
        "ctx_size": 4096,
        "listen": True,
        "do_sample": False,
        "split_mode": "row",
    }


def test_the_table_of_gone_flags_is_true_of_the_stored_help() -> None:
    today = program_flags.flags("textgen-v4.9.txt")
    assert len(today) > 100
    assert today.isdisjoint(GONE_FLAGS)
    assert {gone.now for gone in GONE_FLAGS.values() if gone.now} <= today
    assert all(gone.note or gone.now or gone.extra for gone in GONE_FLAGS.values())
