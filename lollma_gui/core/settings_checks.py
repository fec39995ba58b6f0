"""Values that contradict each other, the model or the PC, each said in one sentence."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lollma_gui.core.checks import CheckState
from lollma_gui.core.engine_messages import SettingValue
from lollma_gui.core.settings_facts import ModelFacts, PcFacts
from lollma_gui.core.settings_table import SETTINGS
from lollma_gui.core.units import memory_size

_FULL_CACHE_TYPES = ("f32", "f16", "bf16")
#: Flags that LoLLMa says itself, where a second one would open a door or break the watch.
_OUR_FLAGS = ("--host", "--port", "--api-key", "--api-key-file", "-m", "--model", "--tools")


@dataclass(frozen=True)
class Finding:
    """Something to be said about values.

    Attributes:
        names: Settings whose rows say it, the most telling first.
        sentence: One sentence for a person.
        state: BAD if it will fail or do harm, WARNING if it has no or a doubtful effect.
    """

    names: tuple[str, ...]
    sentence: str
    state: CheckState = CheckState.WARNING


@dataclass(frozen=True)
class _Case:
    """Everything a rule may look at; values are complete and each valid by itself."""

    values: Mapping[str, Any]
    model: ModelFacts
    pc: PcFacts

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


_Rule = Callable[[_Case], Iterator[Finding]]


def check_settings(
    values: Mapping[str, SettingValue],
    model: ModelFacts | None = None,
    pc: PcFacts | None = None,
) -> tuple[Finding, ...]:
    """What is wrong with these values, each alone and all together.

    Args:
        values: By name; what is missing has its default.
        model: The model they are for, as far as it is known.
        pc: The PC they are for, as far as it is known.
    """
    findings, good = [], SETTINGS.defaults()
    for name, value in values.items():
        if name not in SETTINGS:
            continue
        wrong = SETTINGS[name].check(value)
        if wrong:
            findings.append(Finding((name,), wrong, CheckState.BAD))
        else:
            good[name] = value
    case = _Case(good, model or ModelFacts(), pc or PcFacts())
    return (*findings, *(finding for rule in _RULES for finding in rule(case)))


def by_setting(findings: tuple[Finding, ...]) -> dict[str, tuple[Finding, ...]]:
    """Findings under every setting that they concern, for the rows of the table."""
    rows: dict[str, tuple[Finding, ...]] = {}
    for finding in findings:
        for name in finding.names:
            rows[name] = (*rows.get(name, ()), finding)
    return rows


# ---- the cache -----------------------------------------------------------------------------


def _cache(case: _Case) -> Iterator[Finding]:
    if case["type_v"] not in _FULL_CACHE_TYPES and case["flash_attn"] == "off":
        yield Finding(
            ("type_v", "flash_attn"),
            f"A {case['type_v']} cache of values needs flash attention, which is off.",
            CheckState.BAD,
        )
    if case.model.is_mla and case["type_k"] != case["type_v"]:
        yield Finding(
            ("type_k", "type_v"),
            "This model keeps keys and values as one, so both cache types must be the same.",
            CheckState.BAD,
        )
    if case["swa_full"] and case.model.n_ctx_train and not case.model.sliding_window:
        yield Finding(
            ("swa_full",), "This model has no sliding window, so this setting does nothing."
        )
    if case["n_batch"] < case["n_ubatch"]:
        yield Finding(
            ("n_ubatch", "n_batch"),
            f"The physical batch ({case['n_ubatch']:,}) cannot be larger than the batch "
            f"({case['n_batch']:,}); llama.cpp lowers it.",
        )


# ---- the context ---------------------------------------------------------------------------


def _context(case: _Case) -> Iterator[Finding]:
    n_ctx, trained = case["n_ctx"], case.model.n_ctx_train
    stretched = (
        case["compress_pos_emb"] > 1
        or case["alpha_value"] > 1
        or case["rope_freq_base"] > 0
        or case["rope_scaling_type"] in ("linear", "yarn", "longrope")
    )
    if trained and n_ctx > trained and not stretched:
        yield Finding(
            ("n_ctx",),
            f"The model was trained on {trained:,} tokens; beyond that it needs RoPE scaling "
            "or it writes nonsense.",
        )
    if trained and 0 < n_ctx <= trained and (case["alpha_value"] > 1 or _compressed(case)):
        yield Finding(
            ("compress_pos_emb" if _compressed(case) else "alpha_value", "n_ctx"),
            f"{n_ctx:,} tokens are within the {trained:,} the model was trained on: "
            "stretching only costs quality here.",
        )
    if 0 < n_ctx < 256:
        yield Finding(("n_ctx",), "llama.cpp rounds the context up to 256 tokens.")
    if case["alpha_value"] > 1 and case["rope_freq_base"] > 0:
        yield Finding(
            ("alpha_value", "rope_freq_base"),
            "An explicit RoPE base wins: NTK alpha has no effect beside it.",
        )
    yield from _yarn(case)


def _compressed(case: _Case) -> bool:
    return bool(case["compress_pos_emb"] > 1)


def _yarn(case: _Case) -> Iterator[Finding]:
    names = ("yarn_ext_factor", "yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow")
    changed = [n for n in names if case[n] != SETTINGS[n].default]
    if changed and case["rope_scaling_type"] in ("none", "linear", "longrope"):
        yield Finding((*changed, "rope_scaling_type"), "YaRN's numbers only count with YaRN.")


def _lengths(case: _Case) -> Iterator[Finding]:
    n_ctx = case["n_ctx"] or case.model.n_ctx_train
    if not n_ctx:
        return
    if case["truncation_length"] > n_ctx:
        yield Finding(
            ("truncation_length", "n_ctx"),
            f"Only {n_ctx:,} tokens fit into the context, so that much of a conversation is kept.",
        )
    if case["max_new_tokens"] >= n_ctx:
        yield Finding(
            ("max_new_tokens", "n_ctx"),
            f"An answer of {case['max_new_tokens']:,} tokens leaves no room for the question in "
            f"a context of {n_ctx:,}.",
        )


# ---- the processor and RAM -----------------------------------------------------------------


def _processor(case: _Case) -> Iterator[Finding]:
    pc = case.pc
    for name in ("threads", "threads_batch"):
        if pc.logical_cores and case[name] > pc.logical_cores:
            yield Finding(
                (name,),
                f"{case[name]} threads on a processor that runs {pc.logical_cores} at once "
                "get into each other's way.",
            )
        elif name == "threads" and pc.physical_cores and case[name] > pc.physical_cores:
            yield Finding(
                (name,),
                f"{case[name]} threads share {pc.physical_cores} real cores: "
                "writing is usually fastest with one each.",
            )
    if case["numa"] != "off" and pc.numa_nodes == 1:
        yield Finding(("numa",), "This PC has one memory node, so NUMA does nothing.")


def _memory(case: _Case) -> Iterator[Finding]:
    if not case["mlock"]:
        return
    weights, limit = case.model.weights_bytes, case.pc.memlock_limit_bytes
    total = case.pc.ram_total_bytes
    if weights and limit is not None and weights > limit:
        yield Finding(
            ("mlock",),
            f"This system lets a program lock {memory_size(limit)} of RAM, "
            f"and the model has {memory_size(weights)}: locking will fail.",
        )
    elif weights and total and weights > total * 0.9:
        yield Finding(
            ("mlock",),
            f"Locking {memory_size(weights)} of {memory_size(total)} RAM leaves too little for "
            "everything else.",
            CheckState.BAD,
        )


# ---- GPUs ----------------------------------------------------------------------------------


def _gpus(case: _Case) -> Iterator[Finding]:
    shares, known = [s for s in case["tensor_split"] if s > 0], bool(case.pc.physical_cores)
    gpus = case.pc.gpus
    if case["tensor_split"] and known and len(gpus) < 2:
        yield Finding(("tensor_split",), "There is one GPU at most, so nothing is split.")
    elif len(shares) > len(gpus) >= 2:
        yield Finding(
            ("tensor_split",),
            f"{len(shares)} shares for {len(gpus)} GPUs: the last are never used.",
        )
    if gpus and case["main_gpu"] >= len(gpus):
        last = len(gpus) - 1
        yield Finding(("main_gpu",), f"The last GPU of this PC is number {last}.", CheckState.BAD)
    yield from _splitting(case)
    yield from _layers(case)


def _splitting(case: _Case) -> Iterator[Finding]:
    rows = case["row_split"] or case["split_mode"] == "row"
    if rows and any(gpu.vendor in ("NVIDIA", "AMD", "Apple") for gpu in case.pc.gpus):
        yield Finding(
            ("row_split" if case["row_split"] else "split_mode",),
            "llama.cpp of today splits by rows only on Intel GPUs (SYCL); "
            "on this GPU the load fails.",
            CheckState.BAD,
        )
    if case["row_split"] and case["split_mode"] in ("none", "tensor"):
        yield Finding(
            ("row_split", "split_mode"), "Split by rows wins over the other way of splitting."
        )
    if case["split_mode"] == "tensor" and case["flash_attn"] == "off":
        yield Finding(
            ("split_mode", "flash_attn"),
            "Splitting by tensors needs flash attention, which is off.",
            CheckState.BAD,
        )


def _layers(case: _Case) -> Iterator[Finding]:
    layers, all_layers = case["n_gpu_layers"], case.model.layers
    if case["cpu"] and layers > 0:
        yield Finding(("n_gpu_layers", "cpu"), "Processor only is on, so no layer goes to the GPU.")
    elif all_layers and layers > all_layers:
        yield Finding(
            ("n_gpu_layers",), f"This model has {all_layers} layers; all of them go to the GPU."
        )
    if layers > 0 and case.pc.physical_cores and not case.pc.gpus:
        yield Finding(("n_gpu_layers",), "No GPU was found, so every layer stays in RAM.")
    if case["n_cpu_moe"] and case.model.weights_bytes and not case.model.expert_bytes:
        yield Finding(("n_cpu_moe",), "This model has no experts, so this setting does nothing.")


# ---- words ---------------------------------------------------------------------------------


def _sampling(case: _Case) -> Iterator[Finding]:
    mirostat, temperature = case["mirostat"], case["temperature"]
    if mirostat and temperature == 0:
        yield Finding(
            ("mirostat", "temperature"),
            "At temperature 0 the likeliest word is always taken, so Mirostat has no effect.",
        )
    elif mirostat:
        ignored = [n for n in _BESIDE_MIROSTAT if _narrows(case, n)]
        if ignored:
            labels = ", ".join(SETTINGS[n].label for n in ignored)
            yield Finding((*ignored, "mirostat"), f"Mirostat ignores {labels}.")
    if case["top_k"] == 1 and temperature > 0:
        yield Finding(("top_k",), "Top-k 1 always takes the likeliest word.")
    elif not mirostat and temperature > 1.2 and not any(map(_narrowing(case), _NARROWING)):
        yield Finding(
            ("temperature",),
            "With nothing that drops unlikely words, text falls apart at this temperature.",
        )
    if temperature == 0 and case["dynatemp_range"] > 0:
        yield Finding(
            ("dynatemp_range", "temperature"),
            "A dynamic temperature around 0 has no room below: raise the temperature.",
        )


#: What llama.cpp leaves out of the chain when mirostat chooses.
_BESIDE_MIROSTAT = (
    *("top_k", "top_p", "min_p", "typical_p", "top_n_sigma", "xtc_probability"),
    *("repetition_penalty", "frequency_penalty", "presence_penalty", "dry_multiplier"),
)
_NARROWING = ("top_k", "top_p", "min_p", "top_n_sigma")


def _narrowing(case: _Case) -> Callable[[str], bool]:
    return lambda name: _narrows(case, name)


def _narrows(case: _Case, name: str) -> bool:
    """Whether a sampler drops words at all, as opposed to being off."""
    return case[name] not in SETTINGS[name].special


def _repetition(case: _Case) -> Iterator[Finding]:
    used = [
        n
        for n in ("repetition_penalty", "frequency_penalty", "presence_penalty")
        if _narrows(case, n)
    ]
    if used and case["repeat_last_n"] == 0:
        yield Finding(
            (*used, "repeat_last_n"), "A repetition window of 0 switches the penalties off."
        )
    if case["repetition_penalty"] > 1.5:
        yield Finding(
            ("repetition_penalty",),
            "Above 1.5 even common words run out and sentences fall apart.",
        )
    if case["dry_multiplier"] > 0 and case["dry_penalty_last_n"] == 0:
        yield Finding(
            ("dry_multiplier", "dry_penalty_last_n"), "A DRY window of 0 switches DRY off."
        )
    if case["xtc_probability"] > 0 and case["xtc_threshold"] > 0.5:
        yield Finding(
            ("xtc_threshold", "xtc_probability"), "Above 0.5 no two words can pass: XTC is off."
        )
    if case["tfs"] < 1:
        yield Finding(("tfs",), "Only KoboldCpp still has tail-free sampling.")


# ---- form ----------------------------------------------------------------------------------


def _form(case: _Case) -> Iterator[Finding]:
    if case["grammar"] and case["json_schema"]:
        yield Finding(("json_schema", "grammar"), "The grammar wins over the JSON schema.")
    if case["json_schema"]:
        try:
            schema = json.loads(case["json_schema"])
        except ValueError:
            schema = None
        if not isinstance(schema, dict):
            yield Finding(("json_schema",), "The JSON schema is not valid JSON.", CheckState.BAD)
    if case["grammar"] and "root" not in case["grammar"]:
        yield Finding(("grammar",), "A grammar begins at a rule called root.", CheckState.BAD)


def _drafting(case: _Case) -> Iterator[Finding]:
    if case["speculation"] == "draft" and not case["draft_model"]:
        yield Finding(
            ("draft_model", "speculation"), "Choose the small model that drafts.", CheckState.BAD
        )
    if case["speculation"] != "draft" and case["draft_model"]:
        yield Finding(
            ("draft_model", "speculation"),
            "The draft model is only used when drafting with a small model.",
        )


def _flags(case: _Case) -> Iterator[Finding]:
    try:
        words = shlex.split(case["extra_flags"])
    except ValueError:
        yield Finding(("extra_flags",), "A quotation mark is never closed.", CheckState.BAD)
        return
    ours = [w for w in words if w.split("=")[0] in _OUR_FLAGS]
    if ours:
        yield Finding(
            ("extra_flags",), f"LoLLMa sets {ours[0].split('=')[0]} itself.", CheckState.BAD
        )


_RULES: tuple[_Rule, ...] = (
    *(_cache, _context, _lengths, _processor, _memory, _gpus),
    *(_sampling, _repetition, _form, _drafting, _flags),
)
