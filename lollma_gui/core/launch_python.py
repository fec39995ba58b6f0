"""Setting values as keywords of llama-cpp-python (0.3.36)."""

import json
from typing import Any

from lollma_gui.core.engine_settings import GGML_TYPES, NUMA, ROPE_SCALING, SPLIT_MODES, adapters
from lollma_gui.core.errors import LollmaError
from lollma_gui.core.launch_values import LaunchValues
from lollma_gui.core.program_name import How
from lollma_gui.core.settings_table import SETTINGS

#: Settings whose keyword takes the value as it is.
_LOAD_AS_IT_IS = ("n_ctx", "n_batch", "n_ubatch", "tensor_split", "main_gpu", "yarn_orig_ctx")
_YARN = ("yarn_ext_factor", "yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow")


def load_keywords(values: LaunchValues) -> dict[str, Any]:
    """Keywords of ``Llama`` that are plain values and differ from its defaults."""
    keywords = {name: values[name] for name in _LOAD_AS_IT_IS if values.differs(name)}
    layers = 0 if values["cpu"] else values["n_gpu_layers"]
    numbers = {
        "n_gpu_layers": layers,
        "n_threads": values["threads"],
        "n_threads_batch": values["threads_batch"],
        "rope_freq_base": values.rope_base,
        "rope_freq_scale": values.rope_scale,
        "numa": NUMA[values["numa"]],
    }
    keywords |= {name: number for name, number in numbers.items() if number}
    return keywords | _switches(values) | _enumerations(values) | _yarn(values) | _lora(values)


def _switches(values: LaunchValues) -> dict[str, bool]:
    said = {
        "flash_attn": (values["flash_attn"] != "off", True),
        "offload_kqv": (values["no_offload_kqv"], False),
        "use_mmap": (values["no_mmap"], False),
        "use_mlock": (values["mlock"], True),
        "swa_full": (not values["swa_full"], False),
    }
    return {name: word for name, (is_said, word) in said.items() if is_said}


def _enumerations(values: LaunchValues) -> dict[str, int]:
    keywords = {n: GGML_TYPES[values[n]] for n in ("type_k", "type_v") if values.differs(n)}
    if values.split_mode != "layer":
        keywords["split_mode"] = SPLIT_MODES[values.split_mode]
    if values.differs("rope_scaling_type"):
        keywords["rope_scaling_type"] = ROPE_SCALING[values["rope_scaling_type"]]
    return keywords


def _yarn(values: LaunchValues) -> dict[str, float]:
    """YaRN's numbers where they were set; its own defaults are good enough for "from the model"."""
    return {name: values[name] for name in _YARN if values[name] != SETTINGS[name].default}


def _lora(values: LaunchValues) -> dict[str, Any]:
    pairs = adapters(values["lora"])
    keywords: dict[str, Any] = {}
    if pairs:
        keywords["lora_path"] = pairs[0][0]
        if pairs[0][1] != 1:
            keywords["lora_scale"] = pairs[0][1]
    if values.differs("repeat_last_n"):
        keywords["last_n_tokens_size"] = values["repeat_last_n"]
    return keywords


def call_keywords(values: LaunchValues) -> dict[str, Any]:
    """Keywords of ``create_chat_completion`` that are plain values and differ from its own."""
    keywords: dict[str, Any] = {}
    for setting in SETTINGS:
        name = setting.programs[values.program]
        if name.how is How.CALL and setting.name not in _NOT_PLAIN and values.differs(setting.name):
            keywords[name.name] = values[setting.name]
    if values["json_schema"]:
        keywords["response_format"] = {"type": "json_object", "schema": _schema(values)}
    return keywords


def _schema(values: LaunchValues) -> Any:
    try:
        return json.loads(values["json_schema"])
    except ValueError as error:
        raise LollmaError(
            "The JSON schema is not valid JSON.", "Correct it under Settings.", str(error)
        ) from error


_NOT_PLAIN = ("system_prompt", "grammar", "json_schema")


def lines(values: LaunchValues, model_path: str) -> str:
    """A small program that loads the model and asks it something."""
    load = {"model_path": model_path, **load_keywords(values)}
    said = [f"    {name}={value!r}," for name, value in load.items()]
    imports = ["from llama_cpp import Llama"]
    if values["speculation"] == "lookup":
        imports.append("from llama_cpp.llama_speculative import LlamaPromptLookupDecoding")
        count = values["draft_tokens"]
        said.append(f"    draft_model=LlamaPromptLookupDecoding(num_pred_tokens={count}),")
    asked = [f"    {name}={value!r}," for name, value in call_keywords(values).items()]
    if values["grammar"]:
        imports[0] += ", LlamaGrammar"
        asked.append(f"    grammar=LlamaGrammar.from_string({values['grammar']!r}),")
    messages = [{"role": "user", "content": "Hello"}]
    if values["system_prompt"]:
        messages.insert(0, {"role": "system", "content": values["system_prompt"]})
    head = [*imports, "", "llm = Llama(", *said, ")"]
    return "\n".join(
        [*head, "answer = llm.create_chat_completion(", f"    messages={messages!r},", *asked, ")"]
    )
