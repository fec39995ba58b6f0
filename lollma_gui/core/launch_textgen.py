"""Setting values as the command line of TextGen's server.py (v4.9)."""

import json
import re
import shlex

from lollma_gui.core import launch_llama_server as server
from lollma_gui.core.launch_values import Converter, LaunchValues, nothing
from lollma_gui.core.program_name import How
from lollma_gui.core.setting import number_text

#: Cache types that ``--cache-type`` knows, by its words for them.
_CACHE_TYPES = {"f16": "fp16", "q8_0": "q8_0", "q4_0": "q4_0"}


def arguments(values: LaunchValues, model_path: str) -> list[str]:
    """Words behind ``server.py``; the model is named by its folder and its file."""
    folder, name = _split_path(model_path)
    model = ["--model", name, *(["--model-dir", folder] if folder else [])]
    more = _extra_flags(values)
    words = [*model, "--loader", "llama.cpp", *values.words(How.FLAG, _CONVERTERS)]
    # As two words, argparse would take flags inside for its own.
    return [*words, *([f"--extra-flags={more}"] if more else [])]


def _split_path(path: str) -> tuple[str, str]:
    """Folder and file name of a path of any system."""
    folder, _, name = re.match(r"(.*?)([/\\]?)([^/\\]*)$", path, re.DOTALL).groups()  # type: ignore[union-attr]
    return folder, name


def _extra_flags(values: LaunchValues) -> str:
    """What TextGen has no flag for and llama-server has, as one text."""
    flags = values.words(How.EXTRA, {**_SAID_BY_FLAG, **_PASSED_ON})
    return shlex.join([*flags, *_uncommon_cache(values), *values.extra_flags()])


def _layers(values: LaunchValues) -> list[str]:
    if values["cpu"]:
        return ["--gpu-layers", "0"]
    if not values.differs("n_gpu_layers"):
        return []
    return ["--gpu-layers", values.text("n_gpu_layers")]


def _cache_is_common(values: LaunchValues) -> bool:
    return values["type_k"] == values["type_v"] and values["type_k"] in _CACHE_TYPES


def _cache(values: LaunchValues) -> list[str]:
    if values["type_k"] == "f16" or not _cache_is_common(values):
        return []
    return ["--cache-type", _CACHE_TYPES[values["type_k"]]]


def _uncommon_cache(values: LaunchValues) -> list[str]:
    if _cache_is_common(values):
        return []
    return ["--cache-type-k", values["type_k"], "--cache-type-v", values["type_v"]]


def _numa(values: LaunchValues) -> list[str]:
    return [] if values["numa"] == "off" else ["--numa"]


def _drafting(values: LaunchValues) -> list[str]:
    count = values.text("draft_tokens")
    if values["speculation"] == "lookup":
        return ["--spec-type", "ngram-simple", "--spec-ngram-size-m", count]
    if values["speculation"] == "draft" and values["draft_model"]:
        return ["--model-draft", values["draft_model"], "--draft-max", count]
    return []


def _off_is_zero(name: str, flag: str) -> Converter:
    """For samplers whose "off" is a negative number for llama.cpp and 0 for TextGen."""
    return lambda values: [flag, values.text(name)] if values[name] > 0 else []


def _dynamic_temperature(values: LaunchValues) -> list[str]:
    reach, middle = values["dynatemp_range"], values["temperature"]
    if not reach:
        return []
    # 0.7 - 0.5 would else be 0.19999999999999996.
    low, high = (number_text(round(t, 6)) for t in (max(middle - reach, 0.0), middle + reach))
    return ["--dynamic-temperature", "--dynatemp-low", low, "--dynatemp-high", high]


def _breakers(values: LaunchValues) -> list[str]:
    if not values["dry_multiplier"] or not values.differs("dry_sequence_breakers"):
        return []
    return ["--dry-sequence-breakers", breakers_text(values["dry_sequence_breakers"])]


def breakers_text(breakers: list[str]) -> str:
    r"""DRY's breakers as TextGen writes them: ``"\n", ":"``."""
    return json.dumps(breakers, ensure_ascii=False)[1:-1]


_CONVERTERS: dict[str, Converter] = {
    "n_gpu_layers": _layers,
    "cpu": nothing,
    "tensor_split": server.tensor_split,
    "row_split": nothing,
    "split_mode": server.split_mode,
    "type_k": _cache,
    "type_v": nothing,
    "numa": _numa,
    "speculation": _drafting,
    "draft_model": nothing,
    "draft_tokens": nothing,
    "extra_flags": nothing,
    "top_n_sigma": _off_is_zero("top_n_sigma", "--top-n-sigma"),
    "adaptive_target": _off_is_zero("adaptive_target", "--adaptive-target"),
    "dynatemp_range": _dynamic_temperature,
    "dry_sequence_breakers": _breakers,
}
_SAID_BY_FLAG: dict[str, Converter] = dict.fromkeys(_CONVERTERS, nothing)
_PASSED_ON: dict[str, Converter] = {
    "alpha_value": nothing,
    "rope_freq_base": server.rope_base,
    "compress_pos_emb": server.rope_scale,
    "rope_scaling_type": server.rope_scaling,
    "lora": server.lora,
}
