"""Settings arrive at each program under the names that it understands."""

import pytest

from lollma_gui.core.chat_request import chat_request
from lollma_gui.core.engine_messages import ChatMessage
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.program_name import Program

ASKED = (ChatMessage("system", "Be brief."), ChatMessage("user", "Hello"))
VALUES = {
    "max_new_tokens": 99,
    "temperature": 0.5,
    "repetition_penalty": 1.1,
    "typical_p": 0.9,
    "mirostat": 2,
    "mirostat_tau": 4.0,
    "seed": 7,
    "stop": ["END"],
    "dynatemp_range": 0.2,
    "top_n_sigma": -1.0,
    "grammar": 'root ::= "a"',
}


def body(program: Program | None, **more: object) -> dict:
    return chat_request(program, {**VALUES, **more}, ASKED, "small")  # type: ignore[arg-type]


def test_every_server_is_told_the_conversation_as_a_stream() -> None:
    for program in (None, *set(Program) - {Program.ENGINE}):
        said = body(program)
        assert said["messages"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
        ]
        assert said["stream"] is True
        assert (said["model"], said["max_tokens"], said["temperature"]) == ("small", 99, 0.5)
        assert (said["seed"], said["stop"]) == (7, ["END"])
        assert not any(" " in name or "-" in name for name in said)


@pytest.mark.parametrize(
    ("program", "fields"),
    [
        (Program.LLAMA_SERVER, {"repeat_penalty": 1.1, "mirostat": 2, "mirostat_tau": 4.0}),
        (Program.LLAMA_SERVER, {"typical_p": 0.9, "dynatemp_range": 0.2, "top_n_sigma": -1.0}),
        (Program.LLAMA_SERVER, {"grammar": 'root ::= "a"'}),
        (Program.TEXTGEN, {"repetition_penalty": 1.1, "mirostat_mode": 2, "top_n_sigma": 0.0}),
        (Program.TEXTGEN, {"dynamic_temperature": True, "dynatemp_low": 0.3, "dynatemp_high": 0.7}),
        (Program.TEXTGEN, {"grammar_string": 'root ::= "a"'}),
        (Program.KOBOLDCPP, {"rep_pen": 1.1, "typical": 0.9, "mirostat_mode": 2, "nsigma": -1.0}),
        (Program.LLAMA_CPP_PYTHON, {"repeat_penalty": 1.1, "mirostat_mode": 2}),
    ],
)
def test_a_program_is_told_in_its_own_words(program: Program, fields: dict) -> None:
    said = body(program)
    assert {name: said.get(name) for name in fields} == fields


def test_a_stranger_is_told_only_what_all_understand() -> None:
    known = {"model", "messages", "stream", "stream_options", "max_tokens", "temperature", "top_p"}
    known |= {"frequency_penalty", "presence_penalty", "seed", "stop"}
    assert set(body(None)) == known


def test_what_means_not_set_is_not_said() -> None:
    for program in (None, *set(Program) - {Program.ENGINE}):
        said = body(program, max_new_tokens=0, seed=-1, stop=[], grammar="")
        assert not {"max_tokens", "seed", "stop", "grammar", "grammar_string"} & set(said)


def test_a_schema_is_handed_over_as_json_and_a_wrong_one_is_told() -> None:
    said = body(Program.LLAMA_SERVER, json_schema='{"type": "object"}')
    assert said["response_format"]["schema"] == {"type": "object"}
    with pytest.raises(LollmaError, match="JSON schema"):
        body(Program.LLAMA_CPP_PYTHON, json_schema="{")
