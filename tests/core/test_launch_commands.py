"""Values as command lines and keywords: only what differs, and each program in its own words."""

import inspect
import shlex
import subprocess

import llama_cpp
import pytest
from helpers import program_flags
from helpers.setting_values import some_values
from hypothesis import given
from hypothesis import strategies as st

from lollma_gui.core.errors import LollmaError
from lollma_gui.core.launch_commands import (
    arguments,
    command_line,
    completion_keywords,
    llama_keywords,
    python_lines,
)
from lollma_gui.core.profile import guide_values
from lollma_gui.core.program_name import Program
from lollma_gui.core.settings_facts import ModelFacts
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.shell_line import shell_line

SERVER, TEXTGEN, KOBOLD = Program.LLAMA_SERVER, Program.TEXTGEN, Program.KOBOLDCPP
TEXTS = {
    SERVER: "llama-server-b11434.txt",
    TEXTGEN: "textgen-v4.9.txt",
    KOBOLD: "koboldcpp-1.102.txt",
}
MODEL = "/models/My Model.gguf"


def quiet(program: Program) -> dict:
    """The values that the program has by itself."""
    rows = {s.name: s.programs[program].default for s in SETTINGS}
    return {name: value for name, value in rows.items() if value is not None}


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (SERVER, ["--model", MODEL]),
        (
            TEXTGEN,
            ["--model", "My Model.gguf", "--model-dir", "/models", "--loader", "llama.cpp"],
        ),
        (KOBOLD, ["--model", MODEL]),
    ],
)
def test_what_a_program_does_by_itself_is_not_said(program: Program, words: list[str]) -> None:
    assert arguments(program, quiet(program), MODEL) == words


def test_the_guides_values_for_llama_server() -> None:
    assert shlex.join(arguments(SERVER, guide_values(), "m.gguf")) == (
        "--model m.gguf --n-gpu-layers 63 --ctx-size 4096 --batch-size 512 --threads 16 "
        "--threads-batch 4 --rope-freq-base 5000000 --flash-attn on --predict 256 "
        "--temperature 0.7 --top-p 0.9 --top-k 50 --typical-p 0.9 --repeat-penalty 1.2 "
        "--frequency-penalty 0.5 --presence-penalty 0.5"
    )


def test_the_guides_values_for_textgen_of_today() -> None:
    assert shlex.join(arguments(TEXTGEN, guide_values(), "m.gguf")) == (
        "--model m.gguf --loader llama.cpp --gpu-layers 63 --ctx-size 4096 --batch-size 512 "
        "--threads 16 --threads-batch 4 --ubatch-size 512 --temperature 0.7 --top-p 0.9 "
        "--top-k 50 --typical-p 0.9 --min-p 0.05 --repetition-penalty 1.2 "
        "--frequency-penalty 0.5 --presence-penalty 0.5 --repetition-penalty-range 64 "
        "'--extra-flags=--rope-freq-base 5000000'"
    )


def test_the_guides_values_for_koboldcpp() -> None:
    assert shlex.join(arguments(KOBOLD, guide_values(), "m.gguf")) == (
        "--model m.gguf --gpulayers 63 --contextsize 4096 --threads 16 --blasthreads 4 "
        "--ropeconfig 1 5000000 --flashattention --usemmap --defaultgenamt 256"
    )


@pytest.mark.parametrize(
    ("program", "values", "words"),
    [
        (SERVER, {"cpu": True, "n_gpu_layers": 9}, "--device none"),
        (TEXTGEN, {"cpu": True, "n_gpu_layers": 9}, "--gpu-layers 0"),
        (KOBOLD, {"cpu": True, "n_gpu_layers": 9}, "--usecpu"),
        (SERVER, {"row_split": True}, "--split-mode row"),
        (TEXTGEN, {"row_split": True}, "--split-mode row"),
        (KOBOLD, {"row_split": True, "no_mul_mat_q": True}, "--usecuda rowsplit nommq"),
        (SERVER, {"tensor_split": [60.0, 40.0]}, "--tensor-split 60,40"),
        (KOBOLD, {"tensor_split": [60.0, 40.0]}, "--tensor_split 60 40"),
        (SERVER, {"no_mmap": True}, "--load-mode none"),
        (SERVER, {"mlock": True}, "--load-mode mmap+mlock"),
        (SERVER, {"mlock": True, "no_mmap": True}, "--load-mode mlock"),
        (TEXTGEN, {"mlock": True, "no_mmap": True}, "--no-mmap --mlock"),
        (KOBOLD, {"no_mmap": False}, "--usemmap"),
        (SERVER, {"streaming_llm": True, "attention_sink_size": 4}, "--context-shift --keep 4"),
        (SERVER, {"attention_sink_size": 4}, ""),
        (TEXTGEN, {"numa": "isolate"}, "--numa"),
        (SERVER, {"numa": "isolate"}, "--numa isolate"),
        (TEXTGEN, {"type_k": "q8_0", "type_v": "q8_0"}, "--cache-type q8_0"),
        (
            TEXTGEN,
            {"type_k": "q8_0", "type_v": "q4_0"},
            "'--extra-flags=--cache-type-k q8_0 --cache-type-v q4_0'",
        ),
        (KOBOLD, {"type_k": "q8_0", "type_v": "q4_0"}, "--quantkv 1"),
        (KOBOLD, {"type_k": "q4_0", "type_v": "q4_0"}, "--quantkv 2"),
        (KOBOLD, {"type_k": "q8_0"}, ""),
        (KOBOLD, {"n_batch": 700}, ""),
        (KOBOLD, {"n_batch": 1}, "--batchsize 16"),
        (KOBOLD, {"n_ctx": 1_000_000}, "--contextsize 262144"),
        (KOBOLD, {"max_new_tokens": 10}, "--defaultgenamt 64"),
        (KOBOLD, {"flash_attn": "auto"}, ""),
        (SERVER, {"compress_pos_emb": 4.0}, "--rope-freq-scale 0.25"),
        (KOBOLD, {"compress_pos_emb": 4.0}, "--ropeconfig 0.25 10000"),
        (SERVER, {"lora": ["a.gguf", "b.gguf"]}, "--lora a.gguf,b.gguf"),
        (SERVER, {"lora": ["a.gguf:0.5", "b.gguf"]}, "--lora-scaled a.gguf:0.5,b.gguf:1"),
        (KOBOLD, {"lora": ["a.gguf:0.5"]}, "--lora a.gguf --loramult 0.5"),
        (TEXTGEN, {"lora": ["my a.gguf"]}, "\"--extra-flags=--lora 'my a.gguf'\""),
        (
            SERVER,
            {"speculation": "lookup"},
            "--spec-type ngram-simple --spec-ngram-simple-size-m 3",
        ),
        (
            SERVER,
            {"speculation": "draft", "draft_model": "d.gguf"},
            "--spec-type draft-simple --model-draft d.gguf --spec-draft-n-max 3",
        ),
        (
            TEXTGEN,
            {"speculation": "draft", "draft_model": "d.gguf"},
            "--model-draft d.gguf --draft-max 3",
        ),
        (
            KOBOLD,
            {"speculation": "draft", "draft_model": "d.gguf"},
            "--draftmodel d.gguf --draftamount 8",
        ),
        (SERVER, {"draft_model": "d.gguf"}, ""),
        (
            TEXTGEN,
            {"dynatemp_range": 0.5, "temperature": 0.7},
            "--temperature 0.7 --dynamic-temperature --dynatemp-low 0.2 --dynatemp-high 1.2",
        ),
        (TEXTGEN, {"top_n_sigma": 0.0, "adaptive_target": -1.0}, ""),
        (
            TEXTGEN,
            {"dry_multiplier": 0.8, "dry_sequence_breakers": ["\n", '"']},
            '--dry-multiplier 0.8 --dry-sequence-breakers \'"\\n", "\\""\'',
        ),
        (SERVER, {"dry_sequence_breakers": []}, ""),
        (
            SERVER,
            {"dry_multiplier": 1.0, "dry_sequence_breakers": []},
            "--dry-multiplier 1 --dry-sequence-breaker none",
        ),
        (SERVER, {"extra_flags": "--rpc '1.2.3.4:5'"}, "--rpc 1.2.3.4:5"),
        (TEXTGEN, {"extra_flags": "--jinja"}, "--extra-flags=--jinja"),
        (SERVER, {"grammar": "root ::= 'a'"}, "--grammar \"root ::= 'a'\""),
        (SERVER, {"rope_scaling_type": "longrope"}, ""),
        (SERVER, {"tfs": 0.5, "max_tokens_second": 20, "tensorcores": True}, ""),
    ],
)
def test_a_value_is_said_in_the_programs_own_words(
    program: Program, values: dict, words: str
) -> None:
    made = arguments(program, {**quiet(program), **values}, "m.gguf")
    bare = arguments(program, quiet(program), "m.gguf")
    assert made[: len(bare)] == bare
    assert made[len(bare) :] == shlex.split(words)


def test_koboldcpp_is_told_the_models_own_base_beside_a_scale() -> None:
    model = ModelFacts(rope_freq_base=500_000.0, sliding_window=1024, n_ctx_train=16384)
    said = arguments(KOBOLD, {"compress_pos_emb": 2.0, "n_ctx": 0}, "m.gguf", model)
    assert said[said.index("--ropeconfig") :][:3] == ["--ropeconfig", "0.5", "500000"]
    assert "--useswa" in said
    assert said[said.index("--contextsize") + 1] == "16384"


@given(some_values(), st.sampled_from(list(TEXTS)))
def test_whatever_the_values_only_flags_the_program_knows_are_said(
    values: dict, program: Program
) -> None:
    made = arguments(program, {**values, "extra_flags": ""}, "m.gguf")
    known = program_flags.flags(TEXTS[program])
    assert all(isinstance(word, str) for word in made)
    # Values may look like anything; a flag is a word that a value would not follow by chance.
    texts = {
        str(v) for value in values.values() for v in (value if isinstance(value, list) else [value])
    }
    said = [w.split("=")[0] for w in made if w.startswith("--") and w not in texts]
    assert set(said) <= known


def test_an_open_quotation_mark_is_an_error_a_person_understands() -> None:
    with pytest.raises(LollmaError, match="quotation mark"):
        arguments(SERVER, {"extra_flags": "--x 'y"}, "m.gguf")


# ---- llama-cpp-python ----------------------------------------------------------------------


@given(some_values().filter(lambda v: not v.get("json_schema")))
def test_keywords_are_those_of_llama_whatever_the_values(values: dict) -> None:
    load = inspect.signature(llama_cpp.Llama.__init__).parameters
    call = inspect.signature(llama_cpp.Llama.create_chat_completion).parameters
    assert set(llama_keywords(values)) <= set(load)
    assert set(completion_keywords(values)) <= set(call)


def test_the_guides_values_as_keywords() -> None:
    assert llama_keywords(guide_values()) == {
        "n_ctx": 4096,
        "n_gpu_layers": 63,
        "n_threads": 16,
        "n_threads_batch": 4,
        "rope_freq_base": 5_000_000.0,
        "flash_attn": True,
        "swa_full": False,
    }


@given(some_values().filter(lambda v: not v.get("json_schema")))
def test_the_lines_of_python_are_python(values: dict) -> None:
    compile(python_lines(values, "C:\\models\\m.gguf"), "lines", "exec")


def test_the_lines_of_python_name_what_is_no_plain_value() -> None:
    values = {"speculation": "lookup", "grammar": 'root ::= "a"', "system_prompt": "Be brief."}
    lines = python_lines({**values, "json_schema": '{"type": "object"}'}, "m.gguf")
    assert "draft_model=LlamaPromptLookupDecoding(num_pred_tokens=3)" in lines
    assert "grammar=LlamaGrammar.from_string('root ::= \"a\"')" in lines
    assert "'role': 'system', 'content': 'Be brief.'" in lines
    assert "'schema': {'type': 'object'}" in lines


@pytest.mark.engine
def test_the_keywords_load_the_real_model(starter_model) -> None:
    values = {"n_ctx": 512, "n_batch": 256, "n_ubatch": 128, "threads": 2, "type_k": "q8_0"}
    llm = llama_cpp.Llama(str(starter_model), verbose=False, **llama_keywords(values))
    try:
        assert llm.n_ctx() == 512
        assert llama_cpp.llama_n_batch(llm.ctx) == 256
        assert llama_cpp.llama_n_ubatch(llm.ctx) == 128
        assert llama_cpp.llama_n_threads(llm.ctx) == 2
    finally:
        llm.close()


# ---- one line to copy ----------------------------------------------------------------------

_WORDS = st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])), max_size=4)


@given(_WORDS)
def test_a_posix_shell_reads_the_line_as_the_same_words(words: list[str]) -> None:
    assert shlex.split(shell_line(words, windows=False)) == words


@given(_WORDS)
def test_windows_reads_the_line_as_the_same_words(words: list[str]) -> None:
    # list2cmdline is Python's own inverse of the rules; it quotes less, so compare what both mean.
    line = shell_line(words, windows=True)
    assert _as_windows_reads(line) == words
    assert _as_windows_reads(subprocess.list2cmdline(words)) == words


def _as_windows_reads(line: str) -> list[str]:
    """Microsoft's rules for splitting a command line."""
    words, word, quoted, i, begun = [], "", False, 0, False
    while i < len(line):
        slashes = len(line[i:]) - len(line[i:].lstrip("\\"))
        if slashes:
            i, begun = i + slashes, True
            if line[i : i + 1] != '"':
                word += "\\" * slashes
                continue
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word, i = word + '"', i + 1
            continue
        char, i = line[i], i + 1
        if char == '"':
            quoted, begun = not quoted, True
        elif char in " \t" and not quoted:
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + char, True
    return [*words, word] if begun else words


def test_the_line_to_copy_begins_with_the_program() -> None:
    line = command_line(SERVER, {"n_ctx": 8192}, "C:\\My Models\\m.gguf", windows=True)
    assert line.startswith('llama-server --model "C:\\My Models\\m.gguf" --ctx-size 8192')
    assert command_line(TEXTGEN, {}, "/m/a.gguf").startswith("python server.py --model a.gguf")
    assert command_line(Program.LLAMA_CPP_PYTHON, {}, "m").startswith("from llama_cpp import Llama")
