"""Setting values as the command line of llama-server (b11434)."""

from lollma_gui.core.engine_settings import adapters
from lollma_gui.core.launch_values import Converter, LaunchValues, nothing
from lollma_gui.core.program_name import How
from lollma_gui.core.setting import number_text


def arguments(values: LaunchValues, model_path: str) -> list[str]:
    """Words behind ``llama-server``."""
    words = values.words(How.FLAG, CONVERTERS)
    return ["--model", model_path, *words, *values.extra_flags()]


def _layers(values: LaunchValues) -> list[str]:
    if values["cpu"] or not values.differs("n_gpu_layers"):
        return []
    return ["--n-gpu-layers", values.text("n_gpu_layers")]


def _cpu(values: LaunchValues) -> list[str]:
    return ["--device", "none"] if values["cpu"] else []


def tensor_split(values: LaunchValues) -> list[str]:
    """Shares with commas between them."""
    return ["--tensor-split", ",".join(values.shares())] if values.shares() else []


def split_mode(values: LaunchValues) -> list[str]:
    """One flag for the guide's switch and today's choice."""
    return [] if values.split_mode == "layer" else ["--split-mode", values.split_mode]


def rope_base(values: LaunchValues) -> list[str]:
    """The base itself, or what NTK alpha makes of it."""
    base = values.rope_base
    return ["--rope-freq-base", number_text(base)] if base else []


def rope_scale(values: LaunchValues) -> list[str]:
    """One over the compression."""
    scale = values.rope_scale
    return ["--rope-freq-scale", number_text(scale)] if scale else []


def rope_scaling(values: LaunchValues) -> list[str]:
    """The method, as far as the flag knows it."""
    method = values["rope_scaling_type"]
    return [] if method in ("auto", "longrope") else ["--rope-scaling", method]


def _load_mode(values: LaunchValues) -> list[str]:
    if values["mlock"]:
        return ["--load-mode", "mlock" if values["no_mmap"] else "mmap+mlock"]
    return ["--load-mode", "none"] if values["no_mmap"] else []


def _kept_when_shifting(values: LaunchValues) -> list[str]:
    return ["--keep", values.text("attention_sink_size")] if values["streaming_llm"] else []


def lora(values: LaunchValues) -> list[str]:
    """Adapters, each with its strength where one has another strength than 1."""
    pairs = adapters(values["lora"])
    if not pairs:
        return []
    if all(strength == 1 for _, strength in pairs):
        return ["--lora", ",".join(path for path, _ in pairs)]
    return ["--lora-scaled", ",".join(f"{path}:{number_text(s)}" for path, s in pairs)]


def _drafting(values: LaunchValues) -> list[str]:
    count = values.text("draft_tokens")
    if values["speculation"] == "lookup":
        return ["--spec-type", "ngram-simple", "--spec-ngram-simple-size-m", count]
    if values["speculation"] == "draft" and values["draft_model"]:
        model = ["--spec-type", "draft-simple", "--model-draft", values["draft_model"]]
        return [*model, "--spec-draft-n-max", count]
    return []


def _breakers(values: LaunchValues) -> list[str]:
    if not values["dry_multiplier"] or not values.differs("dry_sequence_breakers"):
        return []
    breakers = values["dry_sequence_breakers"] or ["none"]
    return [word for text in breakers for word in ("--dry-sequence-breaker", text)]


CONVERTERS: dict[str, Converter] = {
    "n_gpu_layers": _layers,
    "cpu": _cpu,
    "tensor_split": tensor_split,
    "row_split": nothing,
    "split_mode": split_mode,
    "alpha_value": nothing,
    "rope_freq_base": rope_base,
    "compress_pos_emb": rope_scale,
    "rope_scaling_type": rope_scaling,
    "no_mmap": nothing,
    "mlock": _load_mode,
    "attention_sink_size": _kept_when_shifting,
    "lora": lora,
    "speculation": _drafting,
    "draft_model": nothing,
    "draft_tokens": nothing,
    "dry_sequence_breakers": _breakers,
}
