"""A chat question as OpenAI's protocol has it, with our settings in the words of each program.

Names of fields: llama-server b11434 takes its native names in ``/v1/chat/completions`` too, TextGen
v4.9 those of ``modules/api/typing.py``, KoboldCpp 1.102 those of its own API beside OpenAI's, and
``llama_cpp.server`` 0.3.36 those of ``CreateChatCompletionRequest``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lollma_gui.core.engine_messages import ChatMessage, SettingValue
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.launch_textgen import breakers_text
from lollma_gui.core.program_name import How, Program
from lollma_gui.core.setting import Section
from lollma_gui.core.settings_table import SETTINGS

#: What every server of that protocol understands; all that is said to one we know nothing of.
_EVERYWHERE = {
    "max_new_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "stop": "stop",
}
#: Where a field is called otherwise than the flag, keyword or native field of the table.
_OTHER_NAMES: dict[Program, dict[str, str]] = {
    Program.LLAMA_SERVER: {
        "max_new_tokens": "max_tokens",
        "mirostat_tau": "mirostat_tau",
        "mirostat_eta": "mirostat_eta",
        "dry_sequence_breakers": "dry_sequence_breakers",
        "dynatemp_exponent": "dynatemp_exponent",
    },
    Program.KOBOLDCPP: {
        "max_new_tokens": "max_tokens",
        "seed": "seed",
        "stop": "stop",
        "mirostat": "mirostat_mode",
    },
}
#: Said in another way, below or not at all.
_APART = {"streaming", "system_prompt", "json_schema", "dynatemp_range"}
#: Of these, the empty value or the number 0 (or below) means "not set".
_UNSET_IF_EMPTY = {"max_new_tokens", "stop", "grammar", "truncation_length", "max_tokens_second"}
_OFF_IS_ZERO = {"top_n_sigma", "adaptive_target"}


def chat_request(
    program: Program | None,
    values: Mapping[str, SettingValue],
    messages: Sequence[ChatMessage],
    model: str,
) -> dict[str, Any]:
    """The body of a ``POST /v1/chat/completions`` whose answer is streamed.

    Args:
        program: Who is asked; None: nobody knows, so that only what all understand is said.
        values: Generation settings by name; what is missing has its default.
        messages: The conversation.
        model: What the server calls the model; empty: it has one and no more.

    Raises:
        LollmaError: If the JSON schema is none.
    """
    whole = {**SETTINGS.defaults(), **values}
    body: dict[str, Any] = {"model": model} if model else {}
    body |= {
        "messages": [{"role": one.role, "content": one.content} for one in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    for name, field in _fields(program).items():
        value = whole[name]
        if (name in _UNSET_IF_EMPTY and not value) or (name == "seed" and _number(value) < 0):
            continue
        body[field] = value
    return body | _said_apart(program, whole)


def _fields(program: Program | None) -> Mapping[str, str]:
    """By setting, what its field is called."""
    if program is None:
        return _EVERYWHERE
    names = {}
    for setting in SETTINGS.section(Section.GENERATION):
        name = setting.programs[program]
        if setting.name in _APART or name.how is How.MISSING:
            continue
        # A keyword of loading is no field of a request.
        if name.how in (How.FLAG, How.CALL, How.REQUEST):
            names[setting.name] = name.name.removeprefix("--").replace("-", "_")
    names |= _OTHER_NAMES.get(program, {})
    if program is Program.TEXTGEN:
        names["max_new_tokens"] = "max_tokens"
    if program is Program.LLAMA_CPP_PYTHON:
        # Its server does not hand this one on.
        names.pop("typical_p", None)
    return names


def _said_apart(program: Program | None, values: Mapping[str, SettingValue]) -> dict[str, Any]:
    """What a program wants said in a way of its own."""
    if program is Program.TEXTGEN:
        return _for_textgen(values)
    said: dict[str, Any] = {}
    if program in (Program.LLAMA_SERVER, Program.KOBOLDCPP):
        said["dynatemp_range"] = values["dynatemp_range"]
    if program is Program.LLAMA_SERVER:
        # Thoughts as the model writes them, as from the engine; and how far the prompt is read.
        said |= {"reasoning_format": "none", "return_progress": True}
    if program in (Program.LLAMA_SERVER, Program.LLAMA_CPP_PYTHON) and values["json_schema"]:
        said["response_format"] = {"type": "json_object", "schema": _schema(values["json_schema"])}
    return said


def _for_textgen(values: Mapping[str, SettingValue]) -> dict[str, Any]:
    said: dict[str, Any] = {name: max(_number(values[name]), 0.0) for name in _OFF_IS_ZERO}
    breakers = values["dry_sequence_breakers"]
    said["dry_sequence_breakers"] = breakers_text(breakers if isinstance(breakers, list) else [])
    if reach := _number(values["dynatemp_range"]):
        middle = _number(values["temperature"])
        said["dynamic_temperature"] = True
        said["dynatemp_low"] = round(max(middle - reach, 0.0), 6)
        said["dynatemp_high"] = round(middle + reach, 6)
    return said


def _number(value: SettingValue) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _schema(text: SettingValue) -> Any:
    try:
        return json.loads(str(text))
    except ValueError as error:
        raise LollmaError(
            "The JSON schema is not valid JSON.", "Correct it under Settings.", str(error)
        ) from error
