"""Each setting of the table that our engine takes really reaches llama.cpp."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.engine_user import EngineUser

from lollma_gui.core.engine_status import EngineState
from lollma_gui.services.engine.links import ProcessLink

pytestmark = pytest.mark.engine

WEEK = "Name the days of the week."
STORY = "Tell me a story about the sea."


@pytest.fixture
def user() -> Iterator[EngineUser]:
    user = EngineUser(ProcessLink)
    yield user
    user.close()


@pytest.fixture(scope="module")
def asked(starter_model: Path) -> Iterator[EngineUser]:
    """A loaded engine for all tests of sampling: they only ask."""
    user = EngineUser(ProcessLink)
    user.load(starter_model)
    yield user
    user.close()


# ---- model settings: read back from the engine or from llama.cpp's own report --------------------

READ_BACK = [
    ({"n_ctx": 768}, "n_ctx", 768),
    ({"n_batch": 96, "n_ctx": 512}, "n_batch", 96),
    ({"n_ubatch": 64, "n_ctx": 512}, "n_ubatch", 64),
    ({"threads": 1, "n_ctx": 512}, "threads", 1),
    ({"threads": 1, "threads_batch": 2, "n_ctx": 512}, "threads_batch", 2),
    ({"flash_attn": "on", "n_ctx": 512}, "flash_attn", "enabled"),
    ({"flash_attn": "off", "n_ctx": 512}, "flash_attn", "disabled"),
]


@pytest.mark.parametrize(("settings", "name", "expected"), READ_BACK)
def test_a_model_setting_is_read_back_from_the_engine(
    user: EngineUser, starter_model: Path, settings: dict, name: str, expected: object
) -> None:
    status = user.load(starter_model, settings)
    assert status.loaded is not None, status.problem
    assert status.loaded.reported[name] == expected


IN_THE_LOG = [
    ({"type_k": "q8_0"}, "K (q8_0)"),
    ({"type_v": "q4_0", "flash_attn": "on"}, "V (q4_0)"),
    ({"type_k": "bf16", "type_v": "bf16"}, "K (bf16)"),
    ({"rope_freq_base": 250000.0}, "freq_base          = 250000.0"),
    ({"alpha_value": 2.0}, "freq_base = 20"),
    ({"compress_pos_emb": 4.0}, "freq_scale         = 0.25"),
    ({"no_mmap": True}, "CPU model buffer size"),
    ({"no_mmap": True}, "load_mode = none"),
    ({"mlock": True}, "load_mode = mmap+mlock"),
    ({"mlock": True, "no_mmap": True}, "load_mode = mlock"),
    ({"swa_full": True}, "n_swa = 0"),
    ({"no_mmap": False}, "CPU_Mapped model buffer size"),
]


@pytest.mark.parametrize(("settings", "line"), IN_THE_LOG)
def test_a_model_setting_is_seen_in_llama_cpps_own_report(
    user: EngineUser, starter_model: Path, settings: dict, line: str
) -> None:
    status = user.load(starter_model, {"n_ctx": 512, **settings})
    assert status.state is EngineState.READY, status.problem
    wanted = " ".join(line.split())
    # The report comes another way than the state, and may be a moment later.
    user.wait(lambda: any(wanted in " ".join(text.split()) for text in user.log))


NO_GPU_HERE = [
    {"cpu": True},
    {"n_gpu_layers": 5},
    {"split_mode": "none"},
    {"main_gpu": 0, "split_mode": "none"},
    {"tensor_split": [60.0, 40.0]},
    {"no_offload_kqv": True},
    {"n_cpu_moe": 3},
    {"numa": "distribute"},
]


@pytest.mark.parametrize("settings", NO_GPU_HERE, ids=str)
def test_settings_of_other_hardware_do_no_harm_here(
    user: EngineUser, starter_model: Path, settings: dict
) -> None:
    """What they do on a GPU is seen on one; here it is that llama.cpp takes them."""
    status = user.load(starter_model, {"n_ctx": 512, **settings})
    assert status.state is EngineState.READY, status.problem
    user.ask(WEEK)
    assert "Monday" in user.text


_YARN = {"rope_scaling_type": "yarn", "compress_pos_emb": 4.0}
STRETCHED = [
    ({}, {"compress_pos_emb": 2.0}),
    ({}, {"alpha_value": 3.0}),
    ({}, {"rope_freq_base": 40_000.0}),
    ({"compress_pos_emb": 4.0}, _YARN),
    (_YARN, {"yarn_ext_factor": 0.0}),
    # llama.cpp computes the factor itself unless the extrapolation mix is off.
    ({**_YARN, "yarn_ext_factor": 0.0}, {"yarn_attn_factor": 1.3}),
    (_YARN, {"yarn_beta_fast": 1.5}),
    (_YARN, {"yarn_beta_slow": 20.0}),
    (_YARN, {"yarn_orig_ctx": 1024}),
]


@pytest.mark.parametrize(("base", "change"), STRETCHED, ids=str)
def test_stretched_positions_change_what_is_said(
    user: EngineUser, starter_model: Path, base: dict, change: dict
) -> None:
    said = []
    for settings in (base, {**base, **change}):
        status = user.load(starter_model, {"n_ctx": 512, **settings})
        assert status.state is EngineState.READY, status.problem
        user.ask(STORY * 4, max_new_tokens=40)
        said.append(user.text)
    assert said[0] != said[1]


def test_a_quantised_cache_takes_less(user: EngineUser, starter_model: Path) -> None:
    sizes = {}
    for kind in ("f16", "q8_0"):
        status = user.load(starter_model, {"n_ctx": 1024, "type_k": kind, "type_v": kind})
        assert status.loaded is not None
        sizes[kind] = sum(b.n_bytes for b in status.loaded.buffers if b.kind == "KV")
    assert sizes["q8_0"] / sizes["f16"] == pytest.approx(34 / 64, rel=0.01)


def test_contradictions_end_in_a_sentence(user: EngineUser, starter_model: Path) -> None:
    status = user.load(starter_model, {"flash_attn": "off", "type_v": "q8_0", "n_ctx": 512})
    assert status.state is EngineState.NOT_LOADED
    assert "flash attention" in status.problem


def test_another_chat_template_is_used(user: EngineUser, starter_model: Path) -> None:
    template = "{{ messages[-1]['content'] }} Monday, Tuesday, Wednesday,"
    user.load(starter_model, {"n_ctx": 512, "chat_template": template})
    end = user.ask("The days of the week are", max_new_tokens=4)
    assert end.stats.prompt_tokens < 20
    assert "Thursday" in user.text


def test_a_damaged_chat_template_is_a_sentence(user: EngineUser, starter_model: Path) -> None:
    status = user.load(starter_model, {"n_ctx": 512, "chat_template": "{% for x %}"})
    assert status.state is EngineState.NOT_LOADED
    assert "chat template" in status.problem


def test_a_template_cannot_reach_python(user: EngineUser, starter_model: Path) -> None:
    payload = "{{ ''.__class__.__mro__[1].__subclasses__() }}"
    user.load(starter_model, {"n_ctx": 512, "chat_template": payload})
    end = user.ask("Hello")
    assert end.reason == "failed"
    assert "template" in end.problem
    assert user.status.state is EngineState.READY


def test_a_lora_adapter_that_is_none_is_a_sentence(user: EngineUser, starter_model: Path) -> None:
    status = user.load(starter_model, {"n_ctx": 512, "lora": [str(starter_model)]})
    assert status.state is EngineState.NOT_LOADED
    assert "LoRA" in status.problem


# ---- generation settings: a deterministic effect -----------------------------------------------


def say(user: EngineUser, question: str = STORY, **settings: object) -> str:
    end = user.ask(question, **{"seed": 11, "max_new_tokens": 24, **settings})
    assert end.reason in ("stop", "length"), end.problem
    return user.text


GREEDY_BY_OTHER_MEANS = [
    {"top_k": 1},
    {"top_p": 0.0},
    {"min_p": 1.0},
    {"top_n_sigma": 0.0001},
    {"temperature": 0.0},
]


@pytest.mark.parametrize("settings", GREEDY_BY_OTHER_MEANS, ids=lambda s: next(iter(s)))
def test_a_sampler_that_leaves_one_token_leaves_the_likeliest(
    asked: EngineUser, settings: dict
) -> None:
    hot = {"temperature": 1.8, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
    likeliest = say(asked, temperature=0.0)
    assert say(asked, **hot) != likeliest
    assert say(asked, **{**hot, **settings}) == likeliest


CHANGES_THE_TEXT = [
    ({"temperature": 0.0}, {"repetition_penalty": 1.8}),
    ({"temperature": 0.0}, {"frequency_penalty": 1.5}),
    ({"temperature": 0.0}, {"presence_penalty": 1.5}),
    ({"temperature": 1.2}, {"typical_p": 0.2}),
    ({"temperature": 1.0, "min_p": 0.0, "top_p": 1.0, "top_k": 0}, {"mirostat": 2}),
    ({"temperature": 1.0, "min_p": 0.0, "top_p": 1.0, "top_k": 0}, {"mirostat": 1}),
    ({"temperature": 0.4}, {"dynatemp_range": 0.4}),
    ({"temperature": 0.6}, {"xtc_probability": 1.0, "xtc_threshold": 0.05}),
    ({"temperature": 1.0}, {"seed": 12}),
]


@pytest.mark.parametrize(("base", "change"), CHANGES_THE_TEXT, ids=str)
def test_a_sampling_setting_changes_the_text_and_always_the_same_way(
    asked: EngineUser, base: dict, change: dict
) -> None:
    before = say(asked, max_new_tokens=48, **base)
    after = say(asked, **{**base, "max_new_tokens": 48, **change})
    assert after != before
    assert say(asked, **{**base, "max_new_tokens": 48, **change}) == after


def test_dry_ends_a_repetition(asked: EngineUser) -> None:
    settings = {"temperature": 0.0, "max_new_tokens": 64}
    looping = say(asked, WEEK, **settings)
    assert looping.count("Monday, Tuesday") > 1
    held = say(asked, WEEK, **settings, dry_multiplier=4.0, dry_sequence_breakers=["\n"])
    assert held.count("Monday, Tuesday, Wednesday") < looping.count("Monday, Tuesday, Wednesday")


def test_repeat_last_n_bounds_what_is_penalised(asked: EngineUser) -> None:
    with_penalty = {"temperature": 0.0, "repetition_penalty": 1.8}
    assert say(asked, **with_penalty, repeat_last_n=0) == say(asked, temperature=0.0)
    assert say(asked, **with_penalty, repeat_last_n=64) != say(asked, temperature=0.0)


def test_a_grammar_is_followed(asked: EngineUser) -> None:
    assert say(asked, grammar='root ::= ("yes" | "no")') in ("yes", "no")


def test_a_json_schema_is_followed(asked: EngineUser) -> None:
    schema = json.dumps(
        {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    )
    answer = json.loads(say(asked, json_schema=schema, max_new_tokens=60, temperature=0.0))
    assert isinstance(answer["n"], int)


@pytest.mark.parametrize(
    "settings",
    [{"grammar": "root ::= ("}, {"json_schema": "{not json"}],
    ids=lambda s: next(iter(s)),
)
def test_a_form_that_cannot_be_read_is_a_sentence(asked: EngineUser, settings: dict) -> None:
    end = asked.ask(WEEK, **settings)
    assert end.reason == "failed"
    assert end.problem.endswith(".")
    assert end.advice
    assert asked.status.state is EngineState.READY


def test_truncation_cuts_the_oldest_turns_and_never_the_system_prompt(asked: EngineUser) -> None:
    turns = ["Tell me about rivers. " * 6, "They flow.", "And lakes? " * 6, "They rest.", WEEK]
    whole = asked.ask(*turns, max_new_tokens=1)
    cut = asked.ask(*turns, max_new_tokens=1, truncation_length=60)
    assert whole.stats.dropped_turns == 0
    assert cut.stats.dropped_turns == 2
    assert cut.stats.prompt_tokens <= 60 < whole.stats.prompt_tokens


def test_max_tokens_second_paces_the_answer(asked: EngineUser) -> None:
    began = time.monotonic()
    end = asked.ask(STORY, max_new_tokens=11, max_tokens_second=20)
    assert end.stats.generated_tokens == 11
    # Ten tokens behind the first, at twenty a second: not a measure of speed but of waiting.
    assert time.monotonic() - began >= 0.45
