"""The names in the settings table, held against what each program says of itself."""

import inspect
import re

import llama_cpp
import pytest
from helpers import program_flags

from lollma_gui.core.program_name import How, Program, ProgramName
from lollma_gui.core.setting import Setting
from lollma_gui.core.settings_table import SETTINGS

TEXTS = {
    Program.LLAMA_SERVER: "llama-server-b11434.txt",
    Program.TEXTGEN: "textgen-v4.9.txt",
    Program.KOBOLDCPP: "koboldcpp-1.102.txt",
}
ROWS = list(SETTINGS)


def rows_of(program: Program, *hows: How) -> list[Setting]:
    return [s for s in ROWS if s.programs[program].how in hows]


def name_in(setting: Setting, program: Program) -> ProgramName:
    return setting.programs[program]


@pytest.mark.parametrize("program", TEXTS)
def test_a_stored_help_text_says_its_version_and_date(program: Program) -> None:
    assert re.match(r"# \S+ .*(20\d\d)", program_flags.first_line(TEXTS[program]))


@pytest.mark.parametrize("program", TEXTS)
def test_every_flag_of_the_table_is_one_of_the_program(program: Program) -> None:
    known = program_flags.flags(TEXTS[program])
    assert len(known) > 50
    named = {name_in(s, program).name for s in rows_of(program, How.FLAG)}
    assert named - known == set()


def test_what_textgen_passes_on_are_flags_of_llama_server_that_textgen_lacks() -> None:
    server = program_flags.flags(TEXTS[Program.LLAMA_SERVER])
    textgen = program_flags.flags(TEXTS[Program.TEXTGEN])
    named = {name_in(s, Program.TEXTGEN).name for s in rows_of(Program.TEXTGEN, How.EXTRA)}
    assert named <= server
    # --lora is there, and for another loader.
    assert named & textgen == {"--lora"}


@pytest.mark.parametrize("program", [Program.TEXTGEN, Program.KOBOLDCPP])
def test_every_request_field_of_the_table_is_one_of_the_program(program: Program) -> None:
    known = program_flags.request_fields(TEXTS[program])
    assert {name_in(s, program).name for s in rows_of(program, How.REQUEST)} <= known


@pytest.mark.parametrize("setting", ROWS, ids=lambda s: s.name)
def test_a_flag_said_to_be_gone_really_is(setting: Setting) -> None:
    for program, text in TEXTS.items():
        if name_in(setting, program).gone_since:
            hyphened = setting.name.replace("_", "-")
            assert {f"--{setting.name}", f"--{hyphened}"} & program_flags.flags(text) <= (
                # llama-server's is another matter: TextGen alone has it always on.
                {"--flash-attn"} if program is Program.LLAMA_SERVER else set()
            )


def test_keywords_of_llama_are_in_its_signature_with_the_default_the_table_says() -> None:
    known = inspect.signature(llama_cpp.Llama.__init__).parameters
    # Defaults that are said in other words there, each looked at by hand.
    unset = ("type_k", "type_v", "lora", "tensor_split", "threads", "threads_batch", "swa_full")
    in_other_words = {
        **dict.fromkeys((*unset, "speculation", "draft_tokens")),
        "flash_attn": False,
        "numa": False,
        "split_mode": 1,
        "rope_scaling_type": -1,
        # The reverse there, or part of another keyword.
        "no_offload_kqv": True,
        "no_mmap": True,
        "cpu": 0,
        "row_split": 1,
        "alpha_value": 0.0,
        "compress_pos_emb": 0.0,
    }
    for setting in rows_of(Program.LLAMA_CPP_PYTHON, How.KEYWORD):
        name = name_in(setting, Program.LLAMA_CPP_PYTHON)
        theirs = known[name.name].default
        assert theirs == in_other_words.get(setting.name, name.default), setting.name


def test_keywords_of_a_call_are_in_its_signature_with_the_default_the_table_says() -> None:
    known = inspect.signature(llama_cpp.Llama.create_chat_completion).parameters
    in_other_words = {"max_new_tokens": None, "seed": None, "grammar": None, "json_schema": None}
    for setting in rows_of(Program.LLAMA_CPP_PYTHON, How.CALL):
        name = name_in(setting, Program.LLAMA_CPP_PYTHON)
        theirs = known[name.name].default
        if setting.name != "system_prompt":
            assert theirs == in_other_words.get(setting.name, name.default), setting.name


def test_samplers_the_high_level_call_is_said_to_lack_are_not_in_its_signature() -> None:
    known = set(inspect.signature(llama_cpp.Llama.create_chat_completion).parameters)
    for setting in rows_of(Program.LLAMA_CPP_PYTHON, How.MISSING):
        assert setting.name not in known


def test_defaults_of_llama_server_are_those_its_help_says() -> None:
    text = (program_flags._text(TEXTS[Program.LLAMA_SERVER])).replace("\n", " ")
    text = re.sub(r"\s+", " ", text)
    # Written in other words there: -1 threads are ours to leave, K and V are one line each.
    skipped = {"threads", "threads_batch", "n_gpu_layers", "max_new_tokens", "attention_sink_size"}
    checked = 0
    for setting in rows_of(Program.LLAMA_SERVER, How.FLAG):
        name = name_in(setting, Program.LLAMA_SERVER)
        if setting.name in skipped or type(name.default) not in (int, float):
            continue
        if setting.name in ("alpha_value", "compress_pos_emb", "rope_freq_base"):
            continue
        said = re.search(rf"{name.name} (?:N|SEED|INDEX)\b.*?\(default: (-?[\d.]+)", text)
        if said is None:
            continue
        assert float(said[1]) == name.default, setting.name
        checked += 1
    assert checked > 25
