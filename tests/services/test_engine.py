"""The engine with a real model, over both of its transports."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.engine_user import EngineUser

from lollma_gui.core.engine_status import EngineState
from lollma_gui.core.errors import LollmaError
from lollma_gui.services.engine.links import ProcessLink, ThreadLink

pytestmark = pytest.mark.engine

#: The starter model is very small; this it does know.
WEEK = "Name the days of the week."


@pytest.fixture(params=[ProcessLink, ThreadLink], ids=["process", "thread"])
def user(request: pytest.FixtureRequest) -> Iterator[EngineUser]:
    user = EngineUser(request.param)
    yield user
    user.close()


@pytest.fixture
def process_user() -> Iterator[EngineUser]:
    user = EngineUser(ProcessLink)
    yield user
    user.close()


def test_a_model_is_loaded_asked_and_unloaded(user: EngineUser, starter_model: Path) -> None:
    status = user.load(starter_model)
    assert status.state is EngineState.READY
    assert status.loaded is not None
    assert (status.loaded.n_ctx, status.loaded.n_ctx_train) == (2048, 8192)
    assert (status.loaded.layers, status.loaded.gpu_layers) == (31, 0)
    assert status.loaded.has_chat_template
    assert {b.kind for b in status.loaded.buffers} >= {"model", "KV", "compute"}

    end = user.ask(WEEK)

    assert "Tuesday" in user.text
    assert end.reason == "length"
    assert end.stats.prompt_tokens > 10
    assert 1 < end.stats.generated_tokens <= 24
    assert end.stats.tokens_per_second > 0
    assert end.stats.first_token_seconds > 0
    assert end.stats.context_used >= end.stats.prompt_tokens + end.stats.generated_tokens - 1
    assert user.status.state is EngineState.READY

    user.client.unload()
    user.wait_for(EngineState.NOT_LOADED)
    assert user.status.model_path == ""


def test_progress_of_a_load_rises_to_the_end(user: EngineUser, starter_model: Path) -> None:
    user.load(starter_model)
    fractions = [s.fraction for s in user.statuses if s.state is EngineState.LOADING]
    assert len(fractions) > 5
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_the_second_turn_reads_only_what_is_new(user: EngineUser, starter_model: Path) -> None:
    user.load(starter_model)
    first = user.ask("Name a colour.")
    answer = user.text
    second = user.ask("Name a colour.", answer, "Another one?")
    assert first.stats.reused_tokens == 0
    assert second.stats.reused_tokens >= first.stats.prompt_tokens
    assert second.stats.prompt_tokens - second.stats.reused_tokens < 20


def test_reusing_the_prefix_does_not_change_the_answer(
    user: EngineUser, starter_model: Path
) -> None:
    user.load(starter_model)
    user.ask("Tell me about rivers.")
    user.ask("Tell me about mountains.")
    reused = user.ends[-1].stats.reused_tokens
    with_reuse = user.text
    user.load(starter_model)
    user.ask("Tell me about mountains.")
    assert reused > 0
    assert with_reuse == user.text


def test_the_same_seed_gives_the_same_answer_and_another_seed_another(
    user: EngineUser, starter_model: Path
) -> None:
    user.load(starter_model)
    texts = []
    for seed in (7, 7, 8):
        user.ask("Invent a name for a cat.", temperature=1.5, seed=seed, max_new_tokens=16)
        texts.append(user.text)
    assert texts[0] == texts[1] != texts[2]


def test_an_answer_is_cut_at_max_new_tokens(user: EngineUser, starter_model: Path) -> None:
    user.load(starter_model)
    end = user.ask("Write a long story.", max_new_tokens=5)
    assert (end.reason, end.stats.generated_tokens) == ("length", 5)


def test_an_answer_ends_before_a_stop_text(user: EngineUser, starter_model: Path) -> None:
    user.load(starter_model)
    user.ask(WEEK)
    assert "Monday, Tuesday, Wed" in user.text
    end = user.ask(WEEK, stop=[", Wed"])
    assert end.reason == "stop"
    assert user.text.endswith("Monday, Tuesday")


def test_an_answer_stops_at_the_end_of_the_context(user: EngineUser, starter_model: Path) -> None:
    user.load(starter_model, {"n_ctx": 256})
    end = user.ask("Write a very long story about the sea.", max_new_tokens=4000, min_p=0.0)
    assert end.reason == "context"
    assert end.stats.context_used >= 254
    assert user.ask("Hello", max_new_tokens=4).reason in ("stop", "length")


def test_oldest_turns_make_room_in_a_short_context(user: EngineUser, starter_model: Path) -> None:
    user.load(starter_model, {"n_ctx": 256})
    long = "The sea is wide and blue. " * 25
    end = user.ask(long, "Yes.", "What is two plus two?", max_new_tokens=64)
    assert end.stats.dropped_turns == 1
    assert end.stats.prompt_tokens < 100


def test_a_message_longer_than_the_context_is_refused_in_a_sentence(
    user: EngineUser, starter_model: Path
) -> None:
    user.load(starter_model, {"n_ctx": 256})
    end = user.ask("word " * 1000)
    assert end.reason == "failed"
    assert "too long" in end.problem
    assert "n_ctx" in end.advice
    assert user.status.state is EngineState.READY


def test_stop_is_heard_while_generating(user: EngineUser, starter_model: Path) -> None:
    user.load(starter_model)
    user.begin("Write a long story.", max_new_tokens=1500)
    user.wait(lambda: len(user.texts) > 2)
    user.client.stop()
    assert user.status.state is EngineState.STOPPING
    user.wait(lambda: user.ends)
    assert user.ends[-1].reason == "stopped"
    assert user.status.state is EngineState.READY
    user.ask(WEEK)
    assert "Tuesday" in user.text


def test_stop_is_heard_while_the_prompt_is_read(user: EngineUser, starter_model: Path) -> None:
    user.load(starter_model, {"n_ctx": 8192})
    prompt = "one two three four five six seven eight nine ten. " * 300
    user.begin(prompt, max_new_tokens=10)
    user.wait(lambda: any(done > 0 for done, _ in user.prompts))
    asked = time.monotonic()
    user.client.stop()
    user.wait(lambda: user.ends)
    took = time.monotonic() - asked
    assert user.ends[-1].reason == "stopped"
    assert user.ends[-1].stats.generated_tokens == 0
    assert user.prompts[-1][0] < user.prompts[-1][1]
    # Not a measure of speed: reading the rest of the prompt would take many times this long.
    assert took < 5
    user.ask(WEEK)
    assert "Tuesday" in user.text


def test_a_stop_that_comes_before_the_answer_begins_is_not_lost(
    user: EngineUser, starter_model: Path
) -> None:
    user.load(starter_model)
    user.begin("Write a long story.", max_new_tokens=1500)
    user.client.stop()
    user.wait(lambda: user.ends)
    assert user.ends[-1].reason == "stopped"


def test_a_load_can_be_cancelled(user: EngineUser, starter_model: Path) -> None:
    user.client.load(str(starter_model), {})
    user.client.unload()
    user.wait_for(EngineState.NOT_LOADED)
    assert user.status.problem == ""
    assert EngineState.READY not in {s.state for s in user.statuses}


def test_switching_while_answering_ends_the_answer_and_loads_the_other(
    user: EngineUser, starter_model: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    other.symlink_to(starter_model)
    user.load(starter_model)
    user.begin("Write a long story.", max_new_tokens=1500)
    user.wait(lambda: user.texts)
    user.client.load(str(other), {"n_ctx": 512})
    assert user.status.state is EngineState.UNLOADING
    user.wait(lambda: user.status.state is EngineState.READY)
    assert user.status.model_path == str(other)
    assert [end.reason for end in user.ends] == ["stopped"]
    assert user.status.loaded.n_ctx == 512


def test_a_file_that_is_not_there_is_one_sentence(user: EngineUser, tmp_path: Path) -> None:
    status = user.load(tmp_path / "none.gguf")
    assert status.state is EngineState.NOT_LOADED
    assert "There is no file" in status.problem
    assert status.advice


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_a_damaged_file_is_one_sentence_and_the_next_load_works(
    process_user: EngineUser, starter_model: Path, tmp_path: Path, damage: str
) -> None:
    bad = tmp_path / "bad.gguf"
    whole = starter_model.read_bytes()
    bad.write_bytes(
        {"cut": whole[: len(whole) // 2], "noise": b"noise" * 999, "empty": b""}[damage]
    )
    status = process_user.load(bad)
    assert status.state is EngineState.NOT_LOADED
    assert status.problem.endswith(".")
    assert "Download it again" in status.advice
    assert process_user.load(starter_model).state is EngineState.READY


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (signal.SIGKILL, "ended from outside"),
        (signal.SIGABRT, "abort"),  # what GGML_ASSERT does
        (signal.SIGSEGV, "crashed"),
    ],
)
def test_an_engine_that_dies_is_told_in_a_sentence_and_the_next_load_works(
    process_user: EngineUser, starter_model: Path, ending: signal.Signals, words: str
) -> None:
    user = process_user
    user.load(starter_model)
    user.begin("Write a long story.", max_new_tokens=1500)
    user.wait(lambda: user.texts)
    os.kill(user.status.pid, ending)
    user.wait_for(EngineState.CRASHED)
    assert words in user.status.problem
    assert user.status.advice
    assert user.status.model_path == str(starter_model)
    assert [(end.reason, end.problem) for end in user.ends] == [("failed", user.status.problem)]
    assert user.load(starter_model).state is EngineState.READY


def test_asking_without_a_model_is_refused_in_a_sentence(process_user: EngineUser) -> None:
    with pytest.raises(LollmaError) as caught:
        process_user.begin("Hello")
    assert "cannot answer" in caught.value.title
    assert caught.value.advice
