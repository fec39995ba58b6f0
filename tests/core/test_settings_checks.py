"""Contradictions: each is said in one sentence on the rows concerned, and only when it is one."""

import math

import pytest
from helpers.setting_values import some_values
from hypothesis import given

from lollma_gui.core.checks import CheckState
from lollma_gui.core.profile import guide_values
from lollma_gui.core.settings_checks import by_setting, check_settings
from lollma_gui.core.settings_facts import GpuFacts, ModelFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS

GIB = 1024**3
CARD = GpuFacts("NVIDIA GeForce RTX 4080", 16 * GIB, 15 * GIB, "NVIDIA")
ARC = GpuFacts("Intel Arc A770", 16 * GIB, 15 * GIB, "Intel")
PC = PcFacts(8, 16, 8, 32 * GIB, 24 * GIB, (CARD,), 8 * 1024**2, 1)
MODEL = ModelFacts("Test 8B", 32, 8192, 5 * GIB, 128 * 1024)

CASES: list[tuple[dict, str, str]] = [
    ({"n_ctx": -5}, "n_ctx", "must be a whole number"),
    ({"type_v": "q8_0", "flash_attn": "off"}, "type_v", "needs flash attention"),
    ({"n_batch": 256, "n_ubatch": 512}, "n_ubatch", "cannot be larger than the batch"),
    ({"swa_full": True}, "swa_full", "no sliding window"),
    ({"n_ctx": 16384}, "n_ctx", "trained on 8,192 tokens"),
    ({"n_ctx": 4096, "compress_pos_emb": 2.0}, "compress_pos_emb", "only costs quality"),
    ({"n_ctx": 4096, "alpha_value": 2.0}, "alpha_value", "only costs quality"),
    ({"n_ctx": 100, "max_new_tokens": 50}, "n_ctx", "rounds the context up"),
    ({"n_ctx": 16384, "alpha_value": 2.0, "rope_freq_base": 1e6}, "alpha_value", "base wins"),
    ({"rope_scaling_type": "linear", "yarn_ext_factor": 0.5}, "yarn_ext_factor", "only count"),
    ({"truncation_length": 5000}, "truncation_length", "Only 4,096 tokens fit"),
    ({"max_new_tokens": 4096}, "max_new_tokens", "no room for the question"),
    ({"n_ctx": 0, "max_new_tokens": 8192}, "max_new_tokens", "a context of 8,192"),
    ({"threads": 17}, "threads", "runs 16 at once"),
    ({"threads": 12}, "threads", "share 8 real cores"),
    ({"threads_batch": 17}, "threads_batch", "runs 16 at once"),
    ({"numa": "distribute"}, "numa", "one memory node"),
    ({"mlock": True}, "mlock", "lets a program lock 8.0 MiB"),
    ({"tensor_split": [60.0, 40.0]}, "tensor_split", "one GPU at most"),
    ({"main_gpu": 1}, "main_gpu", "last GPU of this PC is number 0"),
    ({"row_split": True}, "row_split", "the load fails"),
    ({"split_mode": "row"}, "split_mode", "the load fails"),
    ({"split_mode": "tensor", "flash_attn": "off"}, "split_mode", "needs flash attention"),
    ({"n_gpu_layers": 5, "cpu": True}, "n_gpu_layers", "no layer goes to the GPU"),
    ({"n_gpu_layers": 63}, "n_gpu_layers", "33 layers"),
    ({"n_cpu_moe": 4}, "n_cpu_moe", "no experts"),
    ({"mirostat": 2, "temperature": 0.0}, "mirostat", "no effect"),
    ({"mirostat": 2}, "top_k", "Mirostat ignores Top-k, Top-p, Min-p"),
    ({"top_k": 1}, "top_k", "always takes the likeliest"),
    ({"temperature": 2.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}, "temperature", "falls apart"),
    ({"temperature": 0.0, "dynatemp_range": 0.5}, "dynatemp_range", "no room below"),
    ({"repetition_penalty": 1.1, "repeat_last_n": 0}, "repeat_last_n", "switches the penalties"),
    ({"repetition_penalty": 1.8}, "repetition_penalty", "Above 1.5"),
    ({"dry_multiplier": 0.8, "dry_penalty_last_n": 0}, "dry_multiplier", "switches DRY off"),
    ({"xtc_probability": 0.5, "xtc_threshold": 0.6}, "xtc_threshold", "XTC is off"),
    ({"tfs": 0.9}, "tfs", "Only KoboldCpp"),
    ({"grammar": "root ::= x", "json_schema": "{}"}, "json_schema", "grammar wins"),
    ({"json_schema": "{'a'}"}, "json_schema", "not valid JSON"),
    ({"json_schema": "[]"}, "json_schema", "not valid JSON"),
    ({"grammar": "start ::= x"}, "grammar", "begins at a rule called root"),
    ({"speculation": "draft"}, "draft_model", "Choose the small model"),
    ({"draft_model": "d.gguf"}, "draft_model", "only used when drafting"),
    ({"extra_flags": "--x 'y"}, "extra_flags", "never closed"),
    ({"extra_flags": "--host=0.0.0.0"}, "extra_flags", "LoLLMa sets --host itself"),
]


@pytest.mark.parametrize(("values", "name", "part"), CASES, ids=lambda c: str(c)[:60])
def test_a_contradiction_is_said_in_one_sentence_on_its_rows(
    values: dict, name: str, part: str
) -> None:
    findings = check_settings(values, MODEL, PC)
    assert len(findings) == 1, findings
    assert part in findings[0].sentence
    assert findings[0].sentence.endswith(".")
    assert by_setting(findings)[name] == findings


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"type_v": "q8_0", "flash_attn": "auto"},
        {"type_k": "q8_0", "flash_attn": "off"},
        {"n_ctx": 16384, "compress_pos_emb": 2.0},
        {"n_ctx": 16384, "alpha_value": 2.5},
        {"n_ctx": 16384, "rope_scaling_type": "yarn"},
        {"n_ctx": 16384, "rope_freq_base": 1e6},
        {"threads": 8, "threads_batch": 16},
        {"n_gpu_layers": 33},
        {"temperature": 2.0},
        {"json_schema": '{"type": "object"}'},
        {"extra_flags": "--rpc 192.168.1.20:50052"},
    ],
    ids=str,
)
def test_what_goes_together_is_left_alone(values: dict) -> None:
    assert check_settings(values, MODEL, PC) == ()


def test_the_guides_values_are_right_on_the_guides_own_pc() -> None:
    pc = PcFacts(16, 32, 16, 64 * GIB, 50 * GIB, (CARD,), math.inf, 1)
    model = ModelFacts("33B", 62, 200_000, 20 * GIB, rope_freq_base=5e6)
    assert check_settings(guide_values(), model, pc) == ()


def test_nothing_is_claimed_about_a_pc_and_a_model_that_are_not_known() -> None:
    values = {"threads": 500, "n_ctx": 9_000_000, "mlock": True, "row_split": True}
    more = {"tensor_split": [1.0, 1.0], "main_gpu": 3, "n_gpu_layers": 999, "swa_full": True}
    assert check_settings({**values, **more}) == ()


def test_a_model_with_joint_keys_and_values_wants_one_cache_type() -> None:
    mla = ModelFacts("DeepSeek", 27, 8192, is_mla=True)
    said = check_settings({"type_k": "q8_0"}, mla, PC)
    assert [f.state for f in said] == [CheckState.BAD]
    assert check_settings({"type_k": "q8_0", "type_v": "q8_0"}, mla, PC) == ()


def test_a_window_and_experts_make_their_settings_meaningful() -> None:
    model = ModelFacts("Gemma MoE", 32, 8192, 5 * GIB, sliding_window=1024, expert_bytes=4 * GIB)
    assert check_settings({"swa_full": True, "n_cpu_moe": 9}, model, PC) == ()


def test_intel_cards_may_split_by_rows_and_two_cards_may_split() -> None:
    pc = PcFacts(8, 16, 8, 32 * GIB, 24 * GIB, (ARC, ARC), math.inf, 1)
    assert check_settings({"row_split": True, "tensor_split": [1.0, 2.0]}, MODEL, pc) == ()
    said = check_settings({"tensor_split": [1.0, 2.0, 3.0]}, MODEL, pc)
    assert "3 shares for 2 GPUs" in said[0].sentence


def test_without_a_gpu_layers_stay_in_ram() -> None:
    pc = PcFacts(8, 16, None, 32 * GIB, 24 * GIB, (), math.inf, 1)
    said = check_settings({"n_gpu_layers": 10}, MODEL, pc)
    assert [f.sentence for f in said] == ["No GPU was found, so every layer stays in RAM."]


def test_locking_all_of_the_ram_is_said_even_where_the_system_allows_it() -> None:
    pc = PcFacts(8, 16, 8, 5 * GIB, 4 * GIB, (), math.inf, 1)
    said = check_settings({"mlock": True}, MODEL, pc)
    assert "leaves too little" in said[0].sentence


def test_a_wrong_value_does_not_hide_what_the_others_say() -> None:
    said = check_settings({"n_ctx": "long", "threads": 17}, MODEL, PC)
    assert [f.names[0] for f in said] == ["n_ctx", "threads"]


@given(some_values())
def test_any_values_are_judged_in_sentences_about_settings(values: dict) -> None:
    for finding in check_settings(values, MODEL, PC):
        assert finding.sentence.endswith(".")
        assert finding.names
        assert all(name in SETTINGS for name in finding.names)
