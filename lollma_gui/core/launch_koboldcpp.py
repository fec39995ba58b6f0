"""Setting values as the command line of KoboldCpp (1.102)."""

from lollma_gui.core.engine_settings import adapters
from lollma_gui.core.launch_values import Converter, LaunchValues, nothing
from lollma_gui.core.program_name import How
from lollma_gui.core.rope import CLASSIC_BASE
from lollma_gui.core.setting import number_text

#: What ``--batchsize`` takes.
_BATCH_SIZES = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
#: Its three levels of cache; anything between goes to the more exact one.
_CACHE_LEVELS = {"q8_0": 1, "q5_1": 1, "q5_0": 1, "q4_1": 1, "q4_0": 2, "iq4_nl": 1}


def arguments(values: LaunchValues, model_path: str) -> list[str]:
    """Words behind the name of the program."""
    return ["--model", model_path, *values.words(How.FLAG, _CONVERTERS)]


def _context(values: LaunchValues) -> list[str]:
    n_ctx = values["n_ctx"] or values.model.n_ctx_train
    if not n_ctx or n_ctx == 8192:
        return []
    return ["--contextsize", str(min(max(n_ctx, 256), 262_144))]


def _batch(values: LaunchValues) -> list[str]:
    size = max((s for s in _BATCH_SIZES if s <= values["n_batch"]), default=_BATCH_SIZES[0])
    return [] if size == 512 else ["--batchsize", str(size)]


def _layers(values: LaunchValues) -> list[str]:
    if values["cpu"] or not values.differs("n_gpu_layers"):
        return []
    return ["--gpulayers", values.text("n_gpu_layers")]


def _backend(values: LaunchValues) -> list[str]:
    """Words behind ``--usecuda``; without any, it finds its backend itself."""
    if values["cpu"]:
        return ["--usecpu"]
    words = (["rowsplit"] if values.split_mode == "row" else []) + (
        ["nommq"] if values["no_mul_mat_q"] else []
    )
    return ["--usecuda", *words] if words else []


def _tensor_split(values: LaunchValues) -> list[str]:
    return ["--tensor_split", *values.shares()] if values.shares() else []


def _rope(values: LaunchValues) -> list[str]:
    """Scale and base at once: given a scale alone, it would take 10,000 for the base."""
    scale, base = values.rope_scale, values.rope_base
    if not scale and not base:
        return []
    base = base or values.model.rope_freq_base or CLASSIC_BASE
    return ["--ropeconfig", number_text(scale or 1.0), number_text(base)]


def _flash_attention(values: LaunchValues) -> list[str]:
    return ["--flashattention"] if values["flash_attn"] == "on" else []


def _cache(values: LaunchValues) -> list[str]:
    level = min(_CACHE_LEVELS.get(values[name], 0) for name in ("type_k", "type_v"))
    return ["--quantkv", str(level)] if level else []


def _mmap(values: LaunchValues) -> list[str]:
    return [] if values["no_mmap"] else ["--usemmap"]


def _window(values: LaunchValues) -> list[str]:
    has_window = values.model.sliding_window > 0
    return ["--useswa"] if has_window and not values["swa_full"] else []


def _lora(values: LaunchValues) -> list[str]:
    pairs = adapters(values["lora"])
    if not pairs:
        return []
    strength = pairs[0][1]
    multiplied = [] if strength == 1 else ["--loramult", number_text(strength)]
    return ["--lora", *(path for path, _ in pairs), *multiplied]


def _drafting(values: LaunchValues) -> list[str]:
    if values["speculation"] != "draft" or not values["draft_model"]:
        return []
    return ["--draftmodel", values["draft_model"], "--draftamount", values.text("draft_tokens")]


def _longest_answer(values: LaunchValues) -> list[str]:
    count = values["max_new_tokens"]
    if not count or not values.differs("max_new_tokens"):
        return []
    return ["--defaultgenamt", str(min(max(count, 64), 8192))]


_CONVERTERS: dict[str, Converter] = {
    "n_ctx": _context,
    "n_batch": _batch,
    "n_gpu_layers": _layers,
    "cpu": _backend,
    "row_split": nothing,
    "split_mode": nothing,
    "no_mul_mat_q": nothing,
    "tensor_split": _tensor_split,
    "alpha_value": nothing,
    "compress_pos_emb": nothing,
    "rope_freq_base": _rope,
    "flash_attn": _flash_attention,
    "type_k": _cache,
    "type_v": nothing,
    "no_mmap": _mmap,
    "swa_full": _window,
    "lora": _lora,
    "speculation": _drafting,
    "draft_model": nothing,
    "draft_tokens": nothing,
    "max_new_tokens": _longest_answer,
}
