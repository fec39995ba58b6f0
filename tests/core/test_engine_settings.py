"""Values of the table as llama.cpp's C interface takes them."""

import ctypes

import gguf
import llama_cpp
import pytest
from helpers.setting_values import some_values
from hypothesis import given

from lollma_gui.core import engine_settings as es
from lollma_gui.core.engine_settings import (
    EngineFacts,
    LoadArguments,
    load_arguments,
    sampling_arguments,
)
from lollma_gui.core.rope import alpha_from_base, base_from_alpha, scale_from_compress
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_table import SETTINGS


@given(some_values())
def test_any_valid_values_make_arguments_of_the_right_types(values: dict) -> None:
    load, sampling = load_arguments(values), sampling_arguments(values)
    for made in (load, sampling):
        for name, usual in type(made)().__dict__.items():
            assert type(getattr(made, name)) is type(usual), name
    assert load.n_ubatch <= load.n_batch


def test_arguments_have_llama_cpps_names() -> None:
    structures = (llama_cpp.llama_model_params, llama_cpp.llama_context_params)
    known = {name for s in structures for name, _ in s._fields_}
    # Turned into other things by the engine: lists of tensors, function calls, texts.
    ours = {"n_cpu_moe", "numa", "lora", "chat_template"}
    assert set(LoadArguments.__dataclass_fields__) - known == ours


@pytest.mark.parametrize(
    ("numbers", "prefix"),
    [
        (es.FLASH_ATTENTION, "LLAMA_FLASH_ATTN_TYPE_"),
        (es.SPLIT_MODES, "LLAMA_SPLIT_MODE_"),
        (es.ROPE_SCALING, "LLAMA_ROPE_SCALING_TYPE_"),
        (es.NUMA, "GGML_NUMA_STRATEGY_"),
    ],
)
def test_numbers_of_choices_are_those_of_llama_h(numbers: dict[str, int], prefix: str) -> None:
    words = {"off": "DISABLED", "on": "ENABLED", "auto": "AUTO"}
    for word, number in numbers.items():
        name = "UNSPECIFIED" if "ROPE" in prefix and word == "auto" else words.get(word, word)
        assert getattr(llama_cpp, prefix + name.upper()) == number


def test_every_choice_of_a_row_has_a_number() -> None:
    tables = {
        "flash_attn": es.FLASH_ATTENTION,
        "split_mode": es.SPLIT_MODES,
        "rope_scaling_type": es.ROPE_SCALING,
        "numa": es.NUMA,
    }
    for name, table in tables.items():
        assert set(SETTINGS[name].choices) == set(table)
    theirs = {t.name.lower(): int(t) for t in gguf.GGMLQuantizationType}
    assert {n: theirs[n] for n in SETTINGS["type_k"].choices} == es.GGML_TYPES


def test_defaults_of_the_context_are_llama_cpps_own() -> None:
    theirs, ours = llama_cpp.llama_context_default_params(), LoadArguments()
    names = ("n_batch", "n_ubatch", "flash_attn_type", "offload_kqv", "rope_scaling_type")
    yarn = ("yarn_ext_factor", "yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow")
    for name in (*names, *yarn, "yarn_orig_ctx", "rope_freq_base", "rope_freq_scale"):
        assert getattr(ours, name) == getattr(theirs, name), name


def test_processor_only_leaves_no_gpu_at_all() -> None:
    made = load_arguments({"cpu": True, "n_gpu_layers": 63, "row_split": True})
    assert (made.n_gpu_layers, made.split_mode, made.main_gpu) == (0, 0, -1)
    assert made.op_offload is False


@pytest.mark.parametrize(
    ("no_mmap", "mlock", "mode"),
    [
        (False, False, "MMAP"),
        (True, False, "NONE"),
        (True, True, "MLOCK"),
        (False, True, "MMAP_MLOCK"),
    ],
)
def test_memory_map_and_lock_make_one_load_mode(no_mmap: bool, mlock: bool, mode: str) -> None:
    assert load_arguments({"no_mmap": no_mmap, "mlock": mlock}).load_mode == mode
    assert hasattr(llama_cpp, f"LLAMA_LOAD_MODE_{mode}")


def test_what_is_left_to_the_pc_comes_from_its_facts() -> None:
    facts = EngineFacts(threads=8, layers_that_fit=20, rope_freq_base=500_000)
    made = load_arguments({"alpha_value": 2}, facts)
    assert (made.n_threads, made.n_gpu_layers) == (8, 20)
    assert made.rope_freq_base == pytest.approx(1_011_063.08)
    chosen = load_arguments({"threads": 3, "n_gpu_layers": 5}, facts)
    assert (chosen.n_threads, chosen.n_gpu_layers) == (3, 5)


def test_switches_of_the_guide_are_understood_where_choices_took_their_place() -> None:
    made = load_arguments({"flash_attn": True, "numa": True, "row_split": True})
    assert (made.flash_attn_type, made.numa, made.split_mode) == (1, 1, 2)
    assert load_arguments({"flash_attn": False}).flash_attn_type == 0


def test_a_strength_may_follow_an_adapters_path() -> None:
    paths = ["a.gguf:0.5", "C:\\b.gguf", "/c.gguf", "C:\\d.gguf:-1"]
    assert load_arguments({"lora": paths}).lora == (
        ("a.gguf", 0.5),
        ("C:\\b.gguf", 1.0),
        ("/c.gguf", 1.0),
        ("C:\\d.gguf", -1.0),
    )


def test_shares_of_gpus_come_from_a_list_or_a_text() -> None:
    assert load_arguments({"tensor_split": [3, 1]}).tensor_split == (3.0, 1.0)
    assert load_arguments({"tensor_split": "60,40"}).tensor_split == (60.0, 40.0)
    assert load_arguments({"tensor_split": [0, 0]}).tensor_split == ()


def test_samplers_are_chained_in_llama_cpps_order() -> None:
    assert sampling_arguments({}).order == es.SAMPLER_ORDER
    assert sampling_arguments({"mirostat": 2}).order == ("temperature", "mirostat")
    assert sampling_arguments({"adaptive_target": 0.5}).order[-1] == "adaptive_p"
    # Each has an initialiser in the pinned library, by its own or a well-known other name.
    others = {"typical_p": "typical", "temperature": "temp"}
    for name in (*es.SAMPLER_ORDER, "mirostat", "adaptive_p"):
        assert hasattr(llama_cpp, f"llama_sampler_init_{others.get(name, name)}")


def test_an_empty_list_of_dry_breakers_means_none() -> None:
    assert sampling_arguments({"dry_sequence_breakers": []}).dry_sequence_breakers == ()
    assert sampling_arguments({}).dry_sequence_breakers == ("\n", ":", '"', "*")


def test_experts_are_named_by_pattern() -> None:
    import re

    patterns = es.cpu_moe_patterns(2)
    names = [f"blk.{i}.ffn_{part}_exps.weight" for i in range(12) for part in ("up", "gate")]
    held = [n for n in names if any(re.search(p, n) for p in patterns)]
    assert held == names[:4]
    assert not any(re.search(p, "blk.0.ffn_up.weight") for p in patterns)


# ---- RoPE ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alpha", "base"), [(2.0, 20221.26), (1.75, 17656.14), (2.5, 25366.26), (4.0, 40889.94)]
)
def test_alpha_becomes_a_base_by_textgens_formula(alpha: float, base: float) -> None:
    assert base_from_alpha(alpha) == pytest.approx(base, abs=0.01)
    assert alpha_from_base(base) == pytest.approx(alpha, abs=1e-5)


def test_without_stretching_everything_is_left_to_the_model() -> None:
    assert base_from_alpha(1) == 0.0
    assert scale_from_compress(1) == 0.0
    assert scale_from_compress(4) == 0.25
    assert alpha_from_base(0) == 1.0


def test_an_explicit_base_wins_over_alpha() -> None:
    made = load_arguments({"alpha_value": 2.0, "rope_freq_base": 5_000_000.0})
    assert made.rope_freq_base == 5_000_000.0


def test_the_seed_fits_into_llama_cpps_number() -> None:
    largest = int(SETTINGS["seed"].maximum or 0)
    assert largest < llama_cpp.LLAMA_DEFAULT_SEED
    assert ctypes.c_uint32(largest).value == largest


def test_generation_settings_never_ask_for_a_reload() -> None:
    assert not any(s.needs_reload for s in SETTINGS.section(Section.GENERATION))
