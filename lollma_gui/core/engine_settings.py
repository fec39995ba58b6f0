"""Settings by their names in the table, turned into what llama.cpp's C interface takes.

Field names and meanings are those of ``llama_model_params``, ``llama_context_params`` and the
``llama_sampler_init_*`` functions of llama-cpp-python 0.3.36. A setting that is missing has its
default; nothing here touches llama.cpp itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.rope import effective_base, scale_from_compress

#: enum llama_flash_attn_type
FLASH_ATTENTION = {"auto": -1, "off": 0, "on": 1}
#: enum llama_split_mode
SPLIT_MODES = {"none": 0, "layer": 1, "row": 2, "tensor": 3}
#: enum llama_rope_scaling_type
ROPE_SCALING = {"auto": -1, "none": 0, "linear": 1, "yarn": 2, "longrope": 3}
#: enum ggml_numa_strategy
NUMA = {"off": 0, "distribute": 1, "isolate": 2, "numactl": 3}
#: enum ggml_type, as far as caches may have it; llama_cpp lacks a name for bf16.
GGML_TYPES = {
    "f32": 0,
    "f16": 1,
    "q4_0": 2,
    "q4_1": 3,
    "q5_0": 6,
    "q5_1": 7,
    "q8_0": 8,
    "iq4_nl": 20,
    "bf16": 30,
}

#: How the names of a block's expert weights go on. Source: ``LLM_FFN_EXPS_REGEX`` in
#: common/common.h of llama.cpp.
EXPERT_WEIGHTS = r"\.ffn_(up|down|gate|gate_up)_(ch|)exps"

#: llama.cpp's order of samplers (``--samplers`` of llama-server b11434).
SAMPLER_ORDER = (
    *("penalties", "dry", "top_n_sigma", "top_k", "typical_p", "top_p", "min_p", "xtc"),
    "temperature",
)
#: What llama.cpp leaves of it when mirostat chooses (common/sampling.cpp).
MIROSTAT_ORDER = ("temperature", "mirostat")

#: Adaptive-p chooses the token itself, in place of plain chance, where a target is set.
ADAPTIVE_LAST = ("adaptive_p",)

#: What DRY never repeats across, unless the person says otherwise (llama.cpp's default).
DRY_BREAKERS = ("\n", ":", '"', "*")


@dataclass(frozen=True)
class EngineFacts:
    """What the values alone do not say. Everything may be unknown (None).

    Attributes:
        threads: Threads that suit this PC: its physical, or performance, cores.
        layers_that_fit: GPU layers that fit, for "as many as fit".
        rope_freq_base: The base the model was trained with.
    """

    threads: int | None = None
    layers_that_fit: int | None = None
    rope_freq_base: float | None = None


@dataclass(frozen=True)
class LoadArguments:
    """What loading a model and making its context takes; the defaults are the table's.

    Attributes:
        n_gpu_layers: Blocks on the GPU counted from the end, the output layer included; -1 = all.
        n_ctx: Context length in tokens, 0 = what the model was trained on.
        n_batch: Most tokens one decode takes.
        n_ubatch: Tokens computed at once; never more than n_batch.
        n_threads: CPU threads for generating, 0 = the engine's choice.
        n_threads_batch: CPU threads for reading prompts, 0 = like n_threads.
        flash_attn_type: enum llama_flash_attn_type: -1 auto, 0 off, 1 on.
        type_k: ggml type of the K cache by name, for example ``q8_0``.
        type_v: The same for the V cache.
        load_mode: NONE, MMAP, MLOCK or MMAP_MLOCK of enum llama_load_mode.
        offload_kqv: Whether the cache lies beside its layers on the GPU.
        op_offload: Whether the GPU may compute what lies in RAM; off without a GPU.
        split_mode: enum llama_split_mode: 0 none, 1 layer, 2 row, 3 tensor.
        main_gpu: Index of the GPU for split mode none; -1 there = no GPU at all.
        tensor_split: Share of each GPU; empty = by free memory.
        n_cpu_moe: Leading blocks whose experts stay in RAM; see ``cpu_moe_patterns``.
        rope_freq_base: 0 = from the model.
        rope_freq_scale: 0 = from the model.
        rope_scaling_type: enum llama_rope_scaling_type, -1 = from the model.
        yarn_ext_factor: -1 = from the model, as with the other four.
        yarn_orig_ctx: Trained context in tokens, 0 = from the model.
        swa_full: Whether sliding-window layers keep the whole context.
        numa: enum ggml_numa_strategy for ``llama_numa_init``; 0 = do not call it.
        lora: Paths of adapters with their strength.
        chat_template: A Jinja template instead of the model's; empty = the model's.
        n_outputs_max: Most rows of logits one decode gives; never less than one a conversation.
        n_seq_max: Conversations at the same time.
        kv_unified: Whether they share one cache.
    """

    n_gpu_layers: int = -1
    n_ctx: int = 4096
    n_batch: int = 2048
    n_ubatch: int = 512
    n_threads: int = 0
    n_threads_batch: int = 0
    flash_attn_type: int = -1
    type_k: str = "f16"
    type_v: str = "f16"
    load_mode: str = "MMAP"
    offload_kqv: bool = True
    op_offload: bool = True
    split_mode: int = 1
    main_gpu: int = 0
    tensor_split: tuple[float, ...] = ()
    n_cpu_moe: int = 0
    rope_freq_base: float = 0.0
    rope_freq_scale: float = 0.0
    rope_scaling_type: int = -1
    yarn_ext_factor: float = -1.0
    yarn_attn_factor: float = -1.0
    yarn_beta_fast: float = -1.0
    yarn_beta_slow: float = -1.0
    yarn_orig_ctx: int = 0
    swa_full: bool = False
    numa: int = 0
    lora: tuple[tuple[str, float], ...] = ()
    chat_template: str = ""
    n_outputs_max: int = 1
    n_seq_max: int = 1
    kv_unified: bool = False


@dataclass(frozen=True)
class SamplingArguments:
    """What an answer takes; the defaults are the table's.

    Attributes:
        max_new_tokens: Longest answer in tokens; 0 = until the model or the context ends it.
        repeat_last_n: Tokens the penalties look back upon; 0 switches them off.
        top_n_sigma: Negative or 0 = off.
        dry_penalty_last_n: As repeat_last_n, for DRY.
        dry_sequence_breakers: Texts DRY never repeats across.
        mirostat: 0 off, 1 or 2.
        dynatemp_range: The temperature moves this far both ways; 0 = off.
        adaptive_target: Wanted probability of the chosen token; negative = off.
        seed: -1 = another one each time.
        stop: Texts that end the answer.
        grammar: GBNF that the answer must follow; empty = none.
        json_schema: JSON schema that the answer must follow; ``grammar`` wins over it.
        truncation_length: Most tokens of the conversation the model sees; 0 = the context.
        max_tokens_second: 0 = as fast as possible.
        max_updates_second: How often new text is painted; 0 = the window's choice.
        streaming: Whether text is shown while it is written.
        order: Samplers in the order they are chained; see ``SAMPLER_ORDER``.
    """

    max_new_tokens: int = 512
    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    typical_p: float = 1.0
    top_n_sigma: float = -1.0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    repeat_last_n: int = 64
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_penalty_last_n: int = 64
    dry_sequence_breakers: tuple[str, ...] = DRY_BREAKERS
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    mirostat: int = 0
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    dynatemp_range: float = 0.0
    dynatemp_exponent: float = 1.0
    adaptive_target: float = -1.0
    adaptive_decay: float = 0.9
    seed: int = -1
    stop: tuple[str, ...] = ()
    grammar: str = ""
    json_schema: str = ""
    truncation_length: int = 0
    max_tokens_second: float = 0.0
    max_updates_second: int = 0
    streaming: bool = True
    order: tuple[str, ...] = field(default=SAMPLER_ORDER)


class _Values:
    """Reads values by name and kind; a value that is missing or None has its default."""

    def __init__(self, values: Mapping[str, SettingValue], defaults: object) -> None:
        self._values = values
        self._defaults = defaults

    def get(self, name: str) -> Any:
        value = self._values.get(name)
        return getattr(self._defaults, name, None) if value is None else value

    def of_kind(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Values of these names, each in the type of its default."""
        return {name: type(getattr(self._defaults, name))(self.get(name)) for name in names}

    def switch(self, name: str) -> bool:
        return bool(self._values.get(name))

    def number(self, name: str, default: float) -> float:
        value = self._values.get(name)
        return default if value is None else float(value)  # type: ignore[arg-type]

    def choice(self, name: str, numbers: Mapping[str, int], default: str) -> int:
        """The C number of a choice; the guide's switches are understood too."""
        value = self._values.get(name)
        if isinstance(value, bool):
            value = _SWITCHED[name][value]
        return numbers[default if value is None else str(value)]


#: What the guide's plain "enabled" and "disabled" mean for what is a choice today.
_SWITCHED: dict[str, dict[bool, str]] = {
    "flash_attn": {True: "on", False: "off"},
    "numa": {True: "distribute", False: "off"},
}

_LOAD_AS_IT_IS = (
    *("n_ctx", "n_batch", "n_ubatch", "type_k", "type_v", "main_gpu", "n_cpu_moe", "swa_full"),
    *("yarn_ext_factor", "yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow"),
    *("yarn_orig_ctx", "chat_template"),
    # Without a row in the table: only plans ask for other values so far.
    *("n_outputs_max", "n_seq_max", "kv_unified"),
)
_SAMPLING_NOT_AS_IT_IS = ("order", "stop", "dry_sequence_breakers", "mirostat")


def load_arguments(
    values: Mapping[str, SettingValue], facts: EngineFacts | None = None
) -> LoadArguments:
    """What llama.cpp takes to load a model with these values.

    Args:
        values: Settings by their names in the table; others are ignored.
        facts: What this PC and this model say where a value leaves it to them.

    Raises:
        ValueError: A value is of a kind that no check would have let pass.
    """
    facts = facts or EngineFacts()
    read = _Values(values, LoadArguments())
    plain = read.of_kind(_LOAD_AS_IT_IS)
    plain["n_ubatch"] = min(plain["n_ubatch"], plain["n_batch"])
    if read.switch("all_outputs"):
        plain["n_outputs_max"] = 0
    base = read.number("rope_freq_base", 0.0)
    alpha = read.number("alpha_value", 1.0)
    arguments = {
        **plain,
        "n_threads": int(read.number("threads", 0)) or facts.threads or 0,
        "n_threads_batch": int(read.number("threads_batch", 0)),
        "flash_attn_type": read.choice("flash_attn", FLASH_ATTENTION, "auto"),
        "load_mode": _load_mode(read.switch("no_mmap"), read.switch("mlock")),
        "offload_kqv": not read.switch("no_offload_kqv"),
        "rope_freq_base": effective_base(alpha, base, facts.rope_freq_base),
        "rope_freq_scale": scale_from_compress(read.number("compress_pos_emb", 1.0)),
        "rope_scaling_type": read.choice("rope_scaling_type", ROPE_SCALING, "auto"),
        "numa": read.choice("numa", NUMA, "off"),
        "lora": adapters(values.get("lora")),
        **_devices(read, facts),
    }
    return LoadArguments(**arguments)


def _devices(read: _Values, facts: EngineFacts) -> dict[str, Any]:
    """Where layers go. ``cpu`` leaves no GPU at all: split mode none with main GPU -1."""
    if read.switch("cpu"):
        return {"n_gpu_layers": 0, "split_mode": 0, "main_gpu": -1, "op_offload": False}
    layers = int(read.number("n_gpu_layers", -1))
    if layers < 0 and facts.layers_that_fit is not None:
        layers = facts.layers_that_fit
    mode = "row" if read.switch("row_split") else read.get("split_mode")
    return {
        "n_gpu_layers": max(layers, -1),
        "split_mode": SPLIT_MODES[mode] if isinstance(mode, str) else int(mode),
        "tensor_split": fractions(read.get("tensor_split")),
    }


def _load_mode(no_mmap: bool, mlock: bool) -> str:
    if mlock:
        return "MLOCK" if no_mmap else "MMAP_MLOCK"
    return "NONE" if no_mmap else "MMAP"


def fractions(value: Any) -> tuple[float, ...]:
    """Shares from a list, or from a text such as ``60,40``; all zero counts as none.

    Raises:
        ValueError: If a part is no number.
    """
    parts = value.replace(",", " ").split() if isinstance(value, str) else (value or ())
    shares = tuple(float(part) for part in parts)
    return shares if any(shares) else ()


def adapters(value: Any) -> tuple[tuple[str, float], ...]:
    """LoRA adapters as ``(path, strength)``; the strength may follow the path: ``a.gguf:0.5``."""
    items = [value] if isinstance(value, str) else (value or ())
    return tuple(_adapter(item) for item in items if item)


def _adapter(item: Any) -> tuple[str, float]:
    if not isinstance(item, str):
        return str(item[0]), float(item[1])
    path, colon, strength = item.rpartition(":")
    try:
        # On Windows the only colon may be that of the drive: C:/style.gguf
        return (path, float(strength)) if colon and path else (item, 1.0)
    except ValueError:
        return item, 1.0


def cpu_moe_patterns(n_cpu_moe: int) -> tuple[str, ...]:
    """Patterns of the expert weights of the first blocks, for ``tensor_buft_overrides``.

    Source: ``llm_ffn_exps_block_regex`` in common/common.h of llama.cpp.
    """
    return tuple(rf"blk\.{block}{EXPERT_WEIGHTS}" for block in range(n_cpu_moe))


def sampling_arguments(values: Mapping[str, SettingValue]) -> SamplingArguments:
    """What choosing tokens takes with these values.

    Raises:
        ValueError: A value is of a kind that no check would have let pass.
    """
    defaults = SamplingArguments()
    read = _Values(values, defaults)
    names = tuple(
        name
        for name in SamplingArguments.__dataclass_fields__
        if name not in _SAMPLING_NOT_AS_IT_IS
    )
    mirostat = int(read.number("mirostat", 0))
    adaptive = read.number("adaptive_target", -1.0) >= 0
    return SamplingArguments(
        **read.of_kind(names),
        stop=_texts(values.get("stop"), ()),
        dry_sequence_breakers=_texts(values.get("dry_sequence_breakers"), DRY_BREAKERS),
        mirostat=mirostat,
        order=MIROSTAT_ORDER if mirostat else SAMPLER_ORDER + ADAPTIVE_LAST * adaptive,
    )


def _texts(value: Any, default: tuple[str, ...]) -> tuple[str, ...]:
    if value is None:
        return default
    items = [value] if isinstance(value, str) else value
    return tuple(str(item) for item in items if item)
