"""KoboldCpp's files become our settings and go back again, and nothing is lost on the way."""

from typing import Any

import pytest
from helpers import program_flags
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.koboldcpp_builds import choose
from lollma_gui.core.koboldcpp_config import exported, from_words, read_config, to_config
from lollma_gui.core.koboldcpp_flags import KOBOLD_FLAGS
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.textgen_requirements import PcKind

#: As its own window saves it.
SAVED: dict[str, Any] = {
    "model": [],
    "model_param": "/models/one.gguf",
    "port": 5001,
    "host": "",
    "contextsize": 16384,
    "gpulayers": 99,
    "batchsize": 1024,
    "threads": 7,
    "blasthreads": None,
    "usecuda": ["normal", "0", "nommq", "rowsplit"],
    "tensor_split": [60.0, 40.0],
    "ropeconfig": [0.5, 20000.0],
    "flashattention": True,
    "quantkv": 1,
    "usemmap": True,
    "usemlock": False,
    "moecpu": 4,
    "lora": ["/l/a.gguf"],
    "loramult": 0.5,
    "draftmodel": "/m/d.gguf",
    "draftamount": 5,
    "sdmodel": "/images/x.safetensors",
    "something_new": {"a": [1, 2]},
}


def test_what_a_file_says_becomes_settings() -> None:
    found = read_config(SAVED)
    assert found.model_path == "/models/one.gguf"
    assert found.values == {
        "n_ctx": 16384,
        "n_gpu_layers": 99,
        "n_batch": 1024,
        "threads": 7,
        "threads_batch": 0,
        "row_split": True,
        "no_mul_mat_q": True,
        "tensor_split": [60.0, 40.0],
        "compress_pos_emb": 2.0,
        "rope_freq_base": 20000.0,
        "flash_attn": "on",
        "type_k": "q8_0",
        "type_v": "q8_0",
        "no_mmap": False,
        "mlock": False,
        "n_cpu_moe": 4,
        "lora": ["/l/a.gguf:0.5"],
        "draft_model": "/m/d.gguf",
        "speculation": "draft",
        "draft_tokens": 5,
    }
    assert found.kept == ("sdmodel", "something_new")
    assert any("sdmodel, something_new" in note for note in found.notes)
    assert any("port" in note for note in found.notes)


def test_every_setting_it_names_is_one_of_ours() -> None:
    assert set(read_config(SAVED).values) <= set(SETTINGS.names)


def test_unchanged_it_goes_back_as_it_was() -> None:
    found = read_config(SAVED)
    assert exported(SAVED, found.values, found.model_path) == SAVED


def test_only_what_was_changed_changes() -> None:
    found = read_config(SAVED)
    out = exported(SAVED, {**found.values, "n_ctx": 4096, "flash_attn": "off"}, "/models/two.gguf")
    changed = {key for key in out if out[key] != SAVED.get(key)}
    assert changed == {"contextsize", "flashattention", "model", "model_param"}
    assert (out["contextsize"], out["flashattention"]) == (4096, False)
    assert out["model_param"] == "/models/two.gguf"


def test_back_to_the_default_is_a_change_too() -> None:
    found = read_config(SAVED)
    assert exported(SAVED, {**found.values, "n_ctx": 8192}, found.model_path)["contextsize"] == 8192
    out = exported(SAVED, {**found.values, "tensor_split": []}, found.model_path)
    assert out["tensor_split"] is None


def test_older_names_of_keys_stay() -> None:
    old = {"usecublas": ["rowsplit"], "blasbatchsize": 256, "model_param": "/m.gguf"}
    found = read_config(old)
    assert (found.values["row_split"], found.values["n_batch"]) == (True, 256)
    assert found.kept == ()
    out = exported(old, {**found.values, "n_batch": 512}, "/m.gguf")
    assert out == {**old, "blasbatchsize": 512}


def test_a_new_file_says_what_differs_from_its_defaults() -> None:
    out = exported({}, {"n_ctx": 4096, "n_gpu_layers": 20, "n_batch": 512}, "/m.gguf")
    assert out["contextsize"] == 4096
    assert out["gpulayers"] == 20
    assert out["usemmap"] is True
    assert out["model_param"] == "/m.gguf"
    assert "batchsize" not in out


@pytest.mark.parametrize(
    "wrong", [{"contextsize": "much"}, {"ropeconfig": [1]}, {"batchsize": None}, {"usecuda": 7}]
)
def test_what_makes_no_sense_is_told_and_kept(wrong: dict[str, Any]) -> None:
    found = read_config(wrong)
    assert "is not taken over" in found.notes[0]
    assert exported(wrong, found.values, "") == wrong


_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "contextsize": st.integers(256, 262144),
        "gpulayers": st.integers(-1, 200),
        "batchsize": st.sampled_from([-1, 16, 512, 4096]),
        "threads": st.integers(0, 64),
        "quantkv": st.integers(0, 2),
        "flashattention": st.booleans(),
        "usemmap": st.booleans(),
        "useswa": st.booleans(),
        "lowvram": st.booleans(),
        "ropeconfig": st.sampled_from([[0.0, 10000.0], [1.0, 1e6], [0.25, 10000.0]]),
        "usecuda": st.sampled_from([None, [], ["all", "mmq"], ["rowsplit"]]),
        "moecpu": st.integers(0, 999),
        "draftmodel": st.sampled_from([None, "", "/d.gguf"]),
        "model_param": st.sampled_from(["/m.gguf", "C:\\m.gguf"]),
        "unknown": st.text(),
    },
)


@given(_VALUES)
def test_no_file_loses_anything(config: dict[str, Any]) -> None:
    found = read_config(config)
    assert exported(config, found.values, found.model_path) == (config or to_config({}, ""))


def test_words_become_keys() -> None:
    words = [
        "-c",
        "2048",
        "--usecuda",
        "0",
        "mmq",
        "--tensor-split",
        "3",
        "1",
        "--mlock",
        "--x",
        "y",
    ]
    found, rest = from_words(words)
    assert found == {
        "contextsize": 2048,
        "usecuda": ["0", "mmq"],
        "tensor_split": [3.0, 1.0],
        "usemlock": True,
    }
    assert rest == ["--x", "y"]


def test_the_table_is_true_of_the_stored_help() -> None:
    known = program_flags.flags("koboldcpp-1.102.txt")
    ours = {name for flag in KOBOLD_FLAGS for name in (f"--{flag.key}", *flag.aliases)}
    assert ours - known <= {"--password", "--host"}


RELEASE = [
    "koboldcpp.exe",
    "koboldcpp-nocuda.exe",
    "koboldcpp-oldpc.exe",
    "koboldcpp-linux-x64",
    "koboldcpp-linux-x64-nocuda",
    "koboldcpp-linux-x64-oldpc",
    "koboldcpp-mac-arm64",
]


@pytest.mark.parametrize(
    ("pc", "name"),
    [
        (PcKind("Windows", vendor="NVIDIA"), "koboldcpp.exe"),
        (PcKind("Windows", vendor="AMD"), "koboldcpp-nocuda.exe"),
        (PcKind("Linux", vendor="NVIDIA"), "koboldcpp-linux-x64"),
        (PcKind("Linux"), "koboldcpp-linux-x64-nocuda"),
        (PcKind("Darwin", "aarch64"), "koboldcpp-mac-arm64"),
        (PcKind("Darwin", "x86_64"), ""),
        (PcKind("Linux", "aarch64"), ""),
    ],
    ids=str,
)
def test_the_build_for_a_pc(pc: PcKind, name: str) -> None:
    assert choose(RELEASE, pc) == name


def test_older_names_and_older_processors() -> None:
    assert choose(["koboldcpp_nocuda.exe"], PcKind("Windows")) == "koboldcpp_nocuda.exe"
    assert choose(RELEASE, PcKind("Linux"), is_old=True) == "koboldcpp-linux-x64-oldpc"
